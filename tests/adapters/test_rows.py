"""Line events to rows: prefixes, colours, links, replacements, what is too long."""

from __future__ import annotations

from typing import Any

import pytest

from streamtools.adapters.colors import Paint, palette
from streamtools.adapters.links import Links
from streamtools.adapters.rows import Rows
from streamtools.adapters.style import Style
from streamtools.match.pattern import Query
from streamtools.match.replacing import Replacement
from streamtools.results import Line

LINE = Line(7, b"foo bar foo", matches=((0, 3), (8, 11)), offset=40, kind="match", path="a")
MANY = Line(3, b"a foo\nbar b\nc", matches=((2, 9), (10, 13)), offset=10, kind="match", path="a")


def rows(line: Line, *, template: str | None = None, **style: object) -> list[bytes]:
    """The rows of a line in a raw style."""
    look = Style(raw=True, replaced=template is not None, **style)  # type: ignore[arg-type]
    replacement = None if template is None else Replacement(Query(("foo|o|b",)), template.encode(), 1)
    layout = Rows(look, replacement)
    layout.file(b"a", "a")
    return list(layout.of(line))


@pytest.mark.parametrize(
    ("style", "want"),
    [
        ({}, [b"foo bar foo\n"]),
        ({"filename": True, "numbers": True, "column": True, "byte_offset": True}, [b"a:7:1:40:foo bar foo\n"]),
        ({"filename": True, "null": True, "numbers": True}, [b"a\0" + b"7:foo bar foo\n"]),
        ({"filename": True, "null": True}, [b"a\0foo bar foo\n"]),
        ({"filename": True, "match_sign": b"||"}, [b"a||foo bar foo\n"]),
        ({"only_matching": True, "column": True, "byte_offset": True}, [b"1:40:foo\n", b"9:48:foo\n"]),
        ({"each": True, "column": True}, [b"1:foo bar foo\n", b"9:foo bar foo\n"]),
        ({"max_columns": 12}, [b"foo bar foo\n"]),
        ({"max_columns": 11}, [b"[Omitted long matching line]\n"]),
        ({"max_columns": 11, "column": True}, [b"1:[Omitted long line with 2 matches]\n"]),
        ({"max_columns": 6, "preview": True}, [b"foo ba [... omitted end of long line]\n"]),
        ({"max_columns": 6, "preview": True, "column": True}, [b"1:foo ba [... 1 more match]\n"]),
        ({"max_columns": 2, "only_matching": True}, [b"[Omitted long matching line]\n"] * 2),
    ],
    ids=str,
)
def test_one_line(style: dict[str, Any], want: list[bytes]) -> None:
    """P1: ripgrep's layouts of one line."""
    assert rows(LINE, **style) == want


@pytest.mark.parametrize(
    ("style", "want"),
    [
        ({"numbers": True}, [b"3:a foo\n", b"4:bar b\n", b"5:c\n"]),
        ({"numbers": True, "column": True, "byte_offset": True}, [b"3:3:10:a foo\n", b"4:3:16:bar b\n", b"5:3:22:c\n"]),
        ({"only_matching": True, "numbers": True, "column": True}, [b"3:3:foo\n", b"4:3:bar\n", b"4:11:b\n", b"5:11:c\n"]),
        ({"each": True, "numbers": True, "column": True}, [b"3:3:a foo\n", b"4:5:bar b\n"]),
        ({"max_columns": 5}, [b"[Omitted long matching line]\n"] * 2 + [b"c\n"]),
    ],
    ids=str,
)
def test_several_lines(style: dict[str, Any], want: list[bytes]) -> None:
    """P1: ripgrep's layouts of a match over several lines."""
    assert rows(MANY, multiline=True, **style) == want


def test_replacements() -> None:
    """P1: -r alone, with -o, with what is too long, and over line ends, where the rows are those of the new text."""
    assert rows(LINE, template="X$0") == [b"Xfoo bar Xfoo\n"]
    assert rows(LINE, template="X", only_matching=True, column=True) == [b"1:X\n", b"7:X\n"]
    assert rows(LINE, template="longer", max_columns=12) == [b"[Omitted long line with 2 matches]\n"]
    assert rows(MANY, template="X", multiline=True, numbers=True) == [b"3:a X X\n"]
    assert rows(Line(1, b"ab", matches=((0, 3),), kind="match"), template="", multiline=True) == [], "nothing is left of the line"


def test_colors() -> None:
    """P1: matches that touch have one colour, the highlight goes around, and no colour means none."""
    touching = Line(1, b"foofoo", matches=((0, 3), (3, 6)), kind="match")
    assert rows(touching, palette=palette(())) == [b"\x1b[0m\x1b[1m\x1b[31mfoofoo\x1b[0m\n"]
    assert rows(touching, palette=palette(["match:none"]), numbers=True) == [b"\x1b[0m\x1b[32m1\x1b[0m:foofoo\n"]
    look = palette(["match:fg:blue", "match:style:nobold", "highlight:bg:12"])
    assert rows(Line(1, b"a foo", matches=((2, 5),), kind="match"), palette=look) == [
        b"\x1b[0m\x1b[48;5;12ma \x1b[0m\x1b[34mfoo\x1b[0m\x1b[48;5;12m\x1b[0m\n"
    ]


@pytest.mark.parametrize(
    ("changes", "want"),
    [
        (["path:fg:blue"], b"\x1b[0m\x1b[34m"),
        (["path:fg:9"], b"\x1b[0m\x1b[38;5;9m"),
        (["path:bg:0x10,20,0xff"], b"\x1b[0m\x1b[35m\x1b[48;2;16;20;255m"),
        (["path:style:intense"], b"\x1b[0m\x1b[38;5;13m"),
        (["path:STYLE:Bold", "path:style:underline", "path:style:italic"], b"\x1b[0m\x1b[1m\x1b[3m\x1b[4m\x1b[35m"),
        (["path:style:bold", "path:none"], b"\x1b[0m"),
    ],
    ids=str,
)
def test_changes_of_colors(changes: list[str], want: bytes) -> None:
    """P1: --colors: names, numbers, triples, styles and their undoing, the last one wins."""
    assert palette(changes).path.start() == want
    assert palette(()).column == Paint()


def test_links() -> None:
    """P1: links to a file and its line, with what is no plain character escaped, and none where nothing is."""
    links = Links("x://{path}#{line}:{column}{{}}")
    links.file("/")
    assert links.start(3) == b"\x1b]8;;x:///#3:1{}\x1b\\"
    links.file("/no such file")
    assert links.start(3) == links.end == b""


def test_the_end_of_a_file() -> None:
    """P1: an empty match at the end of a file that has no line end is none."""
    assert rows(Line(1, b"ab", matches=((2, 2),), kind="match", ending=b""), column=True) == [b"ab\n"]
    assert rows(Line(1, b"ab", matches=((2, 2),), kind="match"), column=True) == [b"3:ab\n"]


def test_context_of_an_inverted_search_is_what_matches() -> None:
    """P1: with -v, context lines have matches: in colour, with columns, replaced."""
    layout = Rows(Style(raw=True, inverted=True, column=True), None, lambda _: [(1, 2)])
    assert list(layout.of(Line(1, b"abc", kind="after"))) == [b"2-abc\n"]
    assert list(layout.of(Line(1, b"abc", kind="match"))) == [b"abc\n"]
