"""Workloads of sessions: what a host holds must not grow with how many sessions there ever were, how often they are leased or watched."""

from __future__ import annotations

from typing import Final

from profiles.memory.history_workloads import in_folder
from profiles.memory.workload import Job, Workload
from streamtools.database import Database
from streamtools.history.bounds import HistoryLimits
from streamtools.history.spill import SpillStore
from streamtools.limits import KIB, MIB
from streamtools.sessions.manager import SessionManager
from streamtools.sessions.pressure import PressureMonitor, Reading
from streamtools.sessions.reclaiming import Rank
from streamtools.sessions.settings import Settings
from streamtools.text.lineindex import INDEXES

#: In memory at once; the axis is how many there are in all.
_ACTIVE: Final = 20
_TEXT: Final = 3 * KIB


def _opened(database: Database, number: int) -> int:
    """Open, fill and close so many sessions; returns how many of ten early ones come back with what was said in them."""
    with SessionManager(database=database, store=SpillStore(database=database), settings=Settings(max_active_sessions=_ACTIVE)) as manager:
        for at in range(number):
            with manager.session(f"s{at:05}") as session:
                session.history.add_user(f"task {at:05} " + "x" * _TEXT)
                session.state["n"] = at
        assert len(manager) == _ACTIVE
        found = 0
        for at in range(10):
            with manager.session(f"s{at:05}") as session:
                found += session.state == {"n": at} and f"task {at:05}" in str(session.history.messages("openai"))
    return found


def _leased(database: Database, number: int) -> int:
    """Lease ten sessions so often, with some words each time; returns the messages ever seen.

    30 messages each: CPython 3.11 keeps up to 2000 dead tuples of exactly 20 entries.
    """
    with SessionManager(database=database, store=SpillStore(database=database), settings=Settings(max_active_messages=30)) as manager:
        for at in range(number):
            with manager.session(f"s{at % 10}") as session:
                session.history.add_user("go on")
        seen = 0
        for at in range(10):
            with manager.session(f"s{at}") as session:
                stats = session.history.stats()
                seen += stats.messages + stats.dropped
    return seen


def _watched(job: Job) -> int:
    """Sample so often, with a round of asking at every tenth; returns how many."""
    rss = [0]
    monitor = PressureMonitor(lambda: 100 * MIB, read=lambda: Reading(rss[0]), clock=lambda: float(rss[0]))
    monitor.watch(Rank.CACHE, lambda: [INDEXES])
    seen = 0
    for at in range(job.size):
        rss[0] = (95 if at % 10 == 0 else 50) * MIB
        seen += monitor.sample() is not None
    return seen


_TIMES: Final = (100, 1_000, 10_000)
#: The sessions that are open, each with a little, and SQLite's page cache.
_HELD: Final = _ACTIVE * (2 * _TEXT + 8 * KIB) + 2 * MIB + HistoryLimits().message_tokens * 8

SESSIONS: Final = (
    Workload("sessions-opened", "sessions", _TIMES, lambda _: "", in_folder(_opened), (10, 10, 10), _HELD + MIB),
    Workload("sessions-leased", "calls", _TIMES, lambda _: "", in_folder(_leased), _TIMES, _HELD + MIB),
    Workload("pressure-samples", "calls", _TIMES, lambda _: "", _watched, _TIMES, MIB),
)
