"""The finders propose every line that matches, and those that say they are exact no other."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from streamtools.errors import BadPattern
from streamtools.match.exact import Engine, Matcher, compile
from streamtools.match.pattern import Query
from tests.match.strategies import PATTERNS, WINDOWS

ENGINES: tuple[Engine, ...] = ("hyperscan", "regex", "literals", "find")
FLAGS = st.fixed_dictionaries({}, optional=dict.fromkeys(("ignore_case", "smart_case", "word", "line", "unicode"), st.booleans()))


def cut(window: bytes, start: int = 0) -> list[tuple[int, int, bytes]]:
    """Begin, end and text without its ending of every line."""
    found = []
    for line in window[start:].split(b"\n"):
        stop = min(start + len(line) + 1, len(window))
        text = line.removesuffix(b"\r") if stop > start + len(line) else line
        if stop > start:
            found.append((start, stop, text))
        start = stop
    return found


def matcher(query: Query, engine: Engine) -> Matcher:
    """A matcher, or none of hypothesis' business."""
    try:
        return compile(query, engine=engine)
    except BadPattern:
        assume(False)
        raise


def check(made: Matcher, window: bytes) -> None:
    """Hold a finder to its contract on one window."""
    finder = made.finder
    if finder is None:
        return
    ranges = list(finder.lines(window, 0, len(window)))
    assert all(a < b for a, b in ranges)
    assert all(b < c for (_, b), (c, _) in pairwise(ranges)), "apart"
    lines = cut(window)
    assert {a for a, _ in ranges} <= {start for start, _, _ in lines}
    assert {b for _, b in ranges} <= {stop for _, stop, _ in lines}
    proposed = [line for line in lines if any(a <= line[0] < b for a, b in ranges)]
    matching = [line for line in lines if made.matches(line[2])]
    assert [line for line in matching if line not in proposed] == [], "too seldom"
    assert finder.any(window, 0, len(window)) or not matching
    for start, stop, _ in matching:
        assert finder.any(window, start, stop)
    if made.exact:
        assert proposed == matching
        assert finder.count(window, 0, len(window)) == len(matching)
        assert finder.any(window, 0, len(window)) == bool(matching)


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=400, deadline=None)
@given(patterns=st.lists(PATTERNS, min_size=1, max_size=3), flags=FLAGS, window=WINDOWS)
def test_never_too_seldom(engine: Engine, patterns: list[str], flags: dict[str, bool], window: bytes) -> None:
    """T2: whatever the pattern and the bytes, each line that matches is proposed; an exact finder proposes no other."""
    check(matcher(Query(tuple(patterns), **flags), engine), window)
