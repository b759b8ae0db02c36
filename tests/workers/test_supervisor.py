"""Tasks in processes of their own: what comes back, whatever becomes of them; W1, W2, W3, W6."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from streamtools.children.limiting import memory_of
from streamtools.database import Database, process_key
from streamtools.errors import FileError, InvalidArgument, StateError, WorkerError
from streamtools.history.shelf import SpillLimits
from streamtools.history.spill import SpillStore
from streamtools.limits import DEFAULT, MIB, Limits
from streamtools.tokens import estimate
from streamtools.toolset import Toolset
from streamtools.workers.store import alerts_told, workers_ended
from streamtools.workers.supervisor import Supervisor
from streamtools.workers.task import WorkerLimits, context_of
from tests.workers.conftest import until

linux = pytest.mark.skipif(sys.platform != "linux", reason="/proc tells it")
Supervise = Callable[..., Supervisor]
TASKS = "tests.workers.tasks:"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Supervisor]:
    """One for the tests that leave nothing behind."""
    with Supervisor(str(tmp_path_factory.mktemp("shared") / "state.db"), max_workers=1) as supervisor:
        yield supervisor


def workers(supervisor: Supervisor) -> list[dict[str, Any]]:
    """The workers that have ended, the first one first."""
    return workers_ended(supervisor._database, 1000)[::-1]


def alerts(supervisor: Supervisor) -> list[dict[str, Any]]:
    """The alerts, the first one first."""
    return alerts_told(supervisor._database, 1000)[::-1]


def test_each_task_has_a_process_of_its_own(supervise: Supervise, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """W1: nothing of the host is in it; it has the folder and environment of now, a group of its own, and is the kernel's first choice."""
    supervisor = supervise()
    first = supervisor.result(supervisor.submit(TASKS + "who"))
    monkeypatch.setenv("STREAMTOOLS_TEST_WORD", "wörd")
    monkeypatch.chdir(tmp_path)
    second = supervisor.result(supervisor.submit(TASKS + "who"))
    assert (first.status, first.attempts) == ("done", 1)
    found = [json.loads(result.text) for result in (first, second)]
    assert len({os.getpid(), found[0]["pid"], found[1]["pid"]}) == 3
    for each in found:
        assert each["pid"] == each["group"] == each["session"]
        assert each["malloc"] == ["65536", "2"]
        assert not each["host"]
        if sys.platform == "linux":
            assert each["score"] == min(int(Path("/proc/self/oom_score_adj").read_text()) + 500, 1000)
    assert [each["word"] for each in found] == [None, "wörd"]
    assert found[1]["folder"] == os.path.realpath(tmp_path)


def test_results_come_as_they_end_and_stay(supervise: Supervise, tmp_path: Path) -> None:
    """W1: all that was submitted, once each; a later supervisor of the same file still knows them."""
    supervisor = supervise()
    slow = supervisor.submit(TASKS + "once", {"log": str(tmp_path / "log"), "name": "slow", "seconds": 0.5})
    quick = [supervisor.submit(TASKS + "echo", {"value": number}) for number in range(6)]
    found = list(supervisor.results())
    assert sorted(result.id for result in found) == sorted([slow, *quick])
    assert {result.id: result.text for result in found} == {slow: "slow"} | {number: str(at) for at, number in enumerate(quick)}
    assert [result.id for result in supervisor.results()] == [result.id for result in found], "in the same order again"
    supervisor.close()
    later = supervise()
    assert later.result(quick[3]).text == "3"
    assert list(later.results()) == []


def test_async_callers_use_threads(supervise: Supervise) -> None:
    """W1: many threads may submit and wait at once."""
    supervisor = supervise()

    async def ask(number: int) -> str:
        task = await asyncio.to_thread(supervisor.submit, TASKS + "echo", {"value": number})
        return (await asyncio.to_thread(supervisor.result, task)).text

    async def run() -> list[str]:
        return await asyncio.gather(*(ask(number) for number in range(12)))

    assert asyncio.run(run()) == [str(number) for number in range(12)]


@linux
@pytest.mark.parametrize(
    ("call", "arguments", "status", "attempts", "number", "code"),
    [
        ("eat", {"mib": 400}, "memory", 1, None, 0),
        ("eat", {"mib": 100, "seconds": 0.3, "then": "segfault"}, "crashed", 2, signal.SIGSEGV, -signal.SIGSEGV),
        ("eat", {"mib": 100, "seconds": 30}, "timeout", 1, signal.SIGTERM, -signal.SIGTERM),
        ("hang", {}, "timeout", 1, signal.SIGTERM, -signal.SIGTERM),
        ("leave", {}, "error", 1, None, 0),
        ("fail", {"words": "on\x1bpurpose"}, "error", 1, None, 0),
        ("eat", {"mib": 1, "then": "exit"}, "crashed", 2, None, 3),
    ],
)
def test_every_bad_end_is_told(
    supervise: Supervise, call: str, arguments: dict[str, object], status: str, attempts: int, number: int | None, code: int
) -> None:
    """W1, W2, W3: an over-eater, a crash, a hang, an exception each end as what they are, with the peak; the supervisor goes on."""
    supervisor = supervise(limits=WorkerLimits(memory=300 * MIB, seconds=2.0), max_workers=1)
    result = supervisor.result(supervisor.submit(TASKS + call, arguments), timeout=60)
    assert (result.status, result.attempts, result.is_error) == (status, attempts, True)
    assert result.error
    assert result.error.isprintable()
    rows = workers(supervisor)
    assert len(rows) == attempts
    for row in rows:
        assert (row["status"], row["signal"], row["exit_code"], row["task_id"]) == (status, number, code, result.id)
        assert row["supervisor_id"] == supervisor.id
        assert row["agent_type"] == TASKS + call
        assert row["ended_at"] >= row["started_at"]
        assert row["duration_ms"] > 0
    if number is not None and call == "eat":
        assert all(100 <= row["memory_peak_mb"] < 200 for row in rows), rows
    assert supervisor.result(supervisor.submit(TASKS + "echo", {"value": 1})).text == "1"
    supervisor.close()
    with Database(supervisor._database.path) as database:
        kinds = [alert["kind"] for alert in alerts_told(database, 10)]
    assert kinds == {"memory": ["out of memory"], "error": []}.get(status, [status] * attempts)


@linux
def test_the_peak_of_an_over_eater_is_what_it_had(supervise: Supervise) -> None:
    """W2: a `MemoryError` after 200 MiB of 300 reports those, from within, and names the way out."""
    supervisor = supervise(limits=WorkerLimits(memory=300 * MIB))
    result = supervisor.result(supervisor.submit(TASKS + "eat", {"mib": 150}))
    assert result.status == "done"
    failed = supervisor.result(supervisor.submit(TASKS + "eat", {"mib": 400}))
    assert failed.error == "it took more memory than a worker may; split the task, or raise the limit"
    assert 150 <= workers(supervisor)[0]["memory_peak_mb"] < 250


@linux
def test_a_small_child_of_a_big_parent_has_its_own_peak(supervise: Supervise) -> None:
    """W2: 64 MiB are 64 MiB, although the parent peaked at 500 (fault 9: ``ru_maxrss`` would say 500)."""
    big = bytearray(500 * MIB)
    for place in range(0, len(big), 4096):
        big[place] = 1
    memory = memory_of()
    assert memory is not None
    assert memory.peak > 500 * MIB
    supervisor = supervise()
    supervisor.result(supervisor.submit(TASKS + "eat", {"mib": 64}))
    assert 64 <= workers(supervisor)[0]["memory_peak_mb"] < 150
    del big


def test_a_kill_from_outside_is_tried_once_more(supervise: Supervise, tmp_path: Path) -> None:
    """W1, W3, W5: SIGKILL by somebody: the task is begun again, once, and done; a critical alert says it might have been the kernel."""
    supervisor = supervise()
    log = str(tmp_path / "log")
    result = supervisor.result(supervisor.submit(TASKS + "once", {"log": log, "name": "a", "kill": True}))
    assert (result.status, result.text, result.attempts) == ("done", "a", 2)
    assert Path(log).read_text() == "begin a\nbegin a\nend a\n"
    assert [(row["status"], row["signal"]) for row in workers(supervisor)] == [("killed", signal.SIGKILL), ("done", None)]
    (alert,) = alerts(supervisor)
    assert (alert["severity"], alert["kind"], alert["worker_id"]) == ("critical", "out of memory", 1)


@linux
def test_the_soft_limit_warns_and_the_hard_one_stops(supervise: Supervise) -> None:
    """W3: over the warning an alert says to split the task; from 95 % of the limit on it is stopped, which RLIMIT_DATA alone would not do."""
    limits = WorkerLimits(memory=200 * MIB, warn=100 * MIB)
    supervisor = supervise(limits=limits)
    done = supervisor.result(supervisor.submit(TASKS + "eat", {"mib": 120, "seconds": 0.5}))
    assert done.status == "done"
    (alert,) = alerts(supervisor)
    assert (alert["severity"], alert["kind"], alert["worker_id"]) == ("warning", "worker memory", 1)
    assert "split the task" in alert["message"]
    # Shared memory is not limited by RLIMIT_DATA, but it is in RAM.
    stopped = supervisor.result(supervisor.submit(TASKS + "share", {"mib": 250, "seconds": 30}))
    assert stopped.status == "memory"
    assert "200 are the limit" in stopped.error
    row = workers(supervisor)[-1]
    assert row["signal"] in {signal.SIGTERM, signal.SIGKILL}
    assert row["memory_peak_mb"] > 190
    until(lambda: alerts(supervisor)[-1]["severity"] == "critical")


@linux
def test_a_supervisor_that_grows_is_told_once(supervise: Supervise, caplog: pytest.LogCaptureFixture) -> None:
    """W3: over its limit one warning, stored and logged."""
    with caplog.at_level(logging.WARNING, "streamtools.workers"):
        supervisor = supervise(limits=WorkerLimits(supervisor=1))
        until(lambda: alerts(supervisor))
        for number in range(3):
            supervisor.result(supervisor.submit(TASKS + "echo", {"value": number}))
    assert [(alert["severity"], alert["kind"]) for alert in alerts(supervisor)] == [("warning", "supervisor memory")]
    assert "supervisor memory" in caplog.text


def test_ten_megabytes_are_capped_and_spilled_under_a_quota(supervise: Supervise, tmp_path: Path) -> None:
    """W1, P4, H7: a result built in one piece, and one that streams, are within the caps; the whole is behind a handle, within a quota."""
    supervisor = supervise(spill=SpillLimits(session_bytes=25_000_000))
    results = [supervisor.result(supervisor.submit(TASKS + name, {"size": 10_000_000})) for name in ("lines", "pieces", "pieces")]
    for result in results:
        assert result.status == "done"
        assert len(result.text.encode()) <= DEFAULT.bytes
        assert f"read(path='{result.handle}'" in result.text
    assert workers(supervisor)[1]["memory_peak_mb"] < 60 or sys.platform != "linux"
    files = [file.stat().st_size for file in (tmp_path / "spill" / "workers").iterdir()]
    assert sum(files) <= 25_000_000
    with Database(str(tmp_path / "state.db")) as database:
        path = SpillStore(database=database).path(results[2].handle)
    assert os.path.getsize(path) == results[2].data["bytes"] == results[2].data["saved"]


def test_tokens_of_a_task_are_limited(supervise: Supervise, tmp_path: Path) -> None:
    """W6: a result, and all that a task's toolset gives together, is at most so many tokens."""
    (tmp_path / "many").mkdir()
    (tmp_path / "many" / "a.txt").write_text("needle in a line of the file\n" * 3000)
    supervisor = supervise(limits=WorkerLimits(tokens=3000))
    result = supervisor.result(supervisor.submit(TASKS + "lines", {"size": 100_000}))
    assert estimate(result.text) <= 3000
    given = {"pattern": "needle", "calls": 5}
    found = supervisor.result(supervisor.submit(TASKS + "count", given, roots=[tmp_path / "many"]))
    assert found.status == "done", found
    assert "nothing is left of this turn's budget" in found.text
    assert Path(tmp_path / "many").name in found.text


def test_two_supervisors_claim_no_task_twice(supervise: Supervise, tmp_path: Path) -> None:
    """W5: two on one file and queue share the tasks; each is begun and ended once, and either can be asked for it."""
    one, two = supervise(), supervise()
    log = str(tmp_path / "log")
    tasks = [supervisor.submit(TASKS + "once", {"log": log, "name": f"t{number}"}) for number in range(30) for supervisor in (one, two)]
    asked = [(two if number % 2 else one).result(task) for number, task in enumerate(tasks)]
    assert all(result.status == "done" for result in asked)
    told = Path(log).read_text().splitlines()
    names = [f"t{number}" for number in range(30)]
    assert sorted(told) == sorted([f"{what} {name}" for what in ("begin", "end") for name in names for _ in range(2)])
    assert len({row["task_id"] for row in workers(one)}) == len(workers(one)) == 60


def test_a_private_queue_is_served_by_its_owner_only(supervise: Supervise) -> None:
    """W5: with no queue of a name, another supervisor leaves the tasks alone, and they end with their owner."""
    busy, other = supervise(queue=None, max_workers=1), supervise(queue=None)
    hangs = busy.submit(TASKS + "hang")
    waits = busy.submit(TASKS + "echo")
    assert other.result(other.submit(TASKS + "echo", {"value": 1})).text == "1"
    with pytest.raises(WorkerError, match="still queued"):
        other.result(waits, timeout=0)
    until(lambda: other._store.task(hangs).status == "running")  # type: ignore[union-attr]
    busy.close()
    assert other.result(hangs).status == "cancelled"
    assert other.result(waits).status == "cancelled"


def test_a_supervisor_that_is_closed_gives_back_what_is_not_its_own(supervise: Supervise, tmp_path: Path) -> None:
    """W5: a task that somebody else has put into the shared queue waits again, as if it had not been begun; its own is cancelled."""
    supervisor = supervise()
    own = supervisor.submit(TASKS + "hang", {"pid_file": str(tmp_path / "own")})
    given = {"pid_file": str(tmp_path / "foreign")}
    payload = context_of(TASKS + "hang", given, roots=[], tokens=1, spill_folder="", spill=SpillLimits()).dumps()
    foreign = supervisor._store.add("tasks", "somebody", "x", payload)
    until(lambda: (tmp_path / "own").exists() and (tmp_path / "foreign").exists())
    supervisor.close()
    with Database(str(tmp_path / "state.db")) as database:
        assert database.rows("SELECT id, status, attempts FROM tasks") == [(own, "cancelled", 1), (foreign, "queued", 0)]
        assert database.rows("SELECT DISTINCT status FROM worker_sessions") == [("cancelled",)]


def test_cancelled_tasks_end(supervise: Supervise, tmp_path: Path) -> None:
    """T13: one that waits is never begun, one that hangs in native code is killed; a second cancel does nothing."""
    supervisor = supervise(max_workers=1)
    pid_file = tmp_path / "pid"
    hangs = supervisor.submit(TASKS + "hang", {"pid_file": str(pid_file)})
    waits = supervisor.submit(TASKS + "once", {"log": str(tmp_path / "log"), "name": "never"})
    until(pid_file.exists)
    assert supervisor.cancel(waits)
    assert supervisor.cancel(hangs)
    assert not supervisor.cancel(hangs)
    assert supervisor.result(hangs).status == supervisor.result(waits).status == "cancelled"
    assert supervisor.result(supervisor.submit(TASKS + "echo", {"value": "next"})).text == "next"
    assert not (tmp_path / "log").exists()
    assert [row["status"] for row in workers(supervisor)] == ["cancelled", "done"]


@pytest.mark.parametrize(
    ("call", "given", "says"),
    [
        ("nosuch", {}, "a task is read, grep, glob, or a function"),
        ("os.system:", {}, "a task is"),
        ("../x:y", {}, "a task is"),
        ("__main__:main", {}, "put the function into a module"),
        ("read", {"path": "a"}, "needs roots"),
        (TASKS + "echo", "{", "not JSON"),
        (TASKS + "echo", "[1]", "must be an object"),
        (TASKS + "echo", {1: 2}, "must be an object"),
        (TASKS + "echo", {"value": object()}, "plain JSON data"),
        (TASKS + "echo", {"value": float("nan")}, "plain JSON data"),
        (TASKS + "echo", {"value": "x" * 5_000_000}, "put them into a file"),
    ],
)
def test_what_can_be_no_task_is_told_at_once(shared: Supervisor, call: str, given: dict[str, object], says: str) -> None:
    """T15: one clear sentence, and nothing is queued."""
    before = len(list(shared.results()))
    with pytest.raises(InvalidArgument, match=says):
        shared.submit(call, given)
    assert len(list(shared.results())) == before


@pytest.mark.parametrize(
    ("call", "given", "says"),
    [
        ("tests.workers.nosuch:f", {}, "the module tests.workers.nosuch can't be imported: ModuleNotFoundError"),
        (TASKS + "nosuch", {}, "tests.workers.tasks has no nosuch"),
        (TASKS + "MIB", {}, "is no function but an int"),
        (TASKS + "echo", {"wrong": 1}, "unexpected keyword argument 'wrong'; the task gave wrong"),
        (TASKS + "eat", {}, "missing a required argument: 'mib'; the task gave no arguments"),
        (TASKS + "wrong", {"kind": "socket"}, "returned a type, which is not text"),
        (TASKS + "wrong", {"kind": "set"}, "returned a set, which is not text"),
        (TASKS + "wrong", {"kind": "nan"}, "returned a float, which is not text"),
        (TASKS + "wrong", {"kind": "pieces"}, "yielded an int"),
        (TASKS + "wrong", {"kind": "data"}, "is not plain JSON data"),
    ],
)
def test_what_goes_wrong_in_a_task_is_one_sentence(shared: Supervisor, call: str, given: dict[str, object], says: str) -> None:
    """T15: no traceback, no second try."""
    result = shared.result(shared.submit(call, given))
    assert (result.status, result.attempts, result.text) == ("error", 1, "")
    assert says in result.error
    assert "\n" not in result.error


def test_wrong_settings_and_questions(supervise: Supervise, tmp_path: Path) -> None:
    """T15: limits, roots, numbers, and a supervisor that was closed."""
    supervisor = supervise()
    with pytest.raises(InvalidArgument, match="max_workers"):
        supervise(max_workers=0)
    for numbers in ({"memory": 1}, {"seconds": 0.0}, {"seconds": float("nan")}, {"tokens": 0}):
        with pytest.raises(InvalidArgument):
            WorkerLimits(**numbers)
    with pytest.raises(FileError, match="no such file"):
        supervisor.submit("glob", {}, roots=[tmp_path / "nosuch"])
    with pytest.raises(InvalidArgument, match="is not known"):
        supervisor.result(999)
    supervisor.close()
    supervisor.close()
    for act in (lambda: supervisor.submit(TASKS + "echo"), lambda: supervisor.result(1)):
        with pytest.raises((WorkerError, StateError), match="closed"):
            act()


def test_the_runner_of_a_toolset(supervise: Supervise, tmp_path: Path) -> None:
    """W1, W6, P4: the same text and data as in the host, within the toolset's limits, confined; off unless it is given."""
    root = tmp_path / "root"
    root.mkdir()
    (root / "a.txt").write_text("".join(f"line {number} of the needle\n" for number in range(1, 4001)))
    (root / ".env").write_text("needle SECRET\n")
    calls: list[tuple[str, dict[str, object]]] = [
        ("read", {"path": "a.txt"}),
        ("read", {"path": "nosuch.txt"}),
        ("read", {"path": "../state.db"}),
        ("read", {"path": ".env"}),
        ("grep", {"pattern": "needle", "head_limit": 5}),
        ("grep", {"pattern": "(", "path": "a.txt"}),
        ("glob", {"pattern": "*"}),
        ("read", {"path": "spill://workers/task-1"}),
    ]
    for limits in (DEFAULT, Limits(lines=20, bytes=4096)):
        supervisor = supervise(queue=None)
        with Toolset([root], limits=limits, runner=supervisor.runner([root])) as tools:
            for name, arguments in calls:
                with Toolset([root], limits=limits) as fresh:
                    assert tools.call(name, arguments) == fresh.call(name, arguments), (name, arguments)
            with tools.turn(tokens=2000):
                lowered = tools.call("read", {"path": "a.txt"}).text
            assert len(lowered.encode()) <= 4000
            assert "go on with offset=" in lowered.splitlines()[-1], "the way on is not cut away"
        supervisor.close()


def test_a_cancelled_call_ends_its_worker(supervise: Supervise, tmp_path: Path) -> None:
    """T13, P5: a search in a worker that nobody waits for any more is stopped."""
    (tmp_path / "root").mkdir()
    with (tmp_path / "root" / "hole.bin").open("wb") as file:
        file.truncate(1 << 40)
    supervisor = supervise()

    async def run() -> None:
        with Toolset([tmp_path / "root"], runner=supervisor.runner([tmp_path / "root"])) as tools:
            call = asyncio.create_task(tools.acall("grep", {"pattern": "x", "path": "hole.bin", "text": True}))
            await asyncio.to_thread(until, lambda: supervisor._dispatcher._running)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call

    begun = time.monotonic()
    asyncio.run(run())
    until(lambda: workers(supervisor))
    assert workers(supervisor)[0]["status"] == "cancelled"
    assert time.monotonic() - begun < 25, "well before the deadline of the search"


def test_a_root_that_was_swapped_is_not_read(supervise: Supervise, tmp_path: Path) -> None:
    """T12: between the submit and the worker's start another folder takes the name."""
    (tmp_path / "root").mkdir()
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "a.txt").write_text("SECRET\n")
    supervisor = supervise(max_workers=1)
    pid_file = tmp_path / "pid"
    hangs = supervisor.submit(TASKS + "hang", {"pid_file": str(pid_file)})
    until(pid_file.exists)
    task = supervisor.submit("read", {"path": "a.txt"}, roots=[tmp_path / "root"])
    (tmp_path / "root").rename(tmp_path / "gone")
    (tmp_path / "root").symlink_to(tmp_path / "secret")
    supervisor.cancel(hangs)
    result = supervisor.result(task)
    assert result.status == "error"
    assert "another folder has this name" in result.error


def test_a_template_that_is_killed_is_replaced(supervise: Supervise, tmp_path: Path) -> None:
    """W1, W5: its children die with it and their tasks are begun once more, by children of a new one."""
    supervisor = supervise()
    pid_file = tmp_path / "pids"
    task = supervisor.submit(TASKS + "family", {"pid_file": str(pid_file)})
    until(pid_file.exists)
    pids = [int(pid) for pid in pid_file.read_text().split()]
    nursery = supervisor._dispatcher._nursery
    assert nursery is not None
    pid_file.unlink()
    os.kill(nursery.pid, signal.SIGKILL)
    until(pid_file.exists)
    until(lambda: not any(map(process_key, pids)), 2)
    supervisor.cancel(task)
    until(lambda: len(workers(supervisor)) == 2)
    assert [row["status"] for row in workers(supervisor)] == ["killed", "cancelled"]


def test_threads_of_a_host_may_come_and_go(supervise: Supervise) -> None:
    """W5: workers die with their supervisor, not with the thread that asked for them."""
    supervisor = supervise()
    numbers: list[int] = []
    thread = threading.Thread(target=lambda: numbers.append(supervisor.submit(TASKS + "eat", {"mib": 1, "seconds": 0.4})))
    thread.start()
    thread.join()
    assert supervisor.result(numbers[0]).status == "done"
