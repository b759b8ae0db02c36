"""How much memory this process may take: a share of the machine's that follows how many others there are."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, Self

from streamtools.database import Database, Schema, process_alive, process_key
from streamtools.limits import MIB
from streamtools.sessions import machine
from streamtools.sessions.settings import Settings
from streamtools.tuples import NamedTuple

_SCHEMA: Final = Schema(
    "hosts",
    (
        """
        CREATE TABLE hosts(
            process TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            joined REAL NOT NULL,
            seen REAL NOT NULL,
            rss INTEGER NOT NULL DEFAULT 0,
            budget INTEGER NOT NULL DEFAULT 0,
            level TEXT NOT NULL DEFAULT 'normal'
        ) WITHOUT ROWID
        """,
    ),
)
_LEAST: Final = 512 * MIB
_RESERVED: Final = 4096 * MIB
_UNKNOWN: Final = 1536 * MIB


class Host(NamedTuple):
    """A live process with sessions, as it was ``seen`` last (seconds since 1970); ``budget`` and ``rss`` in bytes, 0: not known yet."""

    process: str
    name: str
    joined: float
    seen: float
    rss: int
    budget: int
    level: str


def share(memory: int | None, number: int) -> int:
    """Return the bytes of one of ``number`` processes on a machine, or in a control group, of ``memory`` bytes (None: unknown)."""
    return _UNKNOWN if memory is None else max(_LEAST, (memory - _RESERVED) // max(number, 1))


def known() -> int | None:
    """Return the bytes of the machine, or of this process's control group where that may take less."""
    return min(filter(None, (machine.total(), machine.limit())), default=None)


class Budget:
    """One process's place among all that have sessions on this machine, and its share of the memory.

    A session in the sense of S4 is a process here, whose memory it is, however many conversations it holds. `join` when it begins
    and `leave` when it ends; who died is left out, at once. `bytes` is computed from who is there now, so others' joining and leaving
    shows at the next question. ``settings.max_memory_mb`` wins. ``memory`` tells the bytes of machine and control group together.
    Raises `StateError` where the database can't be used.

    Memory: one row a process, on disk.
    """

    def __init__(self, database: Database, *, settings: Settings | None = None, memory: Callable[[], int | None] = known) -> None:
        self.settings = settings if settings is not None else Settings.from_environment()
        self._database = database
        self._memory = memory
        database.migrate(_SCHEMA)

    def __enter__(self) -> Self:
        self.join()
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    def join(self, name: str = "") -> None:
        """Enter this process under a name for people; a second time renames it. Dead processes are swept."""
        with self._database.transaction() as connection:
            for (process,) in connection.execute("SELECT process FROM hosts").fetchall():
                if not process_alive(process):
                    connection.execute("DELETE FROM hosts WHERE process = ?", (process,))
            row = (process_key(), name, time.time(), time.time())
            connection.execute("INSERT OR REPLACE INTO hosts(process, name, joined, seen) VALUES (?, ?, ?, ?)", row)

    def leave(self) -> None:
        """Take this process out; a second time does nothing."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM hosts WHERE process = ?", (process_key(),))

    def hosts(self) -> list[Host]:
        """Return the live processes, the oldest first."""
        rows = self._database.rows("SELECT process, name, joined, seen, rss, budget, level FROM hosts ORDER BY joined LIMIT 10000")
        return [host for host in map(Host._make, rows) if process_alive(host.process)]

    def bytes(self) -> int:
        """Return the bytes that this process may take now."""
        if self.settings.max_memory_mb is not None:
            return self.settings.max_memory_mb * MIB
        memory = self._memory()
        return _UNKNOWN if memory is None else share(memory, len(self.hosts()))

    def tell(self, rss: int, budget: int, level: str) -> None:
        """Let others see how this process is."""
        with self._database.transaction() as connection:
            sql = "UPDATE hosts SET seen = ?, rss = ?, budget = ?, level = ? WHERE process = ?"
            connection.execute(sql, (time.time(), rss, budget, level, process_key()))
