"""Lines counted by those without a match: the same number, whichever way is taken."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtools.match.complement import without
from streamtools.match.exact import compile
from streamtools.match.pattern import Query

pytest.importorskip("hyperscan")

#: Few letters, so that literals overlap themselves and each other.
NEEDLES = st.lists(st.text("ab=", min_size=1, max_size=6), min_size=1, max_size=4)
TEXTS = st.lists(st.text("ab=é\r", max_size=12), max_size=30).map(lambda lines: "\n".join(lines).encode())
_SIZE = 64 * 1024


@given(needles=NEEDLES, text=TEXTS)
def test_the_complement_matches_the_lines_without_a_literal(needles: list[str], text: bytes) -> None:
    """T10: each whole line is of one of both kinds, as plain `in` says."""
    wanted = [needle.encode() for needle in needles]
    expression = without(wanted)
    if expression is None:
        return
    lines = (
        [line for line in text.splitlines(keepends=True) if line.endswith(b"\n")] if b"\r" not in text else re.findall(rb"[^\n]*\n", text)
    )
    found = [line for line in lines if re.fullmatch(expression.encode()[1:], line)]
    assert found == [line for line in lines if not any(needle in line for needle in wanted)]


@given(needles=NEEDLES, bodies=st.lists(TEXTS, min_size=1, max_size=4))
def test_dense_windows_are_counted_right(needles: list[str], bodies: list[bytes]) -> None:
    """T10: windows in which most, few and no lines match, one after the other, with and without a line end at their end."""
    wanted = [needle.encode() for needle in needles]
    finder = compile(Query(tuple(needles), fixed=True), engine="hyperscan").finder
    assert finder is not None
    assert finder.exact
    for body in bodies:
        piece = body + b"\n"
        window = piece * (_SIZE // len(piece) + 1) + body
        number = sum(any(needle in line for needle in wanted) for line in window.split(b"\n"))
        for _ in range(2):
            assert finder.count(window, 0, len(window)) == number


def test_the_other_way_is_taken_and_left_again() -> None:
    """The first window tells that most lines match, the next ones are counted by the rest, until a window tells otherwise."""
    finder = compile(Query(("id=",)), engine="hyperscan").finder
    hits, misses = b"some text id=1\n" * 8000, b"some text ix=1\n" * 8000
    ways = []
    for window in (hits, hits, misses, misses, hits + b"id=", hits + b"id="):
        assert finder is not None
        assert finder.count(window, 0, len(window)) == window.count(b"id=")
        ways.append(finder._mostly)  # type: ignore[attr-defined]
    assert ways == [True, True, False, False, True, True]


def test_long_sets_have_no_complement() -> None:
    """An expression is not written for what would be too long for it, nor for what has no complement in lines."""
    assert without([b"abcdefghijklmnopqrstuvwxyz0123456789abcdef"]) is None
    assert without([b""]) is None
    assert without([b"a\nb"]) is None
