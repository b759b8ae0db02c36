"""What is said of patterns that ripgrep's default engine refuses."""

from __future__ import annotations

import subprocess

import pytest

from streamtools.match.exact import compile
from streamtools.match.pattern import Query
from streamtools.match.rust import refusal
from tests.differential.running import ripgrep

_PATTERNS = r"""
foo(
[a
a)
(?=x)
(?<!x)y
(a)\1
\Qa\E
a{2,1}
\pX
\p{Foo}
[z-a]
\xZ
(?P<a>x)(?P<a>y)
(?z)
*a
a{1
\q
\é
(?-u)[é]
(?#c)
\b{foo}
a{,3}
\n
[\n]
\x0A
\u{110000}
[]
{
\0
[\b]
(?i
\p{Cn
\p
x{2,
(?P<>a)
(?P<1>a)
[a-\d]
[[:alpha:]
[a&&
\x{}
(?i-)
(?ii)
(?i-i)
(?i--s)
(?
\
a{1x}
|*
(?i)*
\b{start
a{99999999999}
((((a
[a-[b]]
\x{D800}
""".strip().split("\n")


@pytest.mark.parametrize("pattern", _PATTERNS)
def test_words(pattern: str) -> None:
    """P1, T15: a refused pattern is refused in ripgrep's words."""
    found = subprocess.run([ripgrep(), "--", pattern, "/dev/null"], capture_output=True, text=True, check=False)
    assert refusal(Query((pattern,))) == found.stderr.removeprefix("rg: ").rstrip("\n")


@pytest.mark.parametrize("pattern", ["[[:foo:]]", "a**", "a++", r"\%", "(?R)a$", "[a--b]", "a{ 2 }", r"\pL\p{sc=Greek}", "[a-c-e]"])
def test_sound(pattern: str) -> None:
    """P1: what ripgrep takes is not refused."""
    assert refusal(Query((pattern,))) is None


def test_several_patterns() -> None:
    """P1, T15: the fault is underlined in all patterns together."""
    assert refusal(Query(("a", "(b"))) == "regex parse error:\n    (?:a)|(?:(b)\n          ^\nerror: unclosed group"
    rule = "~" * 79
    assert refusal(Query(("a\n(b",), multiline=True)) == f"regex parse error:\n{rule}\n1: (?:a\n   ^\n2: (b)\n{rule}\nerror: unclosed group"


def test_line_ends() -> None:
    """P1: what ends a line cannot be spelled, unless matches may cross lines."""
    for query in (Query(("a\0",), null_data=True), Query(("a\r",), crlf=True), Query(("a\nb",), fixed=True)):
        assert "is not allowed in a regex" in (refusal(query) or "")
    assert refusal(Query(("a\nb",), fixed=True, multiline=True)) is None
    assert refusal(Query(("a\nb",), null_data=True)) is None


@pytest.mark.parametrize(
    ("pattern", "data", "found"),
    [
        (r"\w+", "aéb".encode(), [b"a", b"b"]),
        (".", "é".encode(), [b"\xc3", b"\xa9"]),
        (r"\xff", b"a\xffb", [b"\xff"]),
        ("é", "aé".encode(), ["é".encode()]),
        ("é+x", "ééx".encode(), ["ééx".encode()]),
        (r"\u00e9", "é".encode(), ["é".encode()]),
        ("(?i)É", "é".encode(), []),
        ("(?i)k", "K\u212a".encode(), [b"K"]),
    ],
)
def test_bytes(pattern: str, data: bytes, found: list[bytes]) -> None:
    """P1: without Unicode a character is a byte."""
    made = compile(Query((pattern,), unicode=False))
    assert [data[a:b] for a, b in made.spans(data)] == found
    assert made.matches(data) is bool(found)
    assert made.finder is None or made.finder.any(data, 0, len(data)) or not found


def test_records() -> None:
    r"""P1: in records that end with NUL bytes a line break is a character like others, and ``^`` and ``$`` hold at it."""
    made = compile(Query(("^a(?s:.)b$",), null_data=True))
    assert made.spans(b"a\nb") == [(0, 3)]
    assert made.spans(b"x\na\nb\n") == [(2, 5)]
    assert compile(Query(("a.b",), null_data=True)).spans(b"a\nb") == []
    assert compile(Query(("^b$",), null_data=True, multiline=True)).spans(b"a\0b\0b\nb") == [(6, 7)]
    assert compile(Query(("a\nb",), null_data=True)).spans(b"xa\nb") == [(1, 4)]
