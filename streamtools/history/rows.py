"""The rows of the long memory in SQLite: passages with their words to search by, and how long they are kept."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from streamtools.database import Database, Schema
from streamtools.limits import MIB
from streamtools.tuples import NamedTuple

if TYPE_CHECKING:
    import sqlite3

_SCHEMA: Final = Schema(
    "passages",
    (
        """
        CREATE TABLE passages(
            id INTEGER PRIMARY KEY,
            session TEXT NOT NULL,
            digest TEXT NOT NULL,
            part INTEGER NOT NULL,
            turn INTEGER NOT NULL,
            text TEXT NOT NULL,
            embedder TEXT NOT NULL,
            vector BLOB NOT NULL,
            UNIQUE (session, digest, part)
        );
        CREATE INDEX passages_of ON passages(session, id);
        CREATE VIRTUAL TABLE passages_words USING fts5(body, content='', tokenize='porter unicode61');
        CREATE TABLE passage_sessions(session TEXT PRIMARY KEY, used REAL NOT NULL, bytes INTEGER NOT NULL) WITHOUT ROWID
        """,
    ),
)
_DAY: Final = 86_400.0
_HOUR: Final = 3_600.0
_BATCH: Final = 500
#: A clean-up stops behind so many rows (about a second), and goes on at the next start.
_SWEPT: Final = 5000
_WORDS: Final = re.compile(r"\w+")
_MOST_WORDS: Final = 32
#: Scripts that are written without blanks: each character is a word, and a query's word is a phrase of them.
_CLOSE: Final = re.compile("([\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff])")


@dataclass(frozen=True, slots=True)
class RecallLimits:
    """How long a session's passages are kept after its last use, and how many bytes of text: a session's, and in all.

    On disk a passage takes about twice its text.
    """

    days: float = 30.0
    session_bytes: int = 64 * MIB
    total_bytes: int = 1024 * MIB


class Row(NamedTuple):
    """A passage: its number, the turn it is of, its text, its vector, and who made that."""

    number: int
    turn: int
    text: str
    embedder: str
    vector: bytes


class Rows:
    """The passages of ``session``; ``removed`` is told the numbers of those that went.

    A session over its bytes loses its oldest passages. `sweep` removes sessions that nobody used for ``limits.days``, and over
    ``limits.total_bytes`` those not used for longest; adding and `touch` are uses.

    Memory: 500 passages while some are removed, else those asked for.
    """

    def __init__(
        self,
        session: str,
        database: Database,
        limits: RecallLimits,
        clock: Callable[[], float],
        removed: Callable[[Sequence[int]], None],
    ) -> None:
        self._session = session
        self._database = database
        self._limits = limits
        self._clock = clock
        self._removed = removed
        self._touched = float("-inf")
        database.migrate(_SCHEMA)

    def add(self, connection: sqlite3.Connection, digest: str, part: int, row: Row) -> int:
        """Enter a passage inside a transaction and return its number, 0 if it is there already."""
        sql = "INSERT OR IGNORE INTO passages(session, digest, part, turn, text, embedder, vector) VALUES (?, ?, ?, ?, ?, ?, ?)"
        done = connection.execute(sql, (self._session, digest, part, row.turn, row.text, row.embedder, row.vector))
        if not done.rowcount or done.lastrowid is None:
            return 0
        connection.execute("INSERT INTO passages_words(rowid, body) VALUES (?, ?)", (done.lastrowid, _words(self._session, row.text)))
        self._count(connection, _size(row.text))
        return done.lastrowid

    def make_room(self) -> None:
        """Remove the session's oldest passages until it is within its bytes."""
        while self._bytes(self._session) > self._limits.session_bytes:
            if not self._remove(self._session, _BATCH):
                return

    def matching(self, query: str, count: int) -> list[int]:
        """Return the numbers of the passages with a word of ``query``, the best first (SQLite's bm25)."""
        words = [_apart(word).split() for word in dict.fromkeys(_WORDS.findall(query))][:_MOST_WORDS]
        if not words:
            return []
        phrases = " OR ".join('"' + " ".join(word) + '"' for word in words)
        sql = "SELECT rowid FROM passages_words WHERE passages_words MATCH ? ORDER BY rank LIMIT ?"
        return [int(row[0]) for row in self._database.rows(sql, (f"{_mark(self._session)} AND ({phrases})", count))]

    def with_numbers(self, numbers: Sequence[int]) -> list[Row]:
        """Return those of the session, in the order of the numbers."""
        marks = ",".join("?" * len(numbers))
        sql = f"SELECT id, turn, text, embedder, vector FROM passages WHERE session = ? AND id IN ({marks})"  # noqa: S608 (marks only)
        found = {row[0]: Row(*row) for row in self._database.rows(sql, (self._session, *numbers))}
        return [found[number] for number in numbers if number in found]

    def newest(self, count: int) -> Iterable[Row]:
        """Return the newest of the session."""
        sql = "SELECT id, turn, text, embedder, vector FROM passages WHERE session = ? ORDER BY id DESC LIMIT ?"
        return (Row(*row) for row in self._database.rows(sql, (self._session, count)))

    def touch(self) -> None:
        """Count the session's days from now on; written once an hour at most."""
        if self._clock() < self._touched + _HOUR:
            return
        self._touched = self._clock()
        with self._database.transaction() as connection:
            self._count(connection, 0)

    def forget(self) -> None:
        """Remove all passages of the session."""
        self._forget(self._session, None)

    def sweep(self) -> list[str]:
        """Remove sessions that are over their time or, the least recently used first, over all bytes; return those that went whole."""
        sql = "SELECT session, used, SUM(bytes) OVER (ORDER BY used DESC, session) FROM passage_sessions ORDER BY used"
        oldest, room, gone = self._clock() - self._limits.days * _DAY, _SWEPT, []
        for session, used, bytes_since in self._database.rows(sql):
            if session == self._session or (used >= oldest and bytes_since <= self._limits.total_bytes):
                continue
            room -= self._forget(session, room)
            if room <= 0:
                break
            gone.append(session)
        return gone

    def _forget(self, session: str, most: int | None) -> int:
        """Remove a session's passages, at most so many, and return how many; no lock is held for long."""
        gone = 0
        while most is None or gone < most:
            removed = self._remove(session, _BATCH)
            gone += removed
            if not removed:
                with self._database.transaction() as connection:
                    connection.execute("DELETE FROM passage_sessions WHERE session = ?", (session,))
                break
        return gone

    def _remove(self, session: str, count: int) -> int:
        """Remove a session's oldest passages and return how many."""
        with self._database.transaction() as connection:
            rows = connection.execute("SELECT id, text FROM passages WHERE session = ? ORDER BY id LIMIT ?", (session, count)).fetchall()
            for number, text in rows:
                sql = "INSERT INTO passages_words(passages_words, rowid, body) VALUES ('delete', ?, ?)"
                connection.execute(sql, (number, _words(session, text)))
                connection.execute("DELETE FROM passages WHERE id = ?", (number,))
            freed = sum(_size(text) for _, text in rows)
            connection.execute("UPDATE passage_sessions SET bytes = bytes - ? WHERE session = ?", (freed, session))
        self._removed([number for number, _ in rows])
        return len(rows)

    def _count(self, connection: sqlite3.Connection, more: int) -> None:
        sql = "INSERT INTO passage_sessions VALUES (?, ?, ?) ON CONFLICT (session) DO UPDATE SET used = excluded.used, bytes = bytes + ?"
        connection.execute(sql, (self._session, self._clock(), more, more))

    def _bytes(self, session: str) -> int:
        rows = self._database.rows("SELECT bytes FROM passage_sessions WHERE session = ?", (session,))
        return int(rows[0][0]) if rows else 0


def _words(session: str, text: str) -> str:
    """The text as the word index takes it: the session is a word of it, so that a search reads no other's rows."""
    return f"{_mark(session)} {_apart(text)}"


def _mark(session: str) -> str:
    return "session" + hashlib.sha256(session.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _apart(text: str) -> str:
    return _CLOSE.sub(r" \1 ", text)


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
