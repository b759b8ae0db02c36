"""What a dead supervisor has left: workers that may still run, and rows that say so."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from typing import Final

from streamtools.database import process_alive
from streamtools.workers.store import Store

_PATIENCE: Final = 2.0


def bury(store: Store) -> int:
    """End the workers of dead supervisors, mark them lost and give their tasks back; return how many there were.

    A worker is dead before its task can be begun again, and could not enter a result any more in any case.
    Raises `StateError`.
    """
    lost = []
    for worker, process in store.orphans():
        _end(process)
        lost.append(worker)
    marked = store.sweep(lost)
    for worker in marked:
        store.alert("warning", "lost", "its supervisor died; the task is begun again if that was its first time", worker)
    return len(marked)


def _end(process: str) -> None:
    pid, _, began = process.partition(":")
    # Where the system does not tell when a process began, the number may be another's: there the worker has to see for itself that its
    # supervisor's pipe is closed.
    if not pid.isdigit() or began in {"", "0"} or not process_alive(process):
        return
    until = time.monotonic() + _PATIENCE
    with suppress(OSError):
        os.killpg(int(pid), signal.SIGKILL)
    while process_alive(process) and time.monotonic() < until:
        time.sleep(0.005)
