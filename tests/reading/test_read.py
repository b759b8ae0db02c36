"""Read: pages, tails, columns, totals and the way on; T1, T3, T5, T7, T15."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamtools.deadline import Deadline
from streamtools.errors import InvalidArgument, NotRegular, UnknownEncoding
from streamtools.limits import Limits
from streamtools.reading import aread, iter_lines, read
from streamtools.results import ReadResult, Total
from streamtools.text.source import from_bytes

SMALL = Limits(window=4096, segment=2048, overlap=64, detect_bytes=65536)


def follow(data: bytes, limits: Limits, limit: int | None = None) -> list[ReadResult]:
    """Read page after page until there is no next call."""
    pages = [read(from_bytes(data), 1, limit, limits=limits)]
    while (going_on := pages[-1].next) is not None:
        arguments = {name: value for name, value in going_on.arguments.items() if name != "path"}
        pages.append(read(from_bytes(data), limits=limits, **arguments))  # type: ignore[arg-type]
        assert len(pages) < 5000
    return pages


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(alphabet="ab\r\u00e9\u6f22\x0c\u2028 ", max_size=60), max_size=60), st.booleans(), st.sampled_from([1, 3, None]))
def test_page_after_page_is_the_file(lines: list[str], final: bool, limit: int | None) -> None:
    """T1, T10, T5: following `next` gives every line once, numbered without a gap, and exact totals at the end."""
    data = ("\n".join(lines) + ("\n" if final and lines else "")).encode()
    pages = follow(data, SMALL, limit)
    shown = [line for page in pages for line in page.lines]
    assert b"".join(line.data + line.ending for line in shown) == data
    assert [line.number for line in shown] == list(range(1, len(shown) + 1))
    assert pages[-1].total == Total(len(shown))
    for line in shown:
        assert data[line.offset :].startswith(line.data)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 12000), min_size=1, max_size=6), st.sampled_from([4096, 8192]))
def test_columns_go_on_inside_long_lines(sizes: list[int], window: int) -> None:
    """T5: any cut line can be read to its end by columns, whatever the window."""
    data = b"\n".join((b"0123456789" * (size // 10 + 1))[:size] for size in sizes)
    limits = Limits(window=window, segment=2048, overlap=64)
    for number, size in enumerate(sizes, 1):
        column, got = 1, b""
        while True:
            page = read(from_bytes(data), number, 1, column=column, limits=limits)
            line = page.lines[0] if page.lines else None
            if line is None:
                break
            assert line.number == number
            assert line.column == column
            got += line.data
            if not line.cut:
                break
            column += len(line.data)
        assert len(got) == size
    shown = read(from_bytes(data), limits=limits)
    assert [line.number for line in shown.lines] == [n for n, size in enumerate(sizes, 1) if n < len(sizes) or size]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.text(alphabet="ab\r\u6f22", max_size=30), max_size=40),
    st.booleans(),
    st.integers(1, 50),
    st.sampled_from(["utf-8", "utf-16"]),
)
def test_tail_equals_the_end_of_the_whole(lines: list[str], final: bool, count: int, encoding: str) -> None:
    """T1: a negative offset gives the same lines as reading everything, with the same numbers."""
    data = ("\n".join(lines) + ("\n" if final and lines else "")).encode(encoding)
    whole = read(from_bytes(data), encoding=encoding).lines
    tail = read(from_bytes(data), -count, encoding=encoding, limits=SMALL).lines
    assert [(line.number, line.text, line.offset) for line in tail] == [(line.number, line.text, line.offset) for line in whole[-count:]]


def test_tail_of_a_big_file_counts_from_the_end(tmp_path: Path) -> None:
    """T4: what lies before the tail is not read; the numbers are good as offsets."""
    path = tmp_path / "big"
    path.write_bytes(b"".join(b"line %d\n" % n for n in range(5000)))
    limits = Limits(skip_bytes=1000)
    page = read(path, -3, limits=limits)
    assert [line.number for line in page.lines] == [-3, -2, -1]
    assert [line.text for line in page.lines] == ["line 4997", "line 4998", "line 4999"]
    assert page.total.kind == "about"
    assert read(path, -2, 1, limits=limits).lines[0].text == "line 4998"
    assert read(path, -3).lines[0].number == 4998


def test_tail_of_a_pipe(tmp_path: Path) -> None:
    """T6, T11: the last lines of a stream are kept in a bounded ring."""
    reader, writer = os.pipe()
    os.write(writer, b"".join(b"line %d\n" % n for n in range(500)))
    os.close(writer)
    page = read(reader, -3)
    os.close(reader)
    assert [(line.number, line.text) for line in page.lines] == [(498, "line 497"), (499, "line 498"), (500, "line 499")]


def test_offset_past_the_end_names_the_last_line() -> None:
    """T15: an empty page that says where the file ends."""
    for data in (b"a\nb\nc\n", b"a\nb\nc"):
        page = read(from_bytes(data), 10)
        assert page.lines == ()
        assert page.total == Total(3)
        assert page.notices[-1] == "line 10 is past the end: the last line is 3"
        assert page.next is None


def test_full_page_says_how_to_go_on() -> None:
    """T5: the notice names the lines, the total and the exact next call."""
    data = b"x\n" * 5000
    page = read(from_bytes(data))
    assert len(page.lines) == 2000
    assert page.stopped == "lines"
    assert page.total == Total(5000)
    assert page.next is not None
    assert page.next.arguments["offset"] == 2001
    assert page.notices[-1] == "lines 1-2000 of 5,000; go on with offset=2001"


def test_total_is_about_when_the_end_was_not_seen() -> None:
    """T5: an estimate is marked as one, and near the truth."""
    page = read(from_bytes(b"some line\n" * 200_000))
    assert page.total.kind == "about"
    assert 190_000 < page.total.value < 210_000


def test_one_huge_line_is_not_followed_to_its_end(tmp_path: Path) -> None:
    """T4, T5: a line beyond the skip limit ends the page; `next` goes on inside it."""
    path = tmp_path / "one"
    path.write_bytes(b"short\n" + b"x" * 3_000_000 + b"\nlast\n")
    page = read(path, limits=Limits(skip_bytes=1_000_000))
    assert [line.number for line in page.lines] == [1, 2]
    assert page.next is not None
    assert page.next.arguments == {"path": str(path), "offset": 2, "column": 2001}
    assert read(path, 2, column=2_999_999).lines[0].text == "xx"
    assert [line.number for line in read(path).lines] == [1, 2, 3]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"offset": 0}, "no line 0"),
        ({"limit": 0}, "at least 1"),
        ({"limit": -5}, "at least 1"),
        ({"column": 0}, "from 1"),
        ({"offset": "3"}, "whole number"),
    ],
)
def test_bad_arguments_are_one_sentence(arguments: dict[str, int], words: str) -> None:
    """T15: what can't be meant is refused before anything is opened."""
    with pytest.raises(InvalidArgument, match=words):
        read("/nonexistent", **arguments)  # type: ignore[arg-type]


def test_unknown_encoding_is_refused_with_a_hint() -> None:
    """T8, T15: near-miss names are told."""
    with pytest.raises(UnknownEncoding, match="did you mean"):
        read(from_bytes(b""), encoding="utf-9")


def test_special_files_are_refused(tmp_path: Path) -> None:
    """T11: a folder, a FIFO and a device give a clear answer and never a hang."""
    os.mkfifo(tmp_path / "fifo")
    for name, words in ((tmp_path, "is a folder"), (tmp_path / "fifo", "is a FIFO"), ("/dev/zero", "is a device")):
        with pytest.raises(NotRegular, match=words):
            read(name)


def test_cancelled_read_says_where_to_go_on() -> None:
    """T13: what was found until then is returned."""
    deadline = Deadline()
    deadline.cancel()
    page = read(from_bytes(b"a\n" * 500_000), 400_000, deadline=deadline)
    assert page.stopped == "cancelled"
    assert page.next is not None


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=2000))
def test_aread_equals_read(tmp_path: Path, data: bytes) -> None:
    """P5: the async form gives the same result."""
    path = tmp_path / "file"
    path.write_bytes(data)
    assert asyncio.run(aread(path, 2, 5)) == read(path, 2, 5)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 9000), max_size=6), st.booleans())
def test_iter_lines_gives_every_byte(sizes: list[int], final: bool) -> None:
    """T6: the door without caps yields the whole file in pieces of bounded size."""
    data = b"\n".join(b"y" * size for size in sizes) + (b"\n" if final else b"")
    got = list(iter_lines(from_bytes(data), limits=SMALL))
    assert b"".join(line.data + line.ending for line in got) == data
    assert all(len(line.data) <= 4096 for line in got)
