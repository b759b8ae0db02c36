"""Which small files of a tree surely hold no match: many are read into one buffer and looked at together.

Most files of a tree are such. For them nothing is made but the read: one look of the engine and one at the
encoding serve all files of the buffer, and only where that finds something, each file is looked at by itself.
"""

from __future__ import annotations

import codecs
import mmap
import os
from collections.abc import Sequence
from typing import Final

from streamtools.limits import KIB
from streamtools.match.candidates import Finder
from streamtools.match.exact import Matcher
from streamtools.searching.request import Request
from streamtools.text.source import OPEN

_ROOM: Final = 128 * KIB


class Glance:
    """Looks at files for one request.

    Between two files there is a line end in the buffer, so that no line holds parts of both.

    Memory: from the first look on ``room`` bytes in an anonymous mapping that goes back to the system on `close`.
    """

    __slots__ = ("_begun", "_buffer", "_end", "_finder", "_more", "_open", "_room", "_view")

    def __init__(self, request: Request, finder: Finder, room: int = _ROOM) -> None:
        self._finder = finder
        self._open = None if request.within is None else request.within.open
        self._room = room
        self._begun = False
        self._more = [bytearray(1)]
        self._end = 0

    def sizes(self, paths: Sequence[str]) -> list[int | None]:
        """Return the size of each file in which nothing can match, None for one to be searched: it may, is large, or can't be read."""
        if not self._begun:
            # most searches are of one file, which is not looked at here
            self._begun = True
            self._buffer = mmap.mmap(-1, self._room, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
            self._view = memoryview(self._buffer)
        found: list[int | None] = []
        waiting: list[tuple[int, int, int]] = []
        for path in paths:
            size = self._load(path)
            if size is not None and size < 0:
                self._judge(waiting, found)
                size = self._load(path)
            if size is None or size < 0:
                found.append(None)
                continue
            end = self._end
            waiting.append((len(found), end, size))
            found.append(size)
            self._end = end + size + 1
        self._judge(waiting, found)
        return found

    def close(self) -> None:
        """Give the buffer back; a later look begins with another."""
        if self._begun:
            self._begun = False
            self._view.release()
            self._buffer.close()

    def _load(self, path: str) -> int | None:
        """Read a file behind the others; return its size, -1 if it does not fit there, None if it can't be read."""
        end, view = self._end, self._view
        try:
            fd = os.open(path, OPEN) if self._open is None else self._open(path, OPEN)
            try:
                size = os.readv(fd, [view[end:]])
                while os.readv(fd, self._more):
                    if end + size + 2 > len(view):
                        return -1
                    self._buffer[end + size] = self._more[0][0]
                    size += 1 + os.readv(fd, [view[end + size + 1 :]])
            finally:
                os.close(fd)
            self._buffer[end + size] = 10
        except IndexError:
            return -1
        except OSError:
            return None
        return size

    def _judge(self, waiting: list[tuple[int, int, int]], found: list[int | None]) -> None:
        """Look at what is in the buffer, take back the sizes of files that must be searched, and empty it."""
        end, self._end = self._end, 0
        if end and not self._clear(0, end):
            for number, start, size in waiting:
                if size and not self._clear(start, start + size):
                    found[number] = None
        waiting.clear()

    def _clear(self, start: int, stop: int) -> bool:
        """Whether a part of the buffer is surely text in UTF-8, without a mark, a NUL or a candidate."""
        data = self._buffer[start:stop]
        if b"\0" in data:
            return False
        if not data.isascii():
            if codecs.BOM_UTF8 in data:
                return False
            try:
                codecs.utf_8_decode(data, "strict", True)
            except UnicodeDecodeError:
                return False
        with self._view[start:stop] as text:
            return not self._finder.holds(text)


def glance(request: Request, matcher: Matcher) -> Glance | None:
    """Return what looks at the files of a request, None where each one must be searched."""
    every = request.output_mode == "files_without_match" or request.include_zero or request.passthru or request.invert_match
    read = request.encoding or not request.detect or request.pre is not None or request.search_zip
    finder = matcher.finder
    return None if finder is None or every or read or request.multiline or request.null_data else Glance(request, finder)
