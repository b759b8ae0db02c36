"""Files in another order than that of the walk: reversed, or by a time.

    for path in ordered(Walk(".", Selection(), tally), "modified", reverse=True):
        ...

Such an order needs all names before the first can be given. They are sorted in runs, which wait in temporary files, so
that memory does not grow with their number.
"""

from __future__ import annotations

import heapq
import operator
import os
import sys
import tempfile
from typing import Literal

from streamtools.errors import InvalidArgument

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import IO, Final


Sort = Literal["path", "modified", "accessed", "created", "none"]

#: Runs that are merged at once; each is an open file.
_RUNS: Final = 64
_LENGTH: Final = 4
#: Times as numbers of this many digits; those of files that have none come last.
_TIME: Final = 20
_MIDDLE: Final = 5 * 10 ** (_TIME - 1)
_NO_TIME: Final = b"9" * _TIME
#: Of statx(2): the folder that names are relative to, the time of creation, the size of its answer.
_AT_FDCWD: Final = -100
_STATX_BTIME: Final = 0x800
_STATX_SIZE: Final = 256


def ordered(paths: Iterable[str], sort: Sort, *, reverse: bool, run: int = 50_000) -> Iterator[str]:
    """Yield ``paths`` ordered by themselves or a time of theirs, the oldest first; ``reverse`` the other way round.

    Paths compare folder by folder, by the bytes of their names. Of the same time, the order is that of paths, whichever way; a file
    whose time can't be read comes last. Raises `InvalidArgument` where the system can't tell when files were created.

    Memory: ``run`` names, and one name a further run; 4 KiB of buffer for each of at most 64 temporary files.
    """
    time = None if sort in {"path", "none"} else _times(sort)
    cut = 0 if time is None else _TIME

    def record(path: str) -> bytes:
        raw = os.fsencode(path).replace(b"/", b"\0")
        return raw if time is None else _stamp(time, path, reverse=reverse) + raw

    down = reverse and time is None
    for found in _sorted(map(record, paths), run, down=down):
        yield os.fsdecode(found[cut:].replace(b"\0", b"/"))


def _stamp(time: Callable[[str], int], path: str, *, reverse: bool) -> bytes:
    try:
        found = time(path)
    except OSError:
        return _NO_TIME
    return b"%020d" % (_MIDDLE - found if reverse else _MIDDLE + found)


def _sorted(records: Iterator[bytes], run: int, *, down: bool) -> Iterator[bytes]:
    """Yield records in their order, ``down`` from the last, by a merge of sorted runs."""
    runs: list[IO[bytes]] = []
    waiting: list[bytes] = []
    try:
        for record in records:
            waiting.append(record)
            if len(waiting) >= run:
                waiting.sort(reverse=down)
                runs.append(_kept(waiting))
                waiting = []
                if len(runs) >= _RUNS:
                    merged = _kept(heapq.merge(*map(_records, runs), reverse=down))
                    _close(runs)
                    runs.append(merged)
        waiting.sort(reverse=down)
        yield from heapq.merge(*map(_records, runs), waiting, reverse=down)
    finally:
        _close(runs)


def _close(runs: list[IO[bytes]]) -> None:
    while runs:
        runs.pop().close()


def _kept(records: Iterable[bytes]) -> IO[bytes]:
    """Write records to a temporary file that nobody else can see; it stands at its beginning."""
    file = tempfile.TemporaryFile(buffering=4096)  # noqa: SIM115 (whoever merges the runs closes them)
    for record in records:
        file.write(len(record).to_bytes(_LENGTH, "big") + record)
    file.seek(0)
    return file


def _records(file: IO[bytes]) -> Iterator[bytes]:
    while head := file.read(_LENGTH):
        yield file.read(int.from_bytes(head, "big"))


def _times(sort: Sort) -> Callable[[str], int]:
    """Return what tells a time of a file in nanoseconds, following links; it raises `OSError`."""
    if sort == "modified":
        return lambda path: os.stat(path).st_mtime_ns
    if sort == "accessed":
        return lambda path: os.stat(path).st_atime_ns
    if hasattr(os.stat_result, "st_birthtime"):
        born = operator.attrgetter("st_birthtime")  # mypy knows the name on macOS only
        return lambda path: int(born(os.stat(path)) * 1e9)
    return _born()


def _born() -> Callable[[str], int]:
    """Return what asks statx(2), which Python has no function for."""
    import ctypes

    try:
        statx = ctypes.CDLL(None, use_errno=True).statx
    except (OSError, AttributeError):
        raise InvalidArgument("this system does not tell when files were created; sort by modified") from None

    def time(path: str) -> int:
        told = ctypes.create_string_buffer(_STATX_SIZE)
        if statx(_AT_FDCWD, os.fsencode(path), 0, _STATX_BTIME, told):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), path)
        if not int.from_bytes(told.raw[:4], sys.byteorder) & _STATX_BTIME:
            raise OSError("no time of creation")
        return int.from_bytes(told.raw[80:88], sys.byteorder, signed=True) * 10**9 + int.from_bytes(told.raw[88:92], sys.byteorder)

    return time
