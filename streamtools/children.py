"""Child processes that share a list of tasks with their parent; results come in the tasks' order.

    crew = Crew(2, forked(work))
    for result in crew.map(tasks, work): ...

A child is either a plain fork, for a program of ours that has no threads yet, or
``python -m streamtools.children``, which is safe in any host: multiprocessing would import the host's
``__main__`` again. Both speak the same frames over two pipes: eight bytes of length, then a
pickle that only this program wrote. A child ends when its parent does, since its pipe then ends; one
that is killed loses nothing, because the parent does its tasks itself.
"""

from __future__ import annotations

import os
import pickle
import select
import sys
from collections.abc import Callable, Iterator
from typing import Any, Final

_LENGTH: Final = 8
_DEPTH: Final = 2
_READ: Final = 1 << 18

Work = Callable[[Any], Any]


class Child:
    """One child: its process, the pipe it reads tasks from, and the one it writes results to."""

    __slots__ = ("buffer", "pid", "reads", "waiting", "writes")

    def __init__(self, pid: int, writes: int, reads: int) -> None:
        self.pid = pid
        self.writes = writes
        self.reads = reads
        self.waiting: dict[int, Any] = {}
        self.buffer = bytearray()

    def send(self, message: object) -> bool:
        """Write one frame; False if the child is gone."""
        data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        try:
            _write(self.writes, len(data).to_bytes(_LENGTH, "little") + data)
        except OSError:
            return False
        return True

    def receive(self) -> Iterator[Any]:
        """Read what is there and yield the whole frames; raises EOFError if the child is gone."""
        try:
            data = os.read(self.reads, _READ)
        except OSError:
            data = b""
        if not data:
            raise EOFError
        self.buffer += data
        while len(self.buffer) >= _LENGTH:
            stop = _LENGTH + int.from_bytes(self.buffer[:_LENGTH], "little")
            if len(self.buffer) < stop:
                return
            message = pickle.loads(memoryview(self.buffer)[_LENGTH:stop])  # noqa: S301 - our own child wrote it
            del self.buffer[:stop]
            yield message

    def end(self) -> None:
        """Stop the process, whatever it does, and take it off the system's list."""
        import contextlib
        import signal

        for fd in (self.writes, self.reads):
            with contextlib.suppress(OSError):
                os.close(fd)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)


class Crew:
    """Up to ``count`` children that work beside their parent.

    `map` may be left at any point. `close` ends the children; an ``idle`` crew can be used again.

    Memory: at most ``2 * count + 4`` results that wait for an earlier one, and one frame a child.
    """

    def __init__(self, count: int, start: Callable[[], Child]) -> None:
        self._count = count
        self._start = start
        self._children: list[Child] = []

    @property
    def idle(self) -> bool:
        """Whether no child has a task left."""
        return not any(child.waiting for child in self._children)

    def start(self, setup: object = None, count: int | None = None) -> None:
        """Bring the crew to its full number, or to ``count``, and send each child ``setup`` as its first message."""
        self._count = count or self._count
        while len(self._children) < self._count:
            self._children.append(self._start())
        for child in list(self._children):
            if setup is not None and not child.send(setup):
                self._lose(child)

    def map(self, tasks: Iterator[Any], here: Work) -> Iterator[Any]:
        """Yield the result of each task, in order; ``here`` is how the parent does one itself."""
        results: dict[int, Any] = {}
        given = taken = 0
        ahead = _DEPTH * self._count + 4
        more = True
        while True:
            while more and given - taken < ahead and (child := self._free()) is not None:
                task = next(tasks, self)
                if task is self:
                    more = False
                    break
                self._give(child, given, task, results, here)
                given += 1
            self._collect(results, here, wait=False)
            if taken in results:
                yield results.pop(taken)
                taken += 1
            elif taken == given and not more:
                return
            elif more and given - taken < ahead and (task := next(tasks, self)) is not self:
                results[given] = here(task)
                given += 1
            else:
                more = more and given - taken >= ahead
                if taken not in results and taken < given:
                    self._collect(results, here, wait=True)

    def close(self) -> None:
        """End all children."""
        while self._children:
            self._children.pop().end()

    def drain(self, seconds: float) -> None:
        """Let the children finish what they have, and end those that take longer."""
        import time

        end = time.monotonic() + seconds
        while not self.idle and time.monotonic() < end:
            self._collect({}, lambda _: None, wait=True, seconds=0.01)
        for child in [child for child in self._children if child.waiting]:
            self._children.remove(child)
            child.end()

    def _free(self) -> Child | None:
        child = min(self._children, key=lambda child: len(child.waiting), default=None)
        return child if child is not None and len(child.waiting) < _DEPTH else None

    def _give(self, child: Child, number: int, task: object, results: dict[int, Any], here: Work) -> None:
        child.waiting[number] = task
        if not child.send((number, task)):
            self._redo(child, results, here)

    def _collect(self, results: dict[int, Any], here: Work, *, wait: bool, seconds: float | None = None) -> None:
        busy = [child for child in self._children if child.waiting]
        if not busy:
            return
        ready, _, _ = select.select([child.reads for child in busy], [], [], seconds if wait else 0)
        for child in busy:
            if child.reads not in ready:
                continue
            try:
                for number, result in child.receive():
                    child.waiting.pop(number, None)
                    results[number] = result
            except EOFError:
                self._redo(child, results, here)

    def _redo(self, child: Child, results: dict[int, Any], here: Work) -> None:
        """Do the tasks of a child that is gone."""
        self._lose(child)
        for number, task in child.waiting.items():
            results[number] = here(task)

    def _lose(self, child: Child) -> None:
        self._children.remove(child)
        child.end()


def forked(work: Work) -> Callable[[], Child]:
    """Return what starts a child as a fork that does ``work`` with what the parent has in memory.

    Only for a process without threads.
    """
    open_ends: list[int] = []

    def start() -> Child:
        task_read, task_write = os.pipe()
        result_read, result_write = os.pipe()
        sys.stdout.flush()
        pid = os.fork()
        if not pid:
            code = 1
            try:
                for fd in (*open_ends, task_write, result_read):
                    os.close(fd)
                _serve(task_read, result_write, lambda _: work, work)
                code = 0
            finally:
                os._exit(code)
        os.close(task_read)
        os.close(result_write)
        open_ends.extend((task_write, result_read))
        return Child(pid, task_write, result_read)

    return start


def spawned() -> Child:
    """Start a child as a process of its own, which imports nothing of the host's."""
    import subprocess

    home = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    paths = [home, *filter(None, [os.environ.get("PYTHONPATH")])]
    process = subprocess.Popen(
        [sys.executable, "-m", "streamtools.children"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    child = Child(process.pid, os.dup(process.stdin.fileno()), os.dup(process.stdout.fileno()))
    process.stdin.close()
    process.stdout.close()
    process.returncode = 0
    return child


def _serve(reads: int, writes: int, setup: Callable[[Any], Work], work: Work | None = None) -> None:
    """Do tasks until the parent closes its end; a message that is no pair ``(number, task)`` is a setup."""
    while (length := _exactly(reads, _LENGTH)) is not None:
        data = _exactly(reads, int.from_bytes(length, "little"))
        if data is None:
            return
        message = pickle.loads(data)  # noqa: S301 - our own parent wrote it
        if not isinstance(message, tuple):
            work = setup(message)
            continue
        assert work is not None
        number, task = message
        result = pickle.dumps((number, work(task)), pickle.HIGHEST_PROTOCOL)
        try:
            _write(writes, len(result).to_bytes(_LENGTH, "little") + result)
        except OSError:
            return


def _exactly(fd: int, size: int) -> bytes | None:
    """Read ``size`` bytes; None at the end of the pipe."""
    data = b""
    while len(data) < size:
        part = os.read(fd, size - len(data))
        if not part:
            return None
        data += part
    return data


def _write(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def main() -> None:
    """Serve a parent over standard input and output; what a task prints goes to standard error."""
    import importlib
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    reads, writes = os.dup(0), os.dup(1)
    os.dup2(2, 1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)

    def setup(message: dict[str, Any]) -> Work:
        made: Work = getattr(importlib.import_module(message["module"]), message["name"])(message["setup"])
        return made

    _serve(reads, writes, setup)


if __name__ == "__main__":
    main()
