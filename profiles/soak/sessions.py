"""Hundreds of sessions on one state file, in four threads, with a clock that jumps: nothing that was said is lost; S1, S2, S3.

    python -m profiles.soak.sessions [SECONDS] [SEED]

Each of 300 sessions is leased again and again, by several threads at once, is closed by its idle time, by the limit of 100, or by itself
when it is completed, and goes on from disk. Ends with a line of numbers, and with exit code 1 when a promise is broken.
"""

from __future__ import annotations

import importlib
import json
import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, Final

from streamtools.children.limiting import memory_of
from streamtools.database import Database
from streamtools.errors import StreamtoolsError, TooManySessions
from streamtools.history.turns import Call

_SESSIONS: Final = 300
_THREADS: Final = 4
_MOST: Final = 100
_MB: Final = 500
_HOUR: Final = 3_600.0


class Soak:
    """One run with a manager of sessions, whatever its module is called.

    Memory: the manager's, and a number a session.
    """

    def __init__(self, manager: Any, seed: int, offset: list[float]) -> None:  # noqa: ANN401 - found at run time
        self.failures: list[str] = []
        self.told: Counter[str] = Counter()
        self._manager = manager
        self._offset = offset
        self._seed = seed
        self._said = [0] * _SESSIONS
        self._locks = [threading.Lock() for _ in range(_SESSIONS)]

    def run(self, seconds: float) -> None:
        """Use sessions in all threads for so long."""
        threads = [threading.Thread(target=self._use, args=(number, time.monotonic() + seconds)) for number in range(_THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _use(self, number: int, end: float) -> None:
        draw = random.Random(self._seed + number)
        while time.monotonic() < end and not self.failures:
            at = draw.randrange(_SESSIONS)
            # One at a time says something in a session, so that it is known what was said last; others may lease it meanwhile.
            with self._locks[at]:
                try:
                    self._turn(at, draw)
                except TooManySessions:
                    self.told["all in use"] += 1
                except StreamtoolsError as error:
                    self.failures.append(f"session {at}: {error}")
            if draw.random() < 0.02:
                self._offset[0] += draw.uniform(0, 2 * _HOUR)
                self.told["closed when idle"] += self._manager.sweep()
            if len(self._manager) > _MOST:
                self.failures.append(f"{len(self._manager)} sessions are open")

    def _turn(self, at: int, draw: random.Random) -> None:
        with self._manager.session(f"s{at}") as session, self._manager.session(f"s{at}") as again:
            if session is not again:
                self.failures.append(f"session {at} is there twice")
            if session.state.get("said", 0) != self._said[at] or (self._said[at] and f"word {self._said[at]}." not in _last(session)):
                self.failures.append(f"session {at} has forgotten what was said last")
            self._said[at] += 1
            name = f"c{self._said[at]}"
            session.history.add_user(f"word {self._said[at]}.")
            session.history.add_assistant("", [Call(name, "shell", b"{}")])
            session.history.add_result(name, "x" * draw.choice((100, 5_000, 200_000)))
            session.history.add_user(f"word {self._said[at]}.")
            session.state["said"] = self._said[at]
            session.status = draw.choice(("active", "active", "active", "completed", "failed"))
            self.told["turns"] += 1


def _last(session: Any) -> str:  # noqa: ANN401 - found at run time
    return json.dumps(session.history.messages("openai")[-1])


def main(arguments: Sequence[str]) -> int:
    """Run it, print what it took, and return the exit code."""
    seconds = float(arguments[0]) if arguments else 30.0
    seed = int(arguments[1]) if len(arguments) > 1 else random.randrange(1 << 30)
    try:
        manager = importlib.import_module("streamtools.sessions.manager").SessionManager
    except ModuleNotFoundError:
        print("     sessions: there is no streamtools.sessions yet, nothing was run")
        return 0
    offset = [0.0]
    with ExitStack() as held:
        folder = held.enter_context(tempfile.TemporaryDirectory())
        database = held.enter_context(Database(os.path.join(folder, "state.db")))
        soak = Soak(held.enter_context(manager(database=database, clock=lambda: time.monotonic() + offset[0])), seed, offset)
        soak.run(seconds)
    memory = memory_of()
    taken = memory.peak / 1e6 if memory is not None else 0.0
    if taken > _MB:
        soak.failures.append(f"the process took {taken:.0f} MB")
    for sentence in soak.failures[:10]:
        print(f"FAIL {sentence}")
    told = ", ".join(f"{count:,} {name}" for name, count in soak.told.most_common())
    print(f"{'FAIL' if soak.failures else 'ok  '} {_SESSIONS} sessions for {seconds:.0f} s, seed {seed}: {told}")
    print(f"     the process takes at most {taken:.0f} MB (limit {_MB})")
    return int(bool(soak.failures))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
