"""Line numbers, counted only as far as somebody asks for them."""

from __future__ import annotations

import os

from streamtools import counting
from streamtools.limits import KIB

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from streamtools.text.source import Source
    from streamtools.text.window import Window


_STEP: Final = 128 * KIB


class Numbers:
    """The number of a line in the window, 1-based.

    A search that finds nothing counts nothing: for a regular file whose bytes are its UTF-8,
    blocks before the first hit are passed over, and counted through the descriptor when it comes.
    From then on, and in any other source, lines are counted block by block, so that a file
    that shrinks meanwhile can't make a number wrong.

    ``line`` is the number of the line that begins at byte ``at`` of the UTF-8 text; when ``at``
    lies before the window, the window must be direct.

    Memory: one read of 128 KiB, twice, while it counts what was passed over.
    """

    def __init__(self, windows: Window, source: Source | None, *, at: int = 0, line: int = 1) -> None:
        self._windows = windows
        self._source = source
        self._at = at
        self._line = self._first = line
        self._asked = False

    def number(self, position: int) -> int:
        """Return the number of the line at byte ``position`` of the buffer; positions must not fall."""
        windows = self._windows
        self._asked = True
        missed = windows.base - self._at
        if missed > 0:
            self._line += self._recount(missed)
            self._at = windows.base
        self._line += windows.count(self._at - windows.base, position)
        self._at = windows.base + position
        return self._line

    def ends(self, stop: int) -> int | None:
        """Return how many line ends lie before ``stop``, a position of the buffer, if all of them were counted."""
        return self._line - self._first if self._asked and self._at == self._windows.base + stop else None

    def at_hand(self, position: int) -> int:
        """Return the number of the line at ``position``, 0 if the file would have to be read again for it."""
        return 0 if self._windows.base > self._at else self.number(position)

    def passed(self, position: int, lines: int) -> None:
        """Tell that ``lines`` line ends were counted from the last asked position up to ``position``."""
        self._line += lines
        self._at = self._windows.base + position

    def leave(self, position: int) -> None:
        """Tell that the buffer is done with up to ``position``, before the next block is taken."""
        if self._asked or self._source is None or self._source.fd is None or not self._windows.direct:
            self.number(position)

    def _recount(self, missed: int) -> int:
        source, windows = self._source, self._windows
        assert source is not None
        assert source.fd is not None
        begin = windows.offset(0)
        return line_ends(source.fd, begin - missed, begin, windows.newline)


def line_ends(fd: int, start: int, stop: int, newline: bytes = b"\n") -> int:
    """Count the line ends in the bytes ``[start, stop)`` of a file, as far as it goes.

    Memory: one read of 128 KiB, twice.
    """
    found = 0
    while start < stop:
        data = os.pread(fd, min(_STEP, stop - start), start)
        if not data:
            break
        found += counting.line_ends(data, newline)
        start += len(data)
    return found
