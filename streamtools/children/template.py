"""``python -m streamtools.children.template MODULE:NAME BYTES``: has imported what its children need, and forks one a request.

A fork of it is a fresh process that begins at once: nothing of the host and nothing of an earlier child is in it, and importing the same
modules again takes ten times as long. It runs no task itself, so nothing ever keeps it from looking after its children: it reaps them,
kills what they leave in their process groups, and kills them all when its standard input ends, which it does when the parent dies.

Requests are lines of JSON: ``{"id": 7, "order": ...}`` begins a child, ``{"kill": 7, "signal": 9}`` sends a signal to its group, and
``{"environ": {...}}`` is for later children. Answers are ``{"id": 7, "pid": 123}``, what the child itself reports, and
``{"id": 7, "code": 0}`` at its end, below 0 for a signal.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from streamtools.children.limiting import limit_self
from streamtools.children.serving import READ, high, watch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final, NoReturn


#: A line of at most so many bytes is written whole, also where others write to the same pipe (PIPE_BUF of POSIX).
LINE: Final = 512

Report = Callable[[dict[str, Any]], None]
#: What a child does: it gets its order, and what sends a report of at most 512 bytes of JSON.
Work = Callable[[Any, Report], None]


class Template:
    """The loop of the process. Not to be used in one that has threads.

    Memory: one number a child.
    """

    def __init__(self, reads: int, writes: int, work: Work, data: int) -> None:
        self._reads = reads
        self._writes = writes
        self._work = work
        self._data = data
        self._children: dict[int, int] = {}
        self._buffer = b""
        self._woken, self._wakes = os.pipe()
        for fd in (self._woken, self._wakes):
            os.set_blocking(fd, False)

    def serve(self) -> None:
        """Serve until the parent is gone, and kill what is left then."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wakes, warn_on_full_buffer=False)
        poll = select.poll()
        poll.register(self._reads, select.POLLIN)
        poll.register(self._woken, select.POLLIN)
        more = True
        while more:
            ready = {fd for fd, _ in poll.poll()}
            if self._woken in ready:
                with suppress(BlockingIOError):
                    os.read(self._woken, READ)
            if self._reads in ready:
                more = self._read()
            self._reap()
        for pid in self._children.values():
            _signal(pid, signal.SIGKILL)

    def _read(self) -> bool:
        data = os.read(self._reads, READ)
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            given = json.loads(line)
            if "environ" in given:
                os.environ.clear()
                os.environ.update(given["environ"])
            elif "kill" in given:
                pid = self._children.get(given["kill"])
                if pid is not None:
                    _signal(pid, signal.Signals(given["signal"]))
            else:
                self._begin(given["id"], given["order"])
        return bool(data)

    def _begin(self, name: int, order: object) -> None:
        try:
            pid = os.fork()
        except OSError:
            self._tell({"id": name, "code": os.EX_OSERR})
            return
        if not pid:
            self._child(name, order)
        self._children[name] = pid
        self._tell({"id": name, "pid": pid})

    def _child(self, name: int, order: object) -> NoReturn:
        try:
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(number, signal.SIG_DFL)
            os.setsid()
            os.close(self._woken)
            os.close(self._wakes)
            limit_self(self._data)
            watch(self._reads, _end_group)
            self._work(order, lambda message: self._tell({"id": name, **message}))
            for stream in (sys.stdout, sys.stderr):
                with suppress(Exception):
                    stream.flush()
            # Python's own end could hang in what the work has left behind.
            os._exit(0)
        finally:
            os._exit(os.EX_SOFTWARE)

    def _reap(self) -> None:
        for name, pid in list(self._children.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                del self._children[name]
                _signal(pid, signal.SIGKILL, group=True)
                self._tell({"id": name, "code": os.waitstatus_to_exitcode(status)})

    def _tell(self, message: dict[str, Any]) -> None:
        with suppress(OSError):
            os.write(self._writes, json.dumps(message).encode("ascii") + b"\n")


def _signal(pid: int, number: signal.Signals, *, group: bool = False) -> None:
    """Send a signal to the group of a child, or to the child that has none yet."""
    try:
        os.killpg(pid, number)
    except OSError:
        if not group:
            with suppress(OSError):
                os.kill(pid, number)


def _end_group() -> NoReturn:
    """The parent is gone: nothing of this child may stay."""
    os.killpg(0, signal.SIGKILL)
    os._exit(1)


def main() -> None:
    """The command line; `Nursery` is its only caller."""
    reads, writes = high(0), high(1)
    # What a child prints goes to standard error.
    os.dup2(2, 1)
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    # The host may hold signals back, and this process has to outlive it for a moment.
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    module, _, name = sys.argv[1].partition(":")
    work: Work = getattr(importlib.import_module(module), name)
    gc.collect()
    # Children share the memory of what is there now as long as nobody writes to it, as the collector would.
    gc.freeze()
    Template(reads, writes, work, int(sys.argv[2])).serve()


if __name__ == "__main__":
    main()
