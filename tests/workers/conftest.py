"""Supervisors that are closed with their test, and a way to wait for what is to come."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from streamtools.workers.supervisor import Supervisor


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Callable[..., Supervisor]]:
    """Open a supervisor on the test's state file."""
    with ExitStack() as held:

        def made(**options: Any) -> Supervisor:  # noqa: ANN401 - a supervisor's own options
            return held.enter_context(Supervisor(str(tmp_path / "state.db"), **{"max_workers": 2} | options))

        yield made


def until(condition: Callable[[], Any], seconds: float = 30.0) -> Any:  # noqa: ANN401 - what the condition gives
    """Return what the condition gives as soon as that is true; fail when it takes too long."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)
    return found
