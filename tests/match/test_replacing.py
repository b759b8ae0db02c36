"""Matches replaced by templates."""

from __future__ import annotations

from typing import Any

import pytest

from streamtools.match.exact import compile
from streamtools.match.pattern import Query
from streamtools.match.replacing import Replacement


def replaced(pattern: str, template: str, text: str, **more: Any) -> str:  # noqa: ANN401 (the flags of a query)
    """Replace every match that the search finds."""
    query = Query((pattern,), **more)
    data = text.encode()
    return Replacement(query, template.encode(), 1).of(data, compile(query).spans(data)).data.decode()


@pytest.mark.parametrize(
    ("template", "want"),
    [
        ("X", "X and X"),
        ("", " and "),
        ("$0$0", "foo-1foo-1 and bar-2bar-2"),
        ("$2/$1", "1/foo and 2/bar"),
        ("${1}x$word", "fooxfoo and barxbar"),
        ("$1x|", "| and |"),
        ("$$1", "$1 and $1"),
        ("$9$nosuch.", ". and ."),
        ("$ ${ 1} ${1", "$ ${ 1} ${1 and $ ${ 1} ${1"),
        ("ß$1", "ßfoo and ßbar"),
    ],
)
def test_templates(template: str, want: str) -> None:
    """P1: groups by number and name, the longest name, braces, dollars, groups that are not there."""
    assert replaced(r"(?P<word>\w+)-(\d)", template, "foo-1 and bar-2") == want


def test_places_are_bytes_of_the_new_text() -> None:
    """P1: what stands for each match, and where, also behind characters of several bytes."""
    query = Query(("(ö)|b",))
    found = Replacement(query, b"<$1>", 1).of("aöbé".encode(), [(1, 3), (3, 4)])
    assert found.data == "a<ö><>é".encode()
    assert found.spans == ((1, 5), (5, 7))
    assert found.texts == ("<ö>".encode(), b"<>")


def test_only_the_matches_that_were_found() -> None:
    """P1: a part of a line has no other matches than the search told, even where it would match again."""
    assert Replacement(Query(("a",)), b"x", 1).of(b"aaa", [(1, 2)]).data == b"axa"


def test_a_match_that_needs_more_text_has_no_groups() -> None:
    """T5: a match at the end of a shown part, found with what comes behind it, is replaced without its groups."""
    assert Replacement(Query(("(a)(?=b)",)), b"[$0$1]", 1).of(b"xa", [(1, 2)]).data == b"x[a]"


def test_a_slow_pattern_ends() -> None:
    """T15: a template never waits longer than the search itself may."""
    found = Replacement(Query((r"(?:a|a)*c|(a)",)), b"$1", 0.05).of(b"a" * 40, [(0, 1)])
    assert found.data.endswith(b"a" * 39)


def test_words_and_case() -> None:
    """P1: -w and -i hold for groups too."""
    assert replaced("(foo)", "<$1>", "Foo food foo", word=True, ignore_case=True) == "<Foo> food <foo>"
