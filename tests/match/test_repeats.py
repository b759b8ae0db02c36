"""Repeats of repeats."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import regex

from streamtools.match.dialect import walk
from streamtools.match.exact import compile
from streamtools.match.pattern import Query

if TYPE_CHECKING:
    from streamtools.match.pattern import Syntax


@pytest.mark.parametrize(
    ("pattern", "text", "spans"),
    [
        ("a**", b"aaa", [(0, 3)]),
        ("xa{2}{3}y", b"xaaaay xaaaaaay", [(7, 15)]),
        ("(ab)+{2}", b"ababab", [(0, 6)]),
        ("(?i)a+?*b", b"AAb", [(0, 3)]),
        ("[ab]{1}{2}c", b"abc", [(0, 3)]),
        ("(?:a|b)+*?c", b"abc", [(0, 3)]),
        ("a{2}{1}{2}", b"aaaaa", [(0, 4)]),
    ],
)
def test_a_repeat_of_a_repeat(pattern: str, text: bytes, spans: list[tuple[int, int]]) -> None:
    """P1: ripgrep's syntax lets repeats be repeated."""
    assert compile(Query((pattern,))).spans(text) == spans


@pytest.mark.parametrize(("syntax", "found"), [("rust", True), ("wide", False), ("pcre", False)])
def test_a_plus_behind_a_repeat(syntax: Syntax, found: bool) -> None:
    """P1: to ripgrep's default engine ``o*+`` is a repeat of a repeat, elsewhere a repeat that gives nothing back."""
    assert compile(Query(("fo*+o",), syntax=syntax)).matches(b"foo") is found


def test_pcre_refuses_them() -> None:
    """P1: they stay a mistake there."""
    with pytest.raises(regex.error):
        regex.compile("".join(token.text for token in walk("a**", syntax="pcre")))


def test_a_line_break_matches_nothing_in_pcre() -> None:
    """P1: where lines are searched one by one."""
    assert not compile(Query((r"foo\nbar|x",), syntax="pcre")).matches(b"foobar")
    assert compile(Query((r"foo\nbar|x",), syntax="pcre")).matches(b"x")
