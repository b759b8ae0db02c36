"""The Read tool: opens, drives the stages, and says how to go on."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from streamtools.deadline import Deadline
from streamtools.errors import InvalidArgument, NotFound, printable
from streamtools.limits import DEFAULT, Limits
from streamtools.reading import tail
from streamtools.reading.outcome import Asked, outcome
from streamtools.reading.page import Page
from streamtools.results import Line, ReadResult
from streamtools.text.drive import blocks
from streamtools.text.source import Source, from_fd, from_path
from streamtools.text.windows import Windows

if TYPE_CHECKING:
    from streamtools.files.confine import Roots

Target = str | os.PathLike[str] | int | Source


def read(
    path: Target,
    offset: int = 1,
    limit: int | None = None,
    *,
    column: int = 1,
    encoding: str | None = None,
    limits: Limits = DEFAULT,
    deadline: Deadline | None = None,
    within: Roots | None = None,
) -> ReadResult:
    """Read lines ``[offset, offset + limit)`` of a file and close it.

    ``path`` is a name, an open descriptor or a `Source`. ``offset`` is the 1-based first line; a
    negative one counts from the end, which is found by reading backwards. ``column`` is the
    1-based byte of that line in the file to begin at, moved back to the start of a character:
    the way to go on inside a line that was cut. ``limit`` is at most ``limits.lines``.

    The result holds at most ``limits.lines`` lines and, rendered, ``limits.bytes`` bytes; a line
    shows at most ``limits.line_bytes``. Reading stops as soon as the page is full. ``next`` is
    the call that goes on. With ``deadline``, what was read until then is returned. ``within`` are the allowed
    folders: a name that leads out of them, or that their deny rules hold for, is refused.

    Lines of a tail in a big file are numbered from the end (-1 is the last), since nothing
    before them was counted; those numbers are good as ``offset`` too.

    Raises `InvalidArgument`, `UnknownEncoding`, or a `FileError` such as `NotFound` with near-miss
    names; nothing stays open then.

    Memory: one window, and the page.
    """
    asked = Asked.checked(path, offset, limit, column, encoding, limits)
    with opened(path, within) as source, Windows(size=limits.window, detect_bytes=limits.detect_bytes, label=encoding) as windows:
        page = _begin(source, windows, asked)
        ended = True
        for block in blocks(source, windows):
            if windows.encoding is not None and windows.encoding.binary:
                break
            if not page.feed(block) or _passed(page, deadline):
                ended = False
                break
        return outcome(page, windows, source, asked, ended=ended)


async def aread(
    path: str | os.PathLike[str],
    offset: int = 1,
    limit: int | None = None,
    *,
    column: int = 1,
    encoding: str | None = None,
    limits: Limits = DEFAULT,
    deadline: Deadline | None = None,
    within: Roots | None = None,
) -> ReadResult:
    """Do what `read` does without blocking the event loop: same stages, same result, same errors.

    A cancelled call closes the file; it never waits for more than the read under way.
    """
    import asyncio

    import aiofiles

    asked = Asked.checked(path, offset, limit, column, encoding, limits)
    source = await asyncio.to_thread(_open, path, within)
    with source, Windows(size=limits.window, detect_bytes=limits.detect_bytes, label=encoding) as windows:
        page = await asyncio.to_thread(_begin, source, windows, asked)
        ended = True
        assert source.fd is not None
        async with aiofiles.open(source.fd, "rb", buffering=0, closefd=False) as file:
            count: int | None = -1
            while count and ended:
                count = await file.readinto(windows.room())
                windows.fed(count or 0)
                for block in windows.blocks():
                    if windows.encoding is not None and windows.encoding.binary:
                        count = 0
                        break
                    if not page.feed(block) or _passed(page, deadline):
                        ended = False
                        break
        return outcome(page, windows, source, asked, ended=ended)


def iter_lines(path: Target, offset: int = 1, *, encoding: str | None = None, limits: Limits = DEFAULT) -> Iterator[Line]:
    """Yield all lines from ``offset`` on, without caps and in constant memory.

    A line longer than the window comes in pieces with the same number, rising columns, and
    ``cut`` on all but the last. A negative ``offset`` needs a file that can be read backwards.
    The file is closed when the iterator ends or is closed. Raises as `read` does.

    Memory: one window and one line or piece.
    """
    asked = Asked.checked(path, offset, None, 1, encoding, limits)
    with opened(path) as source, Windows(size=limits.window, detect_bytes=limits.detect_bytes, label=encoding) as windows:
        if offset < 0 and not source.seekable:
            raise InvalidArgument(f"{printable(source.path)} is a stream: its last lines can't be found without reading it as a page")
        page = _begin(source, windows, asked)
        number, skip = page.number, max(page.first - page.number, 0)
        for block in blocks(source, windows):
            position = block.fresh
            if skip:
                found = windows.count(block.fresh, block.stop)
                if found < skip:
                    skip, number = skip - found, number + found
                    continue
                position, number, skip = windows.after(block.fresh, block.stop, skip), number + skip, 0
            line_offset = windows.line_offset(block)
            for start, end, stop in windows.lines(position, block.stop):
                begins = block.head or start != block.fresh
                here = windows.offset(start)
                line_offset = here if begins else line_offset
                cut = stop == end and not block.tail
                data, ending = windows.buffer[start:end], windows.buffer[end:stop]
                yield Line(number, data, here - line_offset + 1, "line", (), line_offset, cut, ending)
                number += not cut


@contextlib.contextmanager
def opened(path: Target, within: Roots | None = None) -> Iterator[Source]:
    """Open a target; close what was opened here on every way out, a `Source` as well."""
    source = _open(path, within)
    with source:
        yield source


def _open(path: Target, within: Roots | None = None) -> Source:
    if isinstance(path, Source):
        return path
    if isinstance(path, int):
        return from_fd(path)
    try:
        return from_path(path, within=within)
    except NotFound as error:
        from streamtools.files.walk import near

        names = near(os.fspath(path), within=within)
        if not names:
            raise
        raise NotFound(f"{error}; did you mean {' or '.join(map(printable, names))}?", error.path) from error


def _begin(source: Source, windows: Windows, asked: Asked) -> Page:
    """Make the page, and stand source and window at the place to read from."""
    number = 1
    first = asked.offset
    limits = asked.limits
    if first < 0 and not source.seekable:
        return Page(windows, limits, first=1, limit=asked.limit, keep=-first)
    if first < 0:
        start = tail.find(source, -first, label=asked.encoding, detect_bytes=limits.detect_bytes, count_up_to=limits.skip_bytes)
        number = first = start.number
        mark = start.encoding.mark
        offset = max(start.offset, mark)
        source.seek(offset)
        windows.start(offset, replace(start.encoding, mark=0))
    return Page(windows, asked.limits, first=first, limit=asked.limit, column=asked.column, number=number)


def _passed(page: Page, deadline: Deadline | None) -> bool:
    stopped = deadline.passed() if deadline is not None else None
    if stopped is not None:
        page.stopped = stopped
    return stopped is not None
