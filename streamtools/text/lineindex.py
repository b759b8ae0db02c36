"""Where lines begin in files that were read before, so that a deep page is a seek.

    track = INDEXES.track(source, windows)      # None: too small, no file, or not at its beginning
    start = track.start(7_000_000)              # where to begin instead of at byte 0, or None
    ...                                         # for every block: track.note(number, block)
    track.finish(total)

An index belongs to one file (device and inode) read with one label, head and window. Its stamp is the file's size,
mtime and ctime:

- the same stamp, older than 2 s when it was taken: nothing has changed;
- the same stamp, taken within 2 s of the change (a second change could have got the same time): as after an append;
- larger: an append. The encoding is decided anew, the total is forgotten, the entries stay;
- anything else drops the index.

Whatever the stamp says, an entry is only used if a line end and the same 64 bytes still stand where it points, so
what moves lines is noticed. What is not: an edit in place, before the entry, that makes or removes line ends without
moving the bytes behind it, and either grows the file as well or leaves the stamp as it was (a clock set back, or
a file server that keeps times coarser than 2 s).
"""

from __future__ import annotations

import _thread
import os
import sys
import time
from array import array
from bisect import bisect_right
from collections import OrderedDict

from streamtools.events import Encoding
from streamtools.limits import KIB
from streamtools.text.drive import head_encoding
from streamtools.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from streamtools.events import Total
    from streamtools.text.source import Source
    from streamtools.text.window import Block
    from streamtools.text.windows import Windows


#: What all indexes together may hold, in bytes.
BOUND: Final = 25_000_000
#: A change may leave the time of the change before it, if it comes within so many nanoseconds.
SETTLE: Final = 2_000_000_000
#: How many bytes behind an entry are compared before it is used.
_CHECKED: Final = 64
#: The objects around the entries of one file.
_AROUND: Final = 1024

_Key = tuple[int, int, str | None, int, int]
_Stamp = tuple[int, int, int]


class Start(NamedTuple):
    """A line to begin at: its byte offset in the file, its number, and the file's encoding.

    ``number`` counts from the beginning if it is positive, else from the end: -1 is the last.
    """

    offset: int
    number: int
    encoding: Encoding


class LineIndex:
    """Numbers and byte offsets of some lines of one file, ascending, at least ``stride`` bytes apart.

    With ``most`` entries the stride doubles until half of them or fewer are left. ``total`` is the exact number of
    lines where it is known. Not thread-safe: `LineIndexes` has the lock.

    Memory: 24 bytes an entry, at most ``most`` of them (96 KiB), and 1 KiB.
    """

    def __init__(self, *, stride: int = 64 * KIB, most: int = 4096) -> None:
        self.encoding = Encoding()
        self.stamp: _Stamp = (0, 0, 0)
        self.settled = False
        self.total: int | None = None
        self._stride = stride
        self._most = most
        self._wanted = 0
        self._lines, self._offsets, self._checks = array("Q"), array("Q"), array("q")

    def __len__(self) -> int:
        return len(self._lines)

    @property
    def held(self) -> int:
        """Bytes in memory."""
        return _AROUND + sys.getsizeof(self._lines) + sys.getsizeof(self._offsets) + sys.getsizeof(self._checks)

    @property
    def wanted(self) -> int:
        """The lowest offset that `add` would keep."""
        return self._wanted

    def add(self, line: int, offset: int, check: int) -> None:
        """Remember that ``line`` begins at ``offset``, unless that is too near to the last entry, or before it."""
        if offset < self._wanted:
            return
        self._lines.append(line)
        self._offsets.append(offset)
        self._checks.append(check)
        while len(self._lines) >= self._most:
            self._thin()
        self._wanted = self._offsets[-1] + self._stride

    def before(self, line: int) -> tuple[int, int, int] | None:
        """Return (line, offset, check) of the last entry at or before ``line``, or None."""
        at = bisect_right(self._lines, line) - 1
        return None if at < 0 else (self._lines[at], self._offsets[at], self._checks[at])

    def join(self, later: LineIndex) -> None:
        """Take over what another index of the same file knows beyond this one."""
        for line, offset, check in zip(later._lines, later._offsets, later._checks, strict=True):
            self.add(line, offset, check)

    def _thin(self) -> None:
        self._stride *= 2
        kept, wanted = [], 0
        for at, offset in enumerate(self._offsets):
            if offset >= wanted:
                kept.append(at)
                wanted = offset + self._stride
        self._lines = array("Q", [self._lines[at] for at in kept])
        self._offsets = array("Q", [self._offsets[at] for at in kept])
        self._checks = array("q", [self._checks[at] for at in kept])


class LineIndexes:
    """The indexes of all files, the least recently used of which go when they hold more than ``bound`` bytes.

    ``settle`` is in nanoseconds, ``stride`` in bytes (see `LineIndex`). Every method may be called from any thread.

    Memory: ``bound``, and one index for each read under way.
    """

    name = "line indexes"

    def __init__(self, bound: int = BOUND, *, settle: int = SETTLE, stride: int = 64 * KIB) -> None:
        self.bound = bound
        self._settle = settle
        self.stride = stride
        self._lock = _thread.allocate_lock()
        self._files: OrderedDict[_Key, LineIndex] = OrderedDict()
        self._held = 0

    def __len__(self) -> int:
        return len(self._files)

    def held(self) -> int:
        """Return how many bytes all indexes hold."""
        return self._held

    def reclaim(self, target: int, *, urgent: bool = False) -> int:
        """Drop least recently used indexes until ``target`` bytes are free; return how many were. Never raises.

        An index is cheap to get again, so ``urgent`` makes no difference.
        """
        del urgent
        with self._lock:
            before = self._held
            while self._files and before - self._held < target:
                self._oldest()
            return before - self._held

    def track(self, source: Source, windows: Windows) -> Track | None:
        """Begin to read a source with an index; None where one is of no use.

        That is: no regular file, a part of one or not at its beginning, or no larger than a window.
        The source stands at its beginning afterwards.
        """
        if source.fd is None or windows.size < _CHECKED:
            return None
        try:
            info = os.fstat(source.fd)
            if info.st_size != source.size or info.st_size <= windows.size or os.lseek(source.fd, 0, os.SEEK_CUR):
                return None
        except OSError:
            return None
        key = (info.st_dev, info.st_ino, windows.label, windows.detect_bytes, windows.size)
        stamp = (info.st_size, info.st_mtime_ns, info.st_ctime_ns)
        settled = time.time_ns() - max(stamp[1:]) >= self._settle
        with self._lock:
            index = self._files.get(key)
            if index is not None:
                self._files.move_to_end(key)
        if index is not None and not (index.settled and index.stamp == stamp) and not self._renewed(index, stamp, settled, source, windows):
            self.drop(key, index)
            index = None
        return Track(self, key, stamp, settled, source, windows, index)

    def _renewed(self, index: LineIndex, stamp: _Stamp, settled: bool, source: Source, windows: Windows) -> bool:
        """Go on with an index after an append, or what may have been one; return False if it was another change."""
        if index.stamp != stamp and index.stamp[0] >= stamp[0]:
            return False
        encoding = head_encoding(source, detect_bytes=windows.detect_bytes, label=windows.label)
        source.seek(0)
        if encoding != index.encoding:
            return False
        with self._lock:
            index.stamp, index.settled, index.total = stamp, settled, None
        return True

    def look(self, index: LineIndex, line: int) -> tuple[int, int, int] | None:
        """Return what `LineIndex.before` does."""
        with self._lock:
            return index.before(line)

    def learn(self, key: _Key, found: LineIndex) -> None:
        """Add what a read found to what is known of the file, if that is of the same stamp."""
        with self._lock:
            index = self._files.get(key)
            if index is None:
                if not found:
                    return
                self._files[key] = found
                self._held += found.held
            elif index.stamp == found.stamp:
                self._held -= index.held
                index.join(found)
                index.total = index.total if found.total is None else found.total
                self._held += index.held
            while self._held > self.bound:
                self._oldest()

    def drop(self, key: _Key, index: LineIndex) -> None:
        """Forget an index that is no longer right."""
        with self._lock:
            if self._files.get(key) is index:
                self._held -= self._files.pop(key).held

    def _oldest(self) -> None:
        self._held -= self._files.popitem(last=False)[1].held


class Track:
    """One read of one file: what is known of its lines before, and what it learns.

    Only files that are UTF-8 are indexed. Entries are the beginnings of full windows behind the head that decides the encoding: from
    there on a read fills its windows as one from the beginning does, and so gives the same result to the byte.

    Memory: one `LineIndex`.
    """

    def __init__(
        self, owner: LineIndexes, key: _Key, stamp: _Stamp, settled: bool, source: Source, windows: Windows, index: LineIndex | None
    ) -> None:
        self.total = None if index is None else index.total
        self._owner = owner
        self._key = key
        self._source = source
        self._windows = windows
        self._index = index
        self._noting = False
        self._found = LineIndex(stride=owner.stride)
        self._found.stamp, self._found.settled = stamp, settled

    def start(self, line: int) -> Start | None:
        """Return where to begin to read for ``line``; None is byte 0. Then `note` every block."""
        self._noting = True
        index, fd = self._index, self._source.fd
        entry = None if index is None else self._owner.look(index, line)
        if index is None or entry is None or fd is None:
            return None
        number, offset, check = entry
        try:
            seen = os.pread(fd, 1 + _CHECKED, offset - 1)
        except OSError:
            return None
        if seen[:1] == b"\n" and hash(seen[1:]) == check:
            return Start(offset, number, index.encoding)
        self._owner.drop(self._key, index)
        self._index = self.total = None
        return None

    def note(self, number: int, block: Block) -> None:
        """Tell that ``block`` begins with line ``number``, or goes on with it."""
        windows = self._windows
        if not self._noting or block.start or not block.head or not (windows.full and windows.direct):
            return
        offset = windows.offset(0)
        if offset >= self._found.wanted and windows.detect_bytes < offset <= self._found.stamp[0] - _CHECKED:
            self._found.add(number, offset, hash(windows.buffer[:_CHECKED]))

    def learn(self, number: int, offset: int) -> None:
        """Tell that line ``number`` begins at byte ``offset``, ascending, as another process found out."""
        fd = self._source.fd
        if fd is not None and self._windows.detect_bytes < offset <= self._found.stamp[0] - _CHECKED:
            self._found.add(number, offset, hash(os.pread(fd, _CHECKED, offset)))

    def finish(self, total: Total, *, changed: bool) -> None:
        """Let later reads know what this one learned; ``changed`` says that the file did meanwhile."""
        found, encoding, fd = self._found, self._windows.encoding, self._source.fd
        if encoding is None or encoding.binary or not self._windows.direct or fd is None:
            return
        if changed and os.fstat(fd).st_size <= found.stamp[0]:
            return
        found.encoding = encoding
        found.total = total.value if total.kind == "exact" and found.settled and not changed else None
        self._owner.learn(self._key, found)


#: The indexes that `read` and `aread` share.
INDEXES: Final = LineIndexes()
