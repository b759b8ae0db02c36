"""Which patterns can match across lines."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from streamtools.match.crossing import crosses
from streamtools.match.pattern import Query
from streamtools.match.plan import plan


@pytest.mark.parametrize(
    "pattern", [r"a\nb", r"\s", r"[^a]", r"(?s)a.b", r"(?s:.)", r"\D", r"[[:space:]]", r"a\x0ab", r"\Afoo", "^a", "a$", r"\X"]
)
def test_across(pattern: str) -> None:
    """P1: what may hold a line end, or looks at where a line begins or ends."""
    assert crosses(Query((pattern,)))


@pytest.mark.parametrize("pattern", ["foo", "a.b", "(?s)ab", r"\w+", r"\bfoo\b", "a|b", "", "[a-z]+", r"\S"])
def test_within(pattern: str) -> None:
    """P1: what ripgrep searches line by line, whatever --multiline says."""
    assert not crosses(Query((pattern,)))


def test_the_query_counts() -> None:
    """P1: dots that match line ends, whole lines, and literals."""
    assert crosses(Query(("a.b",), dotall=True))
    assert crosses(Query(("a",), line=True))
    assert not crosses(Query((r"a\nb",), fixed=True))
    assert crosses(Query(("a\nb",), fixed=True))
    assert crosses(Query(("a", r"\n")))


_PIECES = st.sampled_from(["a", ".", r"\s", r"\S", r"\n", "[^b]", "[ab]", "(?:b|c)", "b*", r"\w+", r"\W", "(?s:.)", r"\t", "c?"])


@given(st.lists(_PIECES, min_size=1, max_size=5).map("".join), st.text("abc \n\t", max_size=8))
def test_in_doubt_true(pattern: str, text: str) -> None:
    """P1: where no match crosses, every match lies in one line."""
    query = Query((pattern,), multiline=True)
    if not crosses(query):
        assert all("\n" not in found[0] for found in regex.finditer(plan(query).text, text))
