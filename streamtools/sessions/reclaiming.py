"""Getting memory back: who is asked for it in which order, and what brings it to the system."""

from __future__ import annotations

import functools
import gc
import time
from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from typing import Final

from streamtools.held import Reclaimable
from streamtools.logs import logger
from streamtools.tuples import NamedTuple

Find = Callable[[], Iterable[Reclaimable]]

#: Conversations are left alone unless they hold this share of the process together, and each this share of what is wanted.
_MATERIAL: Final = 0.1
_ITS_PART: Final = 0.01
#: Collecting garbage takes at most this share of the time.
_COLLECTING: Final = 0.05
_log: Final = logger("sessions")


class Rank(IntEnum):
    """In which order owners of memory are asked for it: what costs least to get again comes first."""

    CACHE = 0
    EVENTS = 1
    IDLE = 2
    CONVERSATION = 3


class Holding(NamedTuple):
    """Who holds how many bytes."""

    name: str
    bytes: int
    rank: Rank


class Owners:
    """The owners of memory that can give it back, found anew at each question.

    Memory: the functions that find them.
    """

    def __init__(self) -> None:
        self._found: list[tuple[Rank, Find]] = []

    def add(self, rank: Rank, find: Find) -> None:
        """Ask whomever ``find`` returns, from now on."""
        self._found.append((rank, find))
        self._found.sort(key=lambda one: one[0])

    def held(self) -> list[Holding]:
        """Return who holds how much, the largest first; who fails to say is logged and left out."""
        found = [Holding(owner.name, size, rank) for rank, owner, size in self._sizes()]
        return sorted(found, key=lambda one: -one.bytes)

    def ask(self, target: int, rss: int, *, urgent: bool) -> int:
        """Ask for ``target`` bytes of the ``rss`` that the process has; return how many the owners say they freed.

        Conversations are asked last, the largest first, each for half of what it holds at most; not at all if they hold less than a tenth
        of the process together, and none that holds less than a hundredth of what is wanted.
        """
        freed = 0
        sizes = self._sizes()
        talk = sum(size for rank, _, size in sizes if rank is Rank.CONVERSATION)
        for rank, owner, size in sorted(sizes, key=lambda one: (one[0], -one[2])):
            wanted = target - freed
            if wanted <= 0:
                break
            if rank is Rank.CONVERSATION:
                if talk < _MATERIAL * rss or size < _ITS_PART * target:
                    continue
                wanted = min(wanted, size // 2)
            try:
                freed += owner.reclaim(wanted, urgent=urgent)
            except Exception:  # noqa: BLE001 (whatever an owner does, the others are asked)
                _log.exception("%s failed to give memory back", owner.name)
        return freed

    def _sizes(self) -> list[tuple[Rank, Reclaimable, int]]:
        found = []
        for rank, find in self._found:
            try:
                found += [(rank, owner, owner.held()) for owner in find()]
            except Exception:  # noqa: BLE001 (see above)
                _log.exception("an owner of memory failed to say what it holds")
        return found


class Collector:
    """Collects garbage and gives free memory to the system, where the C library can (glibc).

    Memory: O(1).
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._next = float("-inf")

    def collect(self, *, asked: bool = False) -> None:
        """Collect, unless that took more than a twentieth of the time lately and nobody ``asked``; then give back."""
        begun = self._clock()
        if asked or begun >= self._next:
            gc.collect()
            ended = self._clock()
            self._next = ended + (ended - begun) / _COLLECTING
        trim()


def trim() -> bool:
    """Let glibc give the memory that is free in its heaps to the system; return whether it gave any.

    Memory of dead objects stays in the process otherwise. Other C libraries have no such call: False.
    """
    call = _malloc_trim()
    return call is not None and bool(call(0))


@functools.cache
def _malloc_trim() -> Callable[[int], int] | None:
    """Return glibc's function, looked up once: ctypes makes a new class at every look."""
    import ctypes

    found: Callable[[int], int] | None = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return found


def table(holdings: Sequence[Holding], most: int = 5) -> str:
    """Return who holds most, in one line."""
    shown = [f"{one.name} {megabytes(one.bytes)}" for one in holdings[:most] if one.bytes]
    rest = sum(one.bytes for one in holdings[most:])
    return ", ".join([*shown, *([f"others {megabytes(rest)}"] if rest else [])]) or "nobody holds anything"


def megabytes(number: int) -> str:
    """Return bytes as people read them."""
    return f"{number / (1024 * 1024):,.1f} MB"
