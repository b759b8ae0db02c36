"""ripgrep's spelling, as `regex` understands it afterwards."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given, settings

from streamtools.match.dialect import walk
from streamtools.match.exact import compile
from streamtools.match.pattern import Query
from streamtools.match.regexes import translate
from streamtools.match.syntax import least, parse, steps, weight
from tests.match.strategies import LINES, PATTERNS


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"\x{41}\x{1F600}", "A😀", ["A😀"]),
        (r"\u{e9}\U{e9}", "éé", ["éé"]),
        (r"[\x{41}-\x{43}]+", "xABCD", ["ABC"]),
        (r"\<foo\>", "foo food", ["foo"]),
        (r"\b{start}foo\b{end}", "foo food", ["foo"]),
        (r"foo\b{end-half}", "food xfoo", ["foo"]),
        (r"\Qa.b(\E+", "a.b((", ["a.b(("]),
        (r"\Q[x", "a[x", ["[x"]),
        (r"a\z", "a", ["a"]),
        (r"(?<q>['\"]).*?\k<q>", "x 'y' z", ["'y'"]),
        ("x{e}", "x x{e}", ["x{e}"]),
        ("x{,2}y", "xxxy", ["xxy"]),
        ("{a}", "{a}", ["{a}"]),
        ("a{2}", "aaa", ["aa"]),
        ("(?:foo){e<=1}", "(foo){e<=1} foo{e<=1}", ["foo{e<=1}"]),
        ("a(?i)b", "aB AB", ["aB"]),
        ("a(?i)b|c", "aB C ab c", ["aB", "C", "ab", "c"]),
        ("(a(?i)b)c", "aBc aBC", ["aBc"]),
        ("(?i)a(?-i)b", "Ab AB", ["Ab"]),
        ("(?x) a b # c", "ab", ["ab"]),
        ("[[:digit:]]+", "a12", ["12"]),
        ("[[a]+", "[a", ["[a"]),
        ("[a-z&&[^b]]+", "abc", ["a", "c"]),
        ("[a-c--b]+", "abc", ["a", "c"]),
        ("[a-c~~b-d]+", "abcd", ["a", "d"]),
        ("[^a[bc]]", "abcd", ["d"]),
        ("[^a-z&&b-d]+", "abcde", ["a", "e"]),
        ("[a&&^b]", "a^", []),
        ("[[:alpha:]&&[^a-m]]+", "amz", ["z"]),
        ("(?i)[a-z&&[^b]]+", "aBC", ["a", "C"]),
        ("(?U)a+", "aa", ["a", "a"]),
        ("(?U:a+?)a", "aaa", ["aaa"]),
        ("(?R)a$", "a", ["a"]),
        (r"(?-u:\w)+", "aéb", ["a", "b"]),
        (r"(?-u)\bé", "é", []),
        (r"(?x: a \  b )c", "a bc", ["a bc"]),
        (r"(?x)[a b]+ \x{63}", "abc", ["abc"]),
        (r"(?i-s:A.)", "ab", ["ab"]),
        (r"\p{Greek}+\pN", "αβ1", ["αβ1"]),
        ("(?P<n>a)(?<m>b)", "ab", ["ab"]),
        ("a(?#note)b", "ab", ["ab"]),
        (r"\101\x41", "AA", ["AA"]),
    ],
)
def test_spelling(pattern: str, text: str, found: list[str]) -> None:
    """T2: what ripgrep's users write means here what it means there."""
    data = text.encode()
    assert [data[a:b].decode() for a, b in compile(Query((pattern,))).spans(data)] == found


def test_references_of_several_patterns() -> None:
    """T2: each pattern's groups are counted from one, whatever comes before it."""
    made = compile(Query((r"(a)\1", r"(?P<n>b)(c)\2(?P=n)", r"(d)\g<1>")))
    assert made.spans(b"aa bccb dd cc") == [(0, 2), (3, 7), (8, 10)]


def test_flags_of_several_patterns() -> None:
    """T2: an inline flag holds for its own pattern only."""
    assert compile(Query(("(?i)foo", "bar"))).spans(b"FOO BAR bar") == [(0, 3), (8, 11)]


@settings(max_examples=200, deadline=None)
@given(pattern=PATTERNS)
def test_walk_keeps_everything(pattern: str) -> None:
    """T15: tokens come in order and within the pattern, and what compiles can be measured."""
    tokens = walk(pattern)
    places = [token.at for token in tokens]
    assert places == sorted(places)
    assert all(0 <= place <= len(pattern) for place in places)
    tree = parse(tokens, fold=False)
    if tree is not None:
        assert 0 <= least(tree) <= weight(tree)
        assert steps(tree)[0] > 0


@settings(max_examples=120, deadline=None)
@given(pattern=PATTERNS, line=LINES)
def test_least_is_a_bound(pattern: str, line: bytes) -> None:
    """T2: no match is shorter than the tree says."""
    tokens = walk(pattern)
    tree = parse(tokens, fold=False)
    try:
        compiled = regex.compile(translate(Query((pattern,)), pattern), regex.V0 | regex.M)
    except regex.error:
        return
    text = line.decode("utf-8", "surrogateescape")
    if tree is not None and r"\K" not in pattern:
        assert all(m.end() - m.start() >= least(tree) for m in compiled.finditer(text, timeout=1))
