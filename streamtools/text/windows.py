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

from __future__ import annotations

import codecs
import mmap
import os

from streamtools.limits import KIB
from streamtools.text.encoding import detect
from streamtools.text.source import OPEN
from streamtools.text.window import CONTINUATION, GROWTH, Block, Window

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import Final, Self

    from streamtools.events import Encoding
    from streamtools.text.source import Opener


_RAW: Final = 32 * KIB


class Windows(Window):
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
        self._map = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        super().__init__(self._map, eol=eol, crlf=crlf)
        self.size = size
        self.overlap = overlap
        self.label = label
        self.detect_bytes = detect_bytes
        self._whole, self._more = [self._view], [bytearray(1)]
        self.start()

    def start(self, offset: int = 0, encoding: Encoding | None = None) -> None:
        """Begin with a new stream, the first byte of which stands at ``offset`` of its file.

        ``encoding`` is given when it is known from the file's head already.
        """
        self.encoding = encoding
        self.transcoder = None
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
                self._map[size] = self._more[0][0]
                size += 1 + os.readv(fd, [self._view[size + 1 :]])
            return self._view[:size]
        finally:
            os.close(fd)

    def plain(self, size: int) -> bool:
        """Whether the first ``size`` bytes of the buffer are text in UTF-8 for sure, without a NUL or a mark."""
        from streamtools.text.plain import plain, utf8

        with self._view[:size] as text:
            if plain(text):
                return True
        data = self.buffer[:size]
        return not data.startswith(codecs.BOM_UTF8) and utf8(data)

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
            self._map.close()
        except BufferError:
            # a thread whose read was abandoned still fills it; the last reference frees it then
            return

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    # -- the consumer's side -------------------------------------------------------------

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
            self._map.move(0, mark, held - mark)
            self._end = held - mark
        self._offset += mark
        self._adopt(encoding)
        return True

    def _adopt(self, encoding: Encoding) -> None:
        self.encoding = encoding
        self._line_offset = self._origin = self._offset
        if encoding.name != "utf-8" and not encoding.binary:
            from streamtools.text.transcode import Transcoder

            self.transcoder = Transcoder(encoding.name, offset=self._offset)
            self._room = bytearray(min(_RAW, self.size))

    def _pour(self) -> bool:
        """Move raw bytes that fit into the window, as UTF-8; return whether some are left."""
        free = self.size - self._end
        take = min(free if self.transcoder is None else free // GROWTH, len(self._raw) - self._raw_at)
        raw = self._raw[self._raw_at : self._raw_at + take]
        self._raw_at += take
        left = self._raw_at < len(self._raw)
        if not left:
            self._raw, self._raw_at = b"", 0
        if self.transcoder is not None:
            raw = self.transcoder.feed(raw, final=self._ended and not left)
        self._map[self._end : self._end + len(raw)] = raw
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
        return 0 if self.transcoder is None else 4 * GROWTH

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
            if byte not in CONTINUATION:
                width = 4 if byte >= 0xF0 else 3 if byte >= 0xE0 else 2 if byte >= 0xC0 else 1
                return stop - back if width > back else stop
        return stop

    def _compact(self) -> None:
        """Move what is left to the front of the window."""
        begin = self._begin
        if not begin:
            return
        if self.transcoder is not None:
            self._origin = self.offset(begin)
            self.transcoder.forget(self._base + begin)
        self._map.move(0, begin, self._end - begin)
        self._base += begin
        self._end -= begin
        self._scanned = max(self._scanned - begin, 0)
        self._fresh = max(self._fresh - begin, 0)
        self._resume = max(self._resume - begin, 0)
        self._begin = 0
