"""Read with a line index gives what Read without one gives; M5, T1, T7, T14."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamtools.limits import KIB, Limits
from streamtools.reading import aread, iter_lines, read, tool
from streamtools.render.escape import visible
from streamtools.results import ReadResult
from streamtools.text.lineindex import SETTLE, LineIndexes
from streamtools.text.source import Source, from_bytes, from_path

SMALL = Limits(
    window=256, segment=256, overlap=8, detect_bytes=64, bytes=2048, notice_bytes=1024, line_bytes=100, lines=20, skip_bytes=2000
)


@contextmanager
def using(indexes: LineIndexes) -> Iterator[LineIndexes]:
    """Let Read use these indexes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tool, "INDEXES", indexes)
        yield indexes


def cold(path: str, offset: int, limit: int, column: int, limits: Limits = SMALL, encoding: str | None = None) -> ReadResult:
    """The page as a read without any index gives it."""
    with using(LineIndexes(0)):
        return read(path, offset, limit, column=column, limits=limits, encoding=encoding)


def never_worse(warm: ReadResult, plain: ReadResult, path: str) -> None:
    """Hold that two pages are the same, except that the warm one may know the exact total."""
    if warm.total.kind == "exact" != plain.total.kind:
        with using(LineIndexes(0)):
            assert warm.total.value == sum(not line.cut for line in iter_lines(path, limits=SMALL))
        plain = plain._replace(total=warm.total, notices=warm.notices)
    assert warm == plain


LINE = st.one_of(
    st.text(alphabet="ab\r\u00e9\u6f22\x0c\u2028 ", max_size=30).map(str.encode),
    st.just(b""),
    st.sampled_from([b"\xff\xfe bytes", b"x" * 300, b"long " * 200, b"tail\r"]),
)
TEXT = st.lists(LINE, max_size=60)
PAGE = st.tuples(
    st.sampled_from(["page", "page", "page", "aread"]), st.floats(0, 1.1), st.integers(1, 25), st.sampled_from([1, 1, 1, 40]), st.none()
)
CHANGE = st.tuples(st.sampled_from(["append", "rewrite", "replace", "shrink"]), st.floats(0, 1), st.just(0), st.just(0), TEXT)
TAIL = st.tuples(st.just("tail"), st.just(0.0), st.integers(1, 25), st.just(1), st.none())


class _File:
    """A file under changes; every line says with which change it came, so that no two texts are alike."""

    def __init__(self, folder: str) -> None:
        self.path = os.path.join(folder, "text")
        self._time = 1_000_000_000

    def text(self, lines: list[bytes], times: int) -> bytes:
        """Many lines, the last without an end."""
        return b"\n".join(b"%d %d " % (self._time, number) + line for number, line in enumerate(lines * times))

    def change(self, how: str, share: float, lines: list[bytes], mark: bytes = b"") -> None:
        """Change it in one way, and let its time tell."""
        self._time += 10
        if how == "shrink":
            os.truncate(self.path, int(share * os.path.getsize(self.path)))
        elif how == "append":
            with open(self.path, "ab") as file:
                file.write(self.text(lines, 5))
        else:
            name = self.path + ".new" if how == "replace" else self.path
            with open(name, "wb") as file:
                file.write(mark + self.text(lines, 30))
            os.replace(name, self.path)
        os.utime(self.path, (self._time, self._time))

    def lines(self) -> int:
        """How many line ends it has."""
        with open(self.path, "rb") as file:
            return file.read().count(b"\n")


@settings(max_examples=120, deadline=None)
@given(
    TEXT,
    st.sampled_from([b"", b"", b"\xef\xbb\xbf", b"\xff\xfe"]),
    st.lists(st.one_of(PAGE, PAGE, PAGE, CHANGE, TAIL), max_size=14),
    st.sampled_from([0, SETTLE]),
    st.sampled_from([1, 1000]),
)
def test_pages_with_and_without_an_index_are_equal(
    lines: list[bytes], mark: bytes, steps: list[tuple[str, float, int, int, list[bytes] | None]], settle: int, stride: int
) -> None:
    """T7, M5: whatever is read in whatever order between whatever changes, an index changes no page, and only betters totals."""
    with tempfile.TemporaryDirectory() as folder, using(LineIndexes(settle=settle, stride=stride)):
        file = _File(folder)
        file.change("rewrite", 0, lines, mark)
        for how, share, limit, column, more in steps:
            if more is not None:
                file.change(how, share, more)
                continue
            offset = -limit if how == "tail" else 1 + int(share * file.lines())
            if how == "aread":
                warm = asyncio.run(aread(file.path, offset, limit, column=column, limits=SMALL))
            else:
                warm = read(file.path, offset, limit, column=column, limits=SMALL)
            never_worse(warm, cold(file.path, offset, limit, column), file.path)


@pytest.fixture
def log(tmp_path: Path) -> str:
    """4 MiB in lines of 64 bytes, each of which holds its number."""
    path = tmp_path / "log"
    path.write_bytes(b"".join(b"%063d\n" % number for number in range(1, 65537)))
    os.utime(path, (1_000_000_000, 1_000_000_000))
    return str(path)


def counting(path: str, seen: list[int]) -> Source:
    """A file that tells how much was read from it."""
    inner = from_path(path)

    def readinto(view: memoryview) -> int:
        seen.append(inner.readinto(view))
        return seen[-1]

    return Source(readinto, path=path, size=inner.size, seek=inner.seek, fd=inner.fd, close=inner.close)


def test_a_deep_page_read_again_is_a_seek(log: str) -> None:
    """M5, T4: the first deep page reads up to it, the next ones at most three windows, wherever they are before it."""
    with using(LineIndexes(settle=0)):
        first: list[int] = []
        assert read(counting(log, first), 60_000, 10).lines[0].text == f"{60_000:063}"
        assert sum(first) >= 60_000 * 64
        for offset in (60_010, 59_000, 12_345, 33_333):
            seen: list[int] = []
            page = read(counting(log, seen), offset, 10)
            assert [line.text for line in page.lines] == [f"{number:063}" for number in range(offset, offset + 10)]
            assert sum(seen) <= 3 * 256 * KIB
        with open(log, "ab") as file:
            file.write(b"%063d\n" % 65537)
        seen = []
        assert read(counting(log, seen), 60_000, 10).lines[0].text == f"{60_000:063}"
        assert sum(seen) <= 3 * 256 * KIB + 64 * KIB


def test_a_total_that_was_found_out_is_told(log: str) -> None:
    """M5: after a read to the end every page of the unchanged file knows the number of lines, a tail too; then no more."""
    with using(LineIndexes(settle=0)):
        assert read(log, 1, 10).total.kind == "about"
        assert str(read(log, 65_530).total) == "65,536"
        page = read(log, 1, 10)
        assert str(page.total) == "65,536"
        assert page.notices == ("lines 1-10 of 65,536; go on with offset=11, limit=10",)
        assert str(read(log, -5).total) == "65,536"
        with open(log, "ab") as file:
            file.write(b"more\n")
        assert read(log, 1, 10).total.kind == "about"


def test_an_encoding_asked_for_has_an_index_of_its_own(log: str) -> None:
    """T7, T8: what was learned of a file in one encoding is not used for another."""
    with using(LineIndexes(settle=0)):
        for encoding in ("utf-8", None, "latin-1", "utf-16-le"):
            warm = read(log, 30_000, 5, encoding=encoding)
            assert warm == read(log, 30_000, 5, encoding=encoding) == cold(log, 30_000, 5, 1, Limits(), encoding)


def test_another_window_reads_as_it_would_alone(log: str) -> None:
    """M5: how far windows reach decides what a page knows of the rest; each size of window has its own index."""
    with using(LineIndexes(settle=0)):
        for window in (256, 64, 1000):
            limits = Limits(window=window * KIB)
            for offset in (60_000, 50_000, 65_500, 60_001):
                never_worse(read(log, offset, 5, limits=limits), cold(log, offset, 5, 1, limits), log)


def test_iter_lines_goes_where_the_index_leads(log: str) -> None:
    """M5: lines from a deep offset on are the same lines, and the way there is short."""
    with using(LineIndexes(settle=0)):
        read(log, 65_000, 10)
        seen: list[int] = []
        with_index = iter_lines(counting(log, seen), 64_000)
        line = next(with_index)
        with_index.close()  # type: ignore[attr-defined]
        assert (line.number, line.text, line.offset) == (64_000, f"{64_000:063}", 63_999 * 64)
        assert sum(seen) <= 3 * 256 * KIB


def test_short_lines_keep_to_column_and_width() -> None:
    """T3, T5: a line that fits its block begins at the column asked for, and is cut where its visible form is too wide."""
    page = read(from_bytes(b"hello world\nnext\n"), 1, column=7)
    assert [(line.number, line.column, line.data) for line in page.lines] == [(1, 7, b"world"), (2, 1, b"next")]
    assert read(from_bytes(b"hello\nnext\n"), 1, column=7).lines[0].number == 2
    wide = read(from_bytes(b"\x01" * 1500 + b"\n")).lines[0]
    assert wide.cut
    assert len(visible(wide.data)) == 2000
