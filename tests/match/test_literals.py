"""Literals: the fast engines give what `regex` gives."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamtools.match.exact import Exhausted, compile
from streamtools.match.literals import Literals
from streamtools.match.pattern import Query

WORDS = st.lists(st.text("aabé", min_size=1, max_size=5), min_size=1, max_size=12)


@settings(max_examples=200, deadline=None)
@given(
    words=WORDS,
    text=st.text("aaabébc漢", max_size=30),
    pos=st.integers(0, 12),
    fold=st.booleans(),
    junk=st.sampled_from([b"", b"\xa9", b"\xc3"]),
)
def test_sets_as_alternatives(words: list[str], text: str, pos: int, fold: bool, junk: bytes) -> None:
    """T2: a set of literals matches as the alternation of them in order does, at every starting place."""
    query = Query(tuple(words), fixed=True, ignore_case=fold)
    data = text[:9].encode() + junk + text[9:].upper().encode() + junk
    want = compile(query, engine="regex")
    for engine in ("literals", "find", "auto"):
        made = compile(query, engine=engine)
        assert made.spans(data, pos) == want.spans(data, pos)
        assert made.matches(data, pos) == want.matches(data, pos)
    if not fold and not junk and not pos:
        reference = [(m.start(), m.end()) for m in re.finditer("|".join(words), data.decode())]
        assert [data[a:b].decode() for a, b in want.spans(data)] == [data.decode()[a:b] for a, b in reference]


def test_late_failure() -> None:
    """T2: a literal inside a longer one that fails late is found (pyahocorasick's `iter_long` misses it)."""
    words = ("b", "abbbb", "aabbcb", "a1", "a2", "a3", "a4", "a5", "a6")
    made = compile(Query(words, fixed=True))
    assert made.engine == "literals"
    assert made.spans(b"aab") == [(2, 3)]


def test_engines_chosen() -> None:
    """T2: one literal goes to `find`, many to the automaton, all else to `regex`; a dot that is escaped is a literal."""
    many = tuple(f"word{n}" for n in range(50))
    assert compile(Query(("foo",))).engine == "find"
    assert compile(Query((r"foo\.bar\(",))).engine == "find"
    assert compile(Query(many)).engine == "literals"
    assert compile(Query(("|".join(many),))).engine == "literals"
    assert compile(Query(many, ignore_case=True)).engine == "literals"
    assert compile(Query(many, word=True)).engine == "regex"
    assert compile(Query(("foo",), ignore_case=True)).engine == "regex"
    assert compile(Query(("foo.",))).engine == "regex"
    assert compile(Query(("\udcff",), fixed=True)).engine == "regex"
    assert compile(Query(("foo",)), engine="regex").engine == "regex"


def test_out_of_time() -> None:
    """T15: nested literals on a long run end by the clock."""
    made = Literals([b"a" * n for n in range(600, 0, -1)], 0.01)
    with pytest.raises(Exhausted) as caught:
        made.spans(b"a" * 60_000, 0, True, True)
    assert caught.value.what == "time"
