"""Workers under random kills: of workers, of their template, of the supervisor's process; full disks; jumping clocks; W1, W4, W5.

    python -m profiles.soak.stress [SECONDS] [SEED]

Ends with a table of numbers, and with exit code 1 when a promise is broken. Linux only.
"""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from streamtools.children.limiting import memory_of, oom_kills
from streamtools.database import Database, process_key
from streamtools.errors import StateError
from streamtools.workers.store import ATTEMPTS, Store
from streamtools.workers.supervisor import Supervisor
from streamtools.workers.task import WorkerLimits

_MOST: Final = 500_000_000
#: Seconds in which nothing of a killed supervisor may be left.
_GONE: Final = 2.0
#: What happens every fifth of a second, how often.
_EVENTS: Final = {"nothing": 60, "kill a worker": 30, "kill a template": 3, "kill a host": 2, "fill the disk": 2}
_SAMPLES: Final = 10_000


class Stress:
    """One run on a state file, with one host at a time.

    Memory: 10,000 times of dispatch.
    """

    def __init__(self, state: str, seed: int) -> None:
        self.failures: list[str] = []
        self.ends: Counter[str] = Counter()
        self.events: Counter[str] = Counter()
        self.dispatch: deque[float] = deque(maxlen=_SAMPLES)
        self.most = 0
        self._state = state
        self._draw = random.Random(seed)
        self._seen = 0
        self._kills = oom_kills()
        self._host = self._started()

    def run(self, seconds: float) -> None:
        """Stress for so long, let the host finish, and look at what is in the tables then."""
        end = time.monotonic() + seconds
        with Database(self._state) as database:
            # The host may not have come to it yet.
            Store(database)
            while time.monotonic() < end:
                time.sleep(0.2)
                self._sample()
                self._collect(database)
                event = self._draw.choices(list(_EVENTS), list(_EVENTS.values()))[0]
                self.events[event] += 1
                self._happen(event, database)
                if self._host.poll() is not None:
                    self._fail(f"a host ended by itself with {self._host.returncode}")
                    self._host = self._started()
            self._stop()
            self._finish(database)

    # -- events --------------------------------------------------------------------------

    def _happen(self, event: str, database: Database) -> None:
        if event == "kill a worker":
            rows = database.rows("SELECT process FROM worker_sessions WHERE status = 'running' AND process <> '' LIMIT 20")
            if rows:
                _kill(self._draw.choice(rows)[0])
        elif event == "kill a template":
            for pid in _children(self._host.pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        elif event == "kill a host":
            self._kill_host(database)
        elif event == "fill the disk":
            pids = [self._host.pid, *_children(self._host.pid)]
            self._limit(pids, 4096)
            time.sleep(0.3)
            self._limit(pids, resource.RLIM_INFINITY)

    def _kill_host(self, database: Database) -> None:
        rows = database.rows("SELECT process FROM worker_sessions WHERE status = 'running' AND process <> ''")
        family = [process_key(pid) for pid in _children(self._host.pid)] + [str(row[0]) for row in rows]
        self._host.kill()
        begun = time.monotonic()
        self._host.wait()
        while left := [one for one in family if one and process_key(int(one.partition(":")[0])) == one]:
            if time.monotonic() - begun > _GONE:
                self._fail(f"{len(left)} processes were left {_GONE:g} s after a supervisor was killed")
                break
            time.sleep(0.01)
        self._leave(self._host)
        self._host = self._started()

    @staticmethod
    def _limit(pids: Sequence[int], size: int) -> None:
        for pid in pids:
            with suppress(ProcessLookupError):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    # -- the host ------------------------------------------------------------------------

    def _started(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "profiles.soak.host", self._state, str(self._draw.randrange(1 << 30))]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def _stop(self) -> None:
        try:
            self._host.communicate(timeout=300)
            if self._host.returncode:
                self._fail(f"the last host ended with {self._host.returncode}")
        except subprocess.TimeoutExpired as error:
            self._host.kill()
            self._fail(f"the last host did not finish: {error}")

    @staticmethod
    def _leave(host: subprocess.Popen[str]) -> None:
        for pipe in (host.stdin, host.stdout):
            if pipe is not None:
                pipe.close()

    def _sample(self) -> None:
        memory = memory_of(self._host.pid)
        if memory is not None:
            self.most = max(self.most, memory.peak)

    # -- the tables ----------------------------------------------------------------------

    def _collect(self, database: Database) -> None:
        """Count the workers that have ended since the last time, up to the first that still runs; the tables are trimmed."""
        with suppress(StateError):
            sql = "SELECT id, status, dispatch_ms FROM worker_sessions WHERE id > ? ORDER BY id LIMIT 1000"
            for number, status, took in database.rows(sql, (self._seen,)):
                if status == "running":
                    return
                self._seen = number
                self.ends[status] += 1
                if took is not None:
                    self.dispatch.append(took)

    def _finish(self, database: Database) -> None:
        """Let a last supervisor do what the dead ones have left, and check what became of everything."""
        with Supervisor(self._state, limits=WorkerLimits(seconds=3.0)):
            until = time.monotonic() + 120
            while database.rows("SELECT 1 FROM tasks WHERE finished IS NULL LIMIT 1"):
                if time.monotonic() > until:
                    self._fail("tasks were left that nobody did")
                    break
                time.sleep(0.05)
        self._collect(database)
        for sql, says in (
            (f"SELECT COUNT(*) FROM tasks WHERE attempts > {ATTEMPTS}", "tasks were begun more than twice"),
            (
                "SELECT COUNT(*) FROM (SELECT 1 FROM worker_sessions WHERE status = 'done' GROUP BY task_id HAVING COUNT(*) > 1)",
                "tasks were done twice",
            ),
            ("SELECT COUNT(*) FROM worker_sessions WHERE status = 'running'", "workers are entered as running, and no supervisor is left"),
            ("SELECT COUNT(*) - COUNT(DISTINCT finished) FROM tasks", "tasks ended twice"),
        ):
            count = database.rows(sql)[0][0]
            if count:
                self._fail(f"{count} {says}")
        if self.most >= _MOST:
            self._fail(f"a supervisor took {self.most / 1e6:.0f} MB")
        if oom_kills() > self._kills:
            self._fail("the kernel killed a process for want of memory")

    def _refused(self) -> int:
        path = f"{self._state}.refused"
        return os.path.getsize(path) if os.path.exists(path) else 0

    def _fail(self, sentence: str) -> None:
        print(f"FAIL {sentence}", flush=True)
        self.failures.append(sentence)

    # -- what is told --------------------------------------------------------------------

    def numbers(self) -> list[tuple[str, str]]:
        """Return the table."""
        took = sorted(self.dispatch)
        parts = [took[min(len(took) * part // 100, len(took) - 1)] if took else 0.0 for part in (50, 95)]
        told = ", ".join(f"{count:,} {name}" for name, count in self.events.most_common() if name != "nothing")
        return [
            ("workers ended", f"{sum(self.ends.values()):,}: " + ", ".join(f"{count:,} {name}" for name, count in self.ends.most_common())),
            ("what happened", told),
            ("supervisor memory, at most", f"{self.most / 1e6:.1f} MB (limit 500)"),
            ("out-of-memory deaths by the kernel", str(oom_kills() - self._kills)),
            ("dispatch p50 / p95", f"{parts[0]:.1f} / {parts[1]:.1f} ms (three workers on a busy machine)"),
            ("calls refused for a full disk, and told", f"{self._refused():,}"),
        ]


def _children(pid: int) -> list[int]:
    """Return the processes that a process has started itself."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            mine = file.read().split()
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children", encoding="ascii") as file:
                mine += file.read().split()
    except OSError:
        return []
    return sorted({int(one) for one in mine})


def _kill(process: str) -> None:
    pid = int(process.partition(":")[0])
    if process_key(pid) == process:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def main(arguments: Sequence[str]) -> int:
    """Run it, print the table, and return the exit code."""
    seconds = float(arguments[0]) if arguments else 60.0
    seed = int(arguments[1]) if len(arguments) > 1 else random.randrange(1 << 30)
    print(f"seed {seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        stress = Stress(os.path.join(folder, "state.db"), seed)
        stress.run(seconds)
        for name, value in stress.numbers():
            print(f"     {name}: {value}")
    print(f"{'FAIL' if stress.failures else 'ok  '} workers under stress for {seconds:.0f} s")
    return int(bool(stress.failures))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
