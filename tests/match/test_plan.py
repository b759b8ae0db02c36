"""From a query to a plan: what is kept of it."""

from __future__ import annotations

import pytest

from streamtools.errors import BadPattern, InvalidArgument
from streamtools.match import plan as module
from streamtools.match.pattern import Query
from streamtools.match.plan import plan


def test_few_short_queries_are_kept() -> None:
    """T6: a search that goes on finds what its query came to; that is bounded in number and in size, and faults are found again."""
    module._KEPT.clear()
    assert plan(Query((r"a+b",))) is plan(Query((r"a+b",)))
    assert plan(Query((r"a+b",))) is not plan(Query((r"a+b",), ignore_case=True))
    long = Query(("x" * 129,))
    assert plan(long) is not plan(long)
    for number in range(40):
        plan(Query((f"a+{number}",)))
        assert 0 < len(module._KEPT) <= 4
    for _ in range(2):
        with pytest.raises(BadPattern, match="line break"):
            plan(Query(("a\nb",)))
    with pytest.raises(InvalidArgument):
        plan(Query(([],)))  # type: ignore[arg-type]
