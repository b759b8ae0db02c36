"""A state file and a clock for the tests of sessions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from streamtools.database import Database


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now

    def minutes(self, number: float) -> None:
        """Let time pass."""
        self.now += 60 * number


@pytest.fixture
def clock() -> Clock:
    """A clock of the test's own."""
    return Clock()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A state file of the test's own."""
    with Database(f"{tmp_path}/state.db") as found:
        yield found
