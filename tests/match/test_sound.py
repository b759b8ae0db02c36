"""What is compiled only when a line needs it: nothing that `regex` could refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st

from streamtools.errors import BadPattern
from streamtools.match import charsets
from streamtools.match.exact import Matcher, compile
from streamtools.match.pattern import Query
from streamtools.match.plan import Plan, plan
from streamtools.match.syntax import Set
from tests.match.strategies import PATTERNS

if TYPE_CHECKING:
    from streamtools.match.exact import Engine

#: Bits that make sound and faulty patterns in about equal parts.
_BITS = st.lists(
    st.sampled_from(
        [
            *"ab(|)[]{}^$.*+?-\\,123:=!<>i&~xU \n",
            "(?:",
            "(?i:",
            "(?i)",
            "(?-i:",
            "(?x)",
            "(?U)",
            "(?R)",
            "(?",
            "[^",
            "[a",
            "-z",
            "z-a",
            "]]",
            "{2}",
            "{3,2}",
            "{,2}",
            "{2,}",
            "{ 2 }",
            "{1001}",
            r"\d",
            r"\w",
            r"\s",
            r"\b",
            r"\B",
            r"\x41",
            r"\x{d800}",
            r"\x",
            r"\Q",
            r"\E",
            r"\p{L}",
            r"\1",
            r"\N",
            "é",
            "ſ",
        ]
    ),
    max_size=12,
).map("".join)
_SETS = st.lists(
    st.sampled_from(
        [*"ab-^]&~|[ #kKsSiI0", r"\\", r"\d", r"\D", r"\s", r"\S", r"\w", r"\W", r"\t", r"\-", r"\]", r"\x20", "é", "a-z", "z-a", "+--"]
    )
).map(lambda parts: f"[{''.join(parts)}]")
_FLAGS = st.fixed_dictionaries(
    {
        "syntax": st.sampled_from(["wide", "rust", "pcre"]),
        **{name: st.booleans() for name in ("fixed", "ignore_case", "word", "line", "multiline", "crlf", "unicode", "null_data", "valid")},
    }
)


def planned(query: Query) -> Plan | None:
    """The plan of a query, None for one that is refused without asking `regex`."""
    try:
        return plan(query)
    except BadPattern:
        return None


def test_the_usual_patterns_wait() -> None:
    """The issue: the import of `regex` is not paid before a line needs it."""
    for pattern in (
        r"worker-6[0-3]\].*id=0070000\d\d",
        "connection reset|broken pipe|no route",
        "[a-z]+ing id=",
        "w.ord",
        r"[\w.-]+@\w+\.(com|org)",
        r"^\s*def \w+\(",
        "(?i)warn(ing)?s?: .{2,10}?",
    ):
        assert plan(Query((pattern,))).sound, pattern
        assert plan(Query((pattern, "x+"), ignore_case=True, word=True)).sound, pattern
    assert plan(Query(("error",), ignore_case=True, word=True)).sound


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?=a)b",
        r"(a)\1",
        "(?P<n>a)",
        "(?>a)",
        "a++",
        r"\p{Lu}",
        "[[:alpha:]&&[^a]]",
        r"\X",
        r"a\Kb",
        "a{1001}",
        "(?s:a)",
        r"\x{d800}",
        "a(?1)",
        r"\<a",
    ],
)
def test_the_unusual_ones_do_not(pattern: str) -> None:
    """T15: whatever may be refused is compiled at once."""
    made = planned(Query((pattern,)))
    assert made is not None
    assert not made.sound


def test_large_and_deep_patterns_do_not_wait() -> None:
    """T15: where `regex` may come to a limit of its own it is asked at once."""
    for pattern in ("(" * 21 + "a." + ")" * 21, "a." * 501, "(?:(?:a.){30}){30}", "|".join(["a.b"] * 300)):
        assert not plan(Query((pattern,))).sound
    assert not plan(Query(tuple(f"word{number}" for number in range(300)), word=True)).sound


@settings(max_examples=600, deadline=None)
@given(patterns=st.lists(st.one_of(PATTERNS, _BITS, _SETS), min_size=1, max_size=3).map(tuple), flags=_FLAGS)
def test_what_waits_compiles(patterns: tuple[str, ...], flags: dict[str, Any]) -> None:
    """T15: a pattern whose compiling is put off is none that `regex` refuses, so that a bad one is told of at once."""
    made = planned(Query(patterns, **flags))
    if made is not None and made.sound and not made.literals:
        matcher = Matcher(made, 1.0, "regex")
        assert matcher._made is None
        matcher.spans(b"ab", 0)
        matcher.spans("ab\u017f".encode() + b"\xff", 0)


@pytest.mark.parametrize("engine", ["auto", "regex", "hyperscan"])
@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        *[(pattern, "") for pattern in (r"[^\d\D]", r"[^\p{L}\P{L}]", r"[^\pL\PL]", "[^[:alpha:][:^alpha:]]", r"[^^\s\S]")],
        *[(r"[^\D\S]", ""), (r"[^\D5]", "1"), (r"[^^\D5]", "1"), (r"[^\d\P{L}]", "ab"), (r"[a[^\d\D]]", "a"), (r"[\d\D]", "a1^b ")],
    ],
)
def test_a_set_knows_its_complement(pattern: str, wanted: str, engine: Engine) -> None:
    """T10: what holds a class and its complement is every character, and none when negated, where `regex` alone says every one."""
    if engine == "hyperscan":
        pytest.importorskip("hyperscan")
    matcher = compile(Query((pattern,)), engine=engine)
    assert "".join(char for char in "a1^b " if matcher.matches(char.encode())) == wanted
    finder = matcher.finder
    assert finder is None or all(finder.any(char.encode(), 0, 1) for char in wanted)


@settings(max_examples=300, deadline=None)
@given(pattern=_SETS, fold=st.booleans(), unicode=st.booleans())
@example(pattern=r"[^\d\D]", fold=False, unicode=False)
def test_sets_are_the_same_to_both_libraries(pattern: str, fold: bool, unicode: bool) -> None:
    """T10: what the standard library says of a set of ASCII is what `regex` says."""
    made = planned(Query((pattern,)))
    for text in {pattern, made.text if made is not None else pattern}:
        if charsets.known_set(text):
            assert charsets._members_for_re(Set(text, fold)) == charsets._members_for_regex(Set(text, fold), unicode)


def test_letters_alike_are_those_of_regex() -> None:
    """T10: the table of letters that match beyond ASCII without their case holds what `regex` holds."""
    for char in map(chr, range(128)):
        for unicode in (True, False):
            flags = regex.V0 | regex.IGNORECASE | (0 if unicode else regex.ASCII)
            assert charsets.alike(char, unicode) == ("".join(regex.findall(char, charsets.ALIKE, flags)) if char.isalpha() else "")


def test_a_bad_pattern_is_told_of_at_once() -> None:
    """T15: with its reason, before anything is searched."""
    for pattern in ("a(", "[b", "a[z-a]", "*a", r"\p{Nope}", "(?<=a+", "a{3,2}", "x)"):
        with pytest.raises(BadPattern):
            compile(Query((pattern,)))
