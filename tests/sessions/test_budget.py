"""Budgets of real processes that come and go: S4, M4."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import ExitStack

from streamtools.database import Database
from streamtools.limits import MIB
from streamtools.sessions import Settings, machine
from streamtools.sessions.budget import Budget, known, share

#: Joins, and tells its budget each time it is asked to.
CHILD = """
import sys
from streamtools.database import Database
from streamtools.sessions.budget import Budget
from streamtools.sessions.settings import Settings
with Database(sys.argv[1]) as database, Budget(database, settings=Settings(), memory=lambda: int(sys.argv[2])) as budget:
    print("in", flush=True)
    for _ in sys.stdin:
        print(budget.bytes() // (1024 * 1024), flush=True)
"""
_TOTAL = 32 * 1024 * MIB


class Process:
    """A process that has joined."""

    def __init__(self, path: str) -> None:
        self.child = subprocess.Popen([sys.executable, "-c", CHILD, path, str(_TOTAL)], stdin=-1, stdout=-1, text=True, bufsize=1)
        assert self._line() == "in"

    def budget(self) -> int:
        """What it may take now, in MB."""
        assert self.child.stdin is not None
        self.child.stdin.write("\n")
        return int(self._line())

    def end(self) -> None:
        """Let it leave."""
        self.child.communicate(timeout=30)

    def _line(self) -> str:
        assert self.child.stdout is not None
        return self.child.stdout.readline().strip()


def test_real_processes_share_as_they_join_and_leave(database: Database) -> None:
    """S4: 1, 4 and 8 processes on 32 GB get 28672, 7168 and 3584 MB each, at once; who leaves or is killed gives its share back."""
    with ExitStack() as stack:

        def joined() -> Process:
            process = Process(database.path)
            stack.callback(process.end)
            return process

        first = joined()
        assert first.budget() == 28_672
        four = [first, *(joined() for _ in range(3))]
        assert {process.budget() for process in four} == {7_168}
        eight = [*four, *(joined() for _ in range(4))]
        assert {process.budget() for process in eight} == {3_584}
        eight[-1].child.send_signal(signal.SIGKILL)
        eight[-1].child.wait()
        assert {process.budget() for process in eight[:-1]} == {28_672 // 7}
        assert database.rows("SELECT COUNT(*) FROM hosts") == [(8,)], "the dead one is counted out before anybody removes its row"
        for process in eight[4:7]:
            process.end()
        assert {process.budget() for process in four} == {7_168}
        joined()
        assert database.rows("SELECT COUNT(*) FROM hosts") == [(5,)], "who joins sweeps the dead"


def test_the_formula_and_its_edges(database: Database) -> None:
    """S4: never below 512 MB, 1536 where the memory is unknown, a setting wins over all."""
    assert share(_TOTAL, 4) == 7_168 * MIB
    assert share(_TOTAL, 1000) == share(2048 * MIB, 1) == 512 * MIB
    assert share(None, 3) == 1536 * MIB
    with Budget(database, settings=Settings(), memory=lambda: None) as budget:
        assert budget.bytes() == 1536 * MIB
    with Budget(database, settings=Settings(max_memory_mb=300), memory=lambda: _TOTAL) as budget:
        assert budget.bytes() == 300 * MIB
    assert budget.hosts() == []
    budget.leave()


def test_it_tells_others_how_it_is(database: Database) -> None:
    """S4, M1: what a process tells of itself is seen by all; joining twice is joining once."""
    with Budget(database, settings=Settings(), memory=lambda: _TOTAL) as budget:
        budget.join("mcp")
        budget.tell(5 * MIB, budget.bytes(), "elevated")
        with Database(database.path) as other:
            (host,) = Budget(other).hosts()
        assert (host.name, host.rss, host.budget, host.level) == ("mcp", 5 * MIB, 28_672 * MIB, "elevated")


def test_the_real_machine_is_known() -> None:
    """S4: total memory and, where there is one, the control group's limit; the smaller one counts."""
    total = machine.total()
    assert total is not None
    assert total > 256 * MIB
    assert known() == min(total, machine.limit() or total)
