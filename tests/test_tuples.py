"""Named tuples that are quick to make are those of `typing`."""

from __future__ import annotations

import pickle
import re
import typing
from pathlib import Path

import streamtools
from streamtools.tuples import NamedTuple


class Ours(NamedTuple):
    """A pair."""

    first: int
    second: str = "x"

    @property
    def both(self) -> str:
        """Both."""
        return f"{self.first}{self.second}"

    @classmethod
    def of(cls, first: int) -> Ours:
        """One with a default."""
        return cls(first)

    def __str__(self) -> str:
        return self.both


class Theirs(typing.NamedTuple):
    """A pair."""

    first: int
    second: str = "x"


class Below(Ours):
    """A class below one."""

    __slots__ = ()


def test_they_are_what_typing_makes() -> None:
    """The issue: a start makes 35 of them; what they are and can do is the same."""
    for name in ("__doc__", "__slots__", "__match_args__", "_fields", "_field_defaults", "__module__"):
        assert getattr(Ours, name) == getattr(Theirs, name), name
    assert typing.get_type_hints(Ours) == typing.get_type_hints(Theirs) == {"first": int, "second": str}
    assert Ours.__qualname__ == "Ours"
    one = Ours(1)
    assert tuple(one) == tuple(Theirs(1)) == (1, "x") == one == Ours.of(1)
    assert repr(one) == "Ours(first=1, second='x')"
    assert str(one) == one.both == "1x"
    assert one._replace(first=2)._asdict() == {"first": 2, "second": "x"}
    assert type(pickle.loads(pickle.dumps(one))) is Ours
    assert isinstance(Below(1)._replace(second="y"), Below)
    match one:
        case Ours(first, second):
            assert (first, second) == (1, "x")


def test_all_of_the_package_are_made_so() -> None:
    """The issue: none is made the slow way again."""
    root = Path(streamtools.__file__).parent
    slow = re.compile(r"^from typing import .*\bNamedTuple\b", re.MULTILINE)
    assert [path.name for path in root.rglob("*.py") if slow.search(path.read_text())] == []
