"""Threads for calls of an event loop: searches in one lane, reads in another, so that a read never waits behind searches."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final, Literal, TypeVar

from streamtools.deadline import Deadline

Found = TypeVar("Found")

#: A search keeps the interpreter busy and has helpers of its own: more of them at once only wait for each other.
_SEARCHES: Final = 2
_READS: Final = 4
#: Seconds from one word of progress to the next.
_TELLS: Final = 0.1


class Call:
    """A call that may be cancelled before and after its time begins to run.

    ``tell`` is called in the call's thread with the number of windows and files passed so far, at most 10 times a second.
    """

    def __init__(self, seconds: float | None, tell: Callable[[int], None] | None = None) -> None:
        self._seconds = seconds
        self._tell = tell
        self._deadline: Deadline | None = None
        self._cancelled = False

    def start(self) -> Deadline:
        """Let the time run."""
        self._deadline = deadline = Deadline(self._seconds) if self._tell is None else _Telling(self._seconds, self._tell)
        if self._cancelled:
            deadline.cancel()
        return deadline

    def cancel(self) -> None:
        """Stop the call at its next window, or at once if it has not begun."""
        self._cancelled = True
        if self._deadline is not None:
            self._deadline.cancel()


class _Telling(Deadline):
    """Counts how often it is asked, which is once a window and once a file, and tells."""

    def __init__(self, seconds: float | None, tell: Callable[[int], None]) -> None:
        super().__init__(seconds)
        self._tell = tell
        self._asked = 0
        self._due = time.monotonic() + _TELLS

    def passed(self) -> Literal["deadline", "cancelled"] | None:
        self._asked += 1
        if time.monotonic() >= self._due:
            self._tell(self._asked)
            self._due = time.monotonic() + _TELLS
        return super().passed()


class Lanes:
    """Runs calls in threads: at most 2 searches and listings, and 4 reads, at once; the others wait their turn, in order.

    The threads start when they are needed, and end with `close`.

    Memory: 6 threads; a call that waits holds its arguments only.
    """

    def __init__(self) -> None:
        self._lanes: dict[bool, ThreadPoolExecutor] = {}

    async def run(self, name: str, call: Call, work: Callable[[], Found]) -> Found:
        """Return what ``work`` returns; when the caller is cancelled, the call is too."""
        future = asyncio.get_running_loop().run_in_executor(self._lane(name == "read"), work)
        try:
            return await future
        except asyncio.CancelledError:
            call.cancel()
            raise

    def close(self) -> None:
        """End the threads; what waits is not begun, what runs comes to its end first."""
        lanes, self._lanes = self._lanes, {}
        for lane in lanes.values():
            lane.shutdown(wait=True, cancel_futures=True)

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
