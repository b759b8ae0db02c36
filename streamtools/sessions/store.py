"""Sessions on disk: a row each, with the saved history, and which process has it open."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from streamtools.database import Database, Schema, process_alive, process_key
from streamtools.errors import StateError, printable
from streamtools.tuples import NamedTuple

SCHEMA: Final = Schema(
    "sessions",
    (
        """
        CREATE TABLE sessions(
            id TEXT PRIMARY KEY,
            observer INTEGER NOT NULL,
            status TEXT NOT NULL DEFAULT 'active',
            process TEXT NOT NULL,
            created REAL NOT NULL,
            used REAL NOT NULL,
            closed REAL,
            reason TEXT NOT NULL DEFAULT '',
            messages INTEGER NOT NULL DEFAULT 0,
            bytes INTEGER NOT NULL DEFAULT 0,
            state TEXT NOT NULL DEFAULT '{}',
            pending TEXT NOT NULL DEFAULT '[]',
            history BLOB,
            damaged BLOB
        ) WITHOUT ROWID;
        CREATE INDEX sessions_used ON sessions(used)
        """,
    ),
)
#: A session that nobody came back to is forgotten after so many seconds, as its summaries are.
_KEPT: Final = 30 * 86_400.0


@dataclass(frozen=True, slots=True)
class Saved:
    """A session as it was saved; ``history`` is None for one that never was, ``state`` and ``pending`` where they stay as they are."""

    observer: bool
    state: str | None = "{}"
    pending: str | None = "[]"
    history: bytes | None = None


class Listed(NamedTuple):
    """A session as people look at it; times are seconds since 1970, ``process`` is empty where it is not open."""

    id: str
    observer: bool
    status: str
    process: str
    used: float
    closed: float | None
    reason: str
    messages: int
    bytes: int


class SessionStore:
    """The rows of all sessions of this user. Every method raises `StateError` where the database can't be used.

    A session is open in one process at a time; what a dead process had open is free.

    Memory: one saved history while it is read or written.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        database.migrate(SCHEMA)

    def open(self, id: str, *, observer: bool) -> Saved:
        """Take a session for this process and return what was saved of it; raises `StateError` if another process has it open."""
        with self._database.transaction() as connection:
            sql = "SELECT observer, state, pending, history, process FROM sessions WHERE id = ?"
            row = connection.execute(sql, (id,)).fetchone()
            if row is None:
                sql = "INSERT INTO sessions(id, observer, process, created, used) VALUES (?, ?, ?, ?, ?)"
                connection.execute(sql, (id, observer, process_key(), time.time(), time.time()))
                return Saved(observer)
            owner = str(row[4])
            if owner != process_key() and process_alive(owner):
                raise StateError(f"session {printable(id)!r} is open in process {owner.partition(':')[0]}; close it there first")
            connection.execute("UPDATE sessions SET process = ?, closed = NULL, reason = '' WHERE id = ?", (process_key(), id))
            return Saved(bool(row[0]), str(row[1]), str(row[2]), row[3])

    def save(self, id: str, status: str, saved: Saved, *, messages: int) -> None:
        """Write a session that this process has open."""
        history = saved.history or b""
        values = (status, time.time(), messages, len(history), saved.state, saved.pending, history, id)
        sql = """UPDATE sessions SET status = ?, used = ?, messages = ?, bytes = ?, state = COALESCE(?, state),
                 pending = COALESCE(?, pending), history = ? WHERE id = ?"""
        with self._database.transaction() as connection:
            connection.execute(sql, values)

    def keep_damaged(self, id: str) -> None:
        """Put a history that can't be read in full aside, for whoever wants to look at it."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE sessions SET damaged = history WHERE id = ?", (id,))

    def close(self, id: str, reason: str) -> None:
        """Let a session go: any process may open it now."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE sessions SET process = '', closed = ?, reason = ? WHERE id = ?", (time.time(), reason, id))

    def sweep(self) -> int:
        """Forget sessions that nobody opened for 30 days, at most 1000 at a time; return how many."""
        old = self._database.rows("SELECT id, process FROM sessions WHERE used < ? LIMIT 1000", (time.time() - _KEPT,))
        gone = [(id, process) for id, process in old if not process_alive(process)]
        if gone:
            with self._database.transaction() as connection:
                connection.executemany("DELETE FROM sessions WHERE id = ? AND process = ?", gone)
        return len(gone)

    def listed(self, most: int = 100) -> list[Listed]:
        """Return the sessions last used, open ones first."""
        sql = """SELECT id, observer, status, process, used, closed, reason, messages, bytes FROM sessions
                 ORDER BY process = '', used DESC LIMIT ?"""
        rows = [Listed(*row) for row in self._database.rows(sql, (most,))]
        return [row._replace(observer=bool(row.observer), process=row.process if process_alive(row.process) else "") for row in rows]
