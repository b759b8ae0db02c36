r"""Candidates by `hyperscan`, in block mode, over a window in place.

Every event costs a call back into Python (0.1 to 0.2 us), so there is at most one a line:
a pattern ``X`` is compiled as ``X[^\n]*\n``, which ends once a line, at its end, and costs
nothing where ``X`` is rare. Large sets of literals are compiled as they are, since
a tail on each would take seconds to compile.
"""

from __future__ import annotations

from itertools import chain, pairwise

from streamtools.counting import line_ends_in
from streamtools.match.databases import Key, TooLarge, give, key, scan, take
from streamtools.match.expression import Approximation, literal
from streamtools.match.steering import steered

__all__ = ["MOST", "HyperFinder", "TooLarge", "distinct", "literal_key", "of_approximation", "of_literals", "of_need"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Final

    import hyperscan

    from streamtools.match.candidates import Window

_TAIL: Final = r"[^\n]*\n"
_LAST: Final = r"\r?\n"
#: So many alternatives go into one expression; more are one expression each.
_TOGETHER: Final = 16
#: Events taken in one scan: few at first, as the caller may want one hit only.
_FEW: Final = 16
_SOME: Final = 1024
_MANY: Final = 4096
#: Line breaks are counted in pieces of this size, until there are too many.
_SLICE: Final = 32 * 1024
#: Longer literals are looked for by their beginning: compiling takes long for them.
_LONG: Final = 256
#: So many literals are compiled at once, see `several`.
MOST: Final = 5000


class HyperFinder:
    """See `streamtools.match.candidates.Finder`.

    With ``tailed`` expressions an event is the end of a line; ``tailless`` are the same
    without the tail, for text without a line's end; None where the expressions have no tail.

    Memory: the databases (some KB; up to 100 bytes a byte of literals) and at most 4096 offsets.
    """

    __slots__ = ("_database", "_key", "_most", "_plain", "_plain_key", "_tailed", "_terminated", "exact", "plain")

    def __init__(
        self, main: Key, tailless: Key | None, *, exact: bool, plain: bool = False, database: hyperscan.Database | None = None
    ) -> None:
        self._key = main
        self._most = _FEW
        self._plain_key = tailless
        self._plain: hyperscan.Database | None = None
        self._database = take(main) if database is None else database
        import hyperscan

        self._terminated: type[Exception] = hyperscan.ScanTerminated
        self._tailed = tailless is not None
        self.exact = exact
        self.plain = plain

    def __del__(self) -> None:
        """Let the databases wait for the next search of the same."""
        if hasattr(self, "_database"):
            give(self._key, self._database)
        if self._plain_key is not None and self._plain is not None:
            give(self._plain_key, self._plain)

    def lines(self, window: Window, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """See `Finder.lines`."""
        begin = end = at = start
        most = self._most
        while at < stop:
            ends = _scan(self._database, window, at, stop, most)
            more = len(ends) == most
            if self._tailed and len(ends) >= _FEW and _every_line(window, at, ends):
                end = at + ends[-1]
                ends.clear()
            for offset in ends:
                hit = at + offset
                if hit <= end:
                    continue
                line = window.rfind(b"\n", end, hit - 1) + 1 or end
                if line > end:
                    if end > begin:
                        yield begin, end
                    begin = line
                end = hit if self._tailed else window.find(b"\n", hit, stop) + 1 or stop
            if not more:
                break
            at = end
            most = self._most = min(most * 4, _MANY)
        if self._tailed and (last := self._rest(window, end, stop)) is not None:
            if last > end:
                if end > begin:
                    yield begin, end
                begin = last
            end = stop
        if end > begin:
            yield begin, end

    def ends(self, window: Window, start: int, stop: int) -> Iterator[list[int]]:
        """See `Finder.ends`."""
        at = start
        while at < stop:
            found = _scan(self._database, window, at, stop, _SOME)
            more = len(found) == _SOME
            if found:
                ends = [at + offset for before, offset in pairwise(chain((0,), found)) if offset != before]
                found.clear()
                ends = ends if self._tailed else _line_ends(window, ends, at, stop)
                yield ends
                at = ends[-1]
            if not more:
                break
        if self._tailed and self._rest(window, at, stop) is not None:
            yield [stop]

    def any(self, window: Window, start: int, stop: int) -> bool:
        """See `Finder.any`."""
        with memoryview(window) as whole, whole[start:stop] as part:
            return self.holds(part)

    def holds(self, text: memoryview) -> bool:
        """See `Finder.holds`."""
        if self._plain is None and self._plain_key is not None:
            self._plain = take(self._plain_key)
        try:
            scan(self._plain or self._database, text, _stop)
        except self._terminated:
            return True
        return False

    def count(self, window: Window, start: int, stop: int) -> int:
        """See `Finder.count`."""
        if not self._tailed:
            return sum(map(len, self.ends(window, start, stop)))
        return distinct(self._database, window, start, stop) + (self._rest(window, start, stop) is not None)

    def _rest(self, window: Window, start: int, stop: int) -> int | None:
        """Where the text behind the last line break begins, if it may match."""
        last = window.rfind(b"\n", start, stop) + 1 or start
        return last if last < stop and self.any(window, last, stop) else None


def of_literals(needles: Sequence[bytes], fold: bool) -> HyperFinder:
    """Return the finder of a set of up to ``MOST`` literals; with ``fold`` ASCII ones, whatever their case.

    Raises `TooLarge`.
    """
    made, exact = literal_key(needles, fold)
    return HyperFinder(made, None, exact=exact)


def literal_key(needles: Sequence[bytes], fold: bool) -> tuple[Key, bool]:
    """Return the key of a set of literals, see `of_literals`, and whether their finder is exact."""
    import hyperscan

    short = [needle[:_LONG] for needle in needles]
    if not fold:
        exact = short == list(needles) and not any(b"\r" in needle for needle in needles)
        return key(short, 0, literal=True), exact
    from streamtools.match.charsets import ALIKE

    alike = [char.encode() for char in ALIKE]
    return key(short + alike, hyperscan.HS_FLAG_CASELESS, literal=True), False


def of_need(need: bytes) -> HyperFinder:
    """Return a finder of the lines that hold a literal of ASCII, and of some that are not UTF-8. Raises `TooLarge`."""
    return HyperFinder(key([steered(literal(need))], 0), None, exact=False)


def of_approximation(found: Approximation) -> HyperFinder:
    """Return the finder of a pattern's approximation. Raises `TooLarge`."""
    import hyperscan

    flags = hyperscan.HS_FLAG_MULTILINE
    plain = [branch.text for branch in found.branches]
    if found.plain and not found.exact and len(plain) == 1:
        plain = [steered(plain[0])]
    tailed = [f"(?:{text}){_LAST if branch.ends else _TAIL}" for text, branch in zip(plain, found.branches, strict=True)]
    if len(tailed) <= _TOGETHER:
        plain, tailed = ["|".join(plain)], ["|".join(tailed)]
    return HyperFinder(key(tailed, flags), key(plain, flags), exact=found.exact, plain=found.plain)


def distinct(database: hyperscan.Database, window: Window, start: int, stop: int) -> int:
    """Return at how many places events end."""
    seen = number = 0

    def event(_id: int, _from: int, to: int, _flags: int, _context: object) -> None:
        nonlocal seen, number
        if to != seen:
            seen = to
            number += 1

    with memoryview(window) as whole, whole[start:stop] as part:
        scan(database, part, event)
    return number


def _scan(database: hyperscan.Database, window: Window, start: int, stop: int, most: int) -> list[int]:
    """The ends of the first ``most`` events, from ``start`` on."""
    import hyperscan

    ends: list[int] = []
    append = ends.append

    def event(_id: int, _from: int, to: int, _flags: int, _context: object) -> bool:
        append(to)
        return len(ends) >= most

    with memoryview(window) as whole, whole[start:stop] as part:
        try:
            scan(database, part, event)
        except hyperscan.ScanTerminated:
            pass
    return ends


def _line_ends(window: Window, offsets: list[int], end: int, stop: int) -> list[int]:
    """Return where the lines behind ``end`` end that hold the ascending ``offsets``, each once."""
    ends = []
    for offset in offsets:
        if offset > end:
            end = window.find(b"\n", offset, stop) + 1 or stop
            ends.append(end)
    return ends


def _stop(_id: int, _from: int, _to: int, _flags: int, _context: object) -> bool:
    """Take one event, which is enough."""
    return True


def _every_line(window: Window, start: int, ends: list[int]) -> bool:
    """Whether no line from ``start`` to the last of the line ends is without a hit."""
    if window.find(b"\n", start + ends[0]) + 1 != start + ends[1]:
        return False
    breaks = 0
    stop = start + ends[-1]
    with memoryview(window) as view:
        for at in range(start, stop, _SLICE):
            breaks += line_ends_in(view, at, min(at + _SLICE, stop))
            if breaks > len(ends):
                return False
    return breaks == len(ends) == len(set(ends))
