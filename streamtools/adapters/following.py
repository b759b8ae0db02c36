"""What is appended to a file, as it comes: ``tail -F``."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Final

from streamtools.errors import FileError
from streamtools.limits import DEFAULT
from streamtools.text.drive import head_encoding
from streamtools.text.source import Source, from_path
from streamtools.text.windows import Windows

_PAUSE: Final = 0.1


def followed(path: str) -> Iterator[bytes]:
    """Yield lines, or pieces of very long ones, that are appended to ``path`` from now on, for ever.

    A file that is rotated or replaced is followed under its name from the new one's beginning, one that
    is truncated from its beginning; one that vanishes is waited for.

    Memory: one window.
    """
    source = from_path(path)
    offset = source.size or 0
    with Windows(size=DEFAULT.window) as windows:
        _stand(source, windows, offset)
        while True:
            count = source.readinto(windows.room())
            if count:
                offset += count
                windows.fed(count)
                for block in windows.blocks():
                    for start, end, _ in windows.lines(block.fresh, block.stop):
                        yield windows.buffer[start:end]
                continue
            time.sleep(_PAUSE)
            fresh = _replaced(path, source, offset)
            if fresh is not None:
                source.close()
                source, offset = fresh, 0
                _stand(source, windows, 0)


def _stand(source: Source, windows: Windows, offset: int) -> None:
    encoding = head_encoding(source, detect_bytes=DEFAULT.detect_bytes, label=None)
    offset = max(offset, encoding.mark) if source.size else 0
    source.seek(offset)
    windows.start(offset, encoding)


def _replaced(path: str, source: Source, offset: int) -> Source | None:
    """Return the file that now has the name, if it is another one or was truncated."""
    try:
        info = os.stat(path)
        same = source.identity is not None and (info.st_dev, info.st_ino) == source.identity[:2]
        if same and info.st_size >= offset:
            return None
        return from_path(path)
    except (OSError, FileError):
        return None
