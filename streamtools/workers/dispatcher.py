"""The thread of a supervisor: gives tasks to processes, looks after those that run, and enters how they ended."""

from __future__ import annotations

import logging
import os
import select
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final

from streamtools.children.limiting import memory_of
from streamtools.children.nursery import Nursery
from streamtools.errors import StateError
from streamtools.limits import MIB
from streamtools.logs import logger
from streamtools.workers.store import Severity, Store
from streamtools.workers.task import TaskResult, WorkerLimits
from streamtools.workers.watching import Running

_log: Final = logger("workers")
_WORK: Final = "streamtools.workers.worker:work"
#: Set before a worker is started, since glibc reads them once: freed memory goes back to the system, and threads share their arenas.
_ENVIRON: Final = {"MALLOC_TRIM_THRESHOLD_": "65536", "MALLOC_ARENA_MAX": "2"}
#: Seconds between two looks: at workers that run, and at a queue that others fill too.
_TICK: Final = 0.05
_IDLE: Final = 1.0
#: Seconds between two looks at the supervisor's own memory.
_OWN: Final = 30.0
#: Below this share of the limit the supervisor's next alert is armed again.
_ARMED: Final = 0.9
#: Ended tasks from one clean-up of the tables to the next.
_TRIM: Final = 500


class Dispatcher:
    """Begins at once, and ends with `close`. Whatever goes wrong with a worker or the state file is entered, told or logged, never raised.

    ``events`` counts what has ended; ``unsaved`` are results of which the state file can't be told yet.

    Memory: O(``most``), and the process of the `Nursery`.
    """

    def __init__(self, store: Store, path: str, name: str, queue: str, limits: WorkerLimits, most: int) -> None:
        self.events = 0
        self.unsaved: dict[int, TaskResult] = {}
        self._store = store
        self._path = path
        self._name = name
        self._queue = queue
        self._limits = limits
        self._most = most
        self._running: dict[int, Running] = {}
        self._nursery: Nursery | None = None
        self._cancelled: list[int] = []
        self._troubled: set[str] = set()
        self._closing = False
        self._warned = self._unable = False
        self._untrimmed = 0
        self._looked = float("-inf")
        self._rests = 0.0
        self._changed = threading.Condition()
        self._wakes, self._waker = os.pipe()
        os.set_blocking(self._wakes, False)
        os.set_blocking(self._waker, False)
        self._thread = threading.Thread(target=self._serve, name="streamtools-workers", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look at the queue now."""
        try:
            os.write(self._waker, b"x")
        except OSError:
            # A full pipe wakes as well.
            return

    def wait(self, seen: int, seconds: float) -> None:
        """Wait until ``events`` is not ``seen`` any more, at most ``seconds``."""
        with self._changed:
            self._changed.wait_for(lambda: self.events != seen, seconds)

    def cancel(self, task: int) -> None:
        """End the worker of a task, if it is one of these."""
        self._cancelled.append(task)
        self._tell()
        self.wake()

    def close(self) -> None:
        """End all workers and the thread; their tasks are cancelled, but those of other supervisors wait again."""
        self._closing = True
        self.wake()
        self._thread.join()
        os.close(self._wakes)
        os.close(self._waker)

    # -- the thread ----------------------------------------------------------------------

    def _serve(self) -> None:
        while not self._closing:
            self._rests = _TICK if self._running else _IDLE
            for act in (self._look, self._look_at_self, self._dispatch, self._trim):
                self._act(act)
            self._wait()
        self._end()

    def _act(self, act: Callable[[], None]) -> None:
        try:
            act()
            self._troubled.discard(act.__name__)
        except StateError as error:
            self._rests = _TICK
            if act.__name__ not in self._troubled:
                self._troubled.add(act.__name__)
                _log.warning("the supervisor goes on without its state file for now: %s", error)
        except Exception:  # noqa: BLE001 - whatever happens, the workers are looked after
            self._rests = _TICK
            _log.exception("the supervisor goes on")

    def _look(self) -> None:
        """Look at all that runs, and enter what has ended."""
        now = time.monotonic()
        self._hear(now)
        cancelled, self._cancelled = self._cancelled, []
        for running in list(self._running.values()):
            if running.claim.task in cancelled:
                running.stop("cancelled", "it was cancelled")
            if running.end is not None:
                self._finish(running)
            elif told := running.look(now):
                self._alert("warning", "worker memory", told, running.claim.worker)

    def _hear(self, now: float) -> None:
        nursery = self._nursery
        if nursery is None:
            return
        alive = nursery.alive()
        for message in nursery.listen():
            if message["id"] in self._running:
                self._running[message["id"]].hear(message, now)
        if alive:
            nursery.flush()
            return
        # Its children die with it (PR_SET_PDEATHSIG), but not what they have started.
        for running in self._running.values():
            if running.end is None:
                if running.pid:
                    with suppress(OSError):
                        os.killpg(running.pid, signal.SIGKILL)
                running.hear({"code": -signal.SIGKILL}, now)
        nursery.close()
        self._nursery = None

    def _finish(self, running: Running) -> None:
        """Enter how a worker ended; where that is not possible it is tried again, and its place stays taken until then."""
        end, claim = running.end, running.claim
        assert end is not None
        try:
            if not running.entered():
                self._store.end(claim.worker, end, again=running.again())
        except StateError as error:
            if claim.task not in self.unsaved:
                told = f"{end.error or f'its worker ended ({end.status})'}; the state file could not be told: {error}"
                self.unsaved[claim.task] = TaskResult(claim.task, "error", is_error=True, error=told)
                self._tell()
            raise
        del self._running[claim.worker]
        self.unsaved.pop(claim.task, None)
        self._untrimmed += 1
        self._tell()
        if end.status in {"memory", "killed"}:
            peak = f" (peak {end.peak // MIB:,} MB)" if end.peak else ""
            self._alert("critical", "out of memory", f"task {claim.task}: {end.error}{peak}", claim.worker)
        elif end.status in {"timeout", "crashed"}:
            self._alert("warning", end.status, f"task {claim.task}: {end.error}", claim.worker)

    def _look_at_self(self) -> None:
        now = time.monotonic()
        if now - self._looked < _OWN:
            return
        self._looked = now
        memory = memory_of()
        if memory is None:
            return
        if memory.resident > self._limits.supervisor and not self._warned:
            self._warned = True
            message = f"the supervisor {self._name} takes {memory.resident // MIB:,} MB, more than {self._limits.supervisor // MIB:,}"
            self._alert("warning", "supervisor memory", message)
        elif memory.resident < _ARMED * self._limits.supervisor:
            self._warned = False

    def _dispatch(self) -> None:
        """Give tasks to workers as long as there are both."""
        self._prepare()
        nursery = self._nursery
        while nursery is not None and len(self._running) < self._most and self._store.waiting(self._queue):
            taken = time.monotonic()
            claim = self._store.claim(self._name, self._queue)
            if claim is None:
                return
            worker = claim.worker
            self._running[worker] = Running(claim, self._limits, taken, partial(nursery.kill, worker))
            nursery.begin(worker, {"path": self._path, "worker": worker, "taken": taken})
            self._rests = min(self._rests, _TICK)

    def _prepare(self) -> None:
        if self._nursery is not None:
            return
        try:
            self._nursery = Nursery(_WORK, self._limits.memory, _ENVIRON)
            self._unable = False
        except OSError as error:
            if not self._unable:
                self._unable = True
                self._alert("warning", "start", f"workers can't be started: {error.strerror or error}")

    def _trim(self) -> None:
        if self._untrimmed >= _TRIM:
            self._untrimmed = 0
            self._store.trim()

    def _end(self) -> None:
        self._hear(time.monotonic())
        for running in self._running.values():
            running.stop("cancelled", "the supervisor was closed")
        if self._nursery is not None:
            self._nursery.close(empty=not self._running)
        for running in list(self._running.values()):
            if running.end is None:
                running.hear({"code": -signal.SIGKILL}, time.monotonic())
            try:
                if running.claim.submitter != self._name:
                    self._store.give_back(running.claim.worker)
                self._finish(running)
            except StateError as error:
                _log.warning("the end of a task was not entered: %s", error)
        self._tell()

    def _alert(self, severity: Severity, kind: str, message: str, worker: int | None = None) -> None:
        _log.log(logging.CRITICAL if severity == "critical" else logging.WARNING, "%s: %s", kind, message)
        try:
            self._store.alert(severity, kind, message, worker)
        except StateError as error:
            _log.warning("an alert was not stored: %s", error)

    def _tell(self) -> None:
        with self._changed:
            self.events += 1
            self._changed.notify_all()

    def _wait(self) -> None:
        """Wait until something is told, or it is time for the next look."""
        poll = select.poll()
        poll.register(self._wakes, select.POLLIN)
        if self._nursery is not None:
            poll.register(self._nursery.reads, select.POLLIN)
        poll.poll(self._rests * 1000)
        with suppress(BlockingIOError):
            while os.read(self._wakes, 4096):
                pass
