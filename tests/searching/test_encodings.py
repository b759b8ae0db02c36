"""Grep and Read see the same text in every encoding; T7, T8."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.little import FILES, TEXTS
from streamtools.errors import UnknownEncoding
from streamtools.limits import Limits
from streamtools.reading import read
from streamtools.results import Line
from streamtools.searching import grep, search
from tests.every_way import CHUNKS, file_of, scanned
from tests.searching.oracle import answer, rows

SMALL = Path(__file__).parents[2] / "corpora" / "small"


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_the_needle_of_every_encoding(name: str) -> None:
    """T7, T8: the ASCII line of each text is found, on the line that Read gives it, and the encoding is told."""
    codec, text = TEXTS[name]
    result = grep("^needle = 42$", SMALL / name)
    (line,) = result.lines
    assert line.text == "needle = 42"
    assert line.number == text.count("\n")
    page = read(SMALL / name, line.number, 1)
    assert page.lines[0].text == line.text
    assert page.lines[0].offset == line.offset
    assert result.encoding == page.encoding
    if page.encoding.name != "utf-8":
        assert any("encoding" in notice and page.encoding.name in notice for notice in result.notices)
    assert FILES[name][line.offset :].decode(codec).startswith("needle = 42")


@pytest.mark.parametrize("name", sorted(name for name in FILES if name not in {"image.png", "program.elf", "archive.gz", "long-line.txt"}))
@pytest.mark.parametrize("window", [None, Limits(window=2048, segment=1024, overlap=128)])
def test_line_n_is_line_n(name: str, window: Limits | None) -> None:
    """T7: every line of every little file has the same number, text and offset in Grep as in Read."""
    limits = window or Limits()
    found = grep("", SMALL / name, limits=limits, text=True)
    page = read(SMALL / name, limits=limits)
    if page.encoding.binary:
        pytest.skip("Read shows no lines of a binary file")
    assert [(line.number, line.data, line.offset, line.ending) for line in found.lines] == [
        (line.number, line.data, line.offset, line.ending) for line in page.lines
    ]


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "gb18030", "shift_jis", "cp1251"])
@pytest.mark.parametrize("chunk", CHUNKS)
def test_given_encodings_in_small_windows(codec: str, chunk: int) -> None:
    """T8: an explicit encoding is decoded window by window, whatever the chunks; offsets are those of the file."""
    text = "".join(f"строка {number} {'needle' if number % 5 == 0 else ''}\n" for number in range(1, 60))
    data = text.encode(codec)
    label = {"utf-8-sig": "utf-8"}.get(codec, codec)
    limits = Limits(window=256, segment=128, overlap=16)
    events = scanned(data, "", "needle", {"encoding": label, "limits": limits, "before": 1}, "bytes", chunk)
    assert rows(events) == answer(text.encode(), lambda line: b"needle" in line, before=1)
    for line in (event for event in events if isinstance(event, Line)):
        name = {"utf-16": "utf-16-le", "utf-32": "utf-32-le"}.get(codec, label)
        assert data[line.offset :].decode(name).startswith(line.text)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.text(alphabet="abé漢ж😀 \r\x0c\u2028\u0085", max_size=40), max_size=20),
    st.sampled_from(["utf-8", "utf-16", "utf-8-sig", "utf-16-be"]),
)
def test_any_text_in_any_unicode_encoding(lines: list[str], codec: str) -> None:
    """T7: Grep's line N is Read's line N for any text."""
    data = "".join(f"{line}\n" for line in ["first", *lines]).encode(codec)
    label = None if codec in {"utf-8", "utf-8-sig", "utf-16"} else codec
    with file_of(data) as path:
        found = grep("a|^first", path, encoding=label)
        page = {line.number: line for line in read(path, encoding=label).lines}
        assert [line.number for line in found.lines] == [number for number, line in page.items() if "a" in line.text or number == 1]
        for line in found.lines:
            same = page[line.number]
            assert (line.text, line.offset, line.ending) == (same.text, same.offset, same.ending)


def test_undecodable_bytes_are_shown_and_searched_around() -> None:
    r"""T8: bad bytes stay as they are, are shown as ``\xNN``, and do not hide the rest of the line."""
    result = grep("needle", SMALL / "invalid-utf8.txt")
    assert len(result.lines) == 6
    assert result.lines[0].text == r"stray continuation: [\x80] needle"
    assert [line.text[low:high] for line in result.lines for low, high in line.spans] == ["needle"] * 6


def test_undecodable_bytes_of_another_encoding_are_counted(tmp_path: Path) -> None:
    """T8, T9: what no character stands for is counted in the ledger."""
    path = tmp_path / "f"
    path.write_bytes("\ufeffneedle\n".encode("utf-16-le") + b"\x00\xd8\n\x00" + "needle\n".encode("utf-16-le"))
    result = grep("needle", path)
    assert [line.number for line in result.lines] == [1, 3]
    assert result.ledger.undecodable > 0


def test_unknown_encoding_is_refused(tmp_path: Path) -> None:
    """T8, T15: before anything is opened, with near-miss names."""
    with pytest.raises(UnknownEncoding, match="did you mean"):
        grep("x", tmp_path / "nothing", encoding="utf-9")


def test_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    """T8: the mark belongs to no line: ``^`` matches behind it, and the first line begins there."""
    path = tmp_path / "f"
    path.write_bytes(b"\xef\xbb\xbfneedle\n")
    (line,) = grep("^needle", path).lines
    assert (line.number, line.data, line.offset) == (1, b"needle", 3)
    assert [event.data for event in search("^", path) if isinstance(event, Line)] == [b"needle"]
