"""What NUL bytes do to a search, where binary files are treated as ripgrep treats them.

ripgrep reads a file in steps and looks for a NUL in each before it searches it. From the step with the
first one on the file is binary: one that was found by walking ("quit") is left there, one that was
named ("suppress") is searched on with every NUL as a line end, but nothing of it is shown. A file
that it maps, or has whole for a multi-line search, is looked at in its beginning only, and then in the lines that
would be shown; its NULs stay.
"""

from __future__ import annotations

import os

from streamtools.limits import KIB, MIB
from streamtools.text.drive import exactly
from streamtools.text.source import derived

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from streamtools.text.source import Source


#: ripgrep's buffer.
_STEP: Final = 64 * KIB
#: ripgrep's first step, if a line ends in it: what it looks for a byte order mark in.
_MARK: Final = 3
#: What was read for the sake of a byte order mark comes by itself.
_HEAD: Final = 4
#: From here on steps stand at multiples of their size, so that they are the same wherever reading begins.
_FAR: Final = 8 * MIB


class Nuls:
    """Looks for NULs in one stream, which ``source`` gives from its first byte on; read what is left of it from `source`.

    ``at`` is the offset of the first NUL that was found, ``dark`` says that all that is read from now on
    belongs to the binary part. ``held`` says that the text is mapped, or whole; ``counted`` that NULs are line ends
    where lines are counted, too. What comes is the same wherever reading begins and however much is read at once: in a file
    a step is looked at to its end before any of it is passed on, also where the source ends before. ``known`` is the first NUL if
    what is to be read lies behind it, in the binary part.

    Memory: a step of 64 KiB, and as much as is read at once.
    """

    def __init__(self, source: Source, *, quits: bool, held: bool, counted: bool, known: int | None = None) -> None:
        self.at = known
        self.dark = known is not None
        self.quits = quits
        self.held = held
        self._from, self._known = source, known
        self._read = source.readinto
        self._begins(0)
        if held:
            self.source = source if self.dark else self._looked(source)
        else:
            self.source = derived(source, self._readinto, seek=self._seek if source.seekable else None)
            self.source.fd, self.source.size = None if counted else source.fd, source.size

    def hit(self, data: bytes, offset: int) -> bool:
        """Whether the first NUL of a held text is in lines that would be shown, which begin at byte ``offset``; remembers it."""
        if not self.held or self.at is not None or (found := data.find(0)) < 0:
            return False
        self.at, self.dark = offset + found, True
        return True

    def _looked(self, source: Source) -> Source:
        """Look at the beginning of a text that is held, and return it as it was."""
        head = exactly(source, _STEP)
        found = head.find(0)
        if found >= 0:
            self.at, self.dark = found, True
        if source.seekable:
            source.seek(0)
            return source
        return derived(source, source.readinto, behind=head)

    def _begins(self, position: int) -> None:
        """Stand at the beginning of a step."""
        self._position = self._line = self._begin = self._clear = position
        self._edge = _next(position, position)
        self._rest = b""

    def _seek(self, offset: int) -> None:
        """Go to a byte, through all steps that the one it is in depends on."""
        begin = offset if self._known is not None else 0 if offset < _FAR else offset // _STEP * _STEP
        self.at, self.dark = self._known, self._known is not None
        self._begins(begin)
        if offset and not begin:
            self._from.seek(0)
            if b"\n" in exactly(self._from, _MARK):
                self._edge = _MARK
        self._from.seek(begin)
        left, view = offset - begin, memoryview(bytearray(min(_STEP, offset - begin)))
        while left and (count := self._readinto(view[:left])):
            left -= count

    def _readinto(self, view: memoryview) -> int:
        if self._rest:
            self.dark = True
            return 0 if self.quits else self._give(view)
        count = 0 if self.dark and self.quits else self._read(view)
        if not self._position and 0 < count <= _HEAD:
            count += self._read(view[count:])
        start, data = self._position, bytes(view[:count])
        if not start and 0 <= data.find(b"\n", 0, _MARK) < _MARK:
            self._edge = _MARK
        nul = data.find(0)
        if self.dark:
            if nul >= 0:
                view[:count] = data.replace(b"\0", b"\n")
            return count
        self._pass(data[:nul] if nul >= 0 else data)
        if nul < 0:
            nul = self._behind(count)
        if nul < 0:
            return count
        self.at = start + nul
        clear = max(self._begin - start, 0)
        self._rest = data[clear:].replace(b"\0", b"\n")
        if clear:
            return clear
        return self._readinto(view)

    def _behind(self, count: int) -> int:
        """Look at what of a step is still to be read behind ``count`` bytes; return where from their first one its first NUL is, or -1."""
        fd, identity, position = self._from.fd, self._from.identity, self._position
        if fd is None or identity is None or position <= self._begin or position < self._clear or position >= identity[2]:
            return -1
        # an input that is a file need not begin at the file's first byte
        found = os.pread(fd, self._edge - position, os.lseek(fd, 0, os.SEEK_CUR)).find(0)
        self._clear = self._edge
        return -1 if found < 0 else count + found

    def _give(self, view: memoryview) -> int:
        count = min(len(view), len(self._rest))
        view[:count], self._rest = self._rest[:count], self._rest[count:]
        return count

    def _pass(self, data: bytes) -> None:
        """Go behind some bytes, step by step."""
        start, self._position = self._position, self._position + len(data)
        while self._edge <= self._position:
            last = data.rfind(b"\n", 0, self._edge - start)
            line = start + last + 1 if last >= 0 else self._line
            self._begin, self._edge = self._edge, _next(line, self._edge)
        last = data.rfind(b"\n")
        if last >= 0:
            self._line = start + last + 1


def _next(line: int, edge: int) -> int:
    """Return where the step behind ``edge`` ends; it begins with what is left of a line that begins at ``line``."""
    if edge >= _FAR:
        return (edge // _STEP + 1) * _STEP
    return min(line + _STEP if line + _STEP > edge else edge + _STEP, _FAR)
