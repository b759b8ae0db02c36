"""Which small files of a tree surely hold no match: many are read into one buffer and looked at together.

Most files of a tree are such. For them nothing is made but the read: one look of the engine and one at the
encoding serve all files of the buffer, and only where that finds something, each file is looked at by itself.
"""

from __future__ import annotations

import codecs
import mmap
import os
import stat

from streamtools.limits import KIB
from streamtools.text.plain import plain, utf8
from streamtools.text.source import OPEN, from_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from streamtools.match.candidates import Finder
    from streamtools.match.exact import Matcher
    from streamtools.searching.request import Request
    from streamtools.text.source import Source


_ROOM: Final = 128 * KIB
#: Most searches are over with their first files: memory that is at hand is enough for so few.
_LITTLE: Final = 32 * KIB
_FIRST: Final = 4
#: So much of the buffer must be free for the next file, else what is in it is looked at first.
_FREE: Final = 8 * KIB
#: So many files are open at a time: the system closes descriptors that follow each other in one call.
_OPENED: Final = 64
#: So many where most of them must be searched.
_FULL: Final = 16
#: From so many names on a folder is opened once, and not found again for each of them.
_MANY: Final = 5
_FOLDER: Final = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_CLOEXEC
#: A read that fails in the middle of a file ends where a page does.
_PAGE: Final = 4 * KIB


class Glance:
    """Looks at files for one request.

    Between two files there is a line end in the buffer, so that no line holds parts of both. What is in the buffer at the end
    of a look need not be opened again if it must be searched, see `source`.

    Memory: 32 KiB at the first looks, 128 KiB from the first on that is at more than 4 files, in an anonymous mapping that goes back to
    the system on `close`; and the status of each file of a look.
    """

    __slots__ = (
        *("_buffer", "_end", "_finder", "_follows", "_full", "_judged", "_keeps", "_kept", "_met", "_open", "_places", "_room", "_view"),
        "_window",
    )

    def __init__(self, request: Request, finder: Finder) -> None:
        self._finder = finder
        self._open = None if request.within is None else request.within.open
        self._follows = request.follow
        self._room = 0
        self._end = 0
        self._judged = 0
        # where the first NUL is looked for in the file itself, it has to be open
        self._keeps = not request.watches_nuls
        self._full = False
        self._window = request.limits.window
        #: Where files that must be searched are in the buffer: from which byte on, and how many. By their place in the look.
        self._places: dict[int, tuple[int, int]] = {}
        self._kept: dict[int, tuple[int, int, os.stat_result]] = {}
        #: The status of files that were asked for it right behind the read.
        self._met: dict[int, os.stat_result] = {}

    def sizes(self, shown: str, names: Sequence[str]) -> list[int | None]:
        """Return the size of each file in which nothing can match, None for one to be searched: it may, is large, or can't be read.

        ``shown`` is what their paths begin with: ``""``, or a folder with ``/`` at its end.
        """
        room = _LITTLE if len(names) <= _FIRST else _ROOM
        if self._room < room:
            # none of it where the search is of one file, which is not looked at here
            self.close()
            self._room = room
            self._buffer = bytearray(room) if room == _LITTLE else mmap.mmap(-1, room, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
            self._view = memoryview(self._buffer)
        found: list[int | None] = []
        self._end = self._judged = 0
        self._kept.clear()
        self._met.clear()
        folder = self._folder(shown) if len(names) >= _MANY else None
        if folder is None:
            self._read(shown, names, None, 0, found)
            return found
        try:
            # a file system without blocks, as /proc is one, may give a file in pieces
            sure = os.fstatvfs(folder).f_blocks > 0 and not self._follows
            self._read("", names, folder, _PAGE if sure else 0, found)
        finally:
            os.close(folder)
        return found

    @property
    def most(self) -> int:
        """How many files the next look had better be at: of fewer more are still in the buffer, where many must be searched."""
        return _FULL if self._full else _OPENED

    def source(self, number: int, path: str) -> Source | None:
        """Return file ``number`` of the last look (0-based) as it was read then, None if it has to be opened.

        It can be taken once, and until the next look; then it is the caller's, who may keep it.
        """
        kept = self._kept.pop(number, None)
        if kept is None:
            return None
        start, size, info = kept
        return from_bytes(bytes(self._view[start : start + size]), path=path, info=info)

    def close(self) -> None:
        """Give the buffer back; a later look begins with another."""
        if not self._room:
            return
        self._room = 0
        self._kept.clear()
        self._view.release()
        if isinstance(self._buffer, mmap.mmap):
            self._buffer.close()
        del self._buffer

    def _folder(self, shown: str) -> int | None:
        """Open the folder that names are in; None where each must be found by itself."""
        if self._open is not None or not shown:
            return None
        try:
            return os.open(shown, _FOLDER)
        except OSError:
            return None

    def _read(self, head: str, names: Sequence[str], folder: int | None, page: int, found: list[int | None]) -> None:
        """Read files behind the others; what ends within a ``page`` is read to its end, with 0 what is as long as its status says."""
        fds: list[int] = []
        begun = 0
        while begun < len(names):
            try:
                # first all are opened, then all are read: in turns it takes a tenth longer
                failed = self._opened(head, names[begun : begun + _OPENED], folder, fds)
                before = len(found)
                self._take(fds, page, found)
                self._keep(fds, before, found)
                if failed:
                    found.append(None)
                begun += len(fds) + failed
            finally:
                _shut(fds)

    def _opened(self, head: str, names: Sequence[str], folder: int | None, fds: list[int]) -> bool:
        """Open files up to the first one that can't be; return whether there is one."""
        opened, within, add = os.open, self._open, fds.append
        try:
            if within is None:
                for name in names:
                    add(opened(head + name, OPEN, dir_fd=folder))
            else:
                for name in names:
                    add(within(head + name, OPEN))
        except OSError:
            return True
        return False

    def _take(self, fds: Sequence[int], page: int, found: list[int | None]) -> None:
        """Read files that are open, and what can't be read is to be searched by itself."""
        readv, view, buffer, room, most, end = os.readv, self._view, self._buffer, self._room, self._room - _FREE, self._end
        for fd in fds:
            if end > most:
                self._judge(end, found)
                end = 0
            size: int | None
            try:
                size = readv(fd, (view[end:],))
                if not (size % page if page else self._whole(fd, size, len(found))) or end + size >= room:
                    end, size = self._rest(fd, end, size, found)
            except OSError:
                size = None
                if self._judged == len(found):
                    # it was looked at before the rest of this one was read
                    end = 0
            found.append(size)
            if size is not None:
                end += size
                buffer[end] = 10
                end += 1
        self._end = end

    def _keep(self, fds: Sequence[int], first: int, found: list[int | None]) -> None:
        """Look at what is in the buffer while its files are open, and keep the status of those that must be searched."""
        self._judge(self._end, found)
        self._end = 0
        self._kept.clear()
        self._full = found.count(None) * 2 > len(found)
        if not self._keeps:
            return
        for number, (start, size) in self._places.items():
            info = self._met.get(number) or os.fstat(fds[number - first])
            # else it grew or shrank meanwhile, or its lines need more than one window
            if info.st_size == size < self._window and stat.S_ISREG(info.st_mode):
                self._kept[number] = (start, size, info)

    def _whole(self, fd: int, size: int, number: int) -> bool:
        """Whether a file was read to its end; those of /proc have no size, and are read until nothing comes."""
        status = self._met[number] = os.fstat(fd)
        return status.st_size == size > 0

    def _rest(self, fd: int, start: int, size: int, found: list[int | None]) -> tuple[int, int | None]:
        """Read the rest of a file that begins at ``start``; return where it begins then, and its size, None if it is too large."""
        view, room = self._view, self._room
        while True:
            if start + size >= room:
                if not start:
                    return 0, None
                self._judge(start, found)
                view[:size] = view[start : start + size]
                start = 0
            more = os.readv(fd, (view[start + size :],))
            if not more:
                return start, size
            size += more

    def _judge(self, end: int, found: list[int | None]) -> None:
        """Look at what is in the buffer, and take back the sizes of files that must be searched."""
        self._places.clear()
        if end and (self._full or not self._clear(0, end)):
            start = 0
            for number in range(self._judged, len(found)):
                size = found[number]
                if size is None:
                    continue
                if size and not self._clear(start, start + size):
                    found[number] = None
                    self._places[number] = (start, size)
                start += size + 1
        self._judged = len(found)

    def _clear(self, start: int, stop: int) -> bool:
        """Whether a part of the buffer is surely text in UTF-8, without a mark, a NUL or a candidate."""
        with self._view[start:stop] as text:
            return (plain(text) or _unmarked(bytes(text))) and not self._finder.holds(text)


def _unmarked(data: bytes) -> bool:
    # any file in it may begin with a mark
    return codecs.BOM_UTF8 not in data and utf8(data)


def _shut(fds: list[int]) -> None:
    """Close descriptors, those that follow each other in one call; the list is empty then."""
    fds.sort()
    start = 0
    for at, fd in enumerate(fds, 1):
        if at == len(fds) or fds[at] > fd + 1:
            # what lies between is ours, whatever other threads open
            os.closerange(fds[start], fd + 1)
            start = at
    fds.clear()


def glance(request: Request, matcher: Matcher) -> Glance | None:
    """Return what looks at the files of a request, None where each one must be searched."""
    every = request.output_mode == "files_without_match" or request.include_zero or request.passthru or request.invert_match
    read = request.encoding or not request.detect or request.pre is not None or request.search_zip
    finder = matcher.finder
    return None if finder is None or every or read or request.multiline or request.null_data else Glance(request, finder)
