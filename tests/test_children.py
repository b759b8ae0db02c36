"""Children that share work: whatever happens to them, nothing is lost and none is left; T6, T10, T13."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from streamtools.children import Crew, spawned
from streamtools.children.serving import LENGTH, frame, parsed

HERE = Path(__file__).parents[1]
SETUP: dict[str, object] = {
    "module": "tests.test_children",
    "name": "worker",
    "setup": None,
    "folder": str(HERE),
    "environ": dict(os.environ, PYTHONPATH=str(HERE)),
}


def worker(_: object) -> object:
    """What a child does here: tell who did it, or fail."""

    def work(task: int) -> tuple[int, int, str]:
        if task % 7 == 3:
            raise MemoryError
        return task, os.getpid(), os.getcwd()

    return work


class _Pair(NamedTuple):
    one: object
    two: object


@pytest.mark.parametrize(
    "message",
    [
        (1, True, None),
        (2, (b"made\0" * 9, {"hidden": 3, "\udcff": 1}, ("a\udc80", None, True))),
        (-1, ()),
        (3, _Pair(1, (2,))),
        (4, (_Pair(1, 2), {3})),
        (5, {"setup": (_Pair(1, None),)}),
        (6, True, [1, "text"]),
        (7, 0.5),
    ],
)
def test_frames_hold_what_was_sent(message: tuple[object, ...]) -> None:
    """T10: plain tuples and what only `pickle` can write come back as they were, of their own types."""
    data = frame(message)
    assert int.from_bytes(data[:LENGTH], "little") == len(data) - LENGTH
    for part in (data[LENGTH:], memoryview(data)[LENGTH:]):
        found = parsed(part)
        assert found == message
        assert repr(found) == repr(message)


@pytest.fixture
def crew() -> Iterator[Crew]:
    """Two children that are ready."""
    made = Crew(2, spawned)
    ready(made, SETUP)
    yield made
    made.close()


def ready(crew: Crew, setup: dict[str, object]) -> list[int]:
    """Start a crew and wait for all of it; return the numbers of its processes."""
    crew.start(setup)
    while any(child.ready != crew._asked for child in crew._children):
        crew._collect(0.05)
    assert len(crew._children) == 2
    return [child.pid for child in crew._children]


def here(task: int) -> tuple[int, int, str]:
    """The parent's way."""
    return task, 0, ""


def test_order_and_failures(crew: Crew) -> None:
    """T10: results come in order, children do some of them, and what fails there is done here."""
    found = list(crew.map(iter(range(300)), here))
    assert [task for task, _, _ in found] == list(range(300))
    assert all(pid == 0 for task, pid, _ in found if task % 7 == 3)
    assert {pid for _, pid, _ in found} - {0}


def test_a_killed_child_loses_nothing(crew: Crew) -> None:
    """T10: killed in the middle, and replaced for the next search; no zombie is left."""
    pids = [child.pid for child in crew._children]
    results = crew.map(iter(range(300)), here)
    found = [next(results)]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    found += results
    assert [task for task, _, _ in found] == list(range(300))
    for pid in pids:
        with pytest.raises(ChildProcessError):
            os.waitpid(pid, 0)
    assert not set(ready(crew, SETUP)) & set(pids)


def test_left_in_the_middle_and_used_again(crew: Crew, tmp_path: Path) -> None:
    """T10, T13: results of a search that was left never come up in the next one, which has its own folder."""
    results = crew.map(iter(range(1000, 1300)), here)
    next(results)
    results.close()  # type: ignore[attr-defined]
    ready(crew, {**SETUP, "folder": str(tmp_path)})
    found = list(crew.map(iter(range(100)), here))
    assert [task for task, _, _ in found] == list(range(100))
    assert {folder for _, pid, folder in found if pid} <= {os.path.realpath(tmp_path)}


def test_a_child_that_hangs_does_not_hold_the_parent(crew: Crew) -> None:
    """T13: children that are stopped: the parent is told to stop and leaves in time, and drains with an end."""
    results = crew.map(iter(range(300)), here, stop=iter([False] * 9 + [True] * 9).__next__)
    pids = [child.pid for child in crew._children]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    assert len(list(results)) < 300
    crew.drain(0.05)
    assert crew.idle


def test_tasks_come_with_the_setup_and_are_taken_back(crew: Crew) -> None:
    """T10, T13: children that were ready get tasks at once; stopped before they are ready again, they hold nothing up."""
    crew.rest()
    while any(child.ready != crew._asked for child in crew._children):
        crew._collect(0.05)
    for child in crew._children:
        os.kill(child.pid, signal.SIGSTOP)
    crew.start(SETUP)
    results = crew.map(iter(range(50)), here)
    first = next(results)
    assert all(child.ready != crew._asked and child.waiting for child in crew._children)
    done = [first, *results]
    assert [task for task, _, _ in done] == list(range(50))
    assert {pid for _, pid, _ in done} == {0}
    assert not crew._left
    crew.drain(0.05)
    assert crew.idle


def test_the_last_task_is_not_left_to_a_busy_child(crew: Crew) -> None:
    """T10: who has nothing to do does it, though there is room in a child's queue."""
    for child in crew._children:
        os.kill(child.pid, signal.SIGSTOP)
    results = crew.map(iter(range(3)), here, stop=iter([False] * 3 + [True]).__next__)
    assert list(results) == []
    assert sorted(len(child.waiting) for child in crew._children) == [1, 1]
    crew.drain(0.05)


def test_after_a_fork_both_go_on(crew: Crew) -> None:
    """T10: a fork in the middle of a search finishes it alone, and the parent with its children."""
    script = "import sys; sys.path.insert(0, '.'); from tests import test_children as t; t.fork_in_the_middle()"
    done = subprocess.run([sys.executable, "-c", script], cwd=HERE, capture_output=True, text=True, check=False)
    assert done.stdout == "all\nall\n", done.stderr


def fork_in_the_middle() -> None:
    """Run in a process without threads."""
    crew = Crew(2, spawned)
    ready(crew, SETUP)
    results = crew.map(iter(range(100)), here)
    next(results)
    pid = os.fork()
    rest = [task for task, _, _ in results]
    os.write(1, b"all\n" if rest == list(range(1, 100)) else repr(rest).encode())
    if not pid:
        os._exit(0)
    os.waitpid(pid, 0)
    crew.close()


def test_children_end_with_a_killed_host() -> None:
    """T6: nothing is left behind when the host is killed."""
    script = (
        "import os, sys, time; sys.path.insert(0, '.'); from tests import test_children as t\n"
        "crew = t.Crew(2, t.spawned); pids = t.ready(crew, t.SETUP); print(*pids, flush=True); sys.stdin.read()"
    )
    host = subprocess.Popen([sys.executable, "-c", script], cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with host:
        assert host.stdout is not None
        pids = [int(pid) for pid in host.stdout.readline().split()]
        descriptors = [os.pidfd_open(pid) for pid in pids] if hasattr(os, "pidfd_open") else []
        host.kill()
    poll = select.poll()
    for fd in descriptors:
        poll.register(fd, select.POLLIN)
        assert poll.poll(2000)
        poll.unregister(fd)
        os.close(fd)


@pytest.mark.parametrize("closed", [(0,), (1,), (0, 1), (0, 1, 2)])
def test_a_host_without_standard_streams(closed: tuple[int, ...], tmp_path: Path) -> None:
    """T10: closed standard streams don't get mixed up with the pipes."""
    script = (
        f"import os, sys; sys.path.insert(0, '.'); out2 = os.open({str(tmp_path / 'out')!r}, os.O_CREAT | os.O_WRONLY)\n"
        f"for fd in {closed}: os.close(fd)\n"
        "from tests import test_children as t\n"
        "crew = t.Crew(2, t.spawned); t.ready(crew, t.SETUP); found = list(crew.map(iter(range(300)), t.here)); crew.close()\n"
        "os.write(out2, b'%d %d' % (len(found), len({pid for _, pid, _ in found}) > 1))"
    )
    subprocess.run([sys.executable, "-c", script], cwd=HERE, check=False)
    assert (tmp_path / "out").read_text() == "300 1"


def test_started_by_hand_without_a_warning() -> None:
    """T10: as a program it ends at once when nobody talks to it, and says nothing."""
    command = [sys.executable, "-W", "error", "-m", "streamtools.children"]
    done = subprocess.run(command, cwd=HERE, stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
