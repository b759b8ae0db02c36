"""Exact engines for literals: one by `bytes.find`, many by an Aho-Corasick automaton.

Both see bytes. A literal that is UTF-8 matches whole characters only, whatever bytes
are around it: neither its first byte nor the byte behind it can be inside a character.
"""

from __future__ import annotations

import time

from streamtools.match.exhausted import Exhausted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Protocol

    from ahocorasick import Automaton

    class Seeker(Protocol):
        """What finds the matches of a line; see `streamtools.match.exact.Matcher` for the contract."""

        def spans(self, data: bytes, pos: int, first: bool, last: bool) -> list[tuple[int, int]]:
            """All matches."""

        def matches(self, data: bytes, pos: int, first: bool, last: bool) -> bool:
            """Whether there is one."""


class Find:
    """One literal, case-sensitive."""

    __slots__ = ("needle",)

    def __init__(self, needle: bytes) -> None:
        self.needle = needle

    def spans(self, data: bytes, pos: int, first: bool, last: bool) -> list[tuple[int, int]]:  # noqa: ARG002
        """All matches, in order."""
        needle, length = self.needle, len(self.needle)
        found = []
        at = data.find(needle, pos)
        while at >= 0:
            found.append((at, at + length))
            at = data.find(needle, at + length)
        return found

    def matches(self, data: bytes, pos: int, first: bool, last: bool) -> bool:  # noqa: ARG002
        """Whether there is one."""
        return data.find(self.needle, pos) >= 0


class Literals:
    """Many literals, of which none has an earlier one as its beginning; the longest at the leftmost place wins.

    With ``fold`` the needles are lower-case ASCII, and data with other bytes goes to
    ``other``, which knows the foldings of Unicode.

    The automaton's own ``iter_long`` is not used: it leaves matches out where a longer
    candidate fails late (``b`` in ``aab`` with the literals ``b`` and ``aabbcb``).

    Memory: about 100 bytes a byte of the needles; while one segment of ``n`` bytes is
    searched 4 ``n`` for the automaton and up to 300 ``n`` for the matches found.
    """

    __slots__ = ("automaton", "other", "seconds")

    def __init__(self, needles: Iterable[bytes], seconds: float, other: Seeker | None = None) -> None:
        self.automaton = automaton(needles)
        self.seconds = seconds
        self.other = other

    def spans(self, data: bytes, pos: int, first: bool, last: bool) -> list[tuple[int, int]]:
        """All matches, in order; raises `Exhausted` after ``seconds``."""
        if self.other is not None:
            if not data.isascii():
                return self.other.spans(data, pos, first, last)
            data = data.lower()
        longest: dict[int, int] = {}
        deadline = time.monotonic() + self.seconds
        for number, (final, length) in enumerate(self._hits(data, pos)):
            longest[final + 1 - length] = length
            if not number & 0xFFF and time.monotonic() > deadline:
                raise Exhausted("time")
        found = []
        at = 0
        for start, length in sorted(longest.items()):
            if start >= at:
                at = start + length
                found.append((start, at))
        return found

    def matches(self, data: bytes, pos: int, first: bool, last: bool) -> bool:
        """Whether there is one."""
        if self.other is not None:
            if not data.isascii():
                return self.other.matches(data, pos, first, last)
            data = data.lower()
        return next(self._hits(data, pos), None) is not None

    def _hits(self, data: bytes, pos: int) -> Iterator[tuple[int, int]]:
        """Last byte and length of every occurrence, by its last byte, shorter ones of the same start first."""
        if pos >= len(data):
            return iter(())
        return iter(self.automaton.iter(data.decode("latin-1"), pos))


def automaton(needles: Iterable[bytes]) -> Automaton:
    """Build the automaton of some literals (at least one, none empty) over latin-1 text; a hit gives the literal's length.

    Only latin-1: text with wider characters corrupts its memory (pyahocorasick #221).
    """
    import ahocorasick

    built = ahocorasick.Automaton()
    for needle in needles:
        built.add_word(needle.decode("latin-1"), len(needle))
    built.make_automaton()
    return built


def have_automata() -> bool:
    """Return whether pyahocorasick is installed."""
    try:
        import ahocorasick  # noqa: F401
    except ImportError:
        return False
    return True
