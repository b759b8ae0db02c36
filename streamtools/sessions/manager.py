"""The sessions of a host: opened, leased, saved, closed when idle, resumed from disk."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Self, TypeVar

from streamtools.database import Database
from streamtools.errors import InvalidArgument, StreamtoolsError
from streamtools.held import Reclaimable
from streamtools.history.history import BoundedHistory
from streamtools.history.spill import SpillStore
from streamtools.history.tiers import TieredMemory, TierLimits
from streamtools.logs import logger
from streamtools.sessions.leasing import Leasing, Reason
from streamtools.sessions.resuming import resume
from streamtools.sessions.session import Session
from streamtools.sessions.settings import Settings
from streamtools.sessions.store import Listed, Saved, SessionStore

_Plain = TypeVar("_Plain", dict[str, Any], list[Any])
_LONGEST_ID: Final = 200
_SWEEP_SECONDS: Final = 30.0
_MINUTE: Final = 60.0
_WHY: Final[dict[Reason, str]] = {
    "idle": "nobody used it for its time",
    "limit": "there were too many sessions and it was the one not used for longest",
    "memory": "the process needed its memory",
    "completed": "it was completed and nothing was pending",
    "failed": "it failed and nothing was pending",
    "asked": "it was asked for",
    "shutdown": "all sessions were shut down",
}
_log: Final = logger("sessions")


class SessionManager:
    """At most ``settings.max_active_sessions`` sessions in memory; any number on disk, in ``database``.

        with SessionManager(database=database) as manager:
            with manager.session("s1") as session:
                session.history.add_user("go")

    A session is saved whenever its last lease ends, and closed ``settings.session_ttl_minutes`` later, or sooner if there are
    too many, memory is short, or it is done. A leased session is never closed. What is closed is resumed at its next lease, by any process;
    one process has it open at a time. Every removal is logged with its reason (logger ``streamtools.sessions``).

    With ``tiers`` the sessions that are no observers' have a `TieredMemory`. ``restart(id)`` is called when a session that is completed
    or failed still has pending work, so that the host goes on with it. ``store`` keeps spilled texts (by default that of ``database``).
    As a block it sweeps by itself, in a thread, and shuts down at its end; without, the host calls `sweep` and `shutdown`.
    Methods may be called from any thread; from an event loop through ``asyncio.to_thread``, as they use the disk.

    Memory: the sessions'. As a `Reclaimable` it is the owner of the idle ones.
    """

    name = "idle sessions"

    def __init__(
        self,
        *,
        database: Database,
        store: SpillStore | None = None,
        settings: Settings | None = None,
        tiers: TierLimits | None = None,
        restart: Callable[[str], object] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings if settings is not None else Settings.from_environment()
        self._limits = (self.settings.history(), self.settings.history(observer=True))
        self._database = database
        self._spills = store if store is not None else SpillStore(database=database)
        self._tiers = tiers
        self._restart = restart
        self._store = SessionStore(database)
        self._saved: dict[str, int] = {}
        self._leasing = Leasing[Session](
            self.settings.max_active_sessions,
            self.settings.session_ttl_minutes * _MINUTE,
            settle=self._settle,
            drop=self._drop,
            failed=self._failed,
            clock=clock,
        )
        self._stop = threading.Event()
        self._sweeper: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._sweeper = threading.Thread(target=self._sweep_until_stopped, name="streamtools-sessions", daemon=True)
        self._sweeper.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()

    def __len__(self) -> int:
        return len(self._leasing)

    @contextmanager
    def session(self, id: str, *, observer: bool = False) -> Iterator[Session]:
        """Lease a session for a block: opened, resumed from disk, or shared with who has it already.

        ``observer`` counts for a new session only: its history is shorter. Raises `InvalidArgument` for an id that is empty or longer
        than 200 characters, `TooManySessions` when all are in use, `StateError` where the state file can't be used, another process
        has the session open, or this manager was shut down.
        """
        if not 0 < len(id) <= _LONGEST_ID or "\0" in id:
            raise InvalidArgument(f"a session's id has 1 to {_LONGEST_ID} characters, not {len(id)}, and no NUL")
        session = None
        try:
            with self._leasing.lease(id, lambda: self._opened(id, observer=observer)) as session:
                yield session
        finally:
            if session is not None:
                self._go_on(session)

    def sweep(self) -> int:
        """Close what is over its time; return how many sessions were."""
        return self._leasing.sweep()

    def close(self, id: str) -> bool:
        """Close a session; a second time does nothing. Returns False, and does nothing, if it is in use. Raises `StateError`."""
        return self._leasing.close(id)

    def shutdown(self, wait: float = 10.0) -> int:
        """Close all sessions, those in use when their leases end; wait up to ``wait`` seconds for those; return how many are left.

        Nothing can be leased afterwards. What is left is saved as it is now, and once more when its lease ends.
        """
        self._stop.set()
        left = self._leasing.end(wait)
        for session in self._leasing.things():
            _log.warning("session %s is still in use at the shutdown", session.id)
            try:
                self._save(session)
            except StreamtoolsError as error:
                self._failed(session, error)
        if self._sweeper is not None and self._sweeper is not threading.current_thread():
            self._sweeper.join()
            self._sweeper = None
        return left

    def listed(self) -> list[Listed]:
        """Return the sessions of this user that were last used, of all processes, open ones first."""
        return self._store.listed()

    # Memory

    def conversations(self) -> list[Reclaimable]:
        """Return the conversations in memory, as owners of it."""
        return [session.memory for session in self._leasing.things()]

    def held(self) -> int:
        """Return the bytes that idle sessions hold."""
        return sum(session.memory.held() for session in self._leasing.idle())

    def reclaim(self, target: int, *, urgent: bool = False) -> int:
        """Close idle sessions, the least recently used first, until ``target`` bytes are free; return how many were."""
        del urgent
        freed = 0
        while freed < target:
            idle = self._leasing.idle()
            size = idle[0].memory.held() if idle else 0
            if not idle or not self._leasing.close_oldest("memory"):
                break
            freed += size
        return freed

    # What `Leasing` calls

    def _opened(self, id: str, *, observer: bool) -> Session:
        """Make a session, from disk if it was there before."""
        saved = self._store.open(id, observer=observer)
        session = None
        try:
            session = self._made(id, observer=saved.observer)
            if saved.history is not None:
                if not resume(session.history, saved.history):
                    self._store.keep_damaged(id)
                session.state, session.pending = _plain(id, saved.state, dict), _plain(id, saved.pending, list)
                _log.info("session %s resumed: %d messages", id, session.history.count)
        except BaseException:
            if session is not None:
                session.drop()
            self._store.close(id, "it could not be opened")
            raise
        return session

    def _made(self, id: str, *, observer: bool) -> Session:
        limits = self._limits[observer]
        if self._tiers is None or observer:
            return Session(id, observer=observer, history=BoundedHistory(id, store=self._spills, limits=limits))
        tiers = TieredMemory(id, database=self._database, store=self._spills, limits=self._tiers, history=limits)
        return Session(id, observer=observer, history=tiers.history, tiers=tiers)

    def _settle(self, session: Session) -> Reason | None:
        """Save a session that nobody uses for now; whether it is done."""
        if session.status != "active" and session.pending:
            _log.info("session %s is %s, but %d pending: it goes on", session.id, session.status, len(session.pending))
            session.status = "active"
            session.restart = self._restart is not None
        try:
            self._save(session)
        except StreamtoolsError as error:
            self._failed(session, error)
        return None if session.status == "active" else session.status

    def _drop(self, session: Session, reason: Reason) -> None:
        """Save, run the hooks, save what they changed, drop. Raises if the first saving fails: then nothing was done."""
        self._save(session)
        session.run_hooks(reason)
        try:
            self._save(session)
            self._store.close(session.id, reason)
        except StreamtoolsError as error:
            self._failed(session, error)
        self._saved.pop(session.id, None)
        session.drop()
        _log.info("session %s closed: %s", session.id, _WHY[reason])

    def _failed(self, session: Session, error: StreamtoolsError) -> None:
        _log.error("session %s could not be saved: %s", session.id, error)

    # Inside

    def _save(self, session: Session) -> None:
        """Write what changed since the last time. Raises `StateError`."""
        state, pending = self._json(session, session.state), self._json(session, session.pending)
        history = session.history.dump()
        digest = hash((session.status, state, pending, history))
        if self._saved.get(session.id) != digest:
            saved = Saved(session.observer, state, pending, history)
            self._store.save(session.id, session.status, saved, messages=session.history.count)
            self._saved[session.id] = digest

    def _json(self, session: Session, value: object) -> str | None:
        """Return a value as JSON, None (what was saved before stays) where that can't hold it: no session may be stuck for that."""
        try:
            return json.dumps(value)
        except (TypeError, ValueError, RecursionError, RuntimeError) as error:
            _log.error("session %s: its state stays as it was saved before, since JSON can't hold it: %s", session.id, error)
            return None

    def _go_on(self, session: Session) -> None:
        """Tell the host of a session that has pending work although its agent ended."""
        if not session.restart:
            return
        session.restart = False
        assert self._restart is not None
        try:
            self._restart(session.id)
        except Exception:  # noqa: BLE001 (the host's; who ended the lease is not to blame)
            _log.exception("session %s could not be restarted", session.id)

    def _sweep_until_stopped(self) -> None:
        while not self._stop.wait(_SWEEP_SECONDS):
            try:
                self.sweep()
                self._store.sweep()
            except Exception:  # noqa: BLE001 (the next sweep may work)
                _log.exception("sessions could not be swept")


def _plain(id: str, text: str | None, kind: Callable[[], _Plain]) -> _Plain:
    """Return a saved value, or an empty one where it was damaged."""
    empty = kind()
    try:
        value = json.loads(text or "")
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, type(empty)):
        return value
    _log.error("session %s: its saved state is damaged and begins anew", id)
    return empty
