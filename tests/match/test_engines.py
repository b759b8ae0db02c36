"""What a match is, and that every engine agrees; T2, T15."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamtools.errors import BadPattern, InvalidArgument
from streamtools.match.exact import compile
from streamtools.match.exhausted import Exhausted
from streamtools.match.pattern import Query
from tests.match.strategies import LINES

if TYPE_CHECKING:
    from streamtools.match.exact import Engine

ENGINES: tuple[Engine, ...] = ("auto", "regex", "find", "literals", "hyperscan")
WORDS = st.text("abkKsS. é漢ß(", min_size=1, max_size=4)


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=150, deadline=None)
@given(words=st.lists(WORDS, min_size=1, max_size=12), line=LINES, fold=st.booleans(), whole=st.booleans())
def test_literals_give_the_same_spans_in_every_engine(engine: Engine, words: list[str], line: bytes, fold: bool, whole: bool) -> None:
    """T2: engine parity: a set of literals, however it is looked for, is what `regex` finds, span by span."""
    query = Query(tuple(words), fixed=True, ignore_case=fold, word=whole)
    expected = compile(query, engine="regex").spans(line)
    made = compile(query, engine=engine)
    assert made.spans(line) == expected
    assert made.matches(line) == bool(expected)


@pytest.mark.parametrize(
    ("query", "line", "spans"),
    [
        (Query(("foo",)), b"a foo foo", [(2, 5), (6, 9)]),
        (Query(("é+",)), "aéé b".encode(), [(1, 5)]),
        (Query(("STRASSE",), ignore_case=True), b"strasse", [(0, 7)]),
        (Query(("foo",), smart_case=True), b"FOO", [(0, 3)]),
        (Query(("Foo",), smart_case=True), b"FOO foo Foo", [(8, 11)]),
        (Query((r"\Sx",), smart_case=True), b"aX", [(0, 2)]),
        (Query(("foo",), word=True), b"foobar foo", [(7, 10)]),
        (Query(("foo",), line=True), b"foo bar", []),
        (Query(("foo", "foo bar"), line=True), b"foo bar", [(0, 7)]),
        (Query(("a", "ab")), b"ab", [(0, 1)]),
        (Query(("",)), b"ab", [(0, 0), (1, 1), (2, 2)]),
        (Query(()), b"ab", []),
        (Query(("a.c",), fixed=True), b"abc a.c", [(4, 7)]),
        (Query((r"\x{41}\z",)), b"A", [(0, 1)]),
        (Query(("x{e}",)), b"x{e}", [(0, 4)]),
        (Query((r"b.",)), b"ab\xff", [(1, 3)]),
    ],
)
def test_what_matches(query: Query, line: bytes, spans: list[tuple[int, int]]) -> None:
    """T2: case, words, lines, alternatives, Unicode and bytes that are none."""
    assert compile(query).spans(line) == spans


@pytest.mark.parametrize(("pattern", "kept"), [("foo", True), ("foo.*", True), ("foo$", False), (r"foo\b", False), ("foo(?!x)", False)])
def test_a_match_at_the_end_of_a_piece_counts_only_if_nothing_behind_it_matters(pattern: str, kept: bool) -> None:
    """T6: a line in pieces: what looks to the right is not decided at a piece's end."""
    made = compile(Query((pattern,)))
    assert bool(made.spans(b"a foo", last=False)) is kept
    assert made.spans(b"a foo", last=True)


def test_a_piece_does_not_begin_a_line() -> None:
    r"""T6: ^ does not match where a line was cut, and \b sees what stands before."""
    made = compile(Query(("^foo",)))
    assert made.spans(b"foo", first=False) == []
    assert made.spans(b"foo", first=True) == [(0, 3)]
    assert compile(Query((r"\bfoo",))).spans(b"xfoo", 1) == []


@pytest.mark.parametrize(
    ("pattern", "words"),
    [("(", "0"), ("a|*", "2"), ("[z-a]", "range"), ("foo(", "fixed_strings"), ("a\nb", "multiline")],
)
def test_bad_patterns_say_where_and_what_to_try(pattern: str, words: str) -> None:
    """T15: one sentence, with the character at fault or the way out."""
    with pytest.raises(BadPattern) as caught:
        compile(Query((pattern,)))
    assert "\n" not in str(caught.value)
    assert words in str(caught.value)


def test_an_unknown_engine_is_refused() -> None:
    """T15: the engines are named."""
    with pytest.raises(InvalidArgument, match="hyperscan"):
        compile(Query(("a",)), engine="magic")  # type: ignore[arg-type]


def test_catastrophe_ends() -> None:
    """T13, T15: a pattern that backtracks without end gives up in its time."""
    made = compile(Query(("(a|a)*$",)), seconds=0.05)
    with pytest.raises(Exhausted):
        made.spans(b"a" * 5000 + b"b")
