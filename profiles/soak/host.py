"""A host of the soak: submits tasks and collects their results until its standard input ends, or until it is killed.

    python -m profiles.soak.host STATE SEED

Its clock jumps by days; what it is refused is counted by the bytes of STATE.refused.
"""

from __future__ import annotations

import random
import sys
import threading
import time
from contextlib import suppress
from typing import Final

from profiles.soak import tasks
from streamtools.errors import StreamtoolsError
from streamtools.history.shelf import SpillLimits
from streamtools.limits import MIB
from streamtools.workers.supervisor import Supervisor
from streamtools.workers.task import WorkerLimits

#: Task -> how often.
_MIX: Final = {"echo": 50, "nap": 10, "large": 10, "stream": 10, "eat": 5, "crash": 3, "hang": 2}
_OPEN: Final = 12
_JUMP: Final = 3 * 86_400
#: What a task may end as when somebody kills workers, supervisors and disks.
_MISHAPS: Final = frozenset({"killed", "lost", "crashed", "memory", "error"})


def main() -> int:
    """Serve."""
    state, seed = sys.argv[1:]
    draw = random.Random(int(seed))
    ended = threading.Event()
    threading.Thread(target=_listen, args=(ended,), daemon=True).start()
    offset = [0.0]
    limits = WorkerLimits(memory=512 * MIB, seconds=3.0)
    spill = SpillLimits(session_bytes=256 * MIB, total_bytes=256 * MIB)
    with Supervisor(state, max_workers=3, limits=limits, spill=spill, clock=lambda: time.time() + offset[0]) as supervisor:
        open_tasks: list[tuple[int, str]] = []
        while not ended.is_set() or open_tasks:
            if draw.random() < 0.01:
                offset[0] = draw.uniform(-_JUMP, _JUMP)
            try:
                if len(open_tasks) < _OPEN and not ended.is_set():
                    name = draw.choices(list(_MIX), list(_MIX.values()))[0]
                    open_tasks.append((supervisor.submit(f"profiles.soak.tasks:{name}", {"number": 0}), name))
                    continue
                result = supervisor.result(open_tasks[0][0], timeout=60)
            except StreamtoolsError:
                # The disk is full: it is told, and later all goes on.
                with suppress(OSError), open(f"{state}.refused", "a", encoding="ascii") as told:
                    told.write("x")
                time.sleep(0.05)
                continue
            _, name = open_tasks.pop(0)
            wanted = tasks.ENDS[name]
            assert result.status == wanted or result.status in _MISHAPS, (name, result)
    return 0


def _listen(ended: threading.Event) -> None:
    sys.stdin.read()
    ended.set()


if __name__ == "__main__":
    sys.exit(main())
