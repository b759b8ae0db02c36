"""Things under names, leased: never closed while somebody has one, closed when nobody had it for long enough.

Knows no sessions, files or databases: what is made, settled and dropped is the caller's. All decisions are made under one lock, all
work is done outside of it, and while it is done nobody else gets the thing: whoever wants it waits.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, Literal, TypeVar

from streamtools.errors import StateError, StreamtoolsError, TooManySessions

T = TypeVar("T")
#: Why a thing is closed.
Reason = Literal["idle", "limit", "memory", "completed", "failed", "asked", "shutdown"]
#: ``opening`` and ``settling`` things have one lease, ``closing`` ones none; nobody else gets a thing in these.
_Phase = Literal["opening", "live", "settling", "closing"]


class _Entry(Generic[T]):
    __slots__ = ("leases", "phase", "thing")

    def __init__(self) -> None:
        self.thing: T | None = None
        self.leases = 1
        self.phase: _Phase = "opening"


class Leasing(Generic[T]):
    """At most ``most`` things, each closed ``seconds`` (of ``clock``) after its last lease ended.

    ``settle`` is called when the last lease of a thing ends and may return a reason to close it at once. ``drop`` closes a thing for good;
    if it raises a `StreamtoolsError` the thing stays, as if it had just been used (after `end` it goes all the same). ``failed`` is told
    of such an error where nobody waits for the answer. These are called without the lock, and must not lease the same name.

    All deadlines stand in one ordered dictionary, and exactly the idle things have one: leasing a thing removes its deadline under the
    same lock under which a sweep takes it, so there is nothing to cancel later and no timer that may have fired already. The first
    one is both the next to expire and the least recently used. Methods may be called from any thread.

    Memory: ``most`` things, and 500 bytes each.
    """

    def __init__(
        self,
        most: int,
        seconds: float,
        *,
        settle: Callable[[T], Reason | None],
        drop: Callable[[T, Reason], None],
        failed: Callable[[T, StreamtoolsError], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = most
        self._seconds = seconds
        self._settle = settle
        self._drop = drop
        self._failed = failed
        self._clock = clock
        self._entries: dict[str, _Entry[T]] = {}
        #: Name -> when it is over, of the idle things, in the order of their last use.
        self._deadlines: OrderedDict[str, float] = OrderedDict()
        self._changed = threading.Condition()
        self._ended = False

    def __len__(self) -> int:
        return len(self._entries)

    @contextmanager
    def lease(self, name: str, make: Callable[[], T]) -> Iterator[T]:
        """Hold the thing of that name for a block; ``make`` makes it where there is none.

        A thing that is being closed is waited for and made anew. Where there are ``most`` things already, the least recently
        used idle one is closed first; raises `TooManySessions` when all are in use, and `StateError` after `end`.
        """
        thing = self._acquire(name, make)
        try:
            yield thing
        finally:
            self._release(name)

    def sweep(self) -> int:
        """Close what is over its time; return how many were."""
        return sum(iter(lambda: self._try(self._expired(), "idle"), None))

    def close(self, name: str) -> bool:
        """Close a thing that nobody uses now; return whether there is none of that name any more (False: it is in use)."""
        with self._changed:
            while (entry := self._entries.get(name)) is not None and entry.phase != "live":
                self._changed.wait()
            if entry is None:
                return True
            if entry.leases:
                return False
            self._begin_to_close(name, entry)
        self._finish(name, entry, "asked")
        return True

    def close_oldest(self, reason: Reason) -> bool:
        """Close the least recently used idle thing; return False if nothing is idle, or it can't be dropped."""
        return bool(self._try(self._oldest(), reason))

    def idle(self) -> list[T]:
        """Return the things that nobody uses, the least recently used first."""
        with self._changed:
            return [entry.thing for entry in map(self._entries.__getitem__, self._deadlines) if entry.thing is not None]

    def things(self) -> list[T]:
        """Return all things that are made and not being closed."""
        with self._changed:
            return [entry.thing for entry in self._entries.values() if entry.thing is not None and entry.phase != "closing"]

    def end(self, wait: float) -> int:
        """Close all that nobody uses, and the others as their last leases end; wait up to so many seconds; return how many are left.

        Nothing is leased anew afterwards.
        """
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        while self._try(self._oldest(), "shutdown") is not None:
            pass
        with self._changed:
            self._changed.wait_for(lambda: not self._entries, wait)
            return len(self._entries)

    # -- inside --------------------------------------------------------------------------

    def _acquire(self, name: str, make: Callable[[], T]) -> T:
        while True:
            with self._changed:
                if self._ended:
                    raise StateError(f"session {name!r} can't be opened: the sessions of this process were shut down")
                entry = self._entries.get(name)
                victim = None
                if entry is None and len(self._entries) < self._most:
                    entry = self._entries[name] = _Entry()
                    break
                if entry is None:
                    victim = self._take_oldest()
                    if victim is None:
                        self._wait_for_room()
                        continue
                elif entry.phase != "live":
                    self._changed.wait()
                    continue
                else:
                    entry.leases += 1
                    self._deadlines.pop(name, None)
                    assert entry.thing is not None
                    return entry.thing
            self._finish(*victim, "limit")
        try:
            entry.thing = make()
        except BaseException:
            with self._changed:
                del self._entries[name]
                self._changed.notify_all()
            raise
        with self._changed:
            entry.phase = "live"
            self._changed.notify_all()
        return entry.thing

    def _release(self, name: str) -> None:
        with self._changed:
            entry = self._entries[name]
            if entry.leases > 1:
                entry.leases -= 1
                return
            entry.phase = "settling"
        assert entry.thing is not None
        try:
            reason = self._settle(entry.thing)
        finally:
            with self._changed:
                entry.leases = 0
                self._become_idle(name, entry)
        with self._changed:
            if self._ended:
                reason = "shutdown"
            # Somebody may have leased it again, or closed it, meanwhile.
            if reason is None or self._entries.get(name) is not entry or name not in self._deadlines:
                return
            self._begin_to_close(name, entry)
        self._try((name, entry), reason)

    def _wait_for_room(self) -> None:
        """Wait until something is closed or idle; the lock is held. Raises `TooManySessions` if nothing is on its way to that."""
        if all(entry.phase in {"opening", "live"} for entry in self._entries.values()):
            raise TooManySessions(
                f"all {self._most} sessions are in use; end one, or raise STREAMTOOLS_MAX_ACTIVE_SESSIONS (now {self._most})"
            )
        self._changed.wait()

    def _expired(self) -> tuple[str, _Entry[T]] | None:
        """Return a thing whose time is over, which nobody gets any more from now on."""
        with self._changed:
            first = next(iter(self._deadlines.values()), None)
            return self._take_oldest() if first is not None and first <= self._clock() else None

    def _oldest(self) -> tuple[str, _Entry[T]] | None:
        with self._changed:
            return self._take_oldest()

    def _take_oldest(self) -> tuple[str, _Entry[T]] | None:
        """Return the least recently used idle thing, which nobody gets any more; the lock is held."""
        name = next(iter(self._deadlines), None)
        if name is None:
            return None
        self._begin_to_close(name, self._entries[name])
        return name, self._entries[name]

    def _begin_to_close(self, name: str, entry: _Entry[T]) -> None:
        entry.phase = "closing"
        self._deadlines.pop(name, None)

    def _become_idle(self, name: str, entry: _Entry[T]) -> None:
        entry.phase = "live"
        self._deadlines[name] = self._clock() + self._seconds
        self._changed.notify_all()

    def _finish(self, name: str, entry: _Entry[T], reason: Reason) -> None:
        """Close what `_begin_to_close` was called for; if that fails it is idle again."""
        assert entry.thing is not None
        try:
            self._drop(entry.thing, reason)
        except BaseException:
            with self._changed:
                if self._ended:
                    del self._entries[name]
                    self._changed.notify_all()
                else:
                    self._become_idle(name, entry)
            raise
        with self._changed:
            del self._entries[name]
            self._changed.notify_all()

    def _try(self, found: tuple[str, _Entry[T]] | None, reason: Reason) -> int | None:
        """Close a thing; return 1, 0 if it could not be dropped, None if there was nothing."""
        if found is None:
            return None
        name, entry = found
        try:
            self._finish(name, entry, reason)
        except StreamtoolsError as error:
            assert entry.thing is not None
            self._failed(entry.thing, error)
            return 0
        return 1
