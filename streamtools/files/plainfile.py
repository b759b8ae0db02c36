"""Read a small file of rules or settings whole, and nothing that is not a regular file."""

from __future__ import annotations

import os
import stat

from streamtools.files.evidence import EFFECTIVE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from streamtools.files.confine import Roots
    from streamtools.files.evidence import Evidence

_CHUNK: Final = 4096


def contents(path: str, most: int, *, links: bool = True, within: Roots | None = None, seen: Evidence | None = None) -> bytes | None:
    """Return the bytes of a regular file; None if there is none, it can't be read, or it holds more than ``most`` bytes.

    Never waits, as opening a FIFO would. With ``links=False`` a symlink counts as no file. What it rests on is told to ``seen``.

    Memory: the file.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY | (0 if links else os.O_NOFOLLOW)
    try:
        # an exception takes three times as long, and most of what is asked for isn't there
        if within is None and not os.access(path, os.F_OK, effective_ids=EFFECTIVE):
            if seen is not None:
                seen.nothing(path)
            return None
        fd = os.open(path, flags) if within is None else within.open(path, flags)
    except (OSError, ValueError):
        if seen is not None:
            seen.sure = False
        return None
    try:
        status = os.fstat(fd)
        if seen is not None:
            seen.file(path, status, links=links)
        if not stat.S_ISREG(status.st_mode) or status.st_size > most:
            return None
        # those of /proc have no size
        data = os.read(fd, max(min(most, status.st_size or _CHUNK), 1))
        while len(data) <= most and len(data) != status.st_size and (chunk := os.read(fd, min(most + 1 - len(data), _CHUNK))):
            data += chunk
        return data if len(data) <= most else None
    except OSError:
        if seen is not None:
            seen.sure = False
        return None
    finally:
        os.close(fd)
