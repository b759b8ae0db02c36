"""Matches across lines, in a bounded window; T2, T6, T10."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from streamtools.limits import DEFAULT, Limits
from streamtools.results import Line
from streamtools.searching import Options, grep, search
from tests.every_way import every_grep, scanned
from tests.searching.oracle import Row, answer, rows, split

SMALL = Limits(window=4096, segment=1024, overlap=128)


@pytest.mark.parametrize(
    ("pattern", "options", "expected"),
    [
        (r"a\nb", {}, ["1:a", "2:b"]),
        (r"a\nb", {"context": 1}, ["1:a", "2:b", "3-c"]),
        (r"a.b", {}, []),
        (r"a.b", {"multiline_dotall": True}, ["1:a", "2:b"]),
        (r"(?s)b.*d", {}, ["2:b", "3:c", "4:d"]),
        (r"b\n", {}, ["2:b"]),
        (r"c\n.*\n", {}, ["3:c", "4:d"]),
        (r"^d$", {}, ["4:d"]),
        (r"a\nb", {"invert_match": True}, ["3:c", "4:d", "5:e"]),
        (r"e\z", {}, ["5:e"]),
        (r"\Aa", {}, ["1:a"]),
        (r"[^x]e", {}, ["4:d", "5:e"]),
        (r"a\nb", {"output_mode": "count"}, ["2"]),
    ],
)
def test_multiline_every_way(pattern: str, options: dict[str, int], expected: list[str]) -> None:
    """T2: the lines that a match touches are hits, every way."""
    every_grep(b"a\nb\nc\nd\ne", expected, pattern, multiline=True, **options)


def touched(data: bytes, pattern: str) -> list[Row]:
    """The lines that a match of the whole text touches."""
    text = data.decode()
    spans = [match.span() for match in regex.compile(pattern, regex.MULTILINE).finditer(text)]
    found, at = [], 0
    for number, line in enumerate(split(data), 1):
        stop = at + len(line) + 1
        if any(low < stop and (high > at or low == high == at) for low, high in spans):
            found.append(("", number, ":", line))
        at = stop
    return found


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.sampled_from(["a", "b", "begin", "end", "x" * 50, "y" * 200]), max_size=120),
    *(
        st.sampled_from([r"begin\n(?:[^e].*\n){0,4}end", r"a\nb", r"(?s)begin.{0,300}?end", r"a$", r"b\na\nb"]),
        st.sampled_from([1000, 64 * 1024]),
    ),
)
def test_streamed_equals_whole(lines: list[str], pattern: str, chunk: int) -> None:
    """T2: matches that lie across the borders of windows are found as in the whole text."""
    data = "".join(f"{line}\n" for line in lines).encode()
    events = scanned(data, "", pattern, {"multiline": True, "limits": SMALL}, "bytes", chunk)
    assert rows(events) == touched(data, pattern)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 9000), min_size=1, max_size=8), st.lists(st.booleans(), min_size=8, max_size=8))
def test_long_lines_with_multiline(sizes: list[int], matching: list[bool]) -> None:
    """T2, T6: lines longer than the window are searched as single lines, and the others as ever."""
    texts = [b"z" * size + (b"needle" if hit else b"") for size, hit in zip(sizes, matching, strict=False)]
    data = b"\n".join(texts) + b"\n"
    events = scanned(data, "", "needle", {"multiline": True, "limits": SMALL}, "bytes", 64 * 1024)
    numbers = list(dict.fromkeys(event.number for event in events if isinstance(event, Line)))
    assert numbers == [row[1] for row in answer(data, lambda line: b"needle" in line)]


def test_short_lines_before_one_of_most_of_a_window(tmp_path: Path) -> None:
    """T2: a line that leaves no room in the window does not swallow those before it."""
    path = tmp_path / "f"
    path.write_text("foo\n" * 1000 + "x" * 200_000 + "\nfoo\n" + "x" * 300_000 + "\nfoo")
    for mode in (False, True):
        assert grep("foo", path, multiline=mode, output_mode="count").total.value == 1002


@pytest.mark.parametrize("shift", [0, 1, 100, 5000])
def test_a_match_as_long_as_the_bound(shift: int) -> None:
    """T6: with the usual limits a match of a whole segment is found wherever it lies against the windows."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "f")
        lead = b"lead lead\n" * ((DEFAULT.window - DEFAULT.segment // 2) // 10) + b"-" * shift + b"\n"
        body = b"<<\n" + b"inner\n" * ((DEFAULT.segment - 100) // 6) + b">>\n"
        Path(path).write_bytes(lead + body + b"tail\n" * 100_000)
        result = grep(r"(?s)<<.*?>>", path, multiline=True, output_mode="count")
        assert result.total.value == body.count(b"\n")


def test_the_bound_is_told() -> None:
    """T6: who uses it can read how long a match may be."""
    assert "limits.segment" in (Options.__doc__ or "")


def test_paths_and_numbers_in_a_long_file(tmp_path: Path) -> None:
    """T7: numbers are right far behind the first window."""
    path = tmp_path / "f"
    path.write_text("".join(f"row {number}\n" for number in range(1, 200_001)))
    events = [event for event in search(r"row 150000\nrow 150001", path, multiline=True) if isinstance(event, Line)]
    assert [(event.number, event.text) for event in events] == [(150_000, "row 150000"), (150_001, "row 150001")]
