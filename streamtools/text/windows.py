r"""Bytes in, whole lines out, through one reused window.

The driver reads wherever `Windows.room` says, tells how much came, and takes the blocks;
nothing here does I/O, so sync and async readers drive the same object:

    windows = Windows(size=256 * 1024)
    while True:
        count = source.readinto(windows.room())
        windows.fed(count)
        for block in windows.blocks():
            ...  # windows.buffer[block.start : block.stop] is UTF-8
        if not count:
            break

A line ends at ``\n`` and nowhere else; a ``\r`` before it belongs to the ending. Every block
is either a run of whole lines, or one piece of a line that is longer than the window.
"""

import codecs
import mmap
import os
from collections.abc import Iterator
from types import TracebackType
from typing import Final, NamedTuple, Self

from streamtools.counting import line_ends
from streamtools.events import Encoding
from streamtools.limits import KIB
from streamtools.text.encoding import detect
from streamtools.text.source import OPEN, Opener
from streamtools.text.transcode import Transcoder

_RAW: Final = 32 * KIB
#: Line ends are counted in pieces of this size, of which there are two copies for a moment.
_COUNTED: Final = 32 * KIB
_GROWTH: Final = 4
_RETURN: Final = 13
_NEWLINE: Final = 10
_CONTINUATION: Final = range(0x80, 0xC0)


class Block(NamedTuple):
    """Bytes ``[start, stop)`` of the window's buffer, valid until the next block is asked for.

    ``head`` says that the first byte begins a line, ``tail`` that the last one ends it (or the
    file). A piece of a long line repeats bytes of the piece before: what is new begins at
    ``fresh``, and a match may begin at ``resume`` or behind it.
    """

    start: int
    stop: int
    head: bool = True
    tail: bool = True
    resume: int = 0
    fresh: int = 0

    @property
    def whole(self) -> bool:
        """Whether the block holds whole lines."""
        return self.head and self.tail


class Windows:
    r"""A rolling window over one stream after another.

    ``size`` and ``overlap`` are in bytes: a line longer than the window comes in pieces, each
    of which repeats ``2 * overlap`` bytes, so that a match of up to ``overlap`` bytes always
    lies whole in one piece, with as much text before it. ``label`` is an explicit encoding.
    ``eol`` is the byte that ends a line, and with ``crlf`` a ``\r`` before a ``\n`` belongs to the ending.
    The encoding is decided from the first
    ``detect_bytes``; undecodable bytes stay as they are.

    Memory: ``size`` in an anonymous mapping that goes back to the system on `close`; for
    encodings other than UTF-8 at most ``2 * size`` more.
    """

    def __init__(
        self, *, size: int, overlap: int = 0, detect_bytes: int = 64 * KIB, label: str | None = None, eol: int = 10, crlf: bool = True
    ) -> None:
        self.size = size
        self.overlap = overlap
        self.label = label
        self.eol = eol
        self.returns = crlf and eol == _NEWLINE
        self.detect_bytes = detect_bytes
        self.buffer = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self._view = memoryview(self.buffer)
        self._whole, self._more = [self._view], [bytearray(1)]
        self.newline = bytes([eol])
        self.start()

    def start(self, offset: int = 0, encoding: Encoding | None = None) -> None:
        """Begin with a new stream, the first byte of which stands at ``offset`` of its file.

        ``encoding`` is given when it is known from the file's head already.
        """
        self.encoding = encoding
        self.transcoder: Transcoder | None = None
        self._offset = offset
        self._base = 0
        self._origin = 0
        self._begin = self._end = self._scanned = 0
        self._inside = False
        self._fresh = self._resume = 0
        self._line_offset = offset
        self._ended = False
        self._raw = b""
        self._raw_at = 0
        self._room: bytearray | None = None
        self._head = bytearray() if encoding is None and self.size < self.detect_bytes else None
        if encoding is not None:
            self._adopt(encoding)

    # -- the driver's side ---------------------------------------------------------------

    def room(self) -> memoryview:
        """Return the free space to read the next bytes into; never empty. Ends the last block's life."""
        self._compact()
        if self._room is None and self._head is not None:
            self._room = bytearray(self.detect_bytes - len(self._head))
        if self._room is None:
            return self._view[self._end : self.size]
        return memoryview(self._room)

    def load(self, path: str, within: Opener | None = None) -> memoryview | None:
        """Read a whole file into the window; return a view of it, None if it does not fit. Raises OSError.

        Only for a look, and to be released; `start` begins anew.
        """
        fd = os.open(path, OPEN) if within is None else within.open(path, OPEN)
        try:
            size = os.readv(fd, self._whole)
            while os.readv(fd, self._more):
                if size + 1 >= self.size:
                    return None
                self.buffer[size] = self._more[0][0]
                size += 1 + os.readv(fd, [self._view[size + 1 :]])
            return self._view[:size]
        finally:
            os.close(fd)

    def plain(self, size: int) -> bool:
        """Whether the first ``size`` bytes of the buffer are text in UTF-8 for sure, without a NUL or a mark."""
        data = self.buffer[:size]
        if b"\0" in data:
            return False
        if data.isascii():
            return True
        if data.startswith(codecs.BOM_UTF8):
            return False
        try:
            codecs.utf_8_decode(data, "strict", True)
        except UnicodeDecodeError:
            return False
        return True

    def fed(self, count: int) -> None:
        """Tell that ``count`` bytes were read into the room; 0 is the end of the stream."""
        if count == 0:
            self._ended = True
        elif self._room is None:
            self._end += count
        elif self._head is not None:
            self._head += self._room[:count]
            self._room = None
        else:
            self._raw, self._raw_at = bytes(self._room[:count]), 0

    def blocks(self) -> Iterator[Block]:
        """Yield what is complete; each block is valid until the next is asked for."""
        if self.encoding is None and not self._decide():
            return
        if self.transcoder is None and not self._raw:
            yield from self._cut(ended=self._ended)
            return
        while True:
            left = self._pour()
            yield from self._cut(ended=self._ended and not left)
            if not left:
                return
            self._compact()

    def close(self) -> None:
        """Give the window back to the system."""
        self._room = None
        self._whole.clear()
        try:
            self._view.release()
            self.buffer.close()
        except BufferError:
            # a thread whose read was abandoned still fills it; the last reference frees it then
            return

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    # -- the consumer's side -------------------------------------------------------------

    @property
    def base(self) -> int:
        """How many bytes of UTF-8 went through the window before its byte 0."""
        return self._base

    @property
    def direct(self) -> bool:
        """Whether the window's bytes are the file's bytes, one to one."""
        return self.transcoder is None

    def offset(self, position: int) -> int:
        """Return the byte of the file at which byte ``position`` of the buffer stands."""
        if self.transcoder is None:
            return self._offset + self._base + position
        produced, offset = self.transcoder.anchor(self._base + position)
        if produced < self._base:
            produced, offset = self._base, self._origin
        return offset + self.transcoder.width(self.buffer[produced - self._base : position])

    def line_offset(self, block: Block) -> int:
        """Return the byte of the file at which the line begins that ``block`` begins with or goes on."""
        return self.offset(block.start) if block.head else self._line_offset

    @property
    def resume(self) -> int:
        """Where in the buffer the next piece of a long line lets matches begin: all before it is settled."""
        return self._resume

    @property
    def full(self) -> bool:
        """Whether no more can be read as long as everything in the window is kept."""
        return self._end >= self.size - self._slack

    @property
    def ended(self) -> bool:
        """Whether the stream's end is in the window."""
        return self._ended and not self._raw

    def keep(self, position: int) -> None:
        """Give the bytes from ``position`` of the last block on back, to begin the next block with.

        For a stage whose unit is larger than a line; at least half of the window must go.
        """
        self._begin = self._scanned = position

    @property
    def end(self) -> int:
        """Where the filled part of the buffer ends."""
        return self._end

    def unended(self, block: Block) -> bool:
        """Whether the block ends the stream in the middle of a line."""
        if not block.tail:
            return False
        return self.buffer[block.stop - 1] != self.eol if block.stop > block.start else not block.head

    def open_end(self, position: int) -> int:
        """Return 1 if the filled part behind ``position`` ends without a line end, else 0."""
        return self.open_line(position, self._end)

    def open_line(self, start: int, stop: int) -> int:
        """Return 1 if ``[start, stop)`` of the buffer ends within a line, else 0."""
        return int(stop > start and self.buffer[stop - 1] != self.eol)

    def position(self, offset: int, start: int, stop: int) -> int | None:
        """Return where in ``[start, stop)`` of the buffer the character begins that holds byte ``offset`` of the file.

        None if that byte lies behind; a byte before ``start`` gives ``start``.
        """
        low, high = start, stop
        if self.offset(stop) <= offset:
            return None
        if self.transcoder is None:
            low = max(offset - self._offset - self._base, start)
        else:
            while high - low > 2 * _GROWTH:
                middle = self.character((low + high) // 2, low)
                low, high = (middle, high) if self.offset(middle) <= offset else (low, middle)
            for at in range(low + 1, min(high + _GROWTH, stop)):
                if self.buffer[at] not in _CONTINUATION and self.offset(at) <= offset:
                    low = at
        return self.character(low, start)

    def pass_over(self, start: int, stop: int, lines: int) -> tuple[int, int]:
        """Go behind the ``lines``-th line end in ``[start, stop)`` of the buffer; return (position, line ends passed).

        With fewer of them, that is ``stop`` and how many there are.
        """
        step, passed = _COUNTED, 0
        while start < stop and passed < lines:
            here = min(start + step, stop)
            found = line_ends(self.buffer[start:here], self.newline)
            if passed + found < lines:
                start, passed = here, passed + found
            elif step > KIB:
                step //= 8
            else:
                start, passed = self.buffer.find(self.newline, start, stop) + 1, passed + 1
        return start, passed

    def count(self, start: int, stop: int) -> int:
        """Return the number of line ends in ``[start, stop)`` of the buffer."""
        step = _COUNTED
        if stop - start <= step:
            return line_ends(self.buffer[start:stop], self.newline)
        view = self._view
        return sum(line_ends(bytes(view[at : min(at + step, stop)]), self.newline) for at in range(start, stop, step))

    def lines(self, start: int, stop: int) -> Iterator[tuple[int, int, int]]:
        r"""Yield ``(start, end, stop)`` for each line in ``[start, stop)`` of the buffer.

        ``end`` is where the text ends and the ending, ``\n``, ``\r\n`` or nothing, begins.
        """
        buffer, newline, returns = self.buffer, self.newline, self.returns
        while start < stop:
            at = buffer.find(newline, start, stop)
            if at < 0:
                yield start, stop, stop
                return
            end = at - 1 if returns and at > start and buffer[at - 1] == _RETURN else at
            yield start, end, at + 1
            start = at + 1

    # -- inside --------------------------------------------------------------------------

    def _decide(self) -> bool:
        held = self._end if self._head is None else len(self._head)
        if held < self.detect_bytes and not self._ended:
            return False
        head = bytes(self._view[: min(held, self.detect_bytes)] if self._head is None else self._head)
        encoding = detect(head, complete=self._ended and held <= self.detect_bytes, label=self.label)
        mark = encoding.mark
        if self._head is not None:
            self._raw, self._head, self._room = head[mark:], None, None
        elif encoding.name != "utf-8" and not encoding.binary:
            self._raw, self._end = bytes(self._view[mark:held]), 0
        elif mark:
            self.buffer.move(0, mark, held - mark)
            self._end = held - mark
        self._offset += mark
        self._adopt(encoding)
        return True

    def _adopt(self, encoding: Encoding) -> None:
        self.encoding = encoding
        self._line_offset = self._origin = self._offset
        if encoding.name != "utf-8" and not encoding.binary:
            self.transcoder = Transcoder(encoding.name, offset=self._offset)
            self._room = bytearray(min(_RAW, self.size))

    def _pour(self) -> bool:
        """Move raw bytes that fit into the window, as UTF-8; return whether some are left."""
        free = self.size - self._end
        take = min(free if self.transcoder is None else free // _GROWTH, len(self._raw) - self._raw_at)
        raw = self._raw[self._raw_at : self._raw_at + take]
        self._raw_at += take
        left = self._raw_at < len(self._raw)
        if not left:
            self._raw, self._raw_at = b"", 0
        if self.transcoder is not None:
            raw = self.transcoder.feed(raw, final=self._ended and not left)
        self.buffer[self._end : self._end + len(raw)] = raw
        self._end += len(raw)
        return left

    def _cut(self, *, ended: bool) -> Iterator[Block]:
        """Yield the pieces and runs of lines that the filled part of the window holds."""
        if self._inside:
            stop = self._line_end()
            if stop:
                yield self._take(stop, tail=True)
        if not self._inside:
            last = self.buffer.rfind(self.newline, max(self._scanned, self._begin), self._end) + 1
            self._scanned = self._end
            if last > self._begin:
                yield self._take(last, tail=True)
        else:
            self._scanned = self._end
        if ended and (self._inside or self._end > self._begin):
            yield self._take(self._end, tail=True)
        elif self._full():
            yield self._take(self._whole_characters(), tail=False)

    def _line_end(self) -> int:
        return self.buffer.find(self.newline, max(self._scanned, self._fresh), self._end) + 1

    @property
    def _slack(self) -> int:
        return 0 if self.transcoder is None else 4 * _GROWTH

    def _full(self) -> bool:
        return self._begin == 0 and self.full

    def _take(self, stop: int, *, tail: bool) -> Block:
        """Make the block ``[begin, stop)`` and move the state behind it."""
        begin = self._begin
        resume, fresh = (self._resume, self._fresh) if self._inside else (begin, begin)
        block = Block(begin, stop, not self._inside, tail, resume, fresh)
        if block.head and not tail:
            self._line_offset = self.offset(begin)
        self._inside = not tail
        keep = 0 if tail else min(2 * self.overlap, (stop - begin) // 2)
        self._begin = self.character(stop - keep, begin)
        self._fresh, self._resume = stop, self.character(stop - keep // 2, self._begin)
        self._scanned = max(self._scanned, stop)
        return block

    def _whole_characters(self) -> int:
        """Return the end of the filled part, less a character that is cut at it."""
        stop = self._end
        for back in range(1, min(4, stop)):
            byte = self.buffer[stop - back]
            if byte not in _CONTINUATION:
                width = 4 if byte >= 0xF0 else 3 if byte >= 0xE0 else 2 if byte >= 0xC0 else 1
                return stop - back if width > back else stop
        return stop

    def character(self, position: int, floor: int) -> int:
        """Move ``position`` back to the beginning of a character, not before ``floor``."""
        for back in range(4):
            at = position - back
            if at <= floor or at >= self._end or self.buffer[at] not in _CONTINUATION:
                return max(at, floor)
        return position

    def _compact(self) -> None:
        """Move what is left to the front of the window."""
        begin = self._begin
        if not begin:
            return
        if self.transcoder is not None:
            self._origin = self.offset(begin)
            self.transcoder.forget(self._base + begin)
        self.buffer.move(0, begin, self._end - begin)
        self._base += begin
        self._end -= begin
        self._scanned = max(self._scanned - begin, 0)
        self._fresh = max(self._fresh - begin, 0)
        self._resume = max(self._resume - begin, 0)
        self._begin = 0
