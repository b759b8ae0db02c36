"""A supervisor that is killed: nothing of it is left, nothing is lost, nothing is done twice; W5."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from streamtools.database import Database, process_key
from streamtools.workers.orphans import bury
from streamtools.workers.store import End, Store
from streamtools.workers.supervisor import Supervisor
from streamtools.workers.task import TaskResult
from tests.workers.conftest import until

HERE = Path(__file__).parents[2]


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a host; all are killed at the end."""
    started = []

    def start(count: int, *more: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.workers.host", str(tmp_path / "state.db"), str(tmp_path / "log"), str(count), *more]
        one = subprocess.Popen(command, cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(one)
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
        return one

    yield start
    for one in started:
        with one:
            one.kill()


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="processes are looked up in /proc")
def test_nothing_is_left_and_nothing_is_done_twice(host: Callable[..., subprocess.Popen[str]], tmp_path: Path) -> None:
    """W5: a worker that hangs in native code, its child and its grandchild die within 2 s of a kill -9; the next supervisors mark rows lost.

    What had ended is not done again, what ran is begun once more, what waited is done, by whichever of two.
    """
    pid_file = tmp_path / "pids"
    killed = host(40, str(pid_file))
    until(pid_file.exists)
    family = [int(pid) for pid in pid_file.read_text().split()]
    log = tmp_path / "log"
    until(lambda: log.exists() and log.read_text().count("end") >= 5)
    assert all(map(process_key, family))
    assert os.getpgid(family[0]) == os.getpgid(family[2]) == family[0]
    os.kill(killed.pid, signal.SIGKILL)
    begun = time.monotonic()
    killed.wait()
    until(lambda: not any(map(process_key, family)), 2)
    until(lambda: not _of_group(family[0]), 2)
    assert time.monotonic() - begun < 2
    pid_file.unlink()
    with Supervisor(str(tmp_path / "state.db")) as one, Supervisor(str(tmp_path / "state.db")) as two:
        rows = one._database.rows("SELECT status, task_id FROM worker_sessions WHERE status IN ('lost', 'running')")
        lost = [task for status, task in rows if status == "lost"]
        assert 1 in lost
        assert len(lost) == len(set(lost)) <= 3
        for task in range(2, 42):
            result = (one, two)[task % 2].result(task, timeout=30)
            assert (result.status, result.text) == ("done", f"t{task - 2}")
            assert result.attempts == (2 if task in lost else 1)
        until(pid_file.exists)
        assert one.cancel(1)
    told = Counter(log.read_text().splitlines())
    assert all(told[f"end t{number}"] == 1 for number in range(40)), "each is done once"
    assert all(told[f"begin t{number}"] <= (2 if number + 2 in lost else 1) for number in range(40))


def test_a_task_is_lost_when_its_second_supervisor_dies_too(host: Callable[..., subprocess.Popen[str]], tmp_path: Path) -> None:
    """W5: begun twice, and no third time."""
    for number in (1, 2):
        pid_file = tmp_path / f"pids{number}"
        if number == 2:
            (tmp_path / "pids1").unlink()
        killed = host(0, str(pid_file)) if number == 1 else host(0)
        until((tmp_path / "pids1").exists)
        os.kill(killed.pid, signal.SIGKILL)
        killed.wait()
    with Supervisor(str(tmp_path / "state.db")) as supervisor:
        result = supervisor.result(1)
        assert (result.status, result.attempts) == ("lost", 2)
        assert "supervisor died" in result.error
        kinds = supervisor._database.rows("SELECT kind FROM alerts")
        assert kinds == [("lost",), ("lost",)]


def _of_group(group: int) -> list[int]:
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            fields = Path(f"/proc/{name}/stat").read_bytes().rpartition(b")")[2].split()
        except OSError:
            continue
        if fields[0] not in {b"Z", b"X"} and int(fields[2]) == group:
            found.append(int(name))
    return found


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """The tables alone."""
    with Database(str(tmp_path / "state.db")) as database:
        yield Store(database)


def _claimed(store: Store, process: str) -> int:
    store.enter("s1", process, "q")
    store.add("q", "s1", "a", "{}")
    claim = store.claim("s1", "q")
    assert claim is not None
    return claim.worker


DEAD = "999999999:1"


def test_two_that_sweep_at_once_give_a_task_back_once(store: Store) -> None:
    """W5: both see the same orphan; one marks it, and the task waits once."""
    worker = _claimed(store, DEAD)
    lost = [name for name, _ in store.orphans()]
    assert lost == [worker]
    assert store.sweep(lost) == [worker]
    assert store.sweep(lost) == []
    assert store.claim("s2", "q") is not None
    assert store.claim("s2", "q") is None
    assert bury(store) == 1, "the supervisor s2 is not even known"


def test_a_worker_that_comes_too_late_changes_nothing(store: Store) -> None:
    """W5: neither begins nor enters a result after its task was given to another."""
    worker = _claimed(store, DEAD)
    assert store.begin(worker, "1:1") == "{}"
    bury(store)
    assert store.begin(worker, "1:1") is None
    assert not store.save(worker, End("done"), TaskResult(0, "done", "late"))
    again = store.claim("s2", "q")
    assert again is not None
    assert store.begin(again.worker, "2:2") == "{}"
    assert not store.save(worker, End("done"), TaskResult(0, "done", "late"))
    assert store.save(again.worker, End("done"), TaskResult(0, "done", "right"))
    found = store.task(again.task)
    assert found is not None
    assert (found.status, found.text, found.attempts) == ("done", "right", 2)


def test_a_result_that_was_entered_survives_its_supervisor(store: Store) -> None:
    """W5: saved, then the supervisor died: done, not lost."""
    worker = _claimed(store, DEAD)
    store.begin(worker, "1:1")
    store.save(worker, End("done", peak=5), TaskResult(0, "done", "kept"))
    assert bury(store) == 0
    found = store.task(1)
    assert found is not None
    assert (found.status, found.text) == ("done", "kept")
    assert store.end(worker, End("crashed", exit_code=-11, signal=11, peak=9 << 20), again=True) == "done", "a crash behind the result"


def test_the_living_are_left_alone(store: Store) -> None:
    """W5: a worker of a supervisor that runs is no orphan."""
    _claimed(store, process_key())
    assert bury(store) == 0


def test_tables_are_bounded(tmp_path: Path) -> None:
    """W2: the newest rows stay, old ones go, what waits or runs never does."""
    now = [1_000_000.0]
    with Database(str(tmp_path / "state.db")) as database:
        store = Store(database, clock=lambda: now[0], rows=10, days=1)
        store.enter("s1", process_key(), "q")
        waiting = store.add("other", "s1", "a", "{}")
        for _ in range(30):
            store.add("q", "s1", "a", "{}")
            claim = store.claim("s1", "q")
            assert claim is not None
            store.end(claim.worker, End("error", "x"), again=False)
            store.alert("info", "test", "x", claim.worker)
        store.trim()
        counts = [database.rows(f"SELECT COUNT(*) FROM {table}")[0][0] for table in ("tasks", "worker_sessions", "alerts", "supervisors")]
        assert counts == [11, 10, 10, 1]
        now[0] += 2 * 86_400
        store.trim()
        assert store.task(waiting) is not None
        counts = [database.rows(f"SELECT COUNT(*) FROM {table}")[0][0] for table in ("tasks", "worker_sessions", "alerts")]
        assert counts == [1, 0, 0]
        assert database.rows("SELECT COUNT(*) FROM duration_memory") == [(0,)]
