"""State files that are closed with their test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from streamtools.database import Database


@pytest.fixture
def opened() -> Iterator[Callable[[object], Database]]:
    """Open the state file in a folder, as often as a test likes."""
    with ExitStack() as files:
        yield lambda folder: files.enter_context(Database(f"{folder}/state.db"))
