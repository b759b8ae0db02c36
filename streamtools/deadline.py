"""When to stop although nothing is finished: a deadline and a cancel, asked once per window."""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal


class Deadline:
    """A point in time, or a word from outside, at which work stops with what it has.

    ``seconds`` is counted from now by ``clock`` (monotonic seconds); None is no deadline.
    `cancel` may be called from any thread and signal handler.

    Memory: O(1).
    """

    def __init__(self, seconds: float | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._end = None if seconds is None else clock() + seconds
        self._cancelled = False

    def bare(self) -> Deadline:
        """Return a deadline at the same time for another process, which a cancel here does not reach.

        One by another clock than the system's has no time there: only its owner can ask it.
        """
        found = Deadline()
        found._end = self._end if self._clock is time.monotonic else None
        return found

    def cancel(self) -> None:
        """Stop the work at its next window."""
        self._cancelled = True

    def passed(self) -> Literal["deadline", "cancelled"] | None:
        """Return why to stop, or None to go on."""
        if self._cancelled:
            return "cancelled"
        if self._end is not None and self._clock() >= self._end:
            return "deadline"
        return None
