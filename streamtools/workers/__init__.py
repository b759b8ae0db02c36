"""Ephemeral workers: each task in a fresh process of its own, queued and answered through SQLite.

    from streamtools.workers import Supervisor
    with Supervisor(max_workers=4) as supervisor:
        number = supervisor.submit("grep", {"pattern": "TODO"}, roots=["project"])
        print(supervisor.result(number).text)

``supervisor`` is the door, ``dispatcher`` hands out and looks after, ``watching`` holds one worker to its limits, ``worker`` is what
runs in the child, ``task`` is what goes in and comes back, ``store`` are the tables, ``orphans`` what the dead have left. Names are
imported at their first use, as those of ``streamtools``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamtools.workers.supervisor import Supervisor
    from streamtools.workers.task import TaskResult, WorkerLimits

__all__ = ["Supervisor", "TaskResult", "WorkerLimits"]

_WHERE = {"Supervisor": "supervisor", "TaskResult": "task", "WorkerLimits": "task"}


def __getattr__(name: str) -> object:
    """Import a public name from where it lives."""
    if name not in _WHERE:
        raise AttributeError(f"module 'streamtools.workers' has no attribute {name!r}")
    import importlib

    value: object = getattr(importlib.import_module(f"streamtools.workers.{_WHERE[name]}"), name)
    return value
