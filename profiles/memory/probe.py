"""The child of the gate: warm up once, then measure one workload at one size with one meter.

    python -m profiles.memory.probe '{"registry": ..., "name": ..., "meter": "heap", "size": 32, ...}'

prints one line of JSON: the answer, and the peak in bytes, of the heap or of resident memory. The two meters never
share a process: the tracker's own bookkeeping is resident memory.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

from profiles.memory.workload import Answer, Job, Meter, load
from streamtools import Deadline

_KIB: Final = 1024
#: How often a streaming workload's deadline asks its clock until the meter starts: when it is made, at the first window, at the second.
_TICKS: Final = 3
_FAR: Final = 1e9


@dataclass(frozen=True, slots=True)
class Task:
    """What a probe is to measure; ``warm`` is the job of the workload's smallest size, ``capture`` memray's file (heap only)."""

    registry: str
    name: str
    meter: Meter
    size: int
    path: str
    warm_size: int
    warm_path: str
    capture: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a probe found."""

    answer: Answer
    peak: int


class Late(RuntimeError):
    """A streaming workload ended before its meter started: too small, or its deadline is asked no more."""


def measure(task: Task) -> Measured:
    """Run the workload twice, the second time with the meter. Raises `Late`."""
    row = load(task.registry)[task.name]
    warm = Job(task.warm_path, task.warm_size, Deadline() if row.streaming else None)
    row.run(warm)
    gc.collect()
    if task.meter == "rss":
        _reset_resident()
        return Measured(row.run(Job(task.path, task.size, warm.deadline)), _peak_resident())
    heap = _Heap(task.capture)
    deadline = Deadline(_FAR, clock=_starting(heap.start)) if row.streaming else None
    if deadline is None:
        heap.start()
    answer = row.run(Job(task.path, task.size, deadline))
    return Measured(answer, heap.peak())


def _starting(start: Callable[[], None]) -> Callable[[], float]:
    """A clock that starts the meter when it is asked for the third time."""
    ticks = 0

    def clock() -> float:
        nonlocal ticks
        ticks += 1
        if ticks == _TICKS:
            start()
        return time.monotonic()

    return clock


class _Heap:
    """The tracker of memray, which is started once; `peak` is known behind the block."""

    def __init__(self, capture: str) -> None:
        import memray

        if os.path.exists(capture):
            os.unlink(capture)
        self._capture = capture
        self._found = 0
        self._tracker = memray.Tracker(capture, trace_python_allocators=True, file_format=memray.FileFormat.AGGREGATED_ALLOCATIONS)
        self._running = contextlib.ExitStack()

    def start(self) -> None:
        """Measure from now on."""
        self._running.enter_context(self._tracker)

    def peak(self) -> int:
        """Stop, and return the peak in bytes. Raises `Late` if it never started."""
        import memray

        self._running.close()
        if not os.path.exists(self._capture):
            raise Late("the workload asked its deadline less than twice: it had no second window to measure")
        with memray.FileReader(self._capture) as reader:
            self._found = int(reader.metadata.peak_memory)
        return self._found


def _reset_resident() -> None:
    if sys.platform == "linux":
        with open("/proc/self/clear_refs", "w", encoding="ascii") as reset:
            reset.write("5")


def _peak_resident() -> int:
    """The peak of resident memory: ``VmHWM`` on Linux, never ``ru_maxrss``, which the kernel hands down from the parent there."""
    if sys.platform == "linux":
        with open("/proc/self/status", encoding="ascii") as status:
            return next(int(line.split()[1]) * _KIB for line in status if line.startswith("VmHWM:"))
    else:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> int:
    """The command line; the gate is its only caller."""
    task = Task(**json.loads(sys.argv[1]))
    found: dict[str, Any] = asdict(measure(task))
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
