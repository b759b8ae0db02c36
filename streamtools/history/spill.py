"""Text too large for a conversation, kept on disk under a handle.

A handle is ``spill://<session>/<id>``. The text behind it is a plain file, so Read and Grep open it
once `SpillStore.path` (or `resolve`, where no store is at hand) has translated the handle. Pasted text lives in the same store.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from typing import Final, Self

from streamtools.database import Database, state_folder
from streamtools.errors import FileError, InvalidArgument, NotFound, StateError, file_error, printable
from streamtools.history.shelf import SCHEME, Shelf, SpillLimits, handle_of
from streamtools.history.tee import AsyncSpillWriter, Spilled, SpillWriter
from streamtools.limits import DEFAULT, Limits
from streamtools.logs import logger
from streamtools.render.capping import HeadTail

__all__ = ["AsyncSpillWriter", "SpillLimits", "SpillStore", "SpillWriter", "Spilled", "is_handle", "resolve"]

_log: Final = logger("history")


def is_handle(path: str) -> bool:
    """Return whether a path is to be resolved by a `SpillStore`."""
    return path.startswith(SCHEME)


def resolve(path: str) -> str:
    """Return the file behind a handle in this user's state folder; any other path as it is.

    For command lines, which have no `SpillStore` at hand: nothing is made or cleaned up. What can't be opened raises a `FileError` that
    says why: never spilled, when it expired, no handle, or a state file that can't be used.
    """
    if not is_handle(path):
        return path
    folder = state_folder()
    if not os.path.exists(os.path.join(folder, "state.db")):
        raise NotFound(
            f"{printable(path)}: nothing was spilled here ({printable(folder)}); XDG_STATE_HOME may differ from the agent's", path
        )
    try:
        with Database() as database:
            return Shelf(os.path.join(folder, "spill"), database, SpillLimits(), time.time).use(path)
    except (InvalidArgument, StateError) as error:
        raise FileError(str(error), path) from error


class SpillStore:
    """The texts that were spilled or pasted, and their files in ``folder``.

    ``folder`` defaults to ``spill`` beside the state database; a folder in memory (tmpfs) is told in ``warning`` and
    in the log. With ``persist=False`` nothing is ever written, and results say that the rest was not kept.
    A text lives ``limits.days`` after its last use, and longer while it is leased; a full quota removes what was not used
    for longest, and where nothing may go, a new text is saved in part and says so. The store cleans up by itself, at its start
    and every hour that something is spilled. Any number of threads and processes may use one folder.
    Without ``database`` the store opens the user's own, and `close` (or a ``with``) closes it.
    Raises `StateError` or a `FileError` where the database or the folder can't be made.

    Memory: O(1), and each writer's.
    """

    def __init__(
        self,
        folder: str | None = None,
        *,
        database: Database | None = None,
        limits: SpillLimits | None = None,
        persist: bool = True,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.warning = ""
        self._shelf: Shelf | None = None
        self._own: Database | None = None
        if not persist:
            return
        if database is None:
            database = self._own = Database()
        try:
            self._open(folder, database, limits if limits is not None else SpillLimits(), clock)
        except BaseException:
            self.close()
            raise

    def _open(self, folder: str | None, database: Database, limits: SpillLimits, clock: Callable[[], float]) -> None:
        beside = state_folder() if database.path == ":memory:" else os.path.dirname(os.path.abspath(database.path))
        where = os.path.abspath(folder) if folder else os.path.join(beside, "spill")
        try:
            os.makedirs(where, mode=0o700, exist_ok=True)
        except OSError as error:
            raise file_error(error, where) from error
        if in_memory(where):
            self.warning = f"{printable(where)} is in memory (tmpfs): spilled text takes RAM; set XDG_STATE_HOME to a folder on disk"
            _log.warning("%s", self.warning)
        self._shelf = Shelf(where, database, limits, clock)
        self._shelf.sweep_if_due()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database, if it was made here; a second time does nothing, later uses raise `StateError`."""
        if self._own is not None:
            self._own.close()

    @property
    def persist(self) -> bool:
        """Whether anything is written to disk."""
        return self._shelf is not None

    def path(self, handle: str) -> str:
        """Return the file behind a handle, which is kept from now on as if it were new.

        Raises `NotFound` that says when an expired handle expired, `InvalidArgument` for what is no handle.
        """
        if self._shelf is None:
            raise NotFound(f"{printable(handle)}: nothing is kept on disk here (persist=False)", handle)
        return self._shelf.use(handle)

    def writer(self, session: str, name: str, *, limits: Limits = DEFAULT, tokens: int | None = None, kind: str = "result") -> SpillWriter:
        """Return where a tool writes its output to while it is produced: ``with store.writer(...) as out``.

        What is shown of it in the end is within ``limits`` and, if given, ``tokens``.
        """
        return SpillWriter(self._shelf, session, name, limits=limits, tokens=tokens, kind=kind)

    def awriter(
        self, session: str, name: str, *, limits: Limits = DEFAULT, tokens: int | None = None, kind: str = "result"
    ) -> AsyncSpillWriter:
        """Return the same for an asynchronous producer: ``async with store.awriter(...) as out``."""
        return AsyncSpillWriter(self._shelf, session, name, limits=limits, tokens=tokens, kind=kind)

    def save(
        self, session: str, name: str, data: bytes | str, *, limits: Limits = DEFAULT, tokens: int | None = None, kind: str = "result"
    ) -> Spilled:
        """Save a text whatever its size; the handle is empty where that was not possible."""
        with self.writer(session, name, limits=limits, tokens=tokens, kind=kind) as out:
            out.write(data)
            return out.finish(always=True)

    def paste(self, session: str, text: str, *, limits: Limits = DEFAULT) -> Spilled:
        """Save pasted text; the same text in the same session has the same handle and is kept once."""
        data = text.encode("utf-8", "backslashreplace")
        name = "paste-" + hashlib.sha256(data).hexdigest()[:16]
        handle = handle_of(session, name)
        if self._shelf is None or self._shelf.whole(handle) != len(data):
            return self.save(session, name, data, limits=limits, kind="paste")
        self._shelf.use(handle)
        shown = HeadTail(limits)
        shown.feed(data)
        capped = shown.finish(handle)
        return Spilled(capped.text, handle, capped.bytes, capped.lines, saved=len(data), whole=capped.whole)

    def lease(self, handle: str, holder: str, *, durable: bool = False) -> None:
        """Keep a text while ``holder`` refers to it: until `release` or, unless ``durable``, the end of this process.

        Leasing twice is leasing once. Raises `NotFound` for a text that is gone.
        """
        if self._shelf is not None:
            self._shelf.lease(handle, holder, durable=durable)

    def release(self, holder: str, handle: str | None = None) -> None:
        """Let go of one text, or of all that ``holder`` has leased; its days are counted from now."""
        if self._shelf is not None:
            self._shelf.release(holder, handle)

    def sweep(self) -> int:
        """Remove what is over its time; return how many texts went."""
        return self._shelf.sweep() if self._shelf is not None else 0


def in_memory(path: str) -> bool:
    """Return whether a folder's file system lives in memory, as far as the system tells (Linux: ``/proc/self/mountinfo``)."""
    try:
        device = os.stat(path).st_dev
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as mounts:
            for mount in mounts:
                before, _, after = mount.partition(" - ")
                if before.split()[2] == f"{os.major(device)}:{os.minor(device)}":
                    return after.split()[0] in {"tmpfs", "ramfs"}
    except (OSError, IndexError):
        pass
    return False
