"""The door to the workers: tasks go in, results come out, and nothing of either stays in memory."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Final, Self

from streamtools.database import Database, process_key
from streamtools.deadline import Deadline
from streamtools.errors import InvalidArgument, StateError, WorkerError
from streamtools.files.confine import DEFAULT_DENY
from streamtools.history.shelf import SpillLimits
from streamtools.limits import DEFAULT, Limits
from streamtools.logs import logger
from streamtools.results import ToolResult
from streamtools.toolset import Runner
from streamtools.workers.dispatcher import Dispatcher
from streamtools.workers.orphans import bury
from streamtools.workers.store import Store
from streamtools.workers.task import TaskResult, WorkerLimits, context_of

_log: Final = logger("workers")
#: Seconds between two looks at a task that another supervisor may do.
_LOOK: Final = 0.1
_numbers: Final = itertools.count(1)


class Supervisor:
    """Runs each task of a queue in a process of its own, at most ``max_workers`` at once.

        with Supervisor(max_workers=4) as supervisor:
            numbers = [supervisor.submit("package.module:function", {"path": path}) for path in paths]
            for result in supervisor.results():
                print(result.id, result.status, result.text)

    A task is a tool (``read``, ``grep``, ``glob``) or a function by its dotted name; a crash, an over-eater or a hang of it ends
    its own process only, and is told in its result. A task whose process died by no fault that would come again is begun once more.
    Tasks and results are rows of the state file at ``path`` (None: the user's own); there they stay for 30 days, but no more than
    the newest 10,000. Supervisors with the same ``queue`` share its tasks and go on with those of a supervisor that died; with ``queue``
    None the tasks are this one's alone. Large results are spilled within ``spill``.

    Any
    number of threads may use one supervisor. `close` (or the end of a ``with``) ends what runs; results have to be
    collected before. Not to be used in a fork of its process.
    Raises `StateError` where the state file can't be used.

    Memory: O(max_workers), whatever the number of tasks and the size of their results; each worker is a process, and one more
    (see `Nursery`) starts them.
    """

    def __init__(
        self,
        path: str | None = None,
        *,
        max_workers: int = min(os.cpu_count() or 1, 4),
        limits: WorkerLimits | None = None,
        queue: str | None = "tasks",
        spill: SpillLimits | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if max_workers < 1:
            raise InvalidArgument(f"max_workers must be at least 1, not {max_workers}")
        self.limits = limits if limits is not None else WorkerLimits()
        self.id = f"{process_key()}-{next(_numbers)}"
        self._spill = spill if spill is not None else SpillLimits()
        self._queue = self.id if queue is None else queue
        self._pid = os.getpid()
        self._closed = False
        self._database = Database(path)
        try:
            self._store = Store(self._database, clock=clock)
            self._store.enter(self.id, process_key(), self._queue)
            bury(self._store)
            self._store.trim()
        except BaseException:
            self._database.close()
            raise
        self._dispatcher = Dispatcher(self._store, self._database.path, self.id, self._queue, self.limits, max_workers)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def submit(
        self,
        call: str,
        arguments: Mapping[str, Any] | str | bytes | None = None,
        *,
        roots: Sequence[str | os.PathLike[str]] = (),
        deny: Sequence[str] = DEFAULT_DENY,
        limits: Limits = DEFAULT,
        deadline: float | None = 30.0,
        spills: bool = True,
        agent_type: str = "",
    ) -> int:
        """Put a task into the queue and return its number.

        ``arguments`` are plain data, or its JSON. With ``roots`` a function gets a `Toolset` on them as its argument ``tools``; ``deny``,
        ``limits``, ``deadline`` (seconds of one call) and ``spills`` (whether ``spill://`` handles may be read) are that toolset's. What
        a function returns or yields is text, bytes, plain data or a `ToolResult`. ``agent_type`` is for the tables, by default the call.
        Raises `InvalidArgument` for what can't be a task, a `FileError` for a root that is not there, and `StateError`.
        """
        self._check_open()
        context = context_of(
            call,
            arguments,
            roots=roots,
            deny=deny,
            limits=limits,
            deadline=deadline,
            spills=spills,
            tokens=self.limits.tokens,
            spill_folder=os.path.join(os.path.dirname(os.path.abspath(self._database.path)), "spill"),
            spill=self._spill,
        )
        number = self._store.add(self._queue, self.id, agent_type or call, context.dumps())
        self._dispatcher.wake()
        return number

    def result(self, number: int, timeout: float | None = None, *, stop: Callable[[], object] = bool) -> TaskResult:
        """Wait until a task has ended and return what became of it; from any supervisor of the file, also an earlier one.

        When ``stop``, which is asked about every 0.1 s, gives true, the task is cancelled. Raises `WorkerError` when ``timeout`` seconds
        have passed (the task goes on) or the supervisor is closed, `InvalidArgument` for a number that is not known (any more).
        """
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            seen = self._dispatcher.events
            found = self._dispatcher.unsaved.get(number) or self._store.task(number)
            if found is None:
                raise InvalidArgument(f"task {number} is not known; results are kept for 30 days, the newest 10,000 of them")
            if found.ended:
                return found
            self._check_open()
            if end is not None and time.monotonic() >= end:
                raise WorkerError(f"task {number} is still {found.status} after {timeout:g} s; ask again, or cancel it")
            self._dispatcher.wait(seen, _LOOK if end is None else min(max(end - time.monotonic(), 0), _LOOK))
            if stop():
                self.cancel(number)

    def results(self, timeout: float | None = None) -> Iterator[TaskResult]:
        """Yield the result of each task that was submitted here, as they end, until all have; each call begins with the first one again.

        Raises `WorkerError` when none has ended for ``timeout`` seconds.
        """
        place = 0
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            seen = self._dispatcher.events
            more = self._store.open_tasks(self.id)
            found = self._store.next_ended(self.id, place)
            if found is not None:
                number, place = found
                result = self._store.task(number)
                if result is not None:
                    yield result
                end = None if timeout is None else time.monotonic() + timeout
            elif not more:
                return
            else:
                self._check_open()
                if end is not None and time.monotonic() >= end:
                    raise WorkerError(f"no task has ended for {timeout:g} s; ask again")
                self._dispatcher.wait(seen, _LOOK)

    def cancel(self, number: int) -> bool:
        """End a task that has not ended yet, and its worker; return whether there was one."""
        found = self._store.cancel(number)
        self._dispatcher.cancel(number)
        return found

    def runner(
        self,
        roots: Sequence[str | os.PathLike[str]],
        *,
        deny: Sequence[str] = DEFAULT_DENY,
        deadline: float | None = 30.0,
        spills: bool = False,
    ) -> Runner:
        """Return what makes the calls of a `Toolset` with the same ``roots``, ``deny`` and ``deadline`` in workers.

        A result has the text that the call has in a fresh toolset; what the session was shown before is not told. A call that is cancelled
        ends its worker. ``spills`` says whether handles of this state file may be read.
        """

        def run(name: str, arguments: Mapping[str, object], *, limits: Limits, until: Deadline) -> ToolResult:
            number = self.submit(name, arguments, roots=roots, deny=deny, limits=limits, deadline=deadline, spills=spills)
            found = self.result(number, stop=lambda: until.passed() == "cancelled")
            if found.status == "done":
                return ToolResult(found.text, found.data, found.is_error)
            return ToolResult(
                f"{name} ended without a result ({found.status}): {found.error}", {"tool": name, "status": found.status}, True
            )

        return run

    def close(self) -> None:
        """End all workers, whose tasks are cancelled, and close the state file; a second time does nothing.

        What waits in a shared queue stays there for others, and so do tasks that were submitted elsewhere.
        """
        if self._pid != os.getpid() or self._closed:
            return
        self._closed = True
        self._dispatcher.close()
        try:
            self._store.leave(self.id, self._queue)
        except StateError as error:
            _log.warning("the end of a supervisor was not entered: %s", error)
        self._database.close()

    def _check_open(self) -> None:
        if self._closed or self._pid != os.getpid():
            raise WorkerError("the supervisor was closed" if self._closed else "a supervisor can't be used in a fork of its process")
