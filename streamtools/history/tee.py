"""A tool's output on its way: its head and tail are kept to be shown, all of it goes to disk if it grows too large."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final, Self

from streamtools.errors import StateError
from streamtools.history.entry import Entry
from streamtools.limits import KIB, Limits
from streamtools.render.capping import HeadTail

if TYPE_CHECKING:
    from types import TracebackType

    from aiofiles.threadpool.binary import AsyncBufferedIOBase

    from streamtools.history.shelf import Shelf

_BUFFER: Final = 64 * KIB


@dataclass(frozen=True, slots=True)
class Spilled:
    """A result as it enters a history.

    ``text`` is within the caps. ``handle`` names the whole; it is empty where the text is the whole (``whole``) and where
    nothing was saved. ``bytes`` and ``lines`` count the output, ``saved`` the bytes behind the handle:
    fewer than ``bytes`` where the disk or a quota was full, and the text says so then.
    """

    text: str
    handle: str = ""
    bytes: int = 0
    lines: int = 0
    saved: int = 0
    whole: bool = True


class _Tee:
    """Decides what has to go to disk; knows no file.

    Memory: see `HeadTail`.
    """

    def __init__(self, limits: Limits, tokens: int | None) -> None:
        self._shown = HeadTail(limits, tokens=tokens)
        self._limits = limits
        self._spilling = False

    def take(self, data: bytes) -> bytes:
        """Return the bytes to save now: none before the cap is passed, then all so far, then ``data``."""
        begin = b""
        if not self._spilling and self._shown.bytes + len(data) > self._limits.bytes:
            begin = self._shown.begin
            self._spilling = True
        self._shown.feed(data)
        return (begin + data if begin else data) if self._spilling else b""

    def rest(self, *, always: bool) -> bytes:
        """Return what is still to be saved at the end: all, if it is small and yet not shown whole."""
        if self._spilling or not (always or not self._shown.finish().whole):
            return b""
        return self._shown.begin

    def result(self, entry: Entry) -> Spilled:
        """Return the result; asked once, after the file was closed."""
        capped = self._shown.finish(entry.handle, entry.told())
        return Spilled(capped.text, entry.handle, capped.bytes, capped.lines, saved=entry.saved, whole=capped.whole)


class SpillWriter:
    """Where a tool writes its output while it is produced; `finish` gives the capped result.

    Only what passes the cap makes a file. Neither a full disk nor a locked database ever raises here: the output is then
    saved in part or not at all, and the result says so. Left without `finish`, nothing is kept.

    Memory: ``3 * limits.bytes``, the piece that is written, and 64 KiB; while it finishes ``12 * limits.bytes`` more.
    """

    def __init__(self, shelf: Shelf | None, session: str, name: str, *, limits: Limits, tokens: int | None, kind: str) -> None:
        self._entry = Entry(shelf, session, name, kind)
        self._tee = _Tee(limits, tokens)
        self._file: BinaryIO | None = None
        self._result: Spilled | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._result is None:
            self._close()
            self._entry.discard()

    def write(self, data: bytes | str) -> None:
        """Take the next piece of the output; text is saved as UTF-8."""
        self._save(self._tee.take(_as_bytes(data)))

    def finish(self, *, always: bool = False) -> Spilled:
        """Return the result; with ``always`` even a small output is saved. A second time returns the same."""
        if self._result is None:
            self._save(self._tee.rest(always=always))
            self._close()
            self._entry.close()
            self._result = self._tee.result(self._entry)
        return self._result

    def _save(self, data: bytes) -> None:
        if not data or self._entry.ended:
            return
        try:
            if self._file is None:
                self._entry.begin()
                self._file = open(self._entry.path, "xb", buffering=_BUFFER, opener=_private)  # noqa: SIM115 (see _close)
            allowed = self._entry.allow(len(data))
            self._file.write(data[:allowed])
            self._entry.saved += allowed
        except (OSError, StateError) as error:
            self._entry.failed(error)

    def _close(self) -> None:
        if self._file is not None:
            try:
                self._file.close()
            except OSError as error:
                self._entry.failed(error)


class AsyncSpillWriter:
    """The same as `SpillWriter` for an asynchronous producer; the event loop never waits for the disk while it writes.

    Memory: as `SpillWriter`.
    """

    def __init__(self, shelf: Shelf | None, session: str, name: str, *, limits: Limits, tokens: int | None, kind: str) -> None:
        self._entry = Entry(shelf, session, name, kind)
        self._tee = _Tee(limits, tokens)
        self._file: AsyncBufferedIOBase | None = None
        self._result: Spilled | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._result is None:
            import asyncio

            # A cancelled task is not stopped halfway through cleaning up.
            await asyncio.shield(self._leave())

    async def write(self, data: bytes | str) -> None:
        """Take the next piece of the output; text is saved as UTF-8."""
        await self._save(self._tee.take(_as_bytes(data)))

    async def finish(self, *, always: bool = False) -> Spilled:
        """Return the result; with ``always`` even a small output is saved. A second time returns the same."""
        import asyncio

        if self._result is None:
            await self._save(self._tee.rest(always=always))
            await self._close()
            await asyncio.to_thread(self._entry.close)
            self._result = self._tee.result(self._entry)
        return self._result

    async def _save(self, data: bytes) -> None:
        import asyncio

        import aiofiles

        entry = self._entry
        if not data or entry.ended:
            return
        try:
            if self._file is None:
                await asyncio.to_thread(entry.begin)
                self._file = await aiofiles.open(entry.path, "xb", opener=_private)
            allowed = entry.allow(len(data)) if entry.covers(len(data)) else await asyncio.to_thread(entry.allow, len(data))
            await self._file.write(data[:allowed])
            entry.saved += allowed
        except (OSError, StateError) as error:
            entry.failed(error)

    async def _leave(self) -> None:
        import asyncio

        await self._close()
        await asyncio.to_thread(self._entry.discard)

    async def _close(self) -> None:
        if self._file is not None:
            try:
                await self._file.close()
            except OSError as error:
                self._entry.failed(error)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


def _as_bytes(data: bytes | str) -> bytes:
    return data.encode("utf-8", "backslashreplace") if isinstance(data, str) else data
