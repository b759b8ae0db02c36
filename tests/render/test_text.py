"""Rendered results: within the cap, valid, harmless, and never mistaken for our own words; T3, T16."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from streamtools.events import Bundle
from streamtools.limits import DEFAULT, Limits
from streamtools.reading import read
from streamtools.render.capping import cap, clip
from streamtools.render.escape import fit, name, visible, width
from streamtools.render.text import text_of
from streamtools.results import FileHits, GrepResult, Ledger, Line, Total
from streamtools.text.source import from_bytes

RAW = st.one_of(st.binary(max_size=80), st.text("a\t\x1b\u202e\u200b\u200d\U000e0041é漢😀[", max_size=40).map(str.encode))


@settings(max_examples=300, deadline=None)
@given(RAW)
def test_visible_text_has_nothing_hidden(data: bytes) -> None:
    """T16: no control, override, zero-width or tag character is left, and ZWJ, ZWNJ and tab stay."""
    shown = visible(data)
    shown.encode("utf-8")
    assert all(char in "\t\u200c\u200d" or not _hidden(char) for char in shown)
    if data.isascii() and all(32 <= byte < 127 for byte in data):
        assert shown.encode() == data


def _hidden(char: str) -> bool:
    code = ord(char)
    return code < 32 or 0x7F <= code < 0xA0 or code in {0x202E, 0x200B, 0x2066, 0xFEFF} or 0xE0000 <= code < 0xE0080


def test_escapes_are_readable() -> None:
    """T16, T8: what is made visible can be told apart."""
    assert visible(b"\x1b[31m\xff\x00") == r"\x1b[31m\xff\x00"
    assert visible("\u202ex\u200d\u200c\U000e0041".encode()) == "\\u202ex\u200d\u200c\\U000e0041"


@settings(max_examples=300, deadline=None)
@given(RAW, st.integers(1, 60))
def test_fit_is_the_longest_head_of_whole_characters(data: bytes, room: int) -> None:
    """T3: what is shown fits, ends with a character, and one more would not fit."""
    kept = fit(data, room)
    assert width(data[:kept]) <= room
    head, rest = data[:kept], data[kept:]
    assert visible(head) + visible(rest) == visible(data) or not rest
    if rest:
        following = next(
            size for size in range(1, 5) if fit(rest, 100) >= 0 and visible(rest[:size]) + visible(rest[size:]) == visible(rest)
        )
        assert width(data[: kept + following]) > room


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=3000), max_size=60), st.sampled_from([DEFAULT, Limits(bytes=4096), Limits(lines=7, line_bytes=100)]))
def test_a_rendered_page_is_within_the_cap_and_valid(lines: list[bytes], limits: Limits) -> None:
    """T3, T16: whatever the bytes: within the cap, UTF-8, a number before every line, notices last."""
    data = b"\n".join(line.replace(b"\n", b"") for line in lines)
    text = text_of(read(from_bytes(data), encoding="utf-8", limits=limits), limits)
    assert len(text.encode("utf-8")) <= limits.bytes
    rows = text.split("\n") if text else []
    notices = [row.startswith("[") for row in rows]
    assert notices == sorted(notices)
    assert all(row[0].isdigit() for row, notice in zip(rows, notices, strict=True) if not notice)
    assert sum(not notice for notice in notices) <= limits.lines


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.text("a[/\n\x1b", min_size=1, max_size=10), st.binary(max_size=50)), max_size=20))
def test_hits_never_pass_for_notices(hits: list[tuple[str, bytes]]) -> None:
    """T16: neither a file's text nor its name can begin a row with a bracket."""
    files = tuple(FileHits(path, (Line(1, data.replace(b"\n", b""), kind="match", path=path),)) for path, data in hits)
    result = GrepResult(files, "content", Total(1), Total(1), Ledger(), notices=("ours",))
    rows = text_of(result).split("\n")
    assert rows[-1] == "[ours]"
    assert not any(row.startswith("[") for row in rows[:-1])
    assert len(rows) == len(hits) + 1


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.binary(max_size=20).map(lambda data: data.replace(b"\n", b"")), min_size=1, max_size=200),
    st.booleans(),
    st.integers(1, 200),
)
def test_lines_that_are_together_look_as_if_they_were_alone(texts: list[bytes], numbered: bool, part: int) -> None:
    """T10: a file's hits in bundles of any size, with and without numbers, between lines."""
    lines = [Line(at if numbered else 0, text, kind="match", path="a [b]") for at, text in enumerate(texts, 1)]
    some = [lines[at : at + part] for at in range(0, len(lines), part)]
    bundles = [
        Bundle("a [b]", b"", tuple(line.number for line in few), tuple(line.data for line in few), (0,) * len(few), (b"\n",) * len(few))
        for few in some
    ]
    ways: list[list[Line | Bundle]] = [[*lines], [*bundles], [*bundles[:-1], *some[-1]], [*some[0], *bundles[1:]]]
    shown = {
        text_of(GrepResult((FileHits("[a", tuple(way)), FileHits("b", tuple(way))), "content", Total(1), Total(1), Ledger()))
        for way in ways
    }
    assert len(shown) == 1
    assert shown.pop().count("\n") == 2 * len(lines) - 1


def test_cap_holds_whatever_a_caller_built() -> None:
    """T3: lines beyond the cap are left out whole, and a notice says so; long notices are cut."""
    text = cap(("é" * 1000 for _ in range(100)), ["n" * 5000, "last"], DEFAULT)
    assert len(text.encode()) <= DEFAULT.bytes
    assert "did not fit" in text
    assert "[last]" in text
    assert clip("é" * 10, 5) == "éé"


def test_names_are_one_harmless_line() -> None:
    """T16: file names too."""
    assert name("a\nb\x1b") == "a\\nb\\x1b"
    assert name("[notice]") == "./[notice]"
