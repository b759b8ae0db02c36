"""The collector of a Read: takes blocks, keeps one page, and says when it has enough."""

from __future__ import annotations

from collections import deque

from streamtools.events import Encoding, Line, Total
from streamtools.render.escape import fit, width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from streamtools.limits import Limits
    from streamtools.text.window import Block
    from streamtools.text.windows import Windows
    from streamtools.words import Stopped


class _Open:
    """The line that is being read: what is kept of it, and how far it was followed."""

    __slots__ = ("column", "data", "ending", "length", "number", "offset", "wanted")

    def __init__(self, number: int, offset: int, column: int, wanted: int) -> None:
        self.number = number
        self.offset = offset
        self.column = column
        self.data = bytearray()
        self.wanted = wanted
        self.length = 0
        self.ending = b""


class Page:
    """Lines ``[first, first + limit)`` of a stream of blocks, as far as the caps allow.

    ``number`` is the number of the line that the first block begins with (negative numbers
    count from the end of the file), ``column`` the byte of line ``first`` to begin at. `feed`
    returns False when nothing more is wanted; ``stopped`` then says why. ``inside`` is the line in
    which the page stopped because it is so long, ``missed`` the line that ends before ``column``.

    With ``keep``, the page holds the first ``limit`` of the last ``keep`` lines of the stream, or of
    as many of them as fit; ``dropped`` counts those of them that did not.

    Memory: ``limits.bytes`` of lines, plus ``limits.line_bytes`` of the line that is open.
    """

    def __init__(
        self, windows: Windows, limits: Limits, *, first: int, limit: int, column: int = 1, number: int = 1, keep: int | None = None
    ) -> None:
        self.lines: deque[Line] = deque()
        self.number = number
        self.dropped = 0
        self.stopped: Stopped = "end"
        self.first = first
        self.inside: Line | None = None
        self.missed: int | None = None
        self._windows = windows
        self._limits = limits
        self._limit = limit
        self._column = column
        self._number = number
        self._keeping = keep
        self._room = limits.bytes - limits.notice_bytes
        self._open: _Open | None = None
        self._at = 0
        self._last: Block | None = None

    @property
    def reached(self) -> int:
        """Number of the last line that was seen; one less than the first if there was none."""
        return self._number - 1 if self._open is None else self._number

    @property
    def encoding(self) -> Encoding:
        """How the file was decoded."""
        return self._windows.encoding or Encoding()

    def feed(self, block: Block) -> bool:
        """Take a block; return whether the next one is wanted."""
        self._last = block
        position = block.fresh
        if self._number < self.first:
            skipped = self._skip(block)
            if skipped is None:
                return True
            position = skipped
        for start, end, stop in self._windows.lines(position, block.stop):
            self._at = start
            if not self._line(block, start, end, stop):
                return False
        self._at = block.stop
        if block.tail and self._open is not None and block.fresh == block.stop:
            return self._close()
        return True

    def finish(self) -> None:
        """The stream has ended: the open line is complete."""
        if self._open is not None:
            self._close()
        if self._keeping is not None:
            self.first = self.lines[0].number if self.lines else 1
            while len(self.lines) > self._limit:
                self.lines.pop()
                self.stopped = "lines"

    def total(self, size: int | None, *, ended: bool) -> Total:
        """Return how many lines the file has, as sure as what was seen allows."""
        windows, block = self._windows, self._last
        if self.first < 0:
            return self._density(size, ended=ended)
        if ended or block is None:
            return Total(self.reached)
        known = Total(max(self._number - 1, len(self.lines), 1), "at_least")
        if size is None:
            return known
        if windows.direct and windows.offset(windows.end) >= size:
            rest = windows.count(self._at, windows.end) + windows.open_end(self._at)
            return Total(self._number - 1 + rest)
        seen = windows.offset(self._at)
        if seen <= 0 or self._number <= 1:
            return known
        return Total(max(known.value, round((self._number - 1) * size / seen)), "about")

    def _density(self, size: int | None, *, ended: bool) -> Total:
        """Guess the number of lines from the page alone, which was not counted from the beginning."""
        shown = len(self.lines)
        end = size if ended else self._windows.offset(self._at)
        held = (end or 0) - self.lines[0].offset if shown else 0
        if not size or held <= 0:
            return Total(shown, "at_least")
        return Total(max(shown, round(shown * size / held)), "about")

    def _skip(self, block: Block) -> int | None:
        """Pass over lines before the first; return where it begins, or None if not in this block."""
        windows = self._windows
        wanted = self.first - self._number
        position, found = windows.pass_over(block.fresh, block.stop, wanted)
        if found < wanted:
            self._number += found + windows.unended(block)
            return None
        self._number = self.first
        return position

    def _line(self, block: Block, start: int, end: int, stop: int) -> bool:
        windows = self._windows
        if self._open is None:
            if self._keeping is None and len(self.lines) >= self._limit:
                self.stopped = "lines"
                return False
            if (stop > end or block.tail) and self._short(start, end, stop):
                return True
            self._begin(start)
        opened = self._open
        assert opened is not None
        self._keep(opened, start, end)
        opened.ending = bytes(windows.buffer[end:stop])
        if stop > end or block.tail:
            return self._close()
        if opened.length > self._limits.skip_bytes and self._keeping is None:
            self._close()
            self.stopped = "bytes"
            self.inside = self.lines[-1]
            self._number -= 1
            return False
        return True

    def _short(self, start: int, end: int, stop: int) -> bool:
        """Take a line that is whole in its block and fits; return False, having done nothing, if it needs more care."""
        if end - start > self._limits.line_bytes or self._keeping is not None or (self._column > 1 and self._number == self.first):
            return False
        windows = self._windows
        data = windows.buffer[start:end]
        shown = width(data)
        room = self._room - len(str(self._number)) - 2 - shown
        if room < 0 or shown > self._limits.line_bytes:
            return False
        self._room = room
        self.lines.append(Line(self._number, data, 1, "line", (), windows.offset(start), False, windows.buffer[end:stop]))
        self._number += 1
        return True

    def _begin(self, start: int) -> None:
        offset = self._windows.offset(start)
        column = self._column if self._number == self.first else 1
        self._open = _Open(self._number, offset, 1 if column == 1 else 0, offset + column - 1)

    def _keep(self, opened: _Open, start: int, end: int) -> None:
        """Keep what is shown of the bytes ``[start, end)`` of the open line."""
        windows = self._windows
        if not opened.column:
            found = windows.position(opened.wanted, start, end)
            if found is None:
                return
            start = found
            opened.column = windows.offset(start) - opened.offset + 1
        opened.length += end - start
        want = self._limits.line_bytes + 4 - len(opened.data)
        if want > 0:
            opened.data += windows.buffer[start : min(end, start + want)]

    def _close(self) -> bool:
        """Finish the open line; return whether it still fitted on the page."""
        opened, limits = self._open, self._limits
        assert opened is not None
        self._open = None
        if not opened.column:
            self.missed = opened.number
            self._number += 1
            return True
        if opened.ending == b"\n" and opened.data.endswith(b"\r") and opened.length == len(opened.data):
            opened.ending, opened.length = b"\r\n", opened.length - 1
            del opened.data[-1]
        seen = bytes(opened.data)
        room = self._room - len(f"{opened.number}\t") - 1
        kept = fit(seen, limits.line_bytes)
        while self._keeping is not None and self.lines and (width(seen[:kept]) > room or len(self.lines) >= self._keeping):
            room += self._drop()
        if width(seen[:kept]) > room:
            if self.lines:
                self.stopped = "bytes"
                return False
            kept = fit(seen, room)
        cut = kept < opened.length
        data = seen[:kept]
        self._room = room - width(data)
        self.lines.append(Line(opened.number, data, opened.column, "line", (), opened.offset, cut, b"" if cut else opened.ending))
        self._number += 1
        return True

    def _drop(self) -> int:
        """Give up the oldest line of a tail; return the room it took."""
        wanted = self._keeping is not None and len(self.lines) < self._keeping
        self.dropped += wanted
        line = self.lines.popleft()
        return len(f"{line.number}\t") + 1 + width(line.data)
