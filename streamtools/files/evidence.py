"""What files said when something was made of them, and whether they still say it: asked of the system without reading them again.

A program that stays reads git's settings at every search; mostly they are what they were.
"""

from __future__ import annotations

import os
import stat
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final


#: What was made of so many bytes may be kept.
_MOST: Final = 4096
EFFECTIVE: Final = os.access in os.supports_effective_ids
_Sign = tuple[int, ...]


class Evidence:
    """The files that were looked at, also those that were not there.

    A file is unchanged while its device, inode, size, mtime and ctime are. ``settled`` says whether a change that comes behind a
    moment (nanoseconds) surely changes a status, see `streamtools.files.listings`.

    Memory: a path and five numbers for each file.
    """

    __slots__ = ("_files", "_now", "_room", "_settled", "sound")

    def __init__(self, settled: Callable[[os.stat_result, int], bool]) -> None:
        self._settled = settled
        self._now = time.time_ns()
        self._room = _MOST
        self._files: list[tuple[str, _Sign | None]] = []
        #: Whether `holds` can be asked later.
        self.sound = True

    def add(self, path: str, status: os.stat_result | None) -> None:
        """Tell of a path that was followed to a regular file or a folder with that status, before it was read; None: it is not there."""
        if status is None:
            self._files.append((path, None))
            return
        if stat.S_ISREG(status.st_mode):
            self._room -= status.st_size
            self.sound = self.sound and self._room >= 0 and self._settled(status, self._now)
        self._files.append((path, _sign(status)))

    def doubt(self) -> None:
        """Say that something was found out that is no file's content."""
        self.sound = False

    def holds(self) -> bool:
        """Whether all is as it was told."""
        for path, sign in self._files:
            if sign is None:
                if os.access(path, os.F_OK, effective_ids=EFFECTIVE):
                    return False
                continue
            try:
                if _sign(os.stat(path)) != sign:
                    return False
            except OSError:
                return False
        return True


def _sign(status: os.stat_result) -> _Sign:
    place = status.st_dev, status.st_ino
    return place if stat.S_ISDIR(status.st_mode) else (*place, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
