"""The one SQLite file in which state outlives a process: spills, summaries, sessions, workers.

Each module that keeps state declares a `Schema` of its own and hands it to `Database.migrate`;
this module knows how the file is opened, locked and upgraded, and no table but ``schemas``.
"""

from __future__ import annotations

import functools
import os
import sqlite3
import threading
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final, Self

from streamtools.errors import StateError, printable

_BUSY_SECONDS: Final = 10.0
_CACHE_KIB: Final = 2048

#: Nobody connects to a file while another thread makes it: see `Database._make_file`.
_making: Final = threading.Lock()
os.register_at_fork(before=_making.acquire, after_in_parent=_making.release, after_in_child=_making.release)

#: Connections of a parent process: SQLite forbids to use or close them here, so they are kept and left alone.
_inherited: list[sqlite3.Connection] = []


def state_folder() -> str:
    """Return ``$XDG_STATE_HOME/streamtools``, by default ``~/.local/state/streamtools``; it may not exist yet."""
    home = os.environ.get("XDG_STATE_HOME", "")
    base = home if os.path.isabs(home) else os.path.join(os.path.expanduser("~"), ".local", "state")
    return os.path.join(base, "streamtools")


def process_key(pid: int | None = None) -> str:
    """Return a name of a process (by default this one) for rows that it owns; it is never given to another process.

    Linux tells when a process began; elsewhere the number alone has to do. ``""`` for a process that is gone.
    """
    return _own_key(os.getpid()) if pid is None else _key(pid)


@functools.cache
def _own_key(pid: int) -> str:
    """The key of this process, asked for at every spill; a forked child has another number."""
    return _key(pid)


def _key(number: int) -> str:
    try:
        with open(f"/proc/{number}/stat", "rb") as file:
            # The name before the last bracket may hold anything; field 22 is the start (proc_pid_stat(5)).
            fields = file.read().rpartition(b")")[2].split()
        return "" if fields[0] in {b"Z", b"X"} else f"{number}:{int(fields[19])}"
    except (OSError, IndexError):
        pass
    if os.path.exists("/proc/self/stat"):
        return ""
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return ""
    except OSError:
        pass
    return f"{number}:0"


def process_alive(key: str) -> bool:
    """Return whether the process that got ``key`` from `process_key` still runs."""
    pid = key.partition(":")[0]
    return pid.isdigit() and process_key(int(pid)) == key


@dataclass(frozen=True, slots=True)
class Schema:
    """The tables of one module: ``steps[n]`` is a script of SQL that leads from version n to n + 1.

    Steps are only ever added. A step must not hold ``BEGIN`` or ``COMMIT``, nor a ``;`` inside a statement
    (triggers), since it is split there.
    """

    name: str
    steps: tuple[str, ...]


class Database:
    """One connection to a state file, safe between threads, processes and forks.

    ``path`` None is ``state.db`` in `state_folder`; ``":memory:"`` keeps nothing on disk. The file and its
    folder are made readable for their owner only. Write-ahead logging: a killed process loses nothing that was
    committed, and commits survive a power cut in order (a later one never without the earlier ones).
    Who finds the file locked waits up to 10 seconds.

    Whoever makes one closes it, by ``with`` or `close`; one that is forgotten is closed when it is collected, with a `ResourceWarning`.
    Every method raises `StateError` where the file can't be used.

    Memory: a page cache of 2 MiB and the rows that are asked for.
    """

    def __init__(self, path: str | None = None) -> None:
        self.path = os.path.join(state_folder(), "state.db") if path is None else path
        self._lock = threading.RLock()
        self._pid = os.getpid()
        self._migrated: list[Schema] = []
        self._connection: sqlite3.Connection | None = None
        self._connection = self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        if self._connection is None:
            return
        if self._pid != os.getpid():
            _inherited.append(self._connection)
            return
        warnings.warn(f"{self._shown}: the state file was never closed", ResourceWarning, stacklevel=2, source=self)
        self.close()

    def migrate(self, schema: Schema) -> None:
        """Bring the tables of ``schema`` up to date, once however many processes do it at the same time.

        Raises `StateError` for a file that a newer version wrote.
        """
        with self.transaction() as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS schemas(name TEXT PRIMARY KEY, version INTEGER NOT NULL)")
            found = connection.execute("SELECT version FROM schemas WHERE name = ?", (schema.name,)).fetchone()
            version = int(found[0]) if found else 0
            if version > len(schema.steps):
                raise StateError(f"{self._shown}: {schema.name!r} was written by a newer streamtools; upgrade, or use another file")
            for step in schema.steps[version:]:
                for statement in filter(str.strip, step.split(";")):
                    connection.execute(statement)
            connection.execute("INSERT OR REPLACE INTO schemas VALUES (?, ?)", (schema.name, len(schema.steps)))
        if schema not in self._migrated:
            self._migrated.append(schema)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Hold the write lock: all that is done in the block is committed at its end, or nothing if it raises.

        A transaction inside another joins the outer one.
        """
        with self._entered() as connection:
            if connection.in_transaction:
                yield connection
                return
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise

    def rows(self, sql: str, arguments: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query; bound it with ``LIMIT``."""
        with self._entered() as connection:
            return connection.execute(sql, arguments).fetchall()

    def close(self) -> None:
        """Close the file; a second time does nothing. Any later use raises `StateError`."""
        with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None and self._pid == os.getpid():
                connection.close()

    @property
    def _shown(self) -> str:
        return printable(self.path)

    @contextmanager
    def _entered(self) -> Iterator[sqlite3.Connection]:
        if self._pid != os.getpid():
            self._reopen()
        with self._lock, self._guarded():
            if self._connection is None:
                raise StateError(f"{self._shown}: the state file was closed")
            yield self._connection

    def _reopen(self) -> None:
        """After a fork: a connection of this process, and a lock that no vanished thread holds."""
        inherited, self._pid, self._lock = self._connection, os.getpid(), threading.RLock()
        if inherited is not None:
            _inherited.append(inherited)
            self._connection = self._open()
            if self.path == ":memory:":
                for schema in self._migrated:
                    self.migrate(schema)

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StateError(f"{self._shown}: the state file can't be used: {error}") from error

    def _open(self) -> sqlite3.Connection:
        with self._guarded():
            if self.path != ":memory:":
                self._make_file()
            connection = sqlite3.connect(self.path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            try:
                _set_up(connection)
            except BaseException:
                connection.close()
                raise
            return connection

    def _make_file(self) -> None:
        try:
            folder = os.path.dirname(os.path.abspath(self.path))
            os.makedirs(folder, mode=0o700, exist_ok=True)
            # Only a new file is opened here: closing a descriptor drops all locks that this process has on the file (fcntl(2)), SQLite's
            # too, and another process would then remove the write-ahead log under a connection that uses it.
            with _making:
                if not os.path.exists(self.path):
                    os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        except FileExistsError:
            pass
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise StateError(f"{self._shown}: can't be made: {reason}; set XDG_STATE_HOME to a folder of yours") from error


def _set_up(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA busy_timeout = {int(_BUSY_SECONDS * 1000)}")
    _use_wal(connection)
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    connection.execute("PRAGMA journal_size_limit = 16777216")


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to write-ahead logging; SQLite does not wait for others that do so at the same moment, so this does."""
    until = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)
