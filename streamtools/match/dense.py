"""Counting where most lines match: all of them, less those that hold none of the literals.

An event takes 0.28 us, whatever comes of it, so a line of 100 bytes that matches takes as long as 1 KB of scanning.
"""

from __future__ import annotations

from streamtools.counting import line_ends_in
from streamtools.match.databases import TooLarge, give, key, take

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    import hyperscan

    from streamtools.match.candidates import Finder, Window
    from streamtools.match.databases import Key

#: Less text than this isn't worth it: compiling takes 5 ms.
_LITTLE: Final = 64 * 1024
#: One more event in so many bytes is as long as the slower scan and the counting of line ends.
_WORTH: Final = 400
#: With fewer hits, one in so many bytes, the other way can't be quicker by much.
_FEW: Final = 200


class Dense:
    """See `streamtools.match.candidates.Finder`; ``inner`` is exact and finds ``needles``.

    `count` goes from one way to the other as the text is: by the last window it was asked about.

    Memory: a further database from the first window on in which most lines match, and what `line_ends_in` takes.
    """

    __slots__ = ("_database", "_inner", "_key", "_mostly", "_needles", "any", "ends", "exact", "holds", "lines", "plain")

    def __init__(self, inner: Finder, needles: Sequence[bytes]) -> None:
        self._inner = inner
        self._needles = needles
        self._mostly = False
        self._key: Key | None = None
        self._database: hyperscan.Database | None = None
        self.exact = inner.exact
        self.plain = inner.plain
        self.lines, self.ends, self.any, self.holds = inner.lines, inner.ends, inner.any, inner.holds

    def __del__(self) -> None:
        """Let the database wait for the next search of the same."""
        if self._key is not None and self._database is not None:
            give(self._key, self._database)

    def count(self, window: Window, start: int, stop: int) -> int:
        """See `Finder.count`."""
        if self._mostly and self._database is not None:
            return self._by_misses(self._database, window, start, stop)
        found = self._inner.count(window, start, stop)
        if self._needles and found * _FEW > stop - start >= _LITTLE:
            self._judge(2 * found - _line_ends(window, start, stop), stop - start)
        return found

    def _by_misses(self, misses: hyperscan.Database, window: Window, start: int, stop: int) -> int:
        from streamtools.match.hyper import distinct

        last = window.rfind(b"\n", start, stop) + 1 or start
        lines = _line_ends(window, start, last)
        missed = distinct(misses, window, start, last) if lines else 0
        self._judge(lines - 2 * missed, stop - start)
        return lines - missed + (self._inner.count(window, last, stop) if last < stop else 0)

    def _judge(self, saved: int, size: int) -> None:
        """Choose the way for the next window by the events that the other one would have saved."""
        self._mostly = saved * _WORTH > size
        if self._mostly and self._database is None:
            self._make()

    def _make(self) -> None:
        from streamtools.match.complement import without

        text = without(self._needles)
        if text is not None:
            try:
                import hyperscan

                self._key = key([text], hyperscan.HS_FLAG_MULTILINE)
                self._database = take(self._key)
            except (ImportError, TooLarge):
                pass
        if self._database is None:
            # there is no other way
            self._needles = ()


def _line_ends(window: Window, start: int, stop: int) -> int:
    with memoryview(window) as view:
        return line_ends_in(view, start, stop)
