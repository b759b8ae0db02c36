"""Grep: what is a hit, which lines are shown around it, and the modes; T2, T7, T10."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamtools.errors import InvalidArgument
from streamtools.limits import Limits
from streamtools.results import End, Line
from streamtools.searching import grep, search
from streamtools.searching.options import Binary, Mode, Sort
from tests.every_way import CHUNKS, every_grep, scanned
from tests.searching.oracle import GAP, answer, rows, rows_of

#: Windows so small that most lines lie across a border of one.
TINY = Limits(window=64, segment=64, overlap=16)
TEXTS = st.lists(
    st.sampled_from([b"", b"a", b"b", b"foo", b"xfoox", b"a foo", "é foo 漢".encode(), b"foo\r", b"\r", b"f\x0co", b"\xff foo"]),
    max_size=40,
)
FINAL = st.sampled_from([b"", b"\n", b"\r\n"])


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ["3:foo", "8:foo bar"]),
        ({"before": 1}, ["2-b", "3:foo", "--", "7-f", "8:foo bar"]),
        ({"after": 1}, ["3:foo", "4-c", "--", "8:foo bar", "9-last"]),
        ({"context": 2}, ["1-a", "2-b", "3:foo", "4-c", "5-d", "6-e", "7-f", "8:foo bar", "9-last"]),
        ({"context": 3}, ["1-a", "2-b", "3:foo", "4-c", "5-d", "6-e", "7-f", "8:foo bar", "9-last"]),
        ({"before": 3, "after": 1}, ["1-a", "2-b", "3:foo", "4-c", "5-d", "6-e", "7-f", "8:foo bar", "9-last"]),
        ({"context": 1000}, ["1-a", "2-b", "3:foo", "4-c", "5-d", "6-e", "7-f", "8:foo bar", "9-last"]),
        ({"context": 1, "after": 0}, ["2-b", "3:foo", "--", "7-f", "8:foo bar"]),
        ({"invert_match": True}, ["1:a", "2:b", "4:c", "5:d", "6:e", "7:f", "9:last"]),
        ({"max_count": 1}, ["3:foo"]),
        ({"max_count": 1, "after": 2}, ["3:foo", "4-c", "5-d"]),
        ({"max_count": 0}, []),
        ({"line_regexp": True}, ["3:foo"]),
        ({"output_mode": "count"}, ["2"]),
        ({"output_mode": "count", "max_count": 1}, ["1"]),
        ({"output_mode": "count", "invert_match": True}, ["7"]),
    ],
)
def test_options_every_way(options: dict[str, int], expected: list[str]) -> None:
    """T2: each option gives the same through every chunk size, source, window, engine and door."""
    every_grep(b"a\nb\nfoo\nc\nd\ne\nf\nfoo bar\nlast", expected, "foo", **options)


@pytest.mark.parametrize(
    ("pattern", "options", "expected"),
    [
        ("foo", {"ignore_case": True}, ["1:foo", "2:FOO", "3:afoo", "4:foo-bar"]),
        ("foo", {"smart_case": True}, ["1:foo", "2:FOO", "3:afoo", "4:foo-bar"]),
        ("Foo", {"smart_case": True}, []),
        ("foo", {"word_regexp": True}, ["1:foo", "4:foo-bar"]),
        ("o.", {"fixed_strings": True}, ["5:o.o"]),
        (["bar", "FOO"], {}, ["2:FOO", "4:foo-bar"]),
        ("^$", {}, ["6:"]),
        ("o$", {}, ["1:foo", "3:afoo", "5:o.o"]),
        ("ß", {"ignore_case": True}, ["7:größe"]),
        (r"(?<=a)f(o)\1", {}, ["3:afoo"]),
    ],
)
def test_patterns_every_way(pattern: str | list[str], options: dict[str, bool], expected: list[str]) -> None:
    """T2: case, words, literals, sets, anchors and lookaround mean the same with each engine."""
    every_grep("foo\nFOO\nafoo\nfoo-bar\no.o\n\ngröße\n".encode(), expected, pattern, **options)


def test_line_endings_every_way() -> None:
    r"""T7: ``\n`` ends a line, a ``\r`` before it belongs to the ending, and nothing else does either."""
    data = "a\r\nb foo\x0cc\u2028d\u0085e\rf\r\nfoo\r\r\nfoo".encode()
    every_grep(data, ["2:b foo\x0cc\u2028d\u0085e\rf", "3:foo\r", "4:foo"], "foo")
    every_grep(data, ["4:foo"], "foo$")


@settings(max_examples=150, deadline=None)
@given(
    *(TEXTS, FINAL, st.sampled_from(["foo", "a", "^$", "o|x", "[é漢]"]), st.integers(0, 3), st.integers(0, 3)),
    *(st.booleans(), st.sampled_from([None, 1, 3]), st.sampled_from(CHUNKS)),
)
def test_streamed_equals_whole(
    texts: list[bytes], final: bytes, pattern: str, before: int, after: int, invert: bool, most: int | None, chunk: int
) -> None:
    """T2: whatever the window and the chunks, the answer is that of the twenty lines that know the whole text."""
    data = b"\n".join(texts) + final
    options = {"before": before, "after": after, "invert_match": invert, "max_count": most, "limits": TINY, "encoding": "utf-8"}
    events = scanned(data, "", pattern, options, "bytes", chunk)
    found = re.compile(pattern)
    expected = answer(
        data,
        lambda line: found.search(line.decode("utf-8", "surrogateescape")) is not None,
        before=before,
        after=after,
        invert=invert,
        most=most,
    )
    assert rows(events) == expected
    hits = sum(row[2] == ":" for row in expected)
    ends = [event for event in events if isinstance(event, End)]
    assert [end.matches.value for end in ends] == ([hits] if hits else [])
    for line in events:
        if isinstance(line, Line):
            assert data[line.offset :].startswith(line.data + line.ending), "the offset is that of the file"
            for low, high in line.matches:
                assert found.fullmatch(line.data[low:high].decode()) or not line.data


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Three files with 2, 0 and 1 hits."""
    for name, text in (("a.txt", "foo\nx\nfoo foo\n"), ("b.txt", "nothing\n"), ("c.txt", "x\nfoo\n")):
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("mode", "names", "counts", "total"),
    [
        ("content", ["a.txt", "c.txt"], [2, 1], 3),
        ("files_with_matches", ["a.txt", "c.txt"], [1, 1], None),
        ("files_without_match", ["b.txt"], [0], None),
        ("count", ["a.txt", "c.txt"], [2, 1], 3),
    ],
)
def test_modes(tree: Path, mode: Mode, names: list[str], counts: list[int], total: int | None) -> None:
    """T2: each mode names its files in path order, and totals agree between the modes."""
    result = grep("foo", tree, output_mode=mode)
    assert [Path(path).name for path in result.paths] == names
    assert [hit.count.value for hit in result.files] == counts
    assert result.total_files.value == 2
    assert result.stopped == "end"
    if total is not None:
        assert result.total.value == total
        assert result.total.kind == "exact"


def test_count_is_the_number_of_hits(tree: Path) -> None:
    """T2: what ``count`` says of a file is how many hits ``content`` shows, however often a line matches."""
    shown = grep("foo", tree)
    counted = grep("foo", tree, output_mode="count")
    assert {hit.path: hit.count for hit in counted.files} == {hit.path: hit.count for hit in shown.files}
    for hit in shown.files:
        assert hit.count.value == sum(isinstance(line, Line) and line.kind == "match" for line in hit.lines)


def test_head_limit_counts_hits_not_context(tree: Path) -> None:
    """T2: context of the last hit still comes, and the limit counts files in the modes that list files."""
    page = grep("foo", tree, head_limit=1, context=1)
    assert [(line.number, line.kind) for line in page.lines] == [(1, "match"), (2, "after")]
    assert page.stopped == "lines"
    assert page.next is not None
    files = grep("foo", tree, head_limit=1, output_mode="files_with_matches")
    assert [Path(path).name for path in files.paths] == ["a.txt"]
    assert files.stopped == "lines"


def test_overlapping_context_is_shown_once(tmp_path: Path) -> None:
    """T2: a line that is context of two hits comes once, and a hit within context is a hit."""
    path = tmp_path / "file"
    path.write_text("1\n2 foo\n3\n4 foo\n5\n6\n7\n8 foo\n")
    got = rows_of([grep("foo", path, before=1, after=2)])
    assert [(number, sign) for _, number, sign, _ in got] == [
        *((1, "-"), (2, ":"), (3, "-"), (4, ":"), (5, "-"), (6, "-")),
        *((7, "-"), (8, ":")),
    ]
    assert GAP not in got


def test_several_roots_in_the_order_given(tree: Path) -> None:
    """T2, T10: roots are searched in the order given, files and folders mixed."""
    result = grep("foo", [tree / "c.txt", tree])
    assert [Path(path).name for path in result.paths] == ["c.txt", "a.txt", "c.txt"]


def test_search_yields_one_summary_at_the_end(tree: Path) -> None:
    """T2: the stream is Begin, lines, End for each file, and one Summary with exact totals."""
    events = list(search("foo", tree))
    kinds = [type(event).__name__ for event in events]
    assert kinds == ["Begin", "Line", "Line", "End", "Begin", "Line", "End", "Summary"]
    last = events[-1]
    assert last.matches.value == 3  # type: ignore[union-attr]
    assert last.spans == 4  # type: ignore[union-attr]


def test_leaving_the_stream_closes_the_file(tree: Path) -> None:
    """T4: a search that is left has no file open; small files of a tree are closed before they are searched."""
    import os

    before = len(os.listdir("/dev/fd"))
    events = search("foo", tree)
    next(events)
    next(events)
    assert len(os.listdir("/dev/fd")) == before
    events.close()  # type: ignore[attr-defined]
    large = tree / "large.txt"
    large.write_bytes(b"foo\n" * 100_000)
    events = search("foo", large)
    next(events)
    next(events)
    assert len(os.listdir("/dev/fd")) > before
    events.close()  # type: ignore[attr-defined]
    assert len(os.listdir("/dev/fd")) == before


@pytest.mark.parametrize(("option", "words"), [("output_mode", Mode), ("binary", Binary), ("sort", Sort)])
def test_what_is_accepted_is_what_its_type_says(option: str, words: object) -> None:
    """`Options` is for type checkers, and the check of a request has the words a second time: both are the same."""
    with pytest.raises(InvalidArgument) as refused:
        grep("a", ".", **{option: "no such word"})  # type: ignore[arg-type]
    assert str(refused.value) == f"{option} is one of {', '.join(get_args(words))}, not 'no such word'"
