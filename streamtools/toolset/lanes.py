"""The calls that run, and threads for those of an event loop: a lane for searches, and one for reads, which never wait behind them."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext, suppress
from threading import Condition, Lock
from typing import Final, Literal, TypeVar

from streamtools.deadline import Deadline
from streamtools.errors import InvalidArgument

Found = TypeVar("Found")

#: A search keeps the interpreter busy and has helpers of its own: more of them at once only wait for each other.
_SEARCHES: Final = 2
_READS: Final = 4
#: Seconds after which a thread gives way to another of its lane.
_RUNS: Final = 0.002
#: Seconds from one word of progress to the next.
_TELLS: Final = 0.1


class Turns:
    """Lets at most ``most`` threads run at once; each of the others comes in its order when one gives way.

    Threads that all want the interpreter get it for 5 ms each, and an event loop waits for as many of them as there are. A thread that
    waits here does not want it.

    Memory: one lock for each thread that waits.
    """

    def __init__(self, most: int) -> None:
        self._free = most
        self._lock = Lock()
        self._waiting: deque[Lock] = deque()

    def __enter__(self) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            turn = Lock()
            turn.acquire()
            self._waiting.append(turn)
        turn.acquire()

    def __exit__(self, *_: object) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._free += 1

    def give_way(self) -> None:
        """Let the next one run, if there is one, and come again when it is this thread's turn."""
        if self._waiting:
            self.__exit__()
            self.__enter__()


class Watch(Deadline):
    """A deadline that is asked once a window and once a file; there a call gives way to others, and tells how far it is."""

    def __init__(self, seconds: float | None, tell: Callable[[int], None] | None, turns: Turns | None) -> None:
        super().__init__(seconds)
        self._tell = tell
        self._turns = turns
        self._asked = 0
        self._told = self._ran = time.monotonic()

    def passed(self) -> Literal["deadline", "cancelled"] | None:
        """Return why to stop, or None to go on."""
        self._asked += 1
        now = time.monotonic()
        if self._tell is not None and now - self._told >= _TELLS:
            self._told = now
            self._tell(self._asked)
        if self._turns is not None and now - self._ran >= _RUNS:
            self._turns.give_way()
            self._ran = time.monotonic()
        return super().passed()


class Call:
    """A call that may be cancelled before and after its time begins to run.

    ``tell`` is called in the call's thread with the number of windows and files passed so far, at most 10 times a second;
    with ``turns`` it runs only when it is its turn. ``shown`` says whether the model sees the result.
    """

    def __init__(
        self, seconds: float | None, tell: Callable[[int], None] | None = None, turns: Turns | None = None, *, shown: bool = True
    ) -> None:
        self.shown = shown
        self._seconds = seconds
        self._tell = tell
        self.turns = turns
        self._watch: Watch | None = None
        self.cancelled = False

    def start(self) -> Watch:
        """Let the time run."""
        self._watch = watch = Watch(self._seconds, self._tell, self.turns)
        if self.cancelled:
            watch.cancel()
        return watch

    def cancel(self) -> None:
        """Stop the call at its next window, or at once if it has not begun."""
        self.cancelled = True
        if self._watch is not None:
            self._watch.cancel()


class Running:
    """The calls that run; after `close` none runs, and none begins.

    Memory: one entry a call.
    """

    def __init__(self) -> None:
        self._ended = Condition()
        self._calls: set[Call] = set()
        self.closed = False

    @contextmanager
    def counted(self, call: Call) -> Iterator[None]:
        """Count a call as running until the end of the block. Raises `InvalidArgument` after `close`."""
        with self._ended:
            if self.closed:
                raise InvalidArgument("this toolset is closed: its session has ended")
            self._calls.add(call)
        try:
            yield
        finally:
            with self._ended:
                self._calls.remove(call)
                self._ended.notify_all()

    def close(self) -> None:
        """Cancel the calls that run and wait until they have ended."""
        with self._ended:
            self.closed = True
            for call in self._calls:
                call.cancel()
            self._ended.wait_for(lambda: not self._calls)


class Lanes:
    """Runs calls in threads: at most 2 searches and listings, and 4 reads, at once; the others wait, in order.

    In each lane one thread runs at a time, and gives way to the next every few milliseconds (see `Turns`).

    The threads start when they are needed, and end with `close`.

    Memory: 6 threads; a call that waits holds its arguments only.
    """

    def __init__(self) -> None:
        self._turns = {True: Turns(1), False: Turns(1)}
        self._lanes: dict[bool, ThreadPoolExecutor] = {}

    def turns(self, name: str) -> Turns:
        """Return whose turn it is in the lane of a tool."""
        return self._turns[name == "read"]

    async def run(self, name: str, call: Call, work: Callable[[], Found]) -> Found:
        """Return what ``work`` returns; when the caller is cancelled, the call is too."""

        def taking_turns() -> Found:
            with call.turns or nullcontext():
                if call.cancelled:
                    raise asyncio.CancelledError
                return work()

        future = asyncio.get_running_loop().run_in_executor(self._lane(name == "read"), taking_turns)
        try:
            return await future
        except asyncio.CancelledError:
            call.cancel()
            raise

    def close(self) -> None:
        """End the threads when all that was given to them has ended."""
        lanes, self._lanes = self._lanes, {}
        for lane in lanes.values():
            lane.shutdown(wait=True)

    def _lane(self, reads: bool) -> ThreadPoolExecutor:
        lane = self._lanes.get(reads)
        if lane is None:
            lane = self._lanes[reads] = ThreadPoolExecutor(_READS if reads else _SEARCHES, "streamtools")
        return lane


def in_loop(tell: Callable[[int], None]) -> Callable[[int], None]:
    """Return a function for other threads that calls ``tell`` in the running event loop; nothing happens when that is closed."""
    loop = asyncio.get_running_loop()

    def told(number: int) -> None:
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(tell, number)

    return told
