"""A server's memory while it runs: in the registry of this machine, watched, reported on request."""

from __future__ import annotations

import signal
from contextlib import ExitStack, contextmanager
from functools import partial

from streamtools.errors import StreamtoolsError
from streamtools.limits import MIB
from streamtools.logs import logger

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final

    from streamtools.sessions.budget import Budget
    from streamtools.sessions.pressure import Sample
    from streamtools.toolset import Toolset

_log: Final = logger()


@contextmanager
def watched(name: str, tools: Toolset, *, most_mb: int = 0, memray: float = 0) -> Iterator[None]:
    """Watch this process for the time of a block, as ``name`` for people; ``most_mb`` is its hard limit, if it has one.

    SIGUSR1 writes a memory report into the state folder; ``memray`` is the seconds to record from the begin. Without a state file that
    can be used the budget is that of a process alone. Raises `InvalidArgument` for wrong settings, and where memray is missing.
    """
    from streamtools.files.listings import LISTINGS
    from streamtools.history.events import rings
    from streamtools.match.databases import WAITING
    from streamtools.sessions.pressure import PressureMonitor
    from streamtools.sessions.reclaiming import Rank
    from streamtools.sessions.report import recording
    from streamtools.text.lineindex import INDEXES

    with ExitStack() as stack:
        if memray:
            stack.enter_context(recording(memray))
        budget = _budget(name, stack)
        monitor = PressureMonitor(lambda: _within(budget, most_mb), told=partial(_tell, budget))
        monitor.watch(Rank.CACHE, lambda: (INDEXES, WAITING, LISTINGS, tools.memory))
        monitor.watch(Rank.EVENTS, rings)
        if hasattr(signal, "SIGUSR1"):
            signal.signal(signal.SIGUSR1, lambda *_: monitor.ask_for_report())
        monitor.start()
        stack.callback(monitor.stop)
        yield


def _budget(name: str, stack: ExitStack) -> Budget:
    """Join the registry; where that is not possible, one in memory has only this process."""
    from streamtools.database import Database
    from streamtools.sessions.budget import Budget
    from streamtools.sessions.settings import Settings

    settings = Settings.from_environment()
    try:
        budget = Budget(stack.enter_context(Database()), settings=settings)
        budget.join(name)
    except StreamtoolsError as error:
        _log.warning("this server is not in the registry of the machine: %s", error)
        budget = Budget(stack.enter_context(Database(":memory:")), settings=settings)
        budget.join(name)
    stack.callback(_quietly_leave, budget)
    return budget


def _within(budget: Budget, most_mb: int) -> int:
    found = budget.bytes()
    return min(found, most_mb * MIB) if most_mb else found


def _tell(budget: Budget, sample: Sample) -> None:
    budget.tell(sample.rss, sample.budget, sample.level)


def _quietly_leave(budget: Budget) -> None:
    try:
        budget.leave()
    except StreamtoolsError as error:
        _log.warning("this server is still in the registry of the machine: %s", error)
