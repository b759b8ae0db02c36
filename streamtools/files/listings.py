"""What is in folders that were listed before and have not changed since: a program that stays need not list them at every search.

    status = os.stat("src")
    LISTINGS.find(status)                       # (["a.c", "inner"], {"inner": FOLDER}), or None
    LISTINGS.keep("src/", status, names, odd)   # after a listing that began behind the status
    LISTINGS.among("src/", MARKS)               # which of these names are in it, without a listing

A folder is known by its device and inode, to the user who listed it, and unchanged while its mtime and ctime are: whatever is made, removed
or renamed in it changes both (git's untracked cache relies on it, too). Two rules keep what is old from being shown:

- a folder that changed within 2 s before its status was taken is not kept: the next change could leave the same times (as with `INDEXES`);
- only folders of file systems are kept that are known to keep these times, by their kind in /proc/self/mountinfo: local ones. On
  /proc, on network file systems, and wherever there is no such file, folders are listed every time.
"""

from __future__ import annotations

import _thread
import os
import time
from bisect import bisect_left
from collections import OrderedDict

from streamtools.limits import KIB

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Final


#: What all of them may hold, in bytes: the names of some 3000 files.
BOUND: Final = 128 * KIB
#: Seconds for which a folder is not given up for another one after it was looked at: a walk of a large tree would give up all of them.
_HELD: Final = 60.0
#: When it was looked at is noted anew after so many seconds only.
_OFTEN: Final = 5.0
#: A change may leave the time of the change before it, if it comes within so many nanoseconds.
_SETTLE: Final = 2_000_000_000
#: With less room than that nothing more is kept, until there is some again: for most folders it is too little.
_LITTLE: Final = 4 * KIB
#: The objects around the names of a folder.
_AROUND: Final = 600
_EACH: Final = 120
#: Folders of which only is known which of some names are in them: those above the roots of searches.
_ABOVE: Final = 64
_KINDS: Final = frozenset({"bcachefs", "ext2", "ext3", "ext4", "f2fs", "overlay", "tmpfs", "xfs"})
_MOUNTS: Final = "/proc/self/mountinfo"

_Kept = tuple[int, int, str, dict[str, int], int, float, str]
_Key = tuple[int, int, int]
#: Sorted names, and the kinds of those that are no regular files, see `folder.listed`.
Listing = tuple[list[str], dict[str, int]]


class Listings:
    """Folders as they were listed, up to ``bound`` bytes; then those that nobody looked at for a minute make room.

    Every method may be called from any thread. ``clock`` gives seconds.

    Memory: ``bound``, 64 folders of `among` with 0.5 KB each, and what `find` returns.
    """

    name = "listings of folders"

    def __init__(
        self, bound: int = BOUND, *, settle: int = _SETTLE, mounts: str = _MOUNTS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.bound = bound
        self._clock = clock
        self._settle = settle
        self._mounts = mounts
        self._lock = _thread.allocate_lock()
        self._folders: OrderedDict[_Key, _Kept] = OrderedDict()
        self._marks: dict[_Key, tuple[int, int, frozenset[str], frozenset[str]]] = {}
        self._trusted: dict[int, bool] = {}
        self._held = 0
        #: How those folders are called that are kept, and until when nothing more is.
        self._paths: set[str] = set()
        self._full = 0.0

    def held(self) -> int:
        """Return about how many bytes they hold."""
        return self._held

    def reclaim(self, target: int, *, urgent: bool = False) -> int:
        """Drop least recently used ones until ``target`` bytes are free; return how many were. Never raises.

        A folder is cheap to list again, so ``urgent`` makes no difference.
        """
        del urgent
        with self._lock:
            before = self._held
            self._marks.clear()
            while self._folders and before - self._held < target:
                self._drop(next(iter(self._folders)))
            return before - self._held

    def useful(self, folder: str) -> bool:
        """Whether it may be of use to ask for a folder, or to keep it: not while they are full, but for those that are kept."""
        return folder in self._paths or self._clock() >= self._full

    def knows(self, status: os.stat_result) -> bool:
        """Whether the folder with that status was listed, and has not changed since."""
        kept = self._folders.get(_key(status))
        return kept is not None and kept[:2] == (status.st_mtime_ns, status.st_ctime_ns)

    def find(self, status: os.stat_result, low: bytes = b"") -> Listing | None:
        """Return what is in the folder with that status, its names from ``low`` on; None if it must be listed."""
        key = _key(status)
        with self._lock:
            kept = self._folders.get(key)
            if kept is None:
                return None
            if kept[:2] != (status.st_mtime_ns, status.st_ctime_ns):
                self._drop(key)
                return None
            used = self._clock()
            if used - kept[5] > _OFTEN:
                self._folders[key] = (*kept[:5], used, kept[6])
            self._folders.move_to_end(key)
        names = kept[2].split("/") if kept[2] else []
        if not low:
            return names, kept[3].copy()
        del names[: bisect_left(names, low, key=os.fsencode)]
        return names, {name: kind for name, kind in kept[3].items() if os.fsencode(name) >= low}

    def keep(self, folder: str, status: os.stat_result, names: Sequence[str], odd: dict[str, int], now: int | None = None) -> None:
        """Remember all of a folder, if it had settled ``now`` (nanoseconds; as a rule the present), when its status was taken."""
        if not self.settled(status, time.time_ns() if now is None else now):
            return
        text = "/".join(names)
        size = _AROUND + len(folder) + len(text) * (1 if text.isascii() else 4) + _EACH * len(odd)
        key = _key(status)
        with self._lock:
            self._drop(key)
            used = self._clock()
            while self._held + size > self.bound and self._folders:
                oldest = next(iter(self._folders))
                if used - self._folders[oldest][5] < _HELD:
                    if self.bound - self._held < _LITTLE:
                        self._full = self._folders[oldest][5] + _HELD
                    return
                self._drop(oldest)
            if size <= self.bound:
                self._folders[key] = status.st_mtime_ns, status.st_ctime_ns, text, dict(odd), size, used, folder
                self._held += size
                self._paths.add(folder)

    def among(self, folder: str, names: frozenset[str], status: os.stat_result | None = None) -> frozenset[str]:
        """Return which of a few names are in a folder (with ``/`` at its end), whatever they are; none where nobody may look.

        ``status`` is what the folder was met with a moment ago, if the caller knows; what is kept rests on a newer one.
        """
        try:
            kept = None if status is None else self._marked(status, names)
            if kept is not None:
                return kept
            status, now = os.stat(folder), time.time_ns()
        except OSError:
            return frozenset()
        kept = self._marked(status, names)
        if kept is not None:
            return kept
        found = frozenset([name for name in names if os.path.lexists(folder + name)])
        if self.settled(status, now):
            with self._lock:
                if len(self._marks) >= _ABOVE:
                    self._marks.clear()
                self._marks[_key(status)] = (status.st_mtime_ns, status.st_ctime_ns, names, found)
        return found

    def _marked(self, status: os.stat_result, names: frozenset[str]) -> frozenset[str] | None:
        kept = self._marks.get(_key(status))
        return kept[3] if kept is not None and kept[:3] == (status.st_mtime_ns, status.st_ctime_ns, names) else None

    def settled(self, status: os.stat_result, now: int) -> bool:
        """Whether what comes after ``now`` will surely change the times of a folder."""
        return now - max(status.st_mtime_ns, status.st_ctime_ns) >= self._settle and self._trusts(status.st_dev)

    def _drop(self, key: _Key) -> None:
        found = self._folders.pop(key, None)
        if found is not None:
            self._held -= found[4]
            self._paths.discard(found[6])
            self._full = 0.0

    def _trusts(self, device: int) -> bool:
        """Whether folders of a device are known to change their times with what is in them."""
        if device not in self._trusted:
            # devices come and go: numbers of old ones are forgotten
            self._trusted = self._read() | {device: False} if len(self._trusted) > 100 else {device: False, **self._read()}
        return self._trusted[device]

    def _read(self) -> dict[int, bool]:
        found: dict[int, bool] = {}
        try:
            with open(self._mounts, encoding="utf-8", errors="surrogateescape") as lines:
                for line in lines:
                    head, _, tail = line.partition(" - ")
                    major, _, minor = head.split(" ", 3)[2].partition(":")
                    found[os.makedev(int(major), int(minor))] = tail.split(" ", 1)[0] in _KINDS
        except (OSError, ValueError, IndexError):
            return {}
        return found


def _key(status: os.stat_result) -> _Key:
    """Return which folder it is, and for whom: what one user may list or look for is not what another one may."""
    return status.st_dev, status.st_ino, os.geteuid()


#: The folders that all searches and listings of a process share.
LISTINGS: Final = Listings()
