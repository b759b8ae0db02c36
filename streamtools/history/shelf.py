"""Spilled texts on disk: a file each, and a row that says whose it is, how large, who refers to it, when it went."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from streamtools.database import Database, Schema, process_alive, process_key
from streamtools.errors import InvalidArgument, NotFound, StateError, printable
from streamtools.limits import MIB
from streamtools.logs import logger

SCHEME: Final = "spill://"
_HANDLE: Final = re.compile(r"spill://([A-Za-z0-9_][A-Za-z0-9_.-]{0,79})/([A-Za-z0-9_][A-Za-z0-9_.-]{0,79})")
_SAFE: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")
_SCHEMA: Final = Schema(
    "spill",
    (
        """
        CREATE TABLE spills(
            handle TEXT PRIMARY KEY,
            session TEXT NOT NULL,
            kind TEXT NOT NULL,
            writer TEXT NOT NULL,
            created REAL NOT NULL,
            used REAL NOT NULL,
            bytes INTEGER NOT NULL DEFAULT 0,
            complete INTEGER NOT NULL DEFAULT 0,
            removed REAL,
            reason TEXT
        );
        CREATE INDEX spills_live ON spills(session, bytes) WHERE removed IS NULL;
        CREATE INDEX spills_used ON spills(used) WHERE removed IS NULL;
        CREATE TABLE leases(
            handle TEXT NOT NULL,
            holder TEXT NOT NULL,
            process TEXT NOT NULL,
            PRIMARY KEY (handle, holder, process)
        ) WITHOUT ROWID;
        CREATE VIEW free_spills AS SELECT * FROM spills
            WHERE removed IS NULL AND writer = '' AND NOT EXISTS (SELECT 1 FROM leases WHERE leases.handle = spills.handle);
        CREATE TABLE sweeps(at REAL NOT NULL)
        """,
    ),
)
_STEP: Final = 8 * MIB
_DAY: Final = 86_400.0
_HOUR: Final = 3_600.0
_TOMBSTONE_DAYS: Final = 90
_log: Final = logger("history")


@dataclass(frozen=True, slots=True)
class SpillLimits:
    """How long spilled text is kept after its last use, and how many bytes of it: a session's, and in all."""

    days: float = 7.0
    session_bytes: int = 1024 * MIB
    total_bytes: int = 10 * 1024 * MIB


@dataclass(frozen=True, slots=True)
class Kept:
    """A text that is on disk: when it was made and last used (seconds of the clock), and whether it may not go now."""

    handle: str
    kind: str
    bytes: int
    complete: bool
    writing: bool
    leased: bool
    created: float
    used: float


def handle_of(session: str, name: str) -> str:
    """Return the handle for a name in a session, always the same; what no file may be called everywhere becomes a digest."""
    return f"{SCHEME}{_safe(session)}/{_safe(name)}"


class Shelf:
    """The files in ``folder`` and their rows; any number of threads and processes may work on them.

    A removal is committed before the file goes, so a row that is there has its file. Raises `StateError` where the
    database can't be used.

    Memory: O(1) while texts are written; the handles of one clean-up.
    """

    def __init__(self, folder: str, database: Database, limits: SpillLimits, clock: Callable[[], float]) -> None:
        self.folder = folder
        self._database = database
        self._limits = limits
        self._clock = clock
        self._next_sweep = 0.0
        database.migrate(_SCHEMA)

    def file(self, handle: str) -> str:
        """Return the name of a handle's file; raises `InvalidArgument` for what is no handle."""
        found = _HANDLE.fullmatch(handle)
        if found is None:
            raise InvalidArgument(f"{printable(handle)[:100]}: not a handle; those at the end of cut results look like spill://session/id")
        return os.path.join(self.folder, found[1], f"{found[2]}.txt")

    def begin(self, session: str, name: str, kind: str) -> str:
        """Enter a text that is about to be written and return its handle, numbered if the name was used before."""
        if self._clock() >= self._next_sweep:
            self.sweep_if_due()
        base = handle_of(session, name)
        with self._database.transaction() as connection:
            handle, number = base, 1
            while connection.execute("SELECT 1 FROM spills WHERE handle = ?", (handle,)).fetchone() or os.path.lexists(self.file(handle)):
                number += 1
                handle = f"{base}-{number}"
            row = (handle, session, kind, process_key(), self._clock(), self._clock())
            connection.execute("INSERT INTO spills(handle, session, kind, writer, created, used) VALUES (?, ?, ?, ?, ?, ?)", row)
        os.makedirs(os.path.dirname(self.file(handle)), mode=0o700, exist_ok=True)
        return handle

    def reserve(self, handle: str, session: str, wanted: int) -> int:
        """Ask for ``wanted`` more bytes of disk and return how many are granted: more, to ask seldom; fewer where a quota is full."""
        limits = self._limits
        gone: list[str] = []
        with self._database.transaction() as connection:
            mine = self._make_room(session, limits.session_bytes, wanted, gone)
            anyone = self._make_room(None, limits.total_bytes, wanted, gone)
            granted = max(min(mine, anyone, max(wanted, _STEP)), 0)
            connection.execute("UPDATE spills SET bytes = bytes + ? WHERE handle = ?", (granted, handle))
        self._unlink(gone)
        return granted

    def finish(self, handle: str, size: int, *, complete: bool) -> None:
        """Enter that the text is written: ``size`` bytes are in its file."""
        with self._database.transaction() as connection:
            sql = "UPDATE spills SET bytes = ?, complete = ?, used = ?, writer = '' WHERE handle = ?"
            connection.execute(sql, (size, complete, self._clock(), handle))

    def discard(self, handle: str) -> None:
        """Remove a text that was begun and not finished."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM spills WHERE handle = ? AND writer <> ''", (handle,))
        self._unlink([handle])

    def use(self, handle: str) -> str:
        """Return the name of a text's file and count its days from now on.

        Raises `NotFound` that tells when and why it went, `InvalidArgument` for what is no handle.
        """
        name = self.file(handle)
        with self._database.transaction() as connection:
            self._check(handle)
            connection.execute("UPDATE spills SET used = ? WHERE handle = ?", (self._clock(), handle))
        if not os.path.exists(name):
            raise NotFound(f"{printable(handle)}: its file was removed by somebody else; run the tool again", handle)
        return name

    def whole(self, handle: str) -> int | None:
        """Return the bytes of a text that is there and complete, else None."""
        sql = "SELECT bytes FROM spills WHERE handle = ? AND removed IS NULL AND writer = '' AND complete"
        rows = self._database.rows(sql, (handle,))
        return int(rows[0][0]) if rows and os.path.exists(self.file(handle)) else None

    def kept(self, limit: int) -> list[Kept]:
        """Return at most ``limit`` texts, the last used first."""
        sql = """SELECT handle, kind, bytes, complete, writer <> '', EXISTS (SELECT 1 FROM leases WHERE leases.handle = spills.handle),
            created, used FROM spills WHERE removed IS NULL ORDER BY used DESC, handle LIMIT ?"""
        return [
            Kept(handle, kind, size, bool(complete), bool(writing), bool(leased), created, used)
            for handle, kind, size, complete, writing, leased, created, used in self._database.rows(sql, (limit,))
        ]

    def lease(self, handle: str, holder: str, *, durable: bool) -> None:
        """Keep a text until ``holder`` releases it or, unless ``durable``, this process ends; raises `NotFound`."""
        with self._database.transaction() as connection:
            self._check(handle)
            connection.execute("INSERT OR IGNORE INTO leases VALUES (?, ?, ?)", (handle, holder, "" if durable else process_key()))

    def release(self, holder: str, handle: str | None) -> None:
        """Let one text go, or all that ``holder`` has in this process or durably; each counts as used now."""
        row = (holder, process_key(), handle)
        which = "SELECT handle FROM leases WHERE holder = ? AND process IN ('', ?) AND handle = COALESCE(?, handle)"
        with self._database.transaction() as connection:
            for (name,) in connection.execute(which, row).fetchall():
                connection.execute("UPDATE spills SET used = ? WHERE handle = ?", (self._clock(), name))
            connection.execute("DELETE FROM leases WHERE holder = ? AND process IN ('', ?) AND handle = COALESCE(?, handle)", row)

    def sweep_if_due(self) -> None:
        """Clean up if nobody did so within the last hour; never raises."""
        now = self._clock()
        self._next_sweep = now + _HOUR
        try:
            with self._database.transaction() as connection:
                row = connection.execute("SELECT MAX(at) FROM sweeps").fetchone()
                if row[0] is not None and now - _HOUR < row[0] <= now:
                    return
                connection.execute("DELETE FROM sweeps")
                connection.execute("INSERT INTO sweeps VALUES (?)", (now,))
            self.sweep()
        except (OSError, StateError) as error:
            _log.warning("spilled texts were not cleaned up: %s", error)

    def sweep(self) -> int:
        """Remove what is over its time and leased by nobody alive, and old files without a row; return how many went."""
        now = self._clock()
        with self._database.transaction() as connection:
            self._forget_the_dead()
            sql = "SELECT handle FROM free_spills WHERE used < ?"
            gone = [str(row[0]) for row in connection.execute(sql, (now - self._limits.days * _DAY,)).fetchall()]
            for handle in gone:
                self._remove(handle, f"it was kept for {self._limits.days:g} days after its last use")
            connection.execute("DELETE FROM spills WHERE removed < ?", (now - _TOMBSTONE_DAYS * _DAY,))
        self._unlink(gone)
        return len(gone) + self._sweep_strays(now - _DAY)

    def _make_room(self, session: str | None, quota: int, wanted: int, gone: list[str]) -> int:
        """Return what is left of a session's (None: the whole) quota; if it is too little, what was not used for longest goes."""
        used = "SELECT TOTAL(bytes) FROM spills WHERE session = COALESCE(?, session) AND removed IS NULL"
        free = quota - int(self._database.rows(used, (session,))[0][0])
        while free < wanted:
            sql = "SELECT handle, bytes FROM free_spills WHERE session = COALESCE(?, session) ORDER BY used LIMIT 1"
            oldest = self._database.rows(sql, (session,))
            if not oldest:
                break
            self._remove(oldest[0][0], "a quota was full and it was the one not used for longest")
            gone.append(oldest[0][0])
            free += int(oldest[0][1])
        return free

    def _forget_the_dead(self) -> None:
        with self._database.transaction() as connection:
            for (process,) in connection.execute("SELECT DISTINCT process FROM leases WHERE process <> ''").fetchall():
                if not process_alive(process):
                    connection.execute("DELETE FROM leases WHERE process = ?", (process,))
            for (writer,) in connection.execute("SELECT DISTINCT writer FROM spills WHERE writer <> ''").fetchall():
                # What it wrote stays readable; the bytes that it had reserved count until the text goes.
                if not process_alive(writer):
                    connection.execute("UPDATE spills SET writer = '', complete = 0 WHERE writer = ?", (writer,))

    def _remove(self, handle: str, reason: str) -> None:
        with self._database.transaction() as connection:
            connection.execute("UPDATE spills SET removed = ?, reason = ?, bytes = 0 WHERE handle = ?", (self._clock(), reason, handle))

    def _check(self, handle: str) -> None:
        rows = self._database.rows("SELECT removed, reason FROM spills WHERE handle = ?", (handle,))
        if not rows:
            raise NotFound(f"{printable(handle)}: nothing was spilled under that name; take it from the end of a cut result", handle)
        if rows[0][0] is not None:
            day = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(rows[0][0]))
            raise NotFound(f"{printable(handle)}: expired on {day}: {rows[0][1]}; run the tool again", handle)

    def _sweep_strays(self, oldest: float) -> int:
        """Remove files that no row knows: a crash between commit and removal, or a lost database."""
        removed = 0
        with os.scandir(self.folder) as sessions:
            for session in sessions:
                if not session.is_dir(follow_symlinks=False):
                    continue
                with os.scandir(session.path) as files:
                    for file in files:
                        removed += self._is_stray(session.name, file, oldest) and self._gone(file.path)
        return removed

    def _is_stray(self, session: str, file: os.DirEntry[str], oldest: float) -> bool:
        handle = f"{SCHEME}{session}/{file.name.removesuffix('.txt')}"
        if self._database.rows("SELECT 1 FROM spills WHERE handle = ? AND removed IS NULL", (handle,)):
            return False
        try:
            return file.is_file(follow_symlinks=False) and file.stat(follow_symlinks=False).st_mtime < oldest
        except FileNotFoundError:
            # Another process cleans up too.
            return False

    def _gone(self, path: str) -> bool:
        """Remove a file; return whether it was this process that did."""
        try:
            os.unlink(path)
        except FileNotFoundError:
            return False
        except OSError as error:
            _log.warning("%s: a spilled text was not removed: %s", printable(path), error)
            return False
        return True

    def _unlink(self, handles: list[str]) -> None:
        for handle in handles:
            self._gone(self.file(handle))


def _safe(name: str) -> str:
    return name if _SAFE.fullmatch(name) else hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:24]
