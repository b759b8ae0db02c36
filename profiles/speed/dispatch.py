"""Dispatch (W4): 200 tasks, each begun in a process of its own in less than 100 ms at the 95th percentile; exit 1 when not.

    python -m profiles.speed.dispatch [TASKS]

Measured by the worker, from when the supervisor takes a task until its context is loaded and it begins, and by the
caller, from `submit` to `result`. One after the other, where a place is always free, and all at once, where that is so only for the first.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import Final

from streamtools.database import Database
from streamtools.workers.supervisor import Supervisor

_TASKS: Final = 200
_LIMIT_MS: Final = 100.0
_CALL: Final = "profiles.speed.dispatch:nothing"


def nothing() -> str:
    """A task that takes no time."""
    return "done"


def main(arguments: Sequence[str]) -> int:
    """Measure, print a line each, and return the exit code."""
    tasks = int(arguments[0]) if arguments else _TASKS
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "state.db")
        with Supervisor(path, max_workers=2) as supervisor:
            begun = time.perf_counter()
            supervisor.result(supervisor.submit(_CALL))
            print(f"     the first task, which waits for the template too: {(time.perf_counter() - begun) * 1000:.0f} ms")
            asked = []
            for _ in range(tasks):
                begun = time.perf_counter()
                supervisor.result(supervisor.submit(_CALL))
                asked.append((time.perf_counter() - begun) * 1000)
            numbers = [supervisor.submit(_CALL) for _ in range(tasks)]
            for number in numbers:
                assert supervisor.result(number).text == "done"
        with Database(path) as database:
            rows = database.rows("SELECT dispatch_ms FROM worker_sessions WHERE status = 'done' ORDER BY id LIMIT -1 OFFSET 1")
    took = [float(row[0]) for row in rows]
    assert len(took) == 2 * tasks
    for name, values in (("one after the other", took[:tasks]), ("all at once", took[tasks:])):
        worst = max(worst, _part(values, 95))
        print(f"     {name}: dispatch median {_part(values, 50):.1f} ms, p95 {_part(values, 95):.1f}, longest {max(values):.1f}")
    print(f"     from submit to result, nothing to do: median {_part(asked, 50):.1f} ms, p95 {_part(asked, 95):.1f}")
    print(f"{'FAIL' if worst >= _LIMIT_MS else 'ok  '} dispatch of {2 * tasks} tasks: p95 {worst:.1f} ms, limit {_LIMIT_MS:.0f}")
    return int(worst >= _LIMIT_MS)


def _part(values: Sequence[float], percent: int) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) * percent // 100, len(ordered) - 1)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
