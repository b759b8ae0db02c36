"""A first look for one literal of the pattern, which is three times as fast as its expression, where it is rare."""

from __future__ import annotations

from streamtools.limits import KIB

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final

    from streamtools.match.candidates import Finder, Window

#: So many lines with the literal are worth it in a small window, and one in so many bytes of a large one.
_RARE: Final = 16
_APART: Final = 64 * KIB
#: After so many windows with more of them the literal is not looked for any more.
_PATIENCE: Final = 4


class Sieve:
    """See `streamtools.match.candidates.Finder`; ``inner`` looks only at lines that hold the literal of ``first``.

    Memory: that of both finders, and two offsets for each 64 KiB of a window, or 32.
    """

    __slots__ = ("_first", "_inner", "_patience", "exact", "plain")

    def __init__(self, first: Finder, inner: Finder) -> None:
        self._first = first
        self._inner = inner
        self._patience = _PATIENCE
        self.exact = inner.exact
        self.plain = inner.plain

    def lines(self, window: Window, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """See `Finder.lines`."""
        for low, high in self._worth(window, start, stop):
            yield from self._inner.lines(window, low, high)

    def ends(self, window: Window, start: int, stop: int) -> Iterator[list[int]]:
        """See `Finder.ends`."""
        for low, high in self._worth(window, start, stop):
            yield from self._inner.ends(window, low, high)

    def any(self, window: Window, start: int, stop: int) -> bool:
        """See `Finder.any`."""
        return self._first.any(window, start, stop) and self._inner.any(window, start, stop)

    def holds(self, text: memoryview) -> bool:
        """See `Finder.holds`."""
        return self._first.holds(text) and self._inner.holds(text)

    def count(self, window: Window, start: int, stop: int) -> int:
        """See `Finder.count`."""
        return sum(self._inner.count(window, low, high) for low, high in self._worth(window, start, stop))

    def _worth(self, window: Window, start: int, stop: int) -> list[tuple[int, int]]:
        """Return the ranges of lines that hold the literal, apart; all in one where it is not rare."""
        if not self._patience:
            return [(start, stop)]
        found: list[tuple[int, int]] = []
        most = max(_RARE, (stop - start) // _APART)
        for low, high in self._first.lines(window, start, stop):
            if len(found) == most:
                self._patience -= 1
                return [(start, stop)]
            found.append((low, high))
        return found
