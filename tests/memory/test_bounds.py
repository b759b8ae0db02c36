"""The single stages, each with a limit half-way between what it promises and the feared fault. pytest-memray judges."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpora.generate import ensure
from streamtools.files.selection import Selection
from streamtools.files.tally import Tally
from streamtools.files.walk import Walk
from streamtools.limits import DEFAULT
from streamtools.reading.page import Page
from streamtools.results import Begin, End, Line, Total
from streamtools.searching.collect import Collector
from streamtools.searching.request import Request
from streamtools.searching.tree import Search
from streamtools.text.drive import blocks
from streamtools.text.source import from_path
from streamtools.text.transcode import Transcoder
from streamtools.text.windows import Windows

pytest.importorskip("pytest_memray", reason="measured by nox -s memory")


@pytest.fixture(scope="module")
def line() -> str:
    """8 MiB without a line end."""
    return ensure("single-line", 8)


@pytest.fixture(scope="module")
def log() -> str:
    """8 MiB of lines."""
    return ensure("log", 8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """40,000 names in one folder."""
    top = tmp_path_factory.mktemp("names")
    for number in range(40_000):
        os.close(os.open(f"{top}/name-of-some-length-{number:06d}", os.O_CREAT | os.O_WRONLY))
    return str(top)


@pytest.mark.limit_memory("4 MB")
def test_window(line: str) -> None:
    """T6: a window of 256 KiB on a line of 8 MiB."""
    with from_path(line) as source, Windows(size=DEFAULT.window, overlap=DEFAULT.overlap) as windows:
        assert sum(block.stop - block.fresh for block in blocks(source, windows)) == 8 << 20


@pytest.mark.limit_memory("4 MB")
def test_page(log: str) -> None:
    """T6: a page 8 MB into a file keeps nothing of what it passes over."""
    with from_path(log) as source, Windows(size=DEFAULT.window) as windows:
        page = Page(windows, DEFAULT, first=80_000, limit=10)
        assert not all(page.feed(block) for block in blocks(source, windows))
        assert page.lines[0].number == 80_000


@pytest.mark.limit_memory("4 MB")
def test_decoder() -> None:
    """T6: 16 MiB of UTF-16 in pieces, marks of what went by forgotten."""
    decoder = Transcoder("utf-16-le")
    piece = "größe ".encode("utf-16-le") * 2048
    produced = 0
    for _ in range(16 * 1024 * 1024 // len(piece)):
        produced += len(decoder.feed(piece))
        decoder.forget(produced)
    assert produced > 8 << 20


@pytest.mark.limit_memory("10 MB")
def test_collector(log: str) -> None:
    """T6: offered 100,000 hits (20 MB), the collector keeps what is shown and says that it has enough."""
    request = Request.of("x", log, {"head_limit": 2000})
    search = Search(request, capped=True)
    try:
        collector = Collector(request)
        taken = [collector.add(event, search) for event in _events(log)].count(True)
    finally:
        search.close()
    assert taken < 2000


def _events(path: str) -> Iterator[Begin | Line | End]:
    yield Begin(path)
    for number in range(1, 100_000):
        yield Line(number, b"%050d" % number, kind="match", path=path)
    yield End(path, Total(99_999))


@pytest.mark.limit_memory("3 MB")
def test_walk_in_runs(folder: str) -> None:
    """T6: a folder of 40,000 names (6 MB) is walked in sorted runs of 1000."""
    last, number = "", 0
    for path in Walk(folder, Selection(), Tally(), run=1000):
        assert path > last
        last, number = path, number + 1
    assert number == 40_000


@pytest.mark.limit_memory("2 MB")
def test_tally(tmp_path: Path) -> None:
    """T6: a million skipped files are a number and three names."""
    tally = Tally()
    for number in range(1_000_000):
        tally.skip("hidden", f"{tmp_path}/{number}")
    assert tally.ledger().skipped == {"hidden": 1_000_000}
