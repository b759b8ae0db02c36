"""Read a small file of rules or settings whole, and nothing that is not a regular file."""

from __future__ import annotations

import os
import stat

from streamtools.files.evidence import EFFECTIVE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from streamtools.files.confine import Roots
    from streamtools.files.evidence import Evidence


def contents(path: str, most: int, *, links: bool = True, within: Roots | None = None, evidence: Evidence | None = None) -> bytes | None:
    """Return the bytes of a regular file; None if there is none, it can't be read, or it holds more than ``most`` bytes.

    Never waits, as opening a FIFO would. With ``links=False`` a symlink counts as no file. ``evidence`` is told what the answer rests on.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY | (0 if links else os.O_NOFOLLOW)
    try:
        # an exception takes three times as long, and most of what is asked for isn't there
        if within is None and not os.access(path, os.F_OK, effective_ids=EFFECTIVE):
            if evidence is not None:
                evidence.add(path, None)
            return None
        fd = os.open(path, flags) if within is None else within.open(path, flags)
    except (OSError, ValueError):
        if evidence is not None:
            evidence.doubt()
        return None
    try:
        status = os.fstat(fd)
        if evidence is not None:
            evidence.add(path, status)
        if not stat.S_ISREG(status.st_mode) or status.st_size > most:
            return None
        data = b""
        while len(data) <= most and (chunk := os.read(fd, min(most + 1 - len(data), max(status.st_size + 1 - len(data), 4096)))):
            data += chunk
        return data if len(data) <= most else None
    except OSError:
        if evidence is not None:
            evidence.doubt()
        return None
    finally:
        os.close(fd)
