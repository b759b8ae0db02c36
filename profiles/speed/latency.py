"""How long an event loop waits for 64 calls at once, and a small read beside them; how soon a cancelled call ends.

    python -m profiles.speed.latency

Run by the benchmark as a process of its own. It prints one line a measure and exits 1 when one is over its limit, 2 when
the answers are not those of calls one after the other.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Final

from profiles.speed.inputs import path_of
from streamtools.limits import DEFAULT
from streamtools.results import ToolResult
from streamtools.toolset import Toolset

#: Seconds, as promised: a turn of the loop, a small read (95 of 100), from a cancel until the thread is free.
_LOOP: Final = 0.05
_READ: Final = 0.05
_CANCEL: Final = 0.1
_CALLS: Final = 64
_CANCELS: Final = 20
_TICK: Final = 0.002
#: Seconds for which the machine's own turns are measured: on one that others use too they can be longer than the promise.
_IDLE: Final = 15.0
#: What the 64 calls may take beyond what the process took before, each.
_BUDGET: Final = 2 * DEFAULT.window + 4 * DEFAULT.segment + 3 * DEFAULT.bytes

_GREPS: Final = ("quartz-77[0-9]1", "connection reset|broken pipe", "id=00700000[0-9]3", "(?i)nosuchword")


def _calls(log: str, tree: str) -> list[tuple[str, dict[str, object]]]:
    """Half of them in the big file, the others in the tree; a quarter reads."""
    calls: list[tuple[str, dict[str, object]]] = []
    for number in range(_CALLS // 4):
        calls += [
            ("grep", {"pattern": _GREPS[number % len(_GREPS)], "path": log, "head_limit": 20 + number}),
            ("grep", {"pattern": "needle", "path": tree, "head_limit": 20 + number}),
            ("glob", {"pattern": f"*{number}.h", "path": tree}),
            ("read", {"path": log, "offset": 400_000 * number + 1, "limit": 100}),
        ]
    return calls


def _lasting(result: ToolResult) -> list[str]:
    """The lines that don't depend on what came before, nor on how far helpers walked ahead of a search that stopped early."""
    return [line for line in result.text.splitlines() if not (line.startswith("[shown so far: ") or " not searched: " in line)]


async def _ticking(done: asyncio.Event) -> float:
    """Return the longest turn of the loop until then."""
    longest = 0.0
    while not done.is_set():
        begun = time.perf_counter()
        await asyncio.sleep(_TICK)
        longest = max(longest, time.perf_counter() - begun - _TICK)
    return longest


async def _idle() -> float:
    """Return the longest turn of a loop that has nothing to do, beside as many busy processes as there are processors."""
    done = asyncio.Event()
    busy = [await asyncio.create_subprocess_exec(sys.executable, "-c", "while True: pass") for _ in range(os.cpu_count() or 1)]
    try:
        asyncio.get_running_loop().call_later(_IDLE, done.set)
        return await _ticking(done)
    finally:
        for process in busy:
            process.kill()
            await process.wait()


async def _together(tools: Toolset, calls: list[tuple[str, dict[str, object]]], small: str) -> tuple[list[ToolResult], float, list[float]]:
    """Return the results, the longest turn of the loop, and the times of small reads, one after the other while the calls run."""
    done = asyncio.Event()

    async def reading() -> list[float]:
        times: list[float] = []
        while not done.is_set():
            begun = time.perf_counter()
            await tools.acall("read", {"path": small, "limit": 1 + len(times) % 2000})
            times.append(time.perf_counter() - begun)
            await asyncio.sleep(_TICK)
        return times

    ticks, reads = asyncio.create_task(_ticking(done)), asyncio.create_task(reading())
    results = await asyncio.gather(*(tools.acall(name, given) for name, given in calls))
    done.set()
    return list(results), await ticks, await reads


async def _cancelled(tools: Toolset, log: str) -> list[float]:
    """Return the seconds from each cancel until the call's thread had ended it."""
    ended = threading.Event()
    inner: Callable[..., ToolResult] = tools._call  # noqa: SLF001 - what is measured is inside

    def watched(*arguments: object) -> ToolResult:
        try:
            return inner(*arguments)
        finally:
            ended.set()

    tools._call = watched  # type: ignore[assignment,method-assign]  # noqa: SLF001
    times = []
    for number in range(_CANCELS):
        ended.clear()
        call: Awaitable[ToolResult] = tools.acall("grep", {"pattern": f"nosuch{number}.*word$", "path": log})
        task = asyncio.ensure_future(call)
        await asyncio.sleep(0.01 + 0.005 * number)
        begun = time.perf_counter()
        task.cancel()
        await asyncio.wait([task])
        await asyncio.to_thread(ended.wait, 10)
        times.append(time.perf_counter() - begun)
    return times


def _peak() -> int:
    """Peak resident memory of this process in bytes."""
    with open("/proc/self/status", encoding="ascii") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))


def main() -> int:
    """Measure all; see the module."""
    log, tree = path_of("log-1024"), path_of("tree")
    small = os.path.abspath(__file__)
    calls = _calls(log, tree)
    folders = [os.path.dirname(log), tree, os.path.dirname(small)]
    with Toolset(folders, deadline=None) as alone:
        serial = [_lasting(alone.call(name, given)) for name, given in calls]
    idle = asyncio.run(_idle())
    with Toolset(folders, deadline=None) as tools:
        before = _peak()
        begun = time.perf_counter()
        results, longest, reads = asyncio.run(_together(tools, calls, small))
        seconds, grown = time.perf_counter() - begun, _peak() - before
        cancels = asyncio.run(_cancelled(tools, log))
    if serial != list(map(_lasting, results)):
        print("latency: the parallel answers are not those of serial calls", file=sys.stderr)
        return 2
    p95 = statistics.quantiles(reads, n=20)[-1] if len(reads) > 1 else reads[0]
    measures = (
        (f"longest turn of the loop (a loop that has nothing to do: {idle * 1000:.1f} ms)", longest, max(_LOOP, idle)),
        (f"small read beside {_CALLS} calls, p95 of {len(reads)}", p95, _READ),
        (f"cancelled search of 1 GiB, slowest of {_CANCELS}", max(cancels), _CANCEL),
    )
    print(f"{_CALLS} calls at once: {seconds:.1f} s, memory grew by {grown / 2**20:.1f} MB of {_CALLS * _BUDGET / 2**20:.0f}")
    bad = grown > _CALLS * _BUDGET
    for name, measured, limit in measures:
        bad = bad or measured > limit
        print(f"{'FAIL ' if measured > limit else ''}{name}: {measured * 1000:.1f} ms (at most {limit * 1000:.0f})")
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
