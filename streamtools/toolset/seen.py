"""Which lines of which files a session was shown, and whether they are still the same."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from threading import Lock
from typing import Final

#: Device, inode, size and time of change.
Identity = tuple[int, int, int, int]

_PARTS: Final = 64
_CALLS: Final = 16


class Coverage:
    """Ranges of line numbers, both ends included; when there are too many, the shortest one is forgotten.

    Memory: ``most`` pairs of numbers.
    """

    def __init__(self, most: int = _PARTS) -> None:
        self._most = most
        self.ranges: list[tuple[int, int]] = []

    def add(self, first: int, last: int) -> None:
        """Take lines as shown; ranges that touch become one."""
        kept = []
        for begin, end in self.ranges:
            if end + 1 < first or begin > last + 1:
                kept.append((begin, end))
            else:
                first, last = min(begin, first), max(end, last)
        kept.append((first, last))
        kept.sort()
        if len(kept) > self._most:
            kept.remove(min(kept, key=lambda one: one[1] - one[0]))
        self.ranges = kept

    def covers(self, first: int, last: int) -> bool:
        """Whether all of these lines were shown."""
        at = bisect_right(self.ranges, first, key=lambda one: one[0]) - 1
        return at >= 0 and self.ranges[at][0] <= first and self.ranges[at][1] >= last

    def __str__(self) -> str:
        return ", ".join(f"{first}-{last}" if first < last else str(first) for first, last in self.ranges)


class _File:
    """What was shown of a file: ``calls`` gave the pages they map to, those in ``told`` were answered in one line since."""

    __slots__ = ("calls", "coverage", "identity", "told", "total")

    def __init__(self, identity: Identity) -> None:
        self.identity = identity
        self.coverage = Coverage()
        self.total: int | None = None
        self.calls: OrderedDict[tuple[object, ...], tuple[int, int]] = OrderedDict()
        self.told: set[tuple[object, ...]] = set()


class Seen:
    """The coverage map of a session, by absolute file name. Safe for several threads.

    Memory: ``files * (64 * 130 + 16 * 400 + 4096)`` bytes at most, 2.3 MiB for 128 files; the one used longest ago goes first.
    """

    name = "coverage of files"

    def __init__(self, files: int = 128) -> None:
        self._most = files
        self._files: OrderedDict[str, _File] = OrderedDict()
        self._lock = Lock()

    def again(self, name: str, identity: Identity, call: tuple[object, ...], first: int, last: int) -> tuple[str, bool]:
        """Return what to say before a file is read, and whether that is all that need be said.

        ``call`` names the page asked for, ``first`` and ``last`` its lines as far as they are known (0: not known). The same page of
        an unchanged file is answered in a sentence, and given when it is asked for once more.
        """
        with self._lock:
            file = self._files.get(name)
            if file is None:
                return "", False
            if file.identity != identity:
                del self._files[name]
                return (f"the file changed since you read lines {file.coverage}" if file.coverage.ranges else ""), False
            last = min(last, file.total or last)
            page = file.calls.get(call) or ((first, last) if 0 < first <= last and file.coverage.covers(first, last) else None)
            if page is None:
                return "", False
            if call in file.told:
                file.told.discard(call)
                return "", False
            if len(file.told) >= _CALLS:
                file.told.clear()
            file.told.add(call)
            lines = f"lines {page[0]}-{page[1]} are" if page[0] < page[1] else f"line {page[0]} is"
            return f"unchanged: {lines} as you were shown before; make the same call again to get the text once more", True

    def shown(self, name: str, identity: Identity, call: tuple[object, ...], first: int, last: int, total: int | None) -> str:
        """Take a page as shown; return the coverage in words if it is more than this page and less than the file."""
        with self._lock:
            file = self._files.get(name)
            if file is None or file.identity != identity:
                file = self._files[name] = _File(identity)
            self._files.move_to_end(name)
            while len(self._files) > self._most:
                self._files.popitem(last=False)
            file.total = total or file.total
            file.coverage.add(first, last)
            file.calls[call] = (first, last)
            if len(file.calls) > _CALLS:
                file.calls.popitem(last=False)
            whole = file.total is not None and file.coverage.ranges == [(1, file.total)]
            if whole or file.coverage.ranges == [(first, last)]:
                return ""
            return f"shown so far: {file.coverage}" + (f" of {file.total}" if file.total is not None else "")

    def held(self) -> int:
        """Return about how many bytes are held."""
        with self._lock:
            return sum(map(_held, self._files.values()))

    def reclaim(self, target: int, *, urgent: bool = False) -> int:
        """Forget the files used longest ago until ``target`` bytes are free; return how many were.

        Only if ``urgent``: what is forgotten is shown in full again.
        """
        freed = 0
        with self._lock:
            while urgent and self._files and freed < target:
                freed += _held(self._files.popitem(last=False)[1])
        return freed

    def ranges(self, name: str) -> list[list[int]]:
        """Return the line ranges of a file that were shown."""
        with self._lock:
            file = self._files.get(name)
            return [list(one) for one in file.coverage.ranges] if file is not None else []


def _held(file: _File) -> int:
    return len(file.coverage.ranges) * 130 + (len(file.calls) + len(file.told)) * 400 + 1024
