"""What is appended to a file, as it comes: ``tail -F``."""

from __future__ import annotations

import io
import os
import time

from streamtools.errors import FileError
from streamtools.events import Line
from streamtools.limits import DEFAULT
from streamtools.text.drive import head_encoding
from streamtools.text.source import Source, from_path
from streamtools.text.windows import Windows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final, Self


_PAUSE: Final = 0.1


class Followed:
    """A file that is followed under its name, from the size on that it had when this was made.

    One that is rotated or replaced is read to its end and then followed from the new one's beginning, one
    that is truncated from its beginning; one that vanishes is waited for. Close it in the end.

    Memory: one window.
    """

    def __init__(self, path: str, label: str | None) -> None:
        self._path = path
        self._label = label
        self._source = from_path(path)
        self._end = self._source.size or 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._source.close()

    def until_now(self) -> Source:
        """Return what the file held when the following began, as a source of its own."""
        assert self._source.fd is not None
        file = io.FileIO(os.dup(self._source.fd), "rb")
        part = Source(file.readinto, path=self._path, size=self._end, seek=file.seek, close=file.close)
        part.stop_at(self._end)
        return part

    def lines(self, number: int, *, inside: bool) -> Iterator[Line | None]:
        """Yield what is appended, for ever; None whenever there is nothing more for now.

        The first line has ``number``, or goes on with that line if ``inside``; a new file begins at 1 again.
        A line longer than the window comes in pieces, all but the last ``cut``, all but the first with a
        column over 1. Half a line is kept until its end comes.
        """
        offset, column = self._end, 2 if inside else 1
        with Windows(size=DEFAULT.window, detect_bytes=DEFAULT.detect_bytes, label=self._label) as windows:
            self._stand(windows, offset)
            fresh: Source | None = None
            while True:
                count = self._source.readinto(windows.room())
                offset += count
                if count or fresh is not None:
                    windows.fed(count)
                    for line in _complete(windows, number, column):
                        yield line
                        number, column = (number, 2) if line.cut else (number + 1, 1)
                if count:
                    continue
                if fresh is not None:
                    self._source.close()
                    self._source, fresh = fresh, None
                    offset, number, column = 0, 1, 1
                    self._stand(windows, 0)
                    continue
                yield None
                time.sleep(_PAUSE)
                fresh = self._replaced(offset)

    def _stand(self, windows: Windows, offset: int) -> None:
        source = self._source
        encoding = head_encoding(source, detect_bytes=DEFAULT.detect_bytes, label=self._label)
        offset = max(offset, encoding.mark) if source.size else 0
        source.seek(offset)
        windows.start(offset, encoding)

    def _replaced(self, offset: int) -> Source | None:
        """Return the file that now has the name, if it is another one or was truncated."""
        identity = self._source.identity
        try:
            info = os.stat(self._path)
            same = identity is not None and (info.st_dev, info.st_ino) == identity[:2]
            if same and info.st_size >= offset:
                return None
            return from_path(self._path)
        except (OSError, FileError):
            return None


def _complete(windows: Windows, number: int, column: int) -> Iterator[Line]:
    for block in windows.blocks():
        for start, end, stop in windows.lines(block.fresh, block.stop):
            cut = stop == end and not block.tail
            yield Line(number, windows.buffer[start:end], column, cut=cut, ending=windows.buffer[end:stop])
            number, column = (number, 2) if cut else (number + 1, 1)
