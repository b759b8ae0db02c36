"""The tables of workers: who supervises, what is to be done, who did it, and what went wrong.

Between the supervisor and its workers there are only these rows. Each step is one transaction that looks first, so that a task is claimed
once, ends once, and is given back once, whoever dies in between and however many supervisors use the file.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable
from typing import Any, Final, Literal

from streamtools.database import Database, Schema, process_alive
from streamtools.limits import MIB
from streamtools.tuples import NamedTuple
from streamtools.workers.task import TaskResult

Severity = Literal["info", "warning", "critical"]

#: A task is begun at most so often: once, and once more if its process died for no fault that would come again.
ATTEMPTS: Final = 2
_DAY: Final = 86_400.0
_KEEP_DAYS: Final = 30.0
_KEEP_ROWS: Final = 10_000
_SCHEMA: Final = Schema(
    "workers",
    (
        """
        CREATE TABLE supervisors(
            id TEXT PRIMARY KEY,
            process TEXT NOT NULL,
            queue TEXT NOT NULL,
            started_at REAL NOT NULL,
            ended_at REAL
        );
        CREATE TABLE tasks(
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            queue TEXT NOT NULL,
            submitter TEXT NOT NULL,
            agent_type TEXT NOT NULL,
            payload TEXT NOT NULL,
            status TEXT NOT NULL DEFAULT 'queued',
            attempts INTEGER NOT NULL DEFAULT 0,
            claim INTEGER,
            finished INTEGER,
            created_at REAL NOT NULL,
            ended_at REAL,
            text TEXT NOT NULL DEFAULT '',
            data TEXT NOT NULL DEFAULT '{}',
            is_error INTEGER NOT NULL DEFAULT 0,
            handle TEXT NOT NULL DEFAULT '',
            error TEXT NOT NULL DEFAULT ''
        );
        CREATE INDEX tasks_queued ON tasks(queue, id) WHERE status = 'queued';
        CREATE INDEX tasks_finished ON tasks(finished);
        CREATE INDEX tasks_open ON tasks(submitter) WHERE finished IS NULL;
        CREATE TABLE worker_sessions(
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            supervisor_id TEXT NOT NULL,
            agent_type TEXT NOT NULL,
            status TEXT NOT NULL,
            memory_peak_mb REAL,
            started_at REAL NOT NULL,
            ended_at REAL,
            task_id INTEGER NOT NULL,
            process TEXT NOT NULL DEFAULT '',
            exit_code INTEGER,
            signal INTEGER,
            error TEXT NOT NULL DEFAULT '',
            duration_ms REAL,
            dispatch_ms REAL
        );
        CREATE INDEX worker_sessions_running ON worker_sessions(supervisor_id) WHERE status = 'running';
        CREATE TABLE alerts(
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            ts REAL NOT NULL,
            severity TEXT NOT NULL,
            kind TEXT NOT NULL,
            message TEXT NOT NULL,
            worker_id INTEGER
        );
        CREATE VIEW duration_memory AS
            SELECT id, agent_type, status, duration_ms, memory_peak_mb, dispatch_ms, started_at, ended_at
            FROM worker_sessions WHERE ended_at IS NOT NULL
        """,
    ),
)


class Claim(NamedTuple):
    """A task that was taken, and the row of the worker that is to do it."""

    worker: int
    task: int
    submitter: str


class End(NamedTuple):
    """How a worker ended; ``peak`` in bytes, times in milliseconds, None where it is not known."""

    status: str
    error: str = ""
    peak: int | None = None
    duration_ms: float | None = None
    dispatch_ms: float | None = None
    exit_code: int | None = None
    signal: int | None = None


class Store:
    """The tables in a state file. Every method raises `StateError` where the file can't be used.

    Tables are bounded: `trim` leaves the newest ``rows`` ended tasks, workers, alerts and supervisors of the last ``days``.

    Memory: that of the database, and one row.
    """

    def __init__(
        self, database: Database, *, clock: Callable[[], float] = time.time, rows: int = _KEEP_ROWS, days: float = _KEEP_DAYS
    ) -> None:
        self._database = database
        self._clock = clock
        self._rows = rows
        self._days = days
        database.migrate(_SCHEMA)

    # -- the supervisor's side -----------------------------------------------------------

    def enter(self, supervisor: str, process: str, queue: str) -> None:
        """Enter a supervisor that begins to work."""
        with self._database.transaction() as connection:
            connection.execute("INSERT INTO supervisors VALUES (?, ?, ?, ?, NULL)", (supervisor, process, queue, self._clock()))

    def leave(self, supervisor: str, queue: str) -> None:
        """Enter that a supervisor has ended; what waits in a queue of its own will never be done."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE supervisors SET ended_at = ? WHERE id = ?", (self._clock(), supervisor))
            if queue == supervisor:
                self._drop(connection, queue, "cancelled", "the supervisor was closed")

    def add(self, queue: str, submitter: str, agent_type: str, payload: str) -> int:
        """Put a task into a queue and return its number."""
        row = (queue, submitter, agent_type, payload, self._clock())
        with self._database.transaction() as connection:
            sql = "INSERT INTO tasks(queue, submitter, agent_type, payload, created_at) VALUES (?, ?, ?, ?, ?)"
            return connection.execute(sql, row).lastrowid or 0

    def waiting(self, queue: str) -> bool:
        """Return whether a task waits; takes no lock."""
        return bool(self._database.rows("SELECT 1 FROM tasks WHERE queue = ? AND status = 'queued' LIMIT 1", (queue,)))

    def claim(self, supervisor: str, queue: str) -> Claim | None:
        """Take the oldest task that waits, None if there is none; nobody else gets it."""
        with self._database.transaction() as connection:
            sql = "SELECT id, agent_type, submitter FROM tasks WHERE queue = ? AND status = 'queued' ORDER BY id LIMIT 1"
            found = connection.execute(sql, (queue,)).fetchone()
            if found is None:
                return None
            sql = "INSERT INTO worker_sessions(supervisor_id, agent_type, status, started_at, task_id) VALUES (?, ?, 'running', ?, ?)"
            worker = connection.execute(sql, (supervisor, found[1], self._clock(), found[0])).lastrowid or 0
            sql = "UPDATE tasks SET status = 'running', claim = ?, attempts = attempts + 1 WHERE id = ?"
            connection.execute(sql, (worker, found[0]))
            return Claim(worker, found[0], found[2])

    def end(self, worker: int, end: End, *, again: bool) -> str:
        """Enter how a worker's process ended, and return what became of its task.

        What the worker has entered itself stays; else its task ends with it or, ``again``, is given back if it may be begun once more.
        """
        with self._database.transaction() as connection:
            mark = "UPDATE worker_sessions SET memory_peak_mb = MAX(COALESCE(memory_peak_mb, 0), ?), exit_code = ?, signal = ? WHERE id = ?"
            if end.peak is not None:
                connection.execute(mark, (_mb(end.peak), end.exit_code, end.signal, worker))
            sql = """UPDATE worker_sessions SET status = ?, error = ?, ended_at = ?, exit_code = ?, signal = ?,
                duration_ms = ?, dispatch_ms = ? WHERE id = ? AND status = 'running'"""
            row = (end.status, end.error, self._clock(), end.exit_code, end.signal, end.duration_ms, end.dispatch_ms, worker)
            connection.execute(sql, row)
            self._part(connection, worker, end.status, end.error, again=again)
            sql = "SELECT tasks.status FROM tasks JOIN worker_sessions ON tasks.id = task_id WHERE worker_sessions.id = ?"
            found = connection.execute(sql, (worker,)).fetchone()
            return str(found[0]) if found else end.status

    def give_back(self, worker: int) -> None:
        """Let a task wait again whose worker was ended for no fault of either; this time it was begun does not count."""
        with self._database.transaction() as connection:
            sql = """UPDATE tasks SET status = 'queued', claim = NULL, attempts = attempts - 1
                WHERE id = (SELECT task_id FROM worker_sessions WHERE id = ?) AND claim = ? AND status = 'running'"""
            connection.execute(sql, (worker, worker))

    def cancel(self, task: int) -> bool:
        """End a task that has not ended; return whether there was one. A worker that is at it can't enter its result any more."""
        with self._database.transaction() as connection:
            sql = """UPDATE tasks SET status = 'cancelled', error = 'it was cancelled', ended_at = ?,
                finished = (SELECT COALESCE(MAX(finished), 0) + 1 FROM tasks) WHERE id = ? AND status IN ('queued', 'running')"""
            return connection.execute(sql, (self._clock(), task)).rowcount > 0

    def task(self, number: int) -> TaskResult | None:
        """Return what is known of a task; None for one that is not there, or not any more."""
        sql = "SELECT id, status, text, data, is_error, handle, error, attempts FROM tasks WHERE id = ?"
        rows = self._database.rows(sql, (number,))
        if not rows:
            return None
        identity, status, text, data, is_error, handle, error, attempts = rows[0]
        return TaskResult(identity, status, text, json.loads(data), bool(is_error), handle, error, attempts)

    def next_ended(self, submitter: str, after: int) -> tuple[int, int] | None:
        """Return the first task of a submitter that ended behind the place ``after``, with its own place; None if there is none yet."""
        sql = "SELECT id, finished FROM tasks WHERE submitter = ? AND finished > ? ORDER BY finished LIMIT 1"
        rows = self._database.rows(sql, (submitter, after))
        return (rows[0][0], rows[0][1]) if rows else None

    def open_tasks(self, submitter: str) -> bool:
        """Return whether a task of a submitter has not ended."""
        return bool(self._database.rows("SELECT 1 FROM tasks WHERE submitter = ? AND finished IS NULL LIMIT 1", (submitter,)))

    def alert(self, severity: Severity, kind: str, message: str, worker: int | None = None) -> None:
        """Store an alert."""
        with self._database.transaction() as connection:
            row = (self._clock(), severity, kind, message, worker)
            connection.execute("INSERT INTO alerts(ts, severity, kind, message, worker_id) VALUES (?, ?, ?, ?, ?)", row)

    # -- the dead ------------------------------------------------------------------------

    def orphans(self, alive: Callable[[str], bool] = process_alive) -> list[tuple[int, str]]:
        """Return the workers of dead supervisors that are entered as running, and their processes (``""``: not begun)."""
        sql = """SELECT worker.id, worker.process, supervisor.process, supervisor.ended_at
            FROM worker_sessions AS worker LEFT JOIN supervisors AS supervisor ON supervisor.id = supervisor_id WHERE status = 'running'"""
        found = self._database.rows(sql)
        return [(worker, process) for worker, process, supervisor, ended in found if ended is not None or not alive(supervisor or "")]

    def sweep(self, lost: list[int], alive: Callable[[str], bool] = process_alive) -> list[int]:
        """Mark these workers lost and give their tasks back where they may be begun once more; return the workers that were marked.

        Also ends the rows of dead supervisors, and what waits in queues that were theirs alone. Of several that sweep at once each
        worker is marked by one.
        """
        marked = []
        with self._database.transaction() as connection:
            for worker in lost:
                # A worker whose result was entered has done its task, whatever became of its supervisor.
                sql = "UPDATE worker_sessions SET status = 'lost', error = ?, ended_at = ? WHERE id = ? AND status = 'running'"
                if connection.execute(sql, ("its supervisor died", self._clock(), worker)).rowcount:
                    marked.append(worker)
                    self._part(connection, worker, "lost", "its supervisor died", again=True)
            for supervisor, process in connection.execute("SELECT id, process FROM supervisors WHERE ended_at IS NULL").fetchall():
                if not alive(process):
                    connection.execute("UPDATE supervisors SET ended_at = ? WHERE id = ?", (self._clock(), supervisor))
                    self._drop(connection, supervisor, "lost", "its supervisor died")
        return marked

    def trim(self) -> None:
        """Remove what is too old or too much; nothing that is queued or running."""
        oldest = self._clock() - self._days * _DAY
        with self._database.transaction() as connection:
            for table, ended in (("tasks", "ended_at"), ("worker_sessions", "ended_at"), ("alerts", "ts")):
                last = connection.execute(f"SELECT MAX(id) FROM {table}").fetchone()[0] or 0  # noqa: S608 - our own names
                sql = f"DELETE FROM {table} WHERE {ended} IS NOT NULL AND ({ended} < ? OR id <= ?)"  # noqa: S608
                connection.execute(sql, (oldest, last - self._rows))
            sql = """DELETE FROM supervisors WHERE ended_at IS NOT NULL AND rowid <= (SELECT MAX(rowid) FROM supervisors) - ?
                AND id NOT IN (SELECT supervisor_id FROM worker_sessions WHERE status = 'running')"""
            connection.execute(sql, (self._rows,))

    # -- the worker's side ---------------------------------------------------------------

    def begin(self, worker: int, process: str) -> str | None:
        """Enter that a worker's process begins, and return its task's context; None if the task is not its any more."""
        with self._database.transaction() as connection:
            sql = """SELECT payload FROM tasks JOIN worker_sessions ON tasks.id = task_id
                WHERE worker_sessions.id = ? AND worker_sessions.status = 'running' AND claim = ? AND tasks.status = 'running'"""
            found = connection.execute(sql, (worker, worker)).fetchone()
            if found is None:
                return None
            connection.execute("UPDATE worker_sessions SET process = ? WHERE id = ?", (process, worker))
            return str(found[0])

    def save(self, worker: int, end: End, result: TaskResult) -> bool:
        """Enter a result and the end of its worker together; False if the task is not its any more, and nothing is entered then."""
        with self._database.transaction() as connection:
            sql = """UPDATE tasks SET status = ?, text = ?, data = ?, is_error = ?, handle = ?, error = ?, ended_at = ?,
                finished = (SELECT COALESCE(MAX(finished), 0) + 1 FROM tasks)
                WHERE claim = ? AND status = 'running' AND id = (SELECT task_id FROM worker_sessions WHERE id = ? AND status = 'running')"""
            data = json.dumps(dict(result.data))
            now = self._clock()
            row = (end.status, result.text, data, result.is_error, result.handle, end.error, now, worker, worker)
            if not connection.execute(sql, row).rowcount:
                return False
            sql = """UPDATE worker_sessions SET status = ?, error = ?, memory_peak_mb = ?, ended_at = ?, exit_code = 0,
                duration_ms = ?, dispatch_ms = ? WHERE id = ?"""
            peak = None if end.peak is None else _mb(end.peak)
            connection.execute(sql, (end.status, end.error, peak, now, end.duration_ms, end.dispatch_ms, worker))
            return True

    # -- inside --------------------------------------------------------------------------

    def _part(self, connection: sqlite3.Connection, worker: int, status: str, error: str, *, again: bool) -> None:
        """Take the task from a worker that has not ended it: it waits again, or ends."""
        mine = "id = (SELECT task_id FROM worker_sessions WHERE id = ?) AND claim = ? AND status = 'running'"
        if again:
            sql = f"UPDATE tasks SET status = 'queued', claim = NULL WHERE {mine} AND attempts < ?"  # noqa: S608 - our own words
            connection.execute(sql, (worker, worker, ATTEMPTS))
        sql = f"""UPDATE tasks SET status = ?, error = ?, is_error = 1, ended_at = ?,
            finished = (SELECT COALESCE(MAX(finished), 0) + 1 FROM tasks) WHERE {mine}"""  # noqa: S608
        connection.execute(sql, (status, error, self._clock(), worker, worker))

    def _drop(self, connection: sqlite3.Connection, queue: str, status: str, error: str) -> None:
        """End all tasks that wait in a queue which nobody serves any more."""
        for (task,) in connection.execute("SELECT id FROM tasks WHERE queue = ? AND status = 'queued'", (queue,)).fetchall():
            sql = """UPDATE tasks SET status = ?, error = ?, is_error = 1, ended_at = ?,
                finished = (SELECT COALESCE(MAX(finished), 0) + 1 FROM tasks) WHERE id = ?"""
            connection.execute(sql, (status, error, self._clock(), task))


def workers_ended(database: Database, limit: int) -> list[dict[str, Any]]:
    """Return the newest workers that have ended, the last one first, as plain data. Raises `StateError`."""
    names = (
        *("id", "supervisor_id", "agent_type", "status", "memory_peak_mb", "started_at", "ended_at"),
        *("task_id", "exit_code", "signal", "error", "duration_ms", "dispatch_ms"),
    )
    sql = f"SELECT {', '.join(names)} FROM worker_sessions WHERE ended_at IS NOT NULL ORDER BY id DESC LIMIT ?"  # noqa: S608 - our own names
    return [dict(zip(names, row, strict=True)) for row in _rows(database, sql, (limit,))]


def workers_seen(database: Database, limit: int) -> list[dict[str, Any]]:
    """Return the workers that run and the newest that have ended, those that run first, as plain data. Raises `StateError`."""
    names = ("id", "supervisor_id", "agent_type", "status", "memory_peak_mb", "started_at", "ended_at", "task_id", "process", "error")
    sql = f"SELECT {', '.join(names)} FROM worker_sessions ORDER BY status = 'running' DESC, id DESC LIMIT ?"  # noqa: S608 - our own names
    return [dict(zip(names, row, strict=True)) for row in _rows(database, sql, (limit,))]


def alerts_told(database: Database, limit: int) -> list[dict[str, Any]]:
    """Return the newest alerts, the last one first, as plain data. Raises `StateError`."""
    names = ("id", "ts", "severity", "kind", "message", "worker_id")
    sql = f"SELECT {', '.join(names)} FROM alerts ORDER BY id DESC LIMIT ?"  # noqa: S608 - our own names
    return [dict(zip(names, row, strict=True)) for row in _rows(database, sql, (limit,))]


def _rows(database: Database, sql: str, arguments: tuple[object, ...]) -> list[tuple[Any, ...]]:
    database.migrate(_SCHEMA)
    return database.rows(sql, arguments)


def _mb(size: int) -> float:
    return round(size / MIB, 1)
