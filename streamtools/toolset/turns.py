"""What all results of one turn may take together, in bytes and in tokens, shared by the calls that run at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final

from streamtools.errors import InvalidArgument
from streamtools.tokens import estimate

#: Bytes that are reserved for each token that is left: few texts take more tokens than that (digits do).
_BYTES: Final = 2


class Share:
    """What one call may take: ``bytes``, and whether that is less than it would have been without the others of its turn."""

    __slots__ = ("bytes", "lowered", "taken")

    def __init__(self, most: int, *, lowered: bool) -> None:
        self.bytes = most
        self.lowered = lowered
        self.taken = ""


class Turn:
    """The budget of one turn: what is left of ``bytes`` and ``tokens``. Safe for several threads.

    A call reserves its share when it begins and gives back what it did not take. One that runs alone may have all
    that is left; one that begins while others run may have half, so that parallel calls all get something. Bytes are
    never exceeded; tokens are an estimate, reserved at two bytes each and counted when a result is known, so that text that
    takes more than that can exceed them by one result.

    Memory: O(1).
    """

    def __init__(self, tokens: int, bytes: int) -> None:
        for name, value in (("tokens", tokens), ("bytes", bytes)):
            if value < 1:
                raise InvalidArgument(f"{name} of a turn must be a whole number of at least 1, not {value!r}")
        self.tokens = tokens
        self.bytes = bytes
        self._running = 0
        self._lock = Lock()

    @contextmanager
    def share(self, most: int, least: int) -> Iterator[Share]:
        """Reserve up to ``most`` bytes for a call; none if less than ``least`` is left. What it sets as ``taken`` is charged at the end."""
        with self._lock:
            left = max(min(self.bytes, self.tokens * _BYTES), 0)
            room = left if not self._running or left // 2 < least else left // 2
            room = min(room, most) if room >= least else 0
            reserved = -(-room // _BYTES)
            self._running += 1
            self.bytes -= room
            self.tokens -= reserved
        share = Share(room, lowered=room < most)
        used = 0
        try:
            yield share
            used = len(share.taken.encode("utf-8", "backslashreplace"))
        finally:
            with self._lock:
                self._running -= 1
                self.bytes += room - min(used, room)
                self.tokens += reserved - estimate(share.taken)
