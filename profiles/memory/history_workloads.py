"""Workloads of the bounded history: what each holds must not grow with the number of calls.

Each does its work in a folder of its own and returns what only right work gives.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from collections.abc import AsyncGenerator, Callable
from typing import Any, Final

from profiles.memory.workload import Job, Workload
from streamtools.database import Database
from streamtools.history.bounds import HistoryLimits
from streamtools.history.events import bounded_events
from streamtools.history.history import BoundedHistory
from streamtools.history.spill import SpillLimits, SpillStore
from streamtools.history.tiers import TieredMemory, TierLimits
from streamtools.history.turns import Call
from streamtools.limits import MIB

_SPILLED: Final = 60_000
_HUGE: Final = 10_000_000
#: `BoundedHistory`: its bytes, and the newest turn while it comes.
_HISTORY: Final = HistoryLimits().bytes + HistoryLimits().turn_bytes + 8 * HistoryLimits().head_tokens
#: `TieredMemory`: loaded summaries and what is recalled, at 8 bytes a token, and the pending words of SQLite's FTS5 (1 MiB).
_TIERS: Final = 8 * (TierLimits().mid + TierLimits().long) + MIB
#: `Database`: SQLite's page cache.
_SQLITE: Final = 2 * MIB


def _plain(database: Database, calls: int) -> int:
    """Results of 2 KB that are cleared and trimmed; returns the messages ever seen."""
    history = BoundedHistory("s1", store=_store(database))
    history.add_user("go")
    for number in range(calls):
        history.add_assistant("next", [Call(_id(number), "shell", b'{"cmd":"make"}')])
        history.add_result(_id(number), f"line {number:05} of an output\n" * 80)
    stats = history.stats()
    return stats.messages + stats.dropped


def _observed(database: Database, calls: int) -> int:
    """An observer's history of 50 messages, exported at every call, as an agent loop does; returns the messages ever seen."""
    history = BoundedHistory("s1", store=_store(database), limits=HistoryLimits(messages=50))
    history.add_user("go")
    for number in range(calls):
        history.add_assistant("next", [Call(_id(number), "shell", b"{}")])
        history.add_result(_id(number), "ok\n" * 20)
        assert len(history.messages("anthropic")) <= 102
    stats = history.stats()
    return stats.messages + stats.dropped


def _tiered(database: Database, calls: int) -> int:
    """Summaries and passages go to SQLite; returns how many of ten early facts are shown or recalled."""
    memory = TieredMemory("s1", database=database, store=_store(database))
    memory.history.add_user("go")
    for number in range(calls):
        memory.history.add_assistant("next", [Call(_id(number), "shell", b"{}")])
        memory.history.add_result(_id(number), f"fact{number:05} is {number * 7:06}\n" * 30)
        assert memory.tokens() <= 80_000
    shown = json.dumps(memory.messages("openai"))
    found = 0
    for number in range(10):
        fact = f"fact{number:05} is {number * 7:06}\n"
        found += json.dumps(fact)[1:-1] in shown or any(fact in passage.text for passage in memory.recall(f"fact{number:05}"))
    return found


def _spill(database: Database, calls: int, size: int) -> int:
    """Foreign outputs that are spilled while they are produced; returns the bytes that were produced."""
    # Few messages, so that the history is full after 25 calls: from there on nothing may grow.
    history = BoundedHistory("s1", store=_store(database), limits=HistoryLimits(messages=50))
    history.add_user("go")
    piece = (b"a line of a build's long output, " * 8)[:255] + b"\n"
    piece *= 256
    produced = 0
    for number in range(calls):
        history.add_assistant("next", [Call(_id(number), "shell", b"{}")])
        with history.writer(_id(number)) as out:
            for begin in range(0, size, len(piece)):
                out.write(piece[: size - begin])
            result = out.finish()
        produced += result.bytes
        history.add_result(_id(number), result)
    return produced


def _events(calls: int) -> int:
    """Events with outputs of 1 MB each, read slowly; returns how many were seen."""

    async def source() -> AsyncGenerator[dict[str, Any], None]:
        for number in range(calls):
            yield {"session": "s1", "number": _id(number), "state": {"output": "x" * MIB, "title": "t" * 2000}}
            await asyncio.sleep(0)

    async def run() -> int:
        async with bounded_events(source(), session="s1", flush_seconds=0) as events:
            async for _ in events:
                # Turns of the loop instead of time, so that it is the same at every run: more events come than may wait.
                for _ in range(250):
                    await asyncio.sleep(0)
            return events.stats().seen

    return asyncio.run(run())


def _id(number: int) -> str:
    """The id of a call, always of one length: what is measured must not grow with the digits."""
    return f"c{number:05}"


def _store(database: Database) -> SpillStore:
    # So much disk at most, however many calls: the quota is part of the work.
    return SpillStore(database=database, limits=SpillLimits(session_bytes=64 * MIB))


def in_folder(work: Callable[[Database, int], int]) -> Callable[[Job], int]:
    """Give a workload a state file of its own."""

    def run(job: Job) -> int:
        with tempfile.TemporaryDirectory() as folder, Database(os.path.join(folder, "state.db")) as database:
            return work(database, job.size)

    return run


def spilled(size: int) -> Callable[[Job], int]:
    """The workload of outputs of ``size`` bytes; the soak runs it with 1000 of 10 MB (E3)."""
    return in_folder(lambda database, calls: _spill(database, calls, size))


def _row(
    name: str, run: Callable[[Job], int], sizes: tuple[int, ...], answers: tuple[int, ...], *, grows: int = 0, more: int = 0
) -> Workload:
    return Workload(name, "calls", sizes, lambda _: "", run, answers, _HISTORY + _SQLITE + more, grows=grows)


_CALLS: Final = (100, 1_000, 10_000)
_FEWER: Final = (100, 300, 1_000)
_TENTH: Final = (10, 50, 100)
_MESSAGES: Final = tuple(2 * calls + 1 for calls in _CALLS)
#: Rows that stay on disk (a spill's, a passage's) fill SQLite's page cache, up to `_SQLITE`.
_CACHED: Final = 400
#: E3: 1000 calls of 10 MB within 20 MB. In so few calls Python's free lists still fill.
_PROMISED: Final = 20_000_000 // 1000

HISTORY: Final = (
    _row("history-plain", in_folder(_plain), _CALLS, _MESSAGES),
    _row("history-observer", in_folder(_observed), _CALLS, _MESSAGES),
    _row("history-tiers", in_folder(_tiered), _CALLS, (10, 10, 10), grows=_CACHED, more=_TIERS),
    _row("history-spilled", spilled(_SPILLED), _FEWER, tuple(_SPILLED * calls for calls in _FEWER), grows=_CACHED),
    _row("history-10-mb", spilled(_HUGE), _TENTH, tuple(_HUGE * calls for calls in _TENTH), grows=_PROMISED),
    _row("history-events", lambda job: _events(job.size), _FEWER, _FEWER),
)
