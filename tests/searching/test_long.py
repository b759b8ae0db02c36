"""Lines that do not fit: a window around the match, pieces that join, and Read shows the same place; T3, T5, T6, T7."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.little import FILES
from streamtools.limits import Limits
from streamtools.reading import read
from streamtools.render.escape import width
from streamtools.results import Line, Total
from streamtools.searching import grep, search
from tests.every_way import CHUNKS, every_grep, scanned

WINDOW = Limits(window=4096, segment=2048, overlap=128)


@pytest.mark.parametrize("before", [0, 1999, 2000, 5000, 70_000, 300_000])
def test_the_match_is_in_what_is_shown(tmp_path: Path, before: int) -> None:
    """T3, T5: of a long line the part around the match is shown, with its column, and Read shows the same there."""
    path = tmp_path / "f"
    path.write_bytes(b"one\n" + b"x" * before + b"needle" + b"y" * 5000 + b"\nthree needle\n")
    page = grep("needle", path)
    line, last = page.lines
    assert (line.number, last.number) == (2, 3)
    assert len(line.data) <= 2000
    ((low, high),) = line.matches
    assert line.data[low:high] == b"needle"
    assert line.column + low == before + 1
    assert line.offset == 4
    assert line.cut
    again = read(path, line.number, 1, column=line.column).lines[0]
    assert again.column == line.column
    assert again.data.startswith(line.data) or line.data.startswith(again.data)
    assert any("cut around the match" in notice for notice in page.notices)


def test_the_minified_line_of_the_corpus() -> None:
    """T5, T7: the needle of the 300 KB line is found, and Read at its line and column begins with what Grep shows."""
    path = os.path.join(os.path.dirname(__file__), "../../corpora/small/long-line.txt")
    page = grep('"needle"', path)
    (line,) = page.lines
    assert line.number == 2
    ((low, high),) = line.matches
    assert line.data[low:high] == b'"needle"'
    assert FILES["long-line.txt"][line.offset + line.column - 1 :].startswith(line.data)
    again = read(path, 2, 1, column=line.column).lines[0]
    assert again.data[: len(line.data)] == line.data[: len(again.data)]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 9000), st.booleans()), min_size=1, max_size=5),
    *(st.sampled_from([b"x", "é".encode(), "漢".encode(), b"\x1b", b"\xff"]), st.integers(0, 12_000), st.booleans()),
)
def test_pieces_join_to_the_line(lines: list[tuple[int, bool]], fill: bytes, at: int, final: bool) -> None:
    """T2, T6: without caps the pieces of a matching line are the line, wherever the match lies in it."""
    texts = []
    for size, matching in lines:
        text = (fill * (size // len(fill) + 1))[: size // len(fill) * len(fill)]
        cut = at % (len(text) // len(fill) + 1) * len(fill)
        texts.append(text[:cut] + b"needle" + text[cut:] if matching else text)
    data = b"\n".join(texts) + (b"\n" if final else b"")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "f")
        Path(path).write_bytes(data)
        events = [event for event in search("needle", path, limits=WINDOW, encoding="utf-8") if isinstance(event, Line)]
        joined: dict[int, bytes] = {}
        for line in events:
            assert line.column == len(joined.get(line.number, b"")) + 1, "no byte is missing and none comes twice"
            joined[line.number] = joined.get(line.number, b"") + line.data + (b"" if line.cut else line.ending.rstrip(b"\n"))
            assert all(line.data[a:b] in b"needle" for a, b in line.matches)
        assert joined == {number: text for number, text in enumerate(texts, 1) if b"needle" in text}
        page = grep("needle", path, limits=WINDOW, encoding="utf-8")
        assert [line.number for line in page.lines] == list(joined)
        for line in page.lines:
            whole = joined[line.number]
            assert whole[line.column - 1 :].startswith(line.data)
            assert width(line.data) <= 2000
            assert line.cut == (len(line.data) < len(whole) - line.column + 1)
            low, high = line.matches[0]
            assert line.data[low:high] == b"needle"
        assert grep("needle", path, limits=WINDOW, encoding="utf-8", output_mode="count").total == Total(len(joined))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from([0, 5, 1000, 4090, 4095, 4096, 4097, 9000]), min_size=1, max_size=6),
    *(st.lists(st.booleans(), min_size=6, max_size=6), st.integers(0, 2), st.integers(0, 2), st.booleans(), st.sampled_from(CHUNKS[2:])),
)
def test_giant_lines_among_others(sizes: list[int], matching: list[bool], before: int, after: int, invert: bool, chunk: int) -> None:
    """T2, T6: numbers, context and inversion hold when lines of the context are larger than the window."""
    texts = [b"z" * (size // 2) + (b"needle" if hit else b"") + b"z" * (size // 2) for size, hit in zip(sizes, matching, strict=False)]
    data = b"\n".join(texts) + b"\n"
    options = {"before": before, "after": after, "invert_match": invert}
    events = scanned(data, "", "needle", {**options, "limits": WINDOW}, "bytes", chunk)
    got: list[tuple[int, str]] = []
    for event in events:
        if isinstance(event, Line) and (event.number, event.kind) not in got:
            got.append((event.number, event.kind))
    hits = {number for number, text in enumerate(texts, 1) if (b"needle" in text) != invert}
    near = {other for hit in hits for other in range(hit - before, hit + after + 1) if 1 <= other <= len(texts)}
    assert [number for number, _ in got] == sorted(near)
    assert {number for number, kind in got if kind == "match"} == hits


@pytest.mark.parametrize("engine", ["auto", "regex", "find", "literals", "hyperscan"])
def test_one_line_much_longer_than_the_window_every_way(engine: str) -> None:
    """T6: matches on the borders of pieces are found once, with each engine and window."""
    data = bytearray(b"-" * 20_000)
    places = [0, 4087, 4093, 8180, 12_000, 19_994]
    for place in places:
        data[place : place + 6] = b"needle"
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "f")
        Path(path).write_bytes(data)
        for chunk in (7, 64 * 1024):
            events = scanned(bytes(data), path, "needle", {"limits": WINDOW, "engine": engine}, "path", chunk)
            lines = [event for event in events if isinstance(event, Line)]
            assert b"".join(line.data for line in lines) == data
            ends = sorted({line.column - 1 + high for line in lines for _, high in line.matches if line.data[:high].endswith(b"e")})
            assert {place + 6 for place in places} <= set(ends)


def test_long_lines_every_way() -> None:
    """T2: a line of 5000 bytes is the same line through every way that holds it whole."""
    text = "é" * 2500
    every_grep(f"a\n{text}needle\nb\n".encode(), ["1-a", f"2:{text}needle", "3-b"], "needle", context=1)
