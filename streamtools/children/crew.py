"""The parent's side: who does which task, and what to do when a child does not."""

from __future__ import annotations

import select
import time
from collections import deque
from itertools import islice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, Final

    from streamtools.children.process import Child
    from streamtools.children.serving import Work


#: Tasks that a child is given at once: small ones would be done before its parent, who works too, looks again.
_DEPTH: Final = 3
#: Seconds between two looks at whether to stop, while children work.
_PATIENCE: Final = 0.02


class Crew:
    """Up to ``count`` children that work beside their parent.

    `map` may be left at any point, and used for other tasks while it is suspended. `close` ends the children; an
    ``idle`` crew can be used again. A parent that ``leads`` does nothing itself as long as a child can. Not for two threads at once.

    Memory: at most ``2 * count + 4`` results a `map` that wait for an earlier one, and one frame a child.
    """

    def __init__(self, count: int, start: Callable[[], Child]) -> None:
        self.count = count
        self.leads = False
        self._start = start
        self._children: list[Child] = []
        self._setup: object = None
        self._asked = self._number = 0
        self._wanted: set[int] = set()
        self._results: dict[int, Any] = {}
        self._left: dict[int, Any] = {}

    @property
    def idle(self) -> bool:
        """Whether no child has a task left."""
        return not any(child.waiting for child in self._children)

    def start(self, setup: object = None, count: int | None = None) -> None:
        """Bring the crew to its full number, or to ``count``, and give each child ``setup`` before its next task.

        Nothing waits for the children: the parent works alone until one can be given tasks, and if none can be started. One that was
        ready before is given them together with the setup; what it has not begun with when it is needed, the parent does.
        """
        self.count = self.count if count is None else count
        if setup is not None:
            self._ask(setup)
        for child in self._children[self.count :]:
            self._lose(child)
        for _ in range(self.count - len(self._children)):
            try:
                child = self._start()
            except OSError:
                return
            self._children.append(child)
            self._tell(child)

    def rest(self) -> None:
        """Let the children forget their setup, and with it the memory that it takes."""
        self._ask(None)

    def map(self, tasks: Iterator[Any], here: Work, stop: Callable[[], object] = bool, *, ordered: bool = True) -> Iterator[Any]:
        """Yield the result of each task, in order, or as they come if not ``ordered``; ``here`` is how the parent does one itself.

        A task that fails in a child is done here again, so what is wrong is raised here. Ends early when ``stop``
        gives true; it is asked before each result and about every 0.02 s while children work.
        """
        order: deque[int] = deque()
        try:
            yield from self._map(_Ahead(tasks), here, stop, order, ordered=ordered)
        except (Exception, GeneratorExit):
            raise
        except BaseException:
            # a frame may be half written: nobody must talk to these children again
            self.close()
            raise
        finally:
            for number in order:
                self._wanted.discard(number)
                self._results.pop(number, None)
                self._left.pop(number, None)

    def close(self) -> None:
        """End all children."""
        for child in self._children:
            # all at once: the system takes 2 ms to clear away each
            child.stop()
        while self._children:
            self._lose(self._children[-1])

    def drain(self, seconds: float) -> None:
        """Let the children finish what they have, and end those that take longer."""
        end = time.monotonic() + seconds
        try:
            while not self.idle and (left := end - time.monotonic()) > 0:
                self._collect(min(left, _PATIENCE))
        except BaseException:
            self.close()
            raise
        for child in [child for child in self._children if child.waiting]:
            self._lose(child)

    # -- inside --------------------------------------------------------------------------

    def _map(self, tasks: _Ahead, here: Work, stop: Callable[[], object], order: deque[int], *, ordered: bool) -> Iterator[Any]:
        ahead = 2 * self.count + 4
        more = True
        while not stop():
            more = more and self._hand_out(tasks, order, ahead)
            self._collect(0)
            may = islice(order, 1) if ordered else order
            first = next((number for number in may if number in self._results or number in self._left), None)
            if first is not None:
                order.remove(first)
                self._wanted.discard(first)
                yield self._results.pop(first) if first in self._results else here(self._left.pop(first))
            elif more and len(order) < ahead and not (self.leads and self._helped()):
                more = self._do(tasks, here, order)
            elif order:
                self._collect(_PATIENCE)
                self._take_back(order[0])
            else:
                return

    def _hand_out(self, tasks: _Ahead, order: deque[int], ahead: int) -> bool:
        """Give tasks to children that are free; return whether there may be more.

        The last one is not left to a child that has another to do while the parent has none.
        """
        while len(order) < ahead and (child := self._free()) is not None:
            if not tasks.holds(1 if self.leads or not child.waiting else 2):
                return tasks.holds(1)
            task = tasks.take()
            number = self._next(order)
            child.waiting[number] = task
            if not child.send(number, task):
                self._lose(child)
        return True

    def _do(self, tasks: _Ahead, here: Work, order: deque[int]) -> bool:
        """Do the next task in this process; return whether there was one."""
        if not tasks.holds(1):
            return False
        result = here(tasks.take())
        self._results[self._next(order)] = result
        return True

    def _next(self, order: deque[int]) -> int:
        self._number += 1
        order.append(self._number)
        self._wanted.add(self._number)
        return self._number

    def _free(self) -> Child | None:
        able = [child for child in self._children if self._able(child)]
        child = min(able, key=lambda child: len(child.waiting), default=None)
        return child if child is not None and len(child.waiting) < _DEPTH else None

    def _able(self, child: Child) -> bool:
        """Whether a child may be given tasks: it is ready, or was before and has been told the setup."""
        return child.ready == self._asked or (child.ready > 0 and child.told == self._asked)

    def _take_back(self, number: int) -> None:
        """Leave to the parent, which has waited for task ``number``, what a child has that should long have been ready."""
        if number in self._results or number in self._left:
            return
        for child in self._children:
            if number in child.waiting and child.ready != self._asked:
                self._left.update((number, task) for number, task in child.waiting.items() if number in self._wanted)

    def _helped(self) -> bool:
        """Whether there is a child that takes tasks."""
        return any(map(self._able, self._children))

    def _ask(self, setup: object) -> None:
        """Make ``setup`` what children must be told before they are given tasks."""
        self._asked += 1
        self._setup = setup
        self._collect(0)
        for child in list(self._children):
            self._tell(child)

    def _tell(self, child: Child) -> None:
        """Send the setup, but never a second one before the first was taken: they would pile up before one that hangs."""
        if child.ready == child.told != self._asked:
            child.told = self._asked
            if not child.send(-self._asked, self._setup):
                self._lose(child)

    def _collect(self, seconds: float) -> None:
        """Take what the children have to say, and wait for it up to ``seconds``."""
        poll = select.poll()
        busy: dict[int, Child] = {}
        for child in list(self._children):
            if child.reads < 0 or not child.flush():
                self._lose(child)
            elif child.waiting or child.told != child.ready:
                busy[child.reads] = child
                poll.register(child.reads, select.POLLIN)
                if child.outgoing:
                    poll.register(child.writes, select.POLLOUT)
        if not busy:
            return
        for fd, _ in poll.poll(seconds * 1000):
            if fd in busy:
                self._take(busy[fd])

    def _take(self, child: Child) -> None:
        """Take the whole frames of a child that has something to say, and wait for the rest of one that has begun."""
        begun = select.poll()
        begun.register(child.reads, select.POLLIN)
        try:
            while True:
                for number, done, result in child.receive():
                    self._took(child, number, done, result)
                # A large frame comes in many pieces: what is left of it would keep the child from its next task.
                if not child.buffer or child.reads < 0 or not begun.poll(_PATIENCE * 1000):
                    return
        except EOFError:
            self._lose(child)

    def _took(self, child: Child, number: int, done: object, result: object) -> None:
        if number < 0:
            child.ready = -number
            self._tell(child)
            return
        task = child.waiting.pop(number)
        if number in self._wanted:
            self._left.pop(number, None)
            (self._results if done else self._left)[number] = result if done else task

    def _lose(self, child: Child) -> None:
        """Part with a child; what it has not done is left to the parent."""
        if child in self._children:
            self._children.remove(child)
        self._left.update((number, task) for number, task in child.waiting.items() if number in self._wanted)
        child.waiting.clear()
        child.end()


class _Ahead:
    """The tasks of a `map`, of which some are looked at before they are taken."""

    def __init__(self, tasks: Iterator[Any]) -> None:
        self._tasks = tasks
        self._seen: deque[Any] = deque()

    def holds(self, count: int) -> bool:
        """Whether there are so many."""
        self._seen.extend(islice(self._tasks, max(count - len(self._seen), 0)))
        return len(self._seen) >= count

    def take(self) -> Any:  # noqa: ANN401 - a task is whatever its work takes
        """Return the next one, which must be there."""
        return self._seen.popleft()
