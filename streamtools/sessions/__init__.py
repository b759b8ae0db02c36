"""Many sessions that stay alive for days: leased, closed when idle, resumed from disk, within a budget of memory.

    from streamtools.database import Database
    from streamtools.sessions import SessionManager
    with Database() as database, SessionManager(database=database) as manager, manager.session("s1") as session:
        session.history.add_user("go")

Names are imported at their first use, as those of ``streamtools``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamtools.sessions.budget import Budget
    from streamtools.sessions.manager import SessionManager
    from streamtools.sessions.pressure import PressureMonitor
    from streamtools.sessions.session import Session
    from streamtools.sessions.settings import Settings

__all__ = ["Budget", "PressureMonitor", "Session", "SessionManager", "Settings"]

_WHERE = {
    "Budget": "budget",
    "PressureMonitor": "pressure",
    "Session": "session",
    "SessionManager": "manager",
    "Settings": "settings",
}


def __getattr__(name: str) -> object:
    """Import a public name from where it lives."""
    if name not in _WHERE:
        raise AttributeError(f"module 'streamtools.sessions' has no attribute {name!r}")
    import importlib

    value: object = getattr(importlib.import_module(f"streamtools.sessions.{_WHERE[name]}"), name)
    return value
