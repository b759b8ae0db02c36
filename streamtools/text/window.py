"""What of a text is in memory, and the arithmetic of positions, offsets and lines in it."""

from __future__ import annotations

import mmap

from streamtools.counting import line_ends_in
from streamtools.limits import KIB
from streamtools.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final

    from streamtools.events import Encoding
    from streamtools.text.transcode import Transcoder

#: Line ends are counted in pieces of this size where the way to one of them is looked for.
_COUNTED: Final = 32 * KIB
#: The most bytes of UTF-8 that a byte of another encoding becomes.
GROWTH: Final = 4
_RETURN: Final = 13
_NEWLINE: Final = 10
#: Bytes that go on a character.
CONTINUATION: Final = range(0x80, 0xC0)


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


class Window:
    r"""A part of a text as UTF-8 in ``buffer``: positions count from its first byte, offsets from the file's.

    ``eol`` is the byte that ends a line; with ``crlf`` a ``\r`` before a ``\n`` belongs to the ending, which ``returns`` says.

    Memory: none of its own; the buffer is its maker's.
    """

    def __init__(self, buffer: bytes | mmap.mmap, *, eol: int = _NEWLINE, crlf: bool = True) -> None:
        self.buffer = buffer
        self.eol = eol
        self.newline = bytes([eol])
        self.encoding: Encoding | None = None
        self.transcoder: Transcoder | None = None
        self._view = memoryview(buffer)
        self.returns = crlf and eol == _NEWLINE
        self._offset = self._base = self._origin = 0
        self._begin = self._end = self._resume = 0
        self._line_offset = 0
        self._ended = False

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
    def first(self) -> int:
        """Where in the buffer the text begins, if none of it went by."""
        return 0

    @property
    def resume(self) -> int:
        """Where in the buffer the next piece of a long line lets matches begin: all before it is settled."""
        return self._resume

    @property
    def ended(self) -> bool:
        """Whether the stream's end is in the window."""
        return self._ended

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
            while high - low > 2 * GROWTH:
                middle = self.character((low + high) // 2, low)
                low, high = (middle, high) if self.offset(middle) <= offset else (low, middle)
            for at in range(low + 1, min(high + GROWTH, stop)):
                if self.buffer[at] not in CONTINUATION and self.offset(at) <= offset:
                    low = at
        return self.character(low, start)

    def pass_over(self, start: int, stop: int, lines: int) -> tuple[int, int]:
        """Go behind the ``lines``-th line end in ``[start, stop)`` of the buffer; return (position, line ends passed).

        With fewer of them, that is ``stop`` and how many there are.
        """
        step, passed = _COUNTED, 0
        while start < stop and passed < lines:
            here = min(start + step, stop)
            found = line_ends_in(self._view, start, here, self.newline)
            if passed + found < lines:
                start, passed = here, passed + found
            elif step > KIB:
                step //= 8
            else:
                start, passed = self.buffer.find(self.newline, start, stop) + 1, passed + 1
        return start, passed

    def count(self, start: int, stop: int) -> int:
        """Return the number of line ends in ``[start, stop)`` of the buffer."""
        return line_ends_in(self._view, start, stop, self.newline)

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

    def character(self, position: int, floor: int) -> int:
        """Move ``position`` back to the beginning of a character, not before ``floor``."""
        for back in range(4):
            at = position - back
            if at <= floor or at >= self._end or self.buffer[at] not in CONTINUATION:
                return max(at, floor)
        return position
