"""Read a small file of rules or settings whole, and nothing that is not a regular file.

A program that stays reads the same few of them at every search: those that folders are `Listings` for may be kept, under the same
rules of trust, for the same user. A file is unchanged while its device, inode, mode, size, mtime and ctime are; who writes through a
mapping changes them only when the system writes it back.
"""

from __future__ import annotations

import os
import stat
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from streamtools.files.confine import Roots
    from streamtools.files.listings import Listings

_EFFECTIVE: Final = os.access in os.supports_effective_ids
_CHUNK: Final = 4096
#: So many files of at most so many bytes are kept.
_FEW: Final = 8
_SMALL: Final = 4096
_KEPT: Final[dict[tuple[str, bool, int], tuple[int, bytes]]] = {}


def contents(path: str, most: int, *, links: bool = True, within: Roots | None = None, known: Listings | None = None) -> bytes | None:
    """Return the bytes of a regular file; None if there is none, it can't be read, or it holds more than ``most`` bytes.

    Never waits, as opening a FIFO would. With ``links=False`` a symlink counts as no file. With ``known`` (and not ``within``) a small
    file that was read before and has not changed since is not read again.

    Memory: the file; 32 KiB of those that are kept.
    """
    if within is not None:
        known = None
    key = path, links, 0 if known is None else os.geteuid()
    kept = None if known is None else _KEPT.get(key)
    if kept is not None and len(kept[1]) <= most and _unchanged(path, links, kept[0]):
        return kept[1]
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY | (0 if links else os.O_NOFOLLOW)
    try:
        # an exception takes three times as long, and most of what is asked for isn't there
        if within is None and not os.access(path, os.F_OK, effective_ids=_EFFECTIVE):
            return None
        fd = os.open(path, flags) if within is None else within.open(path, flags)
    except (OSError, ValueError):
        return None
    try:
        status, now = os.fstat(fd), time.time_ns()
        if not stat.S_ISREG(status.st_mode) or status.st_size > most:
            return None
        # those of /proc have no size
        data = os.read(fd, max(min(most, status.st_size or _CHUNK), 1))
        while len(data) <= most and len(data) != status.st_size and (chunk := os.read(fd, min(most + 1 - len(data), _CHUNK))):
            data += chunk
        if known is not None and len(data) == status.st_size <= _SMALL and known.settled(status, now):
            if len(_KEPT) >= _FEW:
                _KEPT.clear()
            _KEPT[key] = _sign(status), data
        return data if len(data) <= most else None
    except OSError:
        return None
    finally:
        os.close(fd)


def _unchanged(path: str, links: bool, sign: int) -> bool:
    try:
        return _sign(os.stat(path, follow_symlinks=links)) == sign
    except (OSError, ValueError):
        return False


def _sign(status: os.stat_result) -> int:
    return hash((status.st_dev, status.st_ino, status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns))
