"""A deep page of a big file: its lines are counted by several processes before it is read."""

from __future__ import annotations

import os

from streamtools.children import Crew, forked
from streamtools.errors import FileError
from streamtools.events import Total
from streamtools.limits import DEFAULT, MIB
from streamtools.text.drive import head_encoding
from streamtools.text.lineindex import INDEXES
from streamtools.text.numbers import line_ends
from streamtools.text.source import from_path
from streamtools.text.windows import Windows
from streamtools.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final


_CHUNK: Final = 8 * MIB
_SMALL: Final = 64 * MIB


class _Chunk(NamedTuple):
    start: int
    stop: int


def count_ahead(path: str, line: int, jobs: int, label: str | None) -> None:
    """Let the line index know a place shortly before a far ``line``, so that `read` begins there; only a help, it never fails.

    Forks ``jobs - 1`` helpers, so the program must have no threads. Files that are not UTF-8 are left alone.

    Memory: one read of 256 KiB a process.
    """
    if jobs < 2:
        return
    try:
        with (
            from_path(path, regular=True) as source,
            Windows(size=DEFAULT.window, detect_bytes=DEFAULT.detect_bytes, label=label) as windows,
        ):
            track = INDEXES.track(source, windows)
            if track is None or source.fd is None or (source.size or 0) < _SMALL:
                return
            encoding = head_encoding(source, detect_bytes=DEFAULT.detect_bytes, label=label)
            found = _before(source.fd, source.size or 0, line, jobs) if encoding.name == "utf-8" else None
            if found is None:
                return
            source.seek(0)
            windows.start(0, encoding)
            track.learn(*found)
            track.finish(Total(found[0], "at_least"), changed=source.changed())
    except (FileError, OSError):
        return


def _before(fd: int, size: int, line: int, jobs: int) -> tuple[int, int] | None:
    """Return number and offset of a line that begins in the chunk in which ``line`` does; None if there is none."""

    def count(chunk: _Chunk) -> int:
        return line_ends(fd, chunk.start, chunk.stop)

    def chunks() -> Iterator[_Chunk]:
        return (_Chunk(start, min(start + _CHUNK, size)) for start in range(0, size, _CHUNK))

    crew = Crew(jobs - 1, forked(lambda: count))
    crew.start()
    try:
        ends = 0
        for chunk, found in zip(chunks(), crew.map(chunks(), count), strict=False):
            if ends + found >= line - 1:
                return _first_line(fd, chunk, ends)
            ends += found
        return None
    finally:
        crew.close()


def _first_line(fd: int, chunk: _Chunk, ends: int) -> tuple[int, int] | None:
    """Return number and offset of the line behind the first line end of a chunk, with ``ends`` line ends before it."""
    at = chunk.start
    while at < chunk.stop and (data := os.pread(fd, 64 * 1024, at)):
        found = data.find(b"\n")
        if found >= 0:
            return ends + 2, at + found + 1
        at += len(data)
    return None
