"""Workloads of the bounded history for the memory gate: what each holds must not grow with ``calls``.

Each function takes a folder for its files and a number of calls, does the work, and returns what can be checked: a number
that only right work gives. Sizes to run: 100, 1000 and 10,000 calls. What the work may hold at its end and at its peak, beyond the
interpreter and what it imports, is `BUDGETS`, in bytes; between 1000 and 10,000 calls the peak may grow by `FLAT` at
most (at 100 SQLite's page cache of 2 MiB is not full yet).

``ten_megabytes`` is E3: 1000 calls of 10 MB leave memory flat within 20 MB; ``calls=100`` in CI, 1000 in the soak.

Run by hand: ``python profiles/memory/history_workloads.py NAME CALLS`` prints the result, the growth of ``VmHWM`` and of RSS in MiB.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import tempfile
from collections.abc import AsyncGenerator, Callable
from typing import Any, Final

from streamtools.database import Database
from streamtools.history.bounds import HistoryLimits
from streamtools.history.events import bounded_events
from streamtools.history.history import BoundedHistory
from streamtools.history.spill import SpillLimits, SpillStore
from streamtools.history.tiers import TieredMemory
from streamtools.history.turns import Call
from streamtools.limits import MIB

FLAT: Final = 2 * MIB


def plain_calls(folder: str, calls: int) -> int:
    """A history with clearing and trimming, without an archive: a result of 2 KB a call; returns the messages ever seen."""
    history = BoundedHistory("s1", store=_store(folder))
    history.add_user("go")
    for number in range(calls):
        history.add_assistant("next", [Call(f"c{number}", "shell", b'{"cmd":"make"}')])
        history.add_result(f"c{number}", f"line {number} of an output\n" * 80)
    stats = history.stats()
    return stats.messages + stats.dropped


def observer_calls(folder: str, calls: int) -> int:
    """An observer's history of 50 messages, exported at every call, as an agent loop does; returns the messages ever seen."""
    history = BoundedHistory("s1", store=_store(folder), limits=HistoryLimits(messages=50))
    history.add_user("go")
    for number in range(calls):
        history.add_assistant("next", [Call(f"c{number}", "shell", b"{}")])
        history.add_result(f"c{number}", "ok\n" * 20)
        assert len(history.messages("anthropic")) <= 102
    stats = history.stats()
    return stats.messages + stats.dropped


def tiered_calls(folder: str, calls: int) -> int:
    """Tiers: summaries and passages go to SQLite; returns how many of ten early facts are shown or recalled."""
    database = Database(os.path.join(folder, "state.db"))
    memory = TieredMemory("s1", database=database, store=_store(folder))
    memory.history.add_user("go")
    for number in range(calls):
        memory.history.add_assistant("next", [Call(f"c{number}", "shell", b"{}")])
        memory.history.add_result(f"c{number}", f"fact{number} is {number * 7}\n" * 60)
        assert memory.tokens() <= 80_000
    shown = json.dumps(memory.messages("openai"))
    found = 0
    for number in range(10):
        fact = f"fact{number} is {number * 7}\n"
        found += json.dumps(fact)[1:-1] in shown or any(fact in passage.text for passage in memory.recall(f"fact{number}"))
    return found


def spilled_calls(folder: str, calls: int) -> int:
    """Foreign outputs of 200 KB, each spilled while it is produced; returns the bytes that were produced."""
    return _spill(folder, calls, 200_000)


def ten_megabytes(folder: str, calls: int) -> int:
    """E3: foreign outputs of 10 MB, each spilled while it is produced; returns the bytes that were produced."""
    return _spill(folder, calls, 10_000_000)


def event_calls(folder: str, calls: int) -> int:
    """Events with outputs of 1 MB each, read slowly; returns how many were seen."""
    del folder
    output = "x" * MIB

    async def source() -> AsyncGenerator[dict[str, Any], None]:
        for number in range(calls):
            yield json.loads(json.dumps({"session": "s1", "number": number, "state": {"output": output, "title": "t" * 2000}}))
            await asyncio.sleep(0)

    async def run() -> int:
        async with bounded_events(source(), session="s1", flush_seconds=0.001) as events:
            async for _ in events:
                pass
            return events.stats().seen

    return asyncio.run(run())


WORKLOADS: Final[dict[str, Callable[[str, int], int]]] = {
    "history-plain-calls": plain_calls,
    "history-observer-calls": observer_calls,
    "history-tiered-calls": tiered_calls,
    "history-spilled-calls": spilled_calls,
    "history-ten-megabytes": ten_megabytes,
    "history-event-calls": event_calls,
}
#: What each must return for a number of calls.
EXPECTED: Final[dict[str, Callable[[int], int]]] = {
    "history-plain-calls": lambda calls: 2 * calls + 1,
    "history-observer-calls": lambda calls: 2 * calls + 1,
    "history-tiered-calls": lambda _: 10,
    "history-spilled-calls": lambda calls: calls * 200_000,
    "history-ten-megabytes": lambda calls: calls * 10_000_000,
    "history-event-calls": lambda calls: calls,
}
BUDGETS: Final = {
    "history-plain-calls": 12 * MIB,
    "history-observer-calls": 8 * MIB,
    "history-tiered-calls": 16 * MIB,
    "history-spilled-calls": 12 * MIB,
    "history-ten-megabytes": 20 * MIB,
    "history-event-calls": 12 * MIB,
}


def _store(folder: str) -> SpillStore:
    # So much disk at most, however many calls: the quota is part of the work.
    return SpillStore(database=Database(os.path.join(folder, "state.db")), limits=SpillLimits(session_bytes=256 * MIB))


def _spill(folder: str, calls: int, size: int) -> int:
    history = BoundedHistory("s1", store=_store(folder))
    history.add_user("go")
    piece = b"a line of a build's long output\n" * 2048
    produced = 0
    for number in range(calls):
        history.add_assistant("next", [Call(f"c{number}", "shell", b"{}")])
        with history.writer(f"c{number}") as out:
            for begin in range(0, size, len(piece)):
                out.write(piece[: size - begin])
            result = out.finish()
        produced += result.bytes
        history.add_result(f"c{number}", result)
    return produced


def _rss(field: str) -> int:
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(field))


def main() -> None:
    """Run one workload after a small warm-up and print what it took."""
    name, calls = sys.argv[1], int(sys.argv[2])
    with tempfile.TemporaryDirectory() as warm, tempfile.TemporaryDirectory() as folder:
        WORKLOADS[name](warm, 10)
        gc.collect()
        before = _rss("VmRSS")
        with open("/proc/self/clear_refs", "w", encoding="ascii") as reset:
            reset.write("5")
        found = WORKLOADS[name](folder, calls)
        assert found == EXPECTED[name](calls), found
        peak, after = _rss("VmHWM"), _rss("VmRSS")
    print(f"{name} {calls}: {found}; peak +{(peak - before) / MIB:.1f} MiB, at the end +{(after - before) / MIB:.1f} MiB")


if __name__ == "__main__":
    main()
