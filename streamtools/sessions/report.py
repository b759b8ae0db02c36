"""The memory report: who holds what, what the system says, what objects there are; and recordings by memray."""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Final

from streamtools.database import state_folder
from streamtools.errors import InvalidArgument, file_error
from streamtools.sessions import machine
from streamtools.sessions.reclaiming import Holding

_TYPES: Final = 30
_LINES: Final = 20
#: So many reports and recordings are kept, the newest.
_KEPT: Final = 20
_FROM_SYSTEM: Final = ("Rss", "Pss", "Private_Dirty", "Anonymous", "Swap")
_PLAIN: Final = (str, bytes, bytearray, int, float)


def memory_report(usage: str, holdings: Sequence[Holding]) -> str:
    """Return the report as text: usage, owners, the system's numbers, the C heap, the collector's counts, objects by type.

    Where ``tracemalloc`` is on, the lines that hold most are in it too.

    Memory: 8 bytes for each object that the collector knows, while it is made.
    """
    when = time.strftime("%Y-%m-%d %H:%M:%S %Z")
    parts = [
        f"memory of process {os.getpid()} ({' '.join(sys.orig_argv)[:200]}), {when}\n{usage}",
        _part("who can give memory back", [(one.name, one.bytes) for one in holdings]),
        _part("/proc/self/smaps_rollup", [(name, size) for name, size in machine.rollup().items() if name in _FROM_SYSTEM]),
        _part("heap of the C library", _heap()),
        "garbage collector: " + "; ".join(f"generation {at}: {one}" for at, one in enumerate(map(_counts, gc.get_stats()))),
        _census(),
        _traced(),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def write(text: str, folder: str | None = None) -> str:
    """Write a report to a new file that only its owner can read; return its name. Raises a `FileError`."""
    path = new_file(folder, "txt")
    try:
        with open(
            os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "w", encoding="utf-8", errors="replace"
        ) as out:
            out.write(text)
    except OSError as error:
        raise file_error(error, path) from error
    return path


def new_file(folder: str | None, suffix: str) -> str:
    """Return the name of a report that is not there yet, and remove the oldest of those there. Raises a `FileError`."""
    where = folder if folder is not None else os.path.join(state_folder(), "reports")
    try:
        os.makedirs(where, mode=0o700, exist_ok=True)
        old = sorted((entry for entry in os.scandir(where) if entry.name.startswith("memory-")), key=lambda entry: entry.stat().st_mtime)
        for entry in old[: -_KEPT + 1]:
            os.unlink(entry.path)
    except OSError as error:
        raise file_error(error, where) from error
    stem, number = f"memory-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}", 1
    path = os.path.join(where, f"{stem}.{suffix}")
    while os.path.exists(path):
        number += 1
        path = os.path.join(where, f"{stem}-{number}.{suffix}")
    return path


@contextmanager
def recording(seconds: float, folder: str | None = None) -> Iterator[str]:
    """Record all allocations with memray for so many seconds, or until the block ends; gives the name of the file.

    ``memray flamegraph FILE`` shows what was held. Raises `InvalidArgument` where memray is missing or seconds are not above 0, and a
    `FileError`.
    """
    if not 0 < seconds <= threading.TIMEOUT_MAX:
        raise InvalidArgument(f"--memray={seconds:g}: the seconds to record must be above 0")
    try:
        import memray
    except ImportError as error:
        raise InvalidArgument("--memray needs memray, which is not installed; pip install memray") from error
    path, done = new_file(folder, "bin"), threading.Event()
    tracker = memray.Tracker(path)
    lock = threading.Lock()

    def end() -> None:
        done.wait(seconds)
        with lock:
            tracker.__exit__(None, None, None)

    tracker.__enter__()
    thread = threading.Thread(target=end, name="streamtools-memray", daemon=True)
    thread.start()
    try:
        yield path
    finally:
        done.set()
        thread.join()


def _part(title: str, rows: Sequence[tuple[str, int]]) -> str:
    lines = [f"  {size:>15,}  {name}" for name, size in rows]
    return "\n".join([f"{title} (bytes)", *lines]) if lines else ""


def _counts(stats: dict[str, int]) -> str:
    return f"{stats['collections']:,} runs, {stats['collected']:,} collected, {stats['uncollectable']:,} not collectable"


def _heap() -> list[tuple[str, int]]:
    """Ask glibc (2.33 and later) how its heap is used."""
    import ctypes

    fields = ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")
    kind = type("_Mallinfo2", (ctypes.Structure,), {"_fields_": [(name, ctypes.c_size_t) for name in fields]})
    call = getattr(ctypes.CDLL(None), "mallinfo2", None)
    if call is None:
        return []
    call.restype = kind
    found = call()
    return [("in use", found.uordblks), ("free, not given back", found.fordblks), ("mapped", found.hblkhd)]


def _census() -> str:
    """Count objects by type. Plain values are found in their containers, each counted in part by its number of references."""
    sizes: Counter[str] = Counter()
    numbers: Counter[str] = Counter()
    objects = gc.get_objects()
    for one in objects:
        kind = type(one)
        name = f"{kind.__module__}.{kind.__qualname__}"
        numbers[name] += 1
        sizes[name] += _size(one)
        # What a module's state refers to may be freed memory (asyncio's before 3.12.6: https://github.com/python/cpython/issues/122695).
        for inside in () if isinstance(one, ModuleType) else gc.get_referents(one):
            plain = type(inside)
            if plain in _PLAIN:
                # Whole in the end: each of its references is somebody's. Three of them are this loop's.
                sizes[plain.__name__] += _size(inside) // max(sys.getrefcount(inside) - 3, 1)
    del objects
    lines = [f"  {size:>15,}  {name}" + (f" ({numbers[name]:,})" if numbers[name] else "") for name, size in sizes.most_common(_TYPES)]
    return "\n".join(["objects by type (bytes, how many; those inside containers by their references)", *lines])


def _size(one: object) -> int:
    try:
        return sys.getsizeof(one)
    except Exception:  # noqa: BLE001 (any class may have a __sizeof__ that fails)
        return 0


def _traced() -> str:
    """Return the lines that hold most, if tracemalloc is on."""
    if "tracemalloc" not in sys.modules:
        return ""
    import tracemalloc

    if not tracemalloc.is_tracing():
        return ""
    found = tracemalloc.take_snapshot().statistics("lineno")[:_LINES]
    return _part("lines that hold most (tracemalloc)", [(str(one.traceback), one.size) for one in found])
