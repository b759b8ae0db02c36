"""Candidates without `hyperscan`: by `find`, by an Aho-Corasick automaton, by `regex` over bytes."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Final

    import regex

    from streamtools.match.candidates import Window
    from streamtools.match.expression import Approximation

#: The automaton copies its text to 4 bytes a character.
_SLICE: Final = 16 * 1024
#: What `regex` may take for one step from hit to hit; then the rest of the window is a candidate.
_SECONDS: Final = 0.25


class SlowFinder:
    """See `streamtools.match.candidates.Finder`; ``each`` yields the lines with a hit, one by one.

    Memory: that of the automaton or the expression, and one slice of 16 KiB (or one line) five times over.
    """

    __slots__ = ("_each", "exact", "plain")

    def __init__(self, each: Callable[[Window, int, int], Iterator[tuple[int, int]]], exact: bool, plain: bool = False) -> None:
        self._each = each
        self.exact = exact
        self.plain = plain

    def lines(self, window: Window, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """See `Finder.lines`."""
        begin = end = start
        for line, after in self._each(window, start, stop):
            if line > end:
                if end > begin:
                    yield begin, end
                begin = line
            end = after
        if end > begin:
            yield begin, end

    def ends(self, window: Window, start: int, stop: int) -> Iterator[list[int]]:
        """See `Finder.ends`."""
        return ([after] for _, after in self._each(window, start, stop))

    def any(self, window: Window, start: int, stop: int) -> bool:
        """See `Finder.any`."""
        return next(self._each(window, start, stop), None) is not None

    def holds(self, text: memoryview) -> bool:
        """See `Finder.holds`."""
        return self.any(bytes(text), 0, len(text))

    def count(self, window: Window, start: int, stop: int) -> int:
        """See `Finder.count`."""
        return sum(1 for _ in self._each(window, start, stop))


def by_find(needle: bytes) -> SlowFinder:
    """Return the finder of one literal."""

    def each(window: Window, start: int, stop: int) -> Iterator[tuple[int, int]]:
        end = start
        while (hit := window.find(needle, end, stop)) >= 0:
            line = window.rfind(b"\n", end, hit) + 1 or end
            end = _line_end(window, hit, stop)
            yield line, end

    return SlowFinder(each, b"\r" not in needle)


def by_automaton(needles: Iterable[bytes]) -> SlowFinder:
    """Return the finder of several literals, case-sensitive."""
    from streamtools.match.literals import automaton

    needles = tuple(needles)
    found = automaton(needles)

    def each(window: Window, start: int, stop: int) -> Iterator[tuple[int, int]]:
        while start < stop:
            cut = stop if stop - start <= _SLICE else window.rfind(b"\n", start, start + _SLICE) + 1 or _line_end(window, start, stop)
            piece = window[start:cut]
            end = 0
            for last, _ in found.iter(piece.decode("latin-1")):
                if last >= end:
                    line = piece.rfind(b"\n", end, last) + 1 or end
                    end = piece.find(b"\n", last) + 1 or len(piece)
                    yield start + line, start + end
            start = cut

    return SlowFinder(each, not any(b"\r" in needle for needle in needles))


def by_regex(found: Approximation) -> SlowFinder:
    """Return the finder of a pattern's approximation."""
    import regex

    text = "|".join(f"(?:{branch.text}){_END if branch.ends else ''}" for branch in found.branches)
    pattern = regex.compile(text.encode("ascii"), regex.V0 | regex.MULTILINE)

    def each(window: Window, start: int, stop: int) -> Iterator[tuple[int, int]]:
        end = start
        while end < stop:
            try:
                hit = _search(pattern, window, end, stop)
            except (TimeoutError, MemoryError):
                yield end, stop
                return
            if hit < 0:
                return
            line = window.rfind(b"\n", end, end + hit) + 1 or end
            end = _line_end(window, end + hit, stop)
            yield line, end

    return SlowFinder(each, False)


_END: Final = r"\r?$"


def _search(pattern: regex.Pattern[bytes], window: Window, start: int, stop: int) -> int:
    with memoryview(window) as whole, whole[start:stop] as part:
        # The match holds the view, which has to be let go before the window can be closed.
        match = pattern.search(part, concurrent=False, timeout=_SECONDS)
        hit = -1 if match is None else match.start()
        del match
    return hit


def _line_end(window: Window, at: int, stop: int) -> int:
    return window.find(b"\n", at, stop) + 1 or stop
