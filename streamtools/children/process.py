"""One child as its parent sees it, and the two ways to start it."""

from __future__ import annotations

import os
import sys

from streamtools.children.serving import LENGTH, READ, frame, high, parsed, pickler, serve, watch
from streamtools.limits import KIB

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any, Final, Protocol

    from streamtools.children.serving import Work

    class Owned(Protocol):
        """A process of this one, and the pipes to it."""

        pid: int

        def leave(self) -> None:
            """Close the pipes."""


#: Its number in POSIX; `signal` takes 2 ms to import, at the end of every search with helpers.
_SIGKILL: Final = 9
#: Bytes of results that wait in a pipe.
_PIPE: Final = 256 * KIB
#: Children of this process. Their pipes must not stay open in a fork of it: they would never end.
ALIVE: Final[set[Owned]] = set()


class Child:
    """One child: its process, the pipe it reads tasks from, and the one it writes results to.

    ``told`` is the last setup it was sent, ``ready`` the last one it is done with.
    """

    __slots__ = ("buffer", "outgoing", "pid", "reads", "ready", "told", "waiting", "writes")

    def __init__(self, pid: int, writes: int, reads: int) -> None:
        os.set_blocking(writes, False)
        self.pid = pid
        self.writes = writes
        self.reads = reads
        self.told = self.ready = 0
        self.waiting: dict[int, Any] = {}
        self.buffer = bytearray()
        self.outgoing = bytearray()
        ALIVE.add(self)

    def send(self, number: int, message: object) -> bool:
        """Write one frame as far as the pipe takes it, the rest is for `flush`; False if the child is gone."""
        self.outgoing += frame((number, message))
        return self.flush()

    def flush(self) -> bool:
        """Write what is left; never waits. False if the child is gone."""
        while self.outgoing:
            try:
                count = os.write(self.writes, self.outgoing[:READ])
            except BlockingIOError:
                return True
            except OSError:
                return False
            del self.outgoing[:count]
        return True

    def receive(self) -> Iterator[Any]:
        """Read what is there and yield the whole frames; raises EOFError if the child is gone."""
        try:
            data = os.read(self.reads, READ)
        except OSError:
            data = b""
        if not data:
            raise EOFError
        self.buffer += data
        while len(self.buffer) >= LENGTH:
            stop = LENGTH + int.from_bytes(self.buffer[:LENGTH], "little")
            if len(self.buffer) < stop:
                return
            with memoryview(self.buffer) as whole, whole[LENGTH:stop] as part:
                message = parsed(part)
            del self.buffer[:stop]
            yield message

    def leave(self) -> None:
        """Close the pipes; the child ends by itself then."""
        ALIVE.discard(self)
        for fd in {self.writes, self.reads} - {-1}:
            try:
                os.close(fd)
            except OSError:
                pass
        self.writes = self.reads = -1

    def stop(self) -> None:
        """Stop the process, whatever it does; `end` is still to be called.

        A host may have reaped it already: then its number may be another process's, and is left alone.
        """
        self.leave()
        if self.pid:
            try:
                if os.waitpid(self.pid, os.WNOHANG) == (0, 0):
                    os.kill(self.pid, _SIGKILL)
                    return
            except (ChildProcessError, ProcessLookupError):
                pass
            self.pid = 0

    def end(self) -> None:
        """Stop the process and take it off the system's list."""
        self.stop()
        pid, self.pid = self.pid, 0
        if pid:
            try:
                os.waitpid(pid, 0)
            except ChildProcessError:
                pass


def forked(make: Callable[[], Work], *, plain: bool = False) -> Callable[[], Child]:
    """Return what starts a child as a fork that does the work it makes of what the parent has in memory.

    Only for a process without threads. The child prints nothing, whatever ends it. ``plain`` says that tasks and results are plain
    tuples, see `frame`.
    """

    def start() -> Child:
        task_read, task_write = os.pipe()
        result_read, result_write = os.pipe()
        _widen(result_write)
        if not plain:
            # what frames need is imported once for both
            pickler()
        pid = os.fork()
        if not pid:
            try:
                os.close(task_write)
                os.close(result_read)
                watch(task_read)
                serve(task_read, result_write, lambda _: None, make())
            finally:
                os._exit(0)
        os.close(task_read)
        os.close(result_write)
        return Child(pid, task_write, result_read)

    return start


def _widen(pipe: int) -> None:
    """Let a pipe hold more than the usual 64 KiB, where the system can: a child need not wait until its parent looks."""
    if sys.platform == "linux":
        import fcntl

        try:
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE)
        except OSError:
            # a user may have only so many pages in pipes
            pass


def spawned() -> Child:
    """Start a child as a process of its own, which imports nothing of the host's. Raises OSError."""
    import signal

    # A Ctrl-C before the child ignores it would end it with a traceback: it begins with the signal held back.
    held = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        pid, writes, reads = launch("streamtools.children")
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)
    return Child(pid, writes, reads)


def launch(
    module: str, arguments: Sequence[str] = (), *, environ: Mapping[str, str] | None = None, alone: bool = False
) -> tuple[int, int, int]:
    """Start ``python -m module`` and return its number and our ends of its standard input and output. Raises OSError.

    ``environ`` is added to this process's own; ``alone`` gives it a session and a process group of its own, named by its number.
    Whoever calls it has to reap the process.
    """
    import subprocess

    if getattr(sys, "frozen", False) or not sys.executable:
        raise OSError("there is no Python interpreter to start")
    home = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    paths = [home, *filter(None, [os.environ.get("PYTHONPATH")])]
    process = subprocess.Popen(  # noqa: S603 - this interpreter, and a module of ours
        [sys.executable, "-P", "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=None if _is_open(2) else subprocess.DEVNULL,
        bufsize=0,
        env={**os.environ, **(environ or {}), "PYTHONPATH": os.pathsep.join(paths)},
        start_new_session=alone,
    )
    process.returncode = 0
    assert process.stdin is not None
    assert process.stdout is not None
    with process.stdin, process.stdout:
        return process.pid, high(process.stdin.fileno()), high(process.stdout.fileno())


def _is_open(fd: int) -> bool:
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True


def _abandon() -> None:
    """In a fork of the parent: the children are not ours."""
    for child in list(ALIVE):
        child.leave()
        child.pid = 0


os.register_at_fork(after_in_child=_abandon)
