"""Workloads of the supervisor: what it holds must not grow with the number of tasks. The workers are processes of their own."""

from __future__ import annotations

import os
import tempfile
from typing import Final

from profiles.memory.workload import Job, Workload
from streamtools.limits import MIB
from streamtools.workers.supervisor import Supervisor

#: SQLite's page cache, and the modules of a supervisor's first steps.
_BUDGET: Final = 2 * MIB + MIB
#: Rows stay on disk, and fill SQLite's page cache up to `_BUDGET`: a task's, its worker's and its result's.
_CACHED: Final = 700
_AHEAD: Final = 10


def small(number: int) -> str:
    """A task with a result of 1 KB."""
    return f"{number:05} of a small result\n" * 40


def _collected(job: Job) -> int:
    """Submit and collect, ten ahead; returns the lines of all results."""
    found = 0
    with tempfile.TemporaryDirectory() as folder, Supervisor(os.path.join(folder, "state.db"), max_workers=2) as supervisor:
        numbers: list[int] = []
        for number in range(job.size + _AHEAD):
            if number < job.size:
                numbers.append(supervisor.submit("profiles.memory.worker_workloads:small", {"number": number}))
            if number >= _AHEAD:
                found += supervisor.result(numbers.pop(0)).text.count("\n")
    return found


_TASKS: Final = (20, 60, 200)

WORKERS: Final = (
    Workload(
        "workers-results",
        "calls",
        _TASKS,
        lambda _: "",
        _collected,
        tuple(40 * tasks for tasks in _TASKS),
        _BUDGET,
        grows=_CACHED,
        threads=True,
    ),
)
