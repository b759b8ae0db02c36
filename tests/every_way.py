r"""One case, every path: an expectation is run through every chunk size, source, window, engine and door.

    every_grep(b"a\nfoo\nb\n", ["1-a", "2:foo"], "foo", before=1)
    every_read(b"a\nb\nc\n", ["2\tb", "3\tc"], 2)

The spirit is that of ripgrep's ``SearcherTester``: who adds a case need not know which buffers, sources
and engines there are. A failure names the combination that failed.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
import threading
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from streamtools.files.tally import Tally
from streamtools.limits import DEFAULT, Limits
from streamtools.match.exact import Matcher, compile
from streamtools.match.pattern import Query
from streamtools.reading import aread, read
from streamtools.results import End, Event, Gap, GrepResult, Line, ReadResult, Runs
from streamtools.searching import agrep, grep, search
from streamtools.searching.request import Request
from streamtools.searching.scan import Scanner
from streamtools.searching.tree import Search
from streamtools.text.source import Source, from_bytes, from_fd, from_path, from_ranged

if TYPE_CHECKING:
    from streamtools.match.exact import Engine

CHUNKS: Final = (1, 2, 7, 64 * 1024)
KINDS: Final = ("path", "fd", "pipe", "bytes", "ranged")
ENGINES: Final[tuple[Engine, ...]] = ("regex", "auto", "find", "literals", "hyperscan")

#: What `Runs` are never asked for with.
_NOT_IN_BULK: Final = {"before", "after", "context", "max_count", "output_mode"}


class Remote:
    """An object with ranged reads, as a blob in a store is."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size = len(data)

    def read_at(self, offset: int, view: memoryview) -> int:
        """Fill ``view`` from ``offset``."""
        part = self._data[offset : offset + len(view)]
        view[: len(part)] = part
        return len(part)


def chunked(source: Source, size: int) -> Source:
    """The same source, which gives at most ``size`` bytes a read."""
    made = Source(
        lambda view: source.readinto(view[:size]),
        path=source.path,
        size=source.size,
        seek=source.seek if source.seekable else None,
        fd=source.fd,
        close=source.close,
    )
    made.identity = source.identity
    return made


@contextlib.contextmanager
def opened(kind: str, path: str, data: bytes) -> Iterator[Source]:
    """A source of one kind over ``data``, which is also the content of ``path``."""
    if kind == "path":
        with from_path(path) as source:
            yield source
    elif kind == "bytes":
        yield from_bytes(data)
    elif kind == "ranged":
        yield from_ranged(Remote(data))
    else:
        with descriptor(kind, path, data) as fd:
            yield from_fd(fd)


@contextlib.contextmanager
def descriptor(kind: str, path: str, data: bytes) -> Iterator[int]:
    """An open file, or a pipe that a thread writes to."""
    if kind == "fd":
        fd = os.open(path, os.O_RDONLY)
        try:
            yield fd
        finally:
            os.close(fd)
        return
    fd, end = os.pipe()
    writer = threading.Thread(target=_write, args=(end, data), daemon=True)
    writer.start()
    try:
        yield fd
    finally:
        os.close(fd)
        writer.join()


def _write(fd: int, data: bytes) -> None:
    with contextlib.suppress(BrokenPipeError), open(fd, "wb", buffering=0) as file:
        view = memoryview(data)
        while view:
            view = view[file.write(view) :]


def smallest(data: bytes, *, detect_bytes: int = DEFAULT.detect_bytes) -> Limits:
    """The least window in which every line of ``data`` is whole, also when it is made UTF-8 first."""
    longest = max(map(len, data.split(b"\n"))) + 2
    direct = data.isascii() or not _foreign(data)
    window = max(64, longest) if direct else 64 + 4 * longest
    return Limits(window=window, segment=window, overlap=8, detect_bytes=detect_bytes)


def _foreign(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return 0 in data


def windows(data: bytes) -> dict[str, Limits]:
    """The limits to try: the usual ones, and the smallest with a large and a small head for the encoding."""
    found = {"window usual": DEFAULT, "window smallest": smallest(data)}
    if not _foreign(data):
        found["window and head smallest"] = smallest(data, detect_bytes=16)
    return found


@contextlib.contextmanager
def file_of(data: bytes) -> Iterator[str]:
    """A file that holds ``data``, in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "haystack")
        with open(path, "wb") as file:
            file.write(data)
        yield path


# -- Grep ----------------------------------------------------------------------------------


def shown(events: Sequence[Event]) -> list[str]:
    """Events as text: ``N:text`` a hit, ``N-text`` context, ``--`` a gap."""
    rows = []
    for event in events:
        if isinstance(event, Gap):
            rows.append("--")
        elif isinstance(event, Runs):
            rows += _run_rows(event)
        elif isinstance(event, Line):
            rows.append(f"{event.number}{':' if event.kind == 'match' else '-'}{event.text}")
    return rows


def _run_rows(event: Runs) -> Iterator[str]:
    lines = event.text.removesuffix(b"\n").split(b"\n")
    assert len(lines) == event.lines
    for behind, line in zip(event.behind or (0,) * event.lines, lines, strict=True):
        text = line.removesuffix(b"\r").decode("utf-8", "backslashreplace")
        yield f"{event.number + behind}:{text}"


def every_grep(haystack: bytes, expected: Sequence[str], pattern: str | Sequence[str], **options: Any) -> None:  # noqa: ANN401 - any option of grep
    """Hold that a search gives ``expected`` (see `shown`), and the same spans, columns and offsets, every way.

    With ``output_mode="count"`` the only expectation is the number of matching lines, as ``["3"]``.
    """
    first: list[Event] | None = None
    with file_of(haystack) as path:
        for label, events in _grep_ways(haystack, path, pattern, options):
            got = [str(e.matches.value) for e in events if isinstance(e, End)] if options.get("output_mode") == "count" else shown(events)
            assert got == list(expected), f"{label}: {got} instead of {list(expected)}"
            plain = [_plain(event) for event in events if isinstance(event, Line)]
            first = first or plain
            assert plain == first or any(isinstance(event, Runs) for event in events), f"{label}: {plain} instead of {first}"


def _plain(event: Line) -> Event:
    return event._replace(path="")


def _grep_ways(data: bytes, path: str, pattern: str | Sequence[str], options: dict[str, Any]) -> Iterator[tuple[str, list[Event]]]:
    for engine in ENGINES:
        for window, limits in windows(data).items():
            given = {**options, "limits": limits, "engine": engine}
            label = f"engine {engine}, {window}"
            for kind in KINDS:
                for size in CHUNKS:
                    yield f"{label}, {kind}, chunks of {size}", scanned(data, path, pattern, given, kind, size)
            for kind in ("fd", "pipe"):
                yield f"{label}, stream {kind}", streamed(data, path, pattern, given, kind)
            yield f"{label}, whole in memory", scanned(data, path, pattern, given, "bytes", None)
            if _NOT_IN_BULK.isdisjoint(options):
                yield f"{label}, in bulk", scanned(data, path, pattern, given, "path", CHUNKS[-1], runs=True)
            yield f"{label}, search()", list(search(pattern, path, **given))
            if options.get("binary", "detect") == "detect":
                yield f"{label}, search() of its folder", list(search(pattern, os.path.dirname(path), **given))
            if max(map(len, data.split(b"\n"))) <= limits.line_bytes and len(data) < 10_000:
                yield f"{label}, grep()", _events(grep(pattern, path, **given))
                yield f"{label}, agrep()", _events(asyncio.run(agrep(pattern, path, **given)))


@lru_cache(64)
def _matcher(query: Query, engine: Engine) -> Matcher:
    return compile(query, engine=engine)


def scanned(
    data: bytes, path: str, pattern: str | Sequence[str], options: dict[str, Any], kind: str, size: int | None, *, runs: bool = False
) -> list[Event]:
    """The events of one source, read in chunks, or as it is; with ``runs`` neighbouring hits may come in bulk."""
    request = Request.of(pattern, path, options)  # type: ignore[arg-type]
    with opened(kind, path, data) as source:
        scanner = Scanner(request, _matcher(request.query, request.engine), Tally(), capped=False, runs=runs)
        try:
            return list(scanner.scan(source if size is None else chunked(source, size), path))
        finally:
            scanner.close()


def streamed(data: bytes, path: str, pattern: str | Sequence[str], options: dict[str, Any], kind: str) -> list[Event]:
    """The events of a search in an open descriptor."""
    request = Request.of(pattern, "-", options)  # type: ignore[arg-type]
    with descriptor(kind, path, data) as fd:
        running = Search(request, capped=False, streams={"-": fd})
        return list(running.events())


def _events(result: GrepResult) -> list[Event]:
    """What of a result is comparable with events."""
    return [*(row for hit in result.files for row in hit.lines), *(End(hit.path, hit.count) for hit in result.files)]


# -- Read ----------------------------------------------------------------------------------


def every_read(haystack: bytes, expected: Sequence[str], *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - any argument of read
    r"""Hold that a page gives ``expected``, rows of ``N\ttext``, and the same total and next, every way."""
    first: tuple[object, ...] | None = None
    with file_of(haystack) as path:
        for label, page in _read_ways(haystack, path, arguments, options):
            got = [f"{line.number}\t{line.text}" for line in page.lines]
            assert got == list(expected), f"{label}: {got} instead of {list(expected)}"
            whole = (page.lines, page.encoding, page.stopped)
            first = first or whole
            assert whole == first, f"{label}: {whole} instead of {first}"


def _read_ways(data: bytes, path: str, arguments: Sequence[Any], options: dict[str, Any]) -> Iterator[tuple[str, ReadResult]]:
    for window, limits in windows(data).items():
        given = {**options, "limits": limits}
        for kind in KINDS:
            for size in CHUNKS:
                with opened(kind, path, data) as source:
                    yield f"{window}, {kind}, chunks of {size}", read(chunked(source, size), *arguments, **given)
        yield f"{window}, by name", read(path, *arguments, **given)
        yield f"{window}, async", asyncio.run(aread(path, *arguments, **given))
