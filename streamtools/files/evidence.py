"""What was looked at on the way to something that is kept, so that it can be told later whether another look would come to the same.

    seen = Evidence(LISTINGS)
    seen.file("/etc/gitconfig", status)         # it was read
    seen.nothing("/root/.gitconfig")            # it was not there
    seen.holds()                                # whether both still are so

The rules of trust are those of `Listings`: times say whether something changed only where the file system is known to keep them, and 2 s
after the last change. Who writes to a file through a mapping changes them only when the system writes it back.
"""

from __future__ import annotations

import os
import stat
import time

from streamtools.limits import KIB

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from streamtools.files.listings import Listings

EFFECTIVE: Final = os.access in os.supports_effective_ids
#: What rests on more than so many places, on longer paths, or on files of more bytes together is not kept.
_MOST: Final = 40
_LONG: Final = 500
_LARGE: Final = 8 * KIB


class Evidence:
    """What is at some paths; ``sure`` is False once something was met that can't be asked for again.

    Everything must be told behind its making, in any order.

    Memory: 40 paths of 500 characters, 100 bytes around each.
    """

    __slots__ = ("_begun", "_known", "_leads", "_names", "_nothing", "_seen", "_size", "sure")

    def __init__(self, known: Listings) -> None:
        self.sure = True
        self._known = known
        self._begun = time.time_ns()
        self._size = 0
        # tuples take less than lists, and they are kept
        self._nothing: tuple[str, ...] = ()
        self._names: tuple[tuple[str, frozenset[str], frozenset[str], int], ...] = ()
        self._leads: tuple[tuple[str, str], ...] = ()
        #: Paths, whether links are followed, whether the times count, and what was seen there.
        self._seen: tuple[tuple[str, bool, bool, int], ...] = ()

    def nothing(self, path: str) -> None:
        """There is nothing at a path, or nothing that this user may reach."""
        self._nothing += (path,)
        self._bounded(path)

    def file(self, path: str, status: os.stat_result, *, links: bool = True) -> None:
        """What is at a path was read behind ``status``."""
        self._seen += ((path, links, True, _sign(status, times=True)),)
        if stat.S_ISREG(status.st_mode):
            self._size += status.st_size
        self._bounded(path)
        self.sure = self.sure and self._known.settled(status, self._begun)

    def names(self, folder: str, status: os.stat_result, asked: frozenset[str], found: frozenset[str]) -> None:
        """Of the names ``asked`` those ``found`` are in a folder (with ``/`` at its end), which is no link."""
        sign = _sign(status, times=True) if self._known.settled(status, self._begun) else 0
        self._names += ((folder, asked, found, sign),)
        self._bounded(folder)

    def leads(self, path: str, real: str) -> None:
        """A path leads to a real one, whatever links are on the way."""
        self._leads += ((path, real),)
        self._bounded(path + real)

    def place(self, path: str, status: os.stat_result) -> None:
        """A folder itself is at a path, no link, whatever is in it."""
        self._seen += ((path, False, False, _sign(status, times=False)),)
        self._bounded(path)

    def _bounded(self, path: str) -> None:
        count = len(self._seen) + len(self._nothing) + len(self._names) + len(self._leads)
        if len(path) > _LONG or self._size > _LARGE or count > _MOST:
            self.sure = False

    def holds(self) -> bool:
        """Whether all of it is as it was."""
        try:
            for folder, asked, found, sign in self._names:
                # at its end a slash would follow a link
                status = os.lstat(folder[:-1] or folder)
                if _sign(status, times=True) != sign and (
                    not stat.S_ISDIR(status.st_mode) or self._known.among(folder, asked, status) != found
                ):
                    return False
            for path, links, times, sign in self._seen:
                if _sign(os.stat(path, follow_symlinks=links), times=times) != sign:
                    return False
            for path in self._nothing:
                if os.access(path, os.F_OK, effective_ids=EFFECTIVE):
                    return False
            for path, real in self._leads:
                if os.path.realpath(path) != real:
                    return False
        except (OSError, ValueError):
            return False
        return True


def _sign(status: os.stat_result, *, times: bool) -> int:
    if times:
        return hash((status.st_dev, status.st_ino, status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns))
    return hash((status.st_dev, status.st_ino, status.st_mode))
