"""Candidates by several finders, each of which knows some of many literals.

Hyperscan takes more than twice the time and memory to compile twice as many literals: 10,000 at once 0.24 s and 29 MB, two
times 5000 0.09 s and 15 MB each, and each half can be compiled by a process of its own.
"""

from __future__ import annotations

from streamtools.limits import KIB
from streamtools.match.candidates import ranges
from streamtools.match.databases import aside
from streamtools.match.hyper import MOST, HyperFinder, literal_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Final

    from streamtools.match.candidates import Window


#: What is looked at by one finder after the other stays in the processor's cache.
_PIECE: Final = 64 * KIB
_SOME: Final = 1024


class Several:
    """See `streamtools.match.candidates.Finder`; a line is a candidate if it is one of any of the ``finders``.

    Memory: that of the finders, and the ends of the lines of 64 KiB, or of a longer line.
    """

    def __init__(self, finders: Sequence[HyperFinder]) -> None:
        self._finders = finders
        self.exact = all(finder.exact for finder in finders)
        self.plain = all(finder.plain for finder in finders)

    def lines(self, window: Window, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """See `Finder.lines`."""
        return ranges(window, start, self._ends(window, start, stop))

    def ends(self, window: Window, start: int, stop: int) -> Iterator[list[int]]:
        """See `Finder.ends`."""
        for found in self._ends(window, start, stop):
            for at in range(0, len(found), _SOME):
                yield found[at : at + _SOME]

    def any(self, window: Window, start: int, stop: int) -> bool:
        """See `Finder.any`."""
        return any(finder.any(window, start, stop) for finder in self._finders)

    def holds(self, text: memoryview) -> bool:
        """See `Finder.holds`."""
        return any(finder.holds(text) for finder in self._finders)

    def count(self, window: Window, start: int, stop: int) -> int:
        """See `Finder.count`."""
        return sum(map(len, self._ends(window, start, stop)))

    def _ends(self, window: Window, start: int, stop: int) -> Iterator[list[int]]:
        """Yield the ends of the candidates, ascending, each once, for one piece of the text after another."""
        while start < stop:
            high = min(start + _PIECE, stop)
            if high < stop:
                high = window.rfind(b"\n", start, high) + 1 or window.find(b"\n", high, stop) + 1 or stop
            found = {end for finder in self._finders for ends in finder.ends(window, start, high) for end in ends}
            if found:
                yield sorted(found)
            start = high


def of_many(needles: Sequence[bytes], fold: bool, *, fork: bool) -> Several:
    """Return the finder of many literals, see `hyper.of_literals`.

    ``fork`` says that the program has no threads: then a fork of it compiles half of them. Raises `TooLarge`.
    """
    pieces = -(-len(needles) // MOST)
    made = [literal_key(needles[at::pieces], fold) for at in range(pieces)]
    others = aside([key for key, _ in made[1::2]]) if fork else lambda: [None] * (pieces // 2)
    own = [HyperFinder(key, None, exact=exact) for key, exact in made[::2]]
    given = zip(made[1::2], others(), strict=True)
    return Several([*own, *(HyperFinder(key, None, exact=exact, database=database) for (key, exact), database in given)])
