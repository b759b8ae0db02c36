"""The Read tool: opens, drives the stages, and says how to go on."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from streamtools.deadline import Deadline
from streamtools.errors import InvalidArgument, NotFound, printable
from streamtools.events import Line
from streamtools.limits import DEFAULT, Limits
from streamtools.reading import tail
from streamtools.reading.outcome import Asked, outcome
from streamtools.reading.page import Page
from streamtools.results import ReadResult
from streamtools.text.drive import blocks
from streamtools.text.lineindex import INDEXES, Start
from streamtools.text.source import Source, from_fd, from_path
from streamtools.text.window import Block
from streamtools.text.windows import Windows

TYPE_CHECKING = False
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
    with opened(path, within) as source, _window(asked) as windows:
        reading = _Reading(source, windows, asked, deadline)
        return reading.result(ended=reading.take(blocks(source, windows)))


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
    with source, _window(asked) as windows:
        reading = await asyncio.to_thread(_Reading, source, windows, asked, deadline)
        assert source.fd is not None
        async with aiofiles.open(source.fd, "rb", buffering=0, closefd=False) as file:
            count: int | None = -1
            wanted = True
            while count and wanted:
                count = await file.readinto(windows.room())
                windows.fed(count or 0)
                wanted = reading.take(windows.blocks())
        return reading.result(ended=wanted)


def iter_lines(path: Target, offset: int = 1, *, encoding: str | None = None, limits: Limits = DEFAULT) -> Iterator[Line]:
    """Yield all lines from ``offset`` on, without caps and in constant memory.

    A line longer than the window comes in pieces with the same number, rising columns, and
    ``cut`` on all but the last. A negative ``offset`` needs a file that can be read backwards.
    The file is closed when the iterator ends or is closed. Raises as `read` does.

    Memory: one window and one line or piece.
    """
    asked = Asked.checked(path, offset, None, 1, encoding, limits)
    with opened(path) as source, _window(asked) as windows:
        if offset < 0 and not source.seekable:
            raise InvalidArgument(f"{printable(source.path)} is a stream: its last lines can't be found without reading it as a page")
        page = _Reading(source, windows, asked, None).page
        number, skip = page.number, max(page.first - page.number, 0)
        for block in blocks(source, windows):
            position = block.fresh
            if skip:
                position, found = windows.pass_over(block.fresh, block.stop, skip)
                skip, number = skip - found, number + found
                if skip:
                    continue
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


def _window(asked: Asked) -> Windows:
    return Windows(size=asked.limits.window, detect_bytes=asked.limits.detect_bytes, label=asked.encoding)


class _Reading:
    """One page under way: what `read` and `aread` do around their own ways of reading.

    Making it stands source and window at the place to read from.

    Memory: the page, and what is learned for the line index.
    """

    def __init__(self, source: Source, windows: Windows, asked: Asked, deadline: Deadline | None) -> None:
        self._source, self._windows, self._asked, self._deadline = source, windows, asked, deadline
        first, limits = asked.offset, asked.limits
        self._track = INDEXES.track(source, windows)
        if first < 0 and not source.seekable:
            self.page = Page(windows, limits, first=1, limit=asked.limit, keep=-first)
            return
        start = self._start(first)
        number = 1
        if start is not None:
            number = start.number
            offset = max(start.offset, start.encoding.mark)
            source.seek(offset)
            windows.start(offset, start.encoding)
        self.page = Page(windows, limits, first=number if first < 0 else first, limit=asked.limit, column=asked.column, number=number)

    def _start(self, first: int) -> Start | None:
        asked, track = self._asked, self._track
        if first > 0:
            return None if track is None else track.start(first)
        limits = asked.limits
        return tail.find(self._source, -first, label=asked.encoding, detect_bytes=limits.detect_bytes, count_up_to=limits.skip_bytes)

    def take(self, found: Iterator[Block]) -> bool:
        """Give blocks to the page; return whether it wants more."""
        page, windows, track, deadline = self.page, self._windows, self._track, self._deadline
        for block in found:
            if windows.encoding is not None and windows.encoding.binary:
                return False
            if track is not None:
                track.note(page.reached + 1, block)
            if not page.feed(block):
                return False
            stopped = deadline.passed() if deadline is not None else None
            if stopped is not None:
                page.stopped = stopped
                return False
        return True

    def result(self, *, ended: bool) -> ReadResult:
        """Return the page; ``ended`` says that the stream was seen to its end."""
        return outcome(self.page, self._windows, self._source, self._asked, self._track, ended=ended)
