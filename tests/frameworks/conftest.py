"""What every framework is given: a small project and a toolset on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from streamtools.toolset import Toolset


@pytest.fixture
def toolset(tmp_path: Path) -> Iterator[Toolset]:
    """A project with one hit in a file of 3000 lines."""
    lines = [f"line {number}\n" for number in range(1, 3001)]
    lines[2499] = "the needle\n"
    (tmp_path / "hay.txt").write_text("".join(lines))
    with Toolset([tmp_path]) as found:
        yield found
