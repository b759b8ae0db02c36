"""Databases of hyperscan, compiled or taken from those that wait to be used again.

Compiling takes about a millisecond, and the binding keeps 80 bytes of every database for ever
(hyperscan 0.9.1), so a host that searches for the same patterns again uses the same databases again.
A database has one scratch space and may serve one search at a time: whoever uses it has it alone.
"""

from __future__ import annotations

import os

from streamtools.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Final

    import hyperscan

    #: Gets number, start, end and flags of a match and the context of its scan; true ends the scan.
    Event = Callable[[int, int, int, int, object], bool | None]

#: So many databases wait, of expressions of at most so many bytes each.
_MOST: Final = 32
_SMALL: Final = 4096
#: The most characters of expressions: compiling them takes up to 3 s.
_SIZE_LIMIT: Final = 256 * 1024


#: Bytes of the length before a database that another process compiled.
_LENGTH: Final = 8


class TooLarge(Exception):
    """The expressions don't compile to a database of a sensible size."""


class Key(NamedTuple):
    """What a database is made of."""

    expressions: tuple[bytes, ...]
    flags: int
    literal: bool = False


_waiting: dict[Key, hyperscan.Database] = {}


def key(expressions: Sequence[str | bytes], flags: int, literal: bool = False) -> Key:
    """Return the key of some expressions; text must be ASCII."""
    return Key(tuple(text.encode("ascii") if isinstance(text, str) else text for text in expressions), flags, literal)


def take(wanted: Key) -> hyperscan.Database:
    """Return a database for one user alone. Raises `TooLarge`."""
    found = _waiting.pop(wanted, None)
    return _compiled(wanted) if found is None else found


def give(made: Key, database: hyperscan.Database) -> None:
    """Let a database wait for the next user; the one that waited longest goes when there are 32.

    Memory: 32 databases, each of at most 4 KiB of expressions.
    """
    if sum(map(len, made.expressions)) > _SMALL:
        return
    _waiting[made] = database
    if len(_waiting) > _MOST:
        _waiting.pop(next(iter(_waiting)), None)


def scan(database: hyperscan.Database, text: memoryview, event: Event) -> None:
    """Call ``event`` with what is found in a text. Raises `hyperscan.ScanTerminated` when that returns true."""
    import hyperscan

    database.scan(text if database.mode == hyperscan.HS_MODE_BLOCK else [text], event)  # type: ignore[type-var]


def aside(wanted: Sequence[Key]) -> Callable[[], list[hyperscan.Database | None]]:
    """Begin to compile in a fork of this process, which has no threads; return what waits for it, once.

    What it could not compile is None, all where there can be no other process.
    """
    import hyperscan

    reads, writes = os.pipe()
    try:
        pid = os.fork()
    except OSError:
        os.close(reads)
        os.close(writes)
        return lambda: [None] * len(wanted)
    if not pid:
        try:
            with open(writes, "wb") as out:
                for one in wanted:
                    data = hyperscan.dumpb(_compiled(one))
                    out.write(len(data).to_bytes(_LENGTH, "little") + data)
                    out.flush()
        finally:
            os._exit(0)
    os.close(writes)

    def finish() -> list[hyperscan.Database | None]:
        found: list[hyperscan.Database | None] = []
        with open(reads, "rb") as given:
            for one in wanted:
                size = int.from_bytes(given.read(_LENGTH), "little")
                data = given.read(size)
                found.append(_loaded(data, one) if data and len(data) == size else None)
        try:
            os.waitpid(pid, 0)
        except ChildProcessError:
            pass
        return found

    return finish


def _loaded(data: bytes, wanted: Key) -> hyperscan.Database:
    import hyperscan

    database = hyperscan.loadb(data, _mode(wanted))
    database.scratch = hyperscan.Scratch(database)
    return database


class Waiting:
    """The databases that wait, as an owner of memory; methods may be called from any thread.

    Memory: none of its own.
    """

    name = "search patterns"

    def held(self) -> int:
        """Return the bytes of the databases."""
        return sum(database.size() for database in list(_waiting.values()))

    def reclaim(self, target: int, *, urgent: bool = False) -> int:
        """Drop those that waited longest, until ``target`` bytes are free; return how many were.

        Only if ``urgent``: compiling them again takes time, and leaves 80 bytes each.
        """
        freed = 0
        for made in list(_waiting) if urgent else ():
            if freed >= target:
                break
            database = _waiting.pop(made, None)
            freed += database.size() if database is not None else 0
        return freed


WAITING: Final = Waiting()


def _mode(wanted: Key) -> int:
    import hyperscan

    # In block mode a set of literals gets a second engine for texts of some 100 bytes: 30 MB and 50 ms for 1000 of them.
    pieces = wanted.literal and len(wanted.expressions) > 1
    return hyperscan.HS_MODE_VECTORED if pieces else hyperscan.HS_MODE_BLOCK


def _compiled(wanted: Key) -> hyperscan.Database:
    import hyperscan

    number = len(wanted.expressions)
    if not wanted.literal and sum(map(len, wanted.expressions)) > _SIZE_LIMIT:
        raise TooLarge
    database = hyperscan.Database(mode=_mode(wanted))
    try:
        database.compile(
            expressions=list(wanted.expressions),
            ids=list(range(number)),
            elements=number,
            flags=[wanted.flags] * number,
            literal=wanted.literal,
        )
    except hyperscan.error as error:
        raise TooLarge from error
    return database
