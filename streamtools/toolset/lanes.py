"""Threads for calls of an event loop: searches in one lane, reads in another, so that a read never waits behind searches."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from streamtools.deadline import Deadline

Found = TypeVar("Found")

#: A search keeps the interpreter busy and has helpers of its own: more of them at once only wait for each other.
_SEARCHES: Final = 2
_READS: Final = 4


class Call:
    """A call that may be cancelled before and after its time begins to run."""

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds
        self._deadline: Deadline | None = None
        self._cancelled = False

    def start(self) -> Deadline:
        """Let the time run."""
        self._deadline = deadline = Deadline(self._seconds)
        if self._cancelled:
            deadline.cancel()
        return deadline

    def cancel(self) -> None:
        """Stop the call at its next window, or at once if it has not begun."""
        self._cancelled = True
        if self._deadline is not None:
            self._deadline.cancel()


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
