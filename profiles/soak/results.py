"""W4: 300 tasks with results of 10 MB leave their supervisor below 500 MB, and flat; exit 1 when not.

    python -m profiles.soak.results [TASKS]

Each result is capped into SQLite and the rest of it spilled under a quota of 256 MiB. 5000 tasks are eight hours' worth. Linux only.
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import Final

from streamtools.children.limiting import memory_of
from streamtools.history.shelf import SpillLimits
from streamtools.limits import DEFAULT, MIB
from streamtools.workers.supervisor import Supervisor

_TASKS: Final = 300
_MOST: Final = 500_000_000
#: Bytes a task that 5000 of them may add: 50 MB in all would be noise of a long run beside the 500.
_SLOPE: Final = 10_000.0
_QUOTA: Final = 256 * MIB
_AHEAD: Final = 10


def main(arguments: Sequence[str]) -> int:
    """Run it, print what the supervisor took, and return the exit code."""
    tasks = int(arguments[0]) if arguments else _TASKS
    taken: list[int] = []
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        spill = SpillLimits(session_bytes=_QUOTA, total_bytes=_QUOTA)
        with Supervisor(os.path.join(folder, "state.db"), max_workers=2, spill=spill) as supervisor:
            supervisor.result(supervisor.submit("profiles.soak.tasks:large", {"number": 0}))
            gc.collect()
            start = _resident()
            numbers = [supervisor.submit("profiles.soak.tasks:large", {"number": number}) for number in range(min(tasks, _AHEAD))]
            for done in range(tasks):
                result = supervisor.result(numbers[done % _AHEAD])
                assert result.status == "done", result
                assert result.data["bytes"] >= 10_000_000
                assert len(result.text.encode()) <= DEFAULT.bytes
                if done + _AHEAD < tasks:
                    numbers[done % _AHEAD] = supervisor.submit("profiles.soak.tasks:large", {"number": done + _AHEAD})
                taken.append(_resident())
        kept = sum(os.path.getsize(os.path.join(top, name)) for top, _, names in os.walk(os.path.join(folder, "spill")) for name in names)
    grows = slope(taken[len(taken) // 4 :])
    bad = max(taken) >= _MOST or grows > _SLOPE or kept > _QUOTA
    told = f"{tasks:,} tasks with results of 10 MB in {time.monotonic() - begun:.0f} s"
    print(f"{'FAIL' if bad else 'ok  '} {told}, {kept / 1e6:.0f} MB of them kept (quota {_QUOTA / 1e6:.0f})")
    print(f"     the supervisor takes {start / 1e6:.1f} MB at the start, at most {max(taken) / 1e6:.1f} (limit {_MOST / 1e6:.0f}),")
    print(f"     {taken[-1] / 1e6:.1f} at the end, {grows / 1e3:+.2f} KB more with each task (limit {_SLOPE / 1e3:g})")
    return int(bad)


def slope(values: Sequence[float]) -> float:
    """Return by how much each value is larger than the one before it, by least squares."""
    count = len(values)
    middle, mean = (count - 1) / 2, sum(values) / max(count, 1)
    spread = sum((at - middle) ** 2 for at in range(count))
    return sum((at - middle) * (value - mean) for at, value in enumerate(values)) / spread if spread else 0.0


def _resident() -> int:
    memory = memory_of()
    assert memory is not None, "Linux only"
    return memory.resident


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
