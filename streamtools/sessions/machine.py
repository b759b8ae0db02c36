"""What the system says about memory: this process's own, its control groups' limits, the machine's, and pressure stalls.

All of these are looked up anew at each question, as limits change while a process runs; what a system does not tell is None.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

from streamtools.tuples import NamedTuple

_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
#: Version 1 says "no limit" by a number near 2 ** 63.
_UNLIMITED: Final = 1 << 60


class Group(NamedTuple):
    """A control group with a limit: bytes in use without page cache that can go at once, and bytes that may be."""

    used: int
    limit: int


class Stalls(NamedTuple):
    """Pressure stall information: per cent of the last 10 s in which some or all tasks waited for memory."""

    some: float
    full: float


class OwnMemory:
    """The resident memory of this process, through a descriptor that stays open: 1 us a question.

    Without ``/proc`` it is psutil's word, if that is installed; see `available`.

    Memory: one descriptor.
    """

    def __init__(self) -> None:
        self._fd = -1
        self._pid = 0

    @property
    def available(self) -> str:
        """Where the number comes from: ``"statm"``, ``"psutil"``, or ``""`` for nowhere."""
        if os.path.exists("/proc/self/statm"):
            return "statm"
        return "psutil" if _psutil() is not None else ""

    def bytes(self) -> int | None:
        """Return the resident bytes, None where the system does not tell."""
        if self._pid != os.getpid():
            # The descriptor of a parent tells of the parent.
            self.close()
            self._open()
        if self._fd >= 0:
            return int(os.pread(self._fd, 64, 0).split()[1]) * _PAGE
        return _psutil()

    def close(self) -> None:
        """Close the descriptor; the next question opens it anew."""
        fd, self._fd, self._pid = self._fd, -1, 0
        if fd >= 0:
            os.close(fd)

    def _open(self) -> None:
        self._pid = os.getpid()
        try:
            self._fd = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            self._fd = -1


def total() -> int | None:
    """Return the bytes of the machine's memory."""
    try:
        pages = os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return None
    return pages * _PAGE if pages > 0 else None


def groups(root: str = "/") -> list[Group]:
    """Return the control groups of this process that have a limit, from its own up; version 1 and 2.

    ``root`` is where ``proc`` and ``sys`` are found.
    """
    return [found for folder, version in _folders(root) if (found := _group(folder, version)) is not None]


def limit(root: str = "/") -> int | None:
    """Return the smallest limit of any control group of this process, None where there is none."""
    return min((group.limit for group in groups(root)), default=None)


def stalls(root: str = "/") -> Stalls | None:
    """Return the pressure on this process's own control group (version 2), else the machine's."""
    own = [f"{folder}/memory.pressure" for folder, version in _folders(root) if version == 2]
    for name in (*own[:1], os.path.join(root, "proc/pressure/memory")):
        text = _read(name)
        if text:
            found = {line.split()[0]: float(line.partition("avg10=")[2].split()[0]) for line in text.splitlines() if "avg10=" in line}
            return Stalls(found.get("some", 0.0), found.get("full", 0.0))
    return None


def rollup() -> dict[str, int]:
    """Return ``/proc/self/smaps_rollup`` in bytes by name; empty where there is none."""
    found = {}
    for line in _read("/proc/self/smaps_rollup").splitlines():
        name, _, value = line.partition(":")
        if value.strip().endswith("kB"):
            found[name] = int(value.split()[0]) * 1024
    return found


def _psutil() -> int | None:
    """Ask psutil, which takes 20 us a question and 4 MB; only where there is no better way."""
    if os.path.exists("/proc/self/statm"):
        return None
    try:
        import psutil
    except ImportError:
        return None
    return int(psutil.Process().memory_info().rss)


def _folders(root: str) -> Iterator[tuple[str, int]]:
    """Yield the folders of this process's groups, its own first, up to where they are mounted, and their version."""
    paths: dict[int, str] = {}
    for line in _read(os.path.join(root, "proc/self/cgroup")).splitlines():
        number, _, rest = line.partition(":")
        names, _, path = rest.partition(":")
        if number == "0" and not names:
            paths[2] = path
        elif "memory" in names.split(","):
            paths[1] = path
    for version, top, mounted in _mounts(root):
        # In a container that sees all groups, only its own is mounted; one that was moved is outside of what it sees ("/..").
        path = os.path.normpath(paths.get(version, "/"))
        below = path[len(mounted) :] if mounted != "/" and (path + "/").startswith(mounted + "/") else path
        folder = os.path.normpath(f"{top}/{below}")
        if version not in paths:
            continue
        if not os.path.isdir(folder):
            folder = top
        while True:
            yield folder, version
            if folder == top:
                break
            folder = os.path.dirname(folder)


def _mounts(root: str) -> Iterator[tuple[int, str, str]]:
    """Yield version, folder and mounted part of each hierarchy with a memory controller (proc_pid_mountinfo(5))."""
    for line in _read(os.path.join(root, "proc/self/mountinfo")).splitlines():
        before, _, after = line.partition(" - ")
        fields, kinds = before.split(), after.split()
        if len(fields) < 5 or len(kinds) < 3 or kinds[0] not in {"cgroup", "cgroup2"}:
            continue
        version = 2 if kinds[0] == "cgroup2" else 1
        if version == 2 or "memory" in kinds[2].split(","):
            # Blanks in names are written as octal numbers.
            folder = fields[4].encode().decode("unicode_escape")
            yield version, os.path.normpath(os.path.join(root, folder.lstrip("/"))), os.path.normpath(fields[3])


def _group(folder: str, version: int) -> Group | None:
    names = ("memory.current", "inactive_file") if version == 2 else ("memory.usage_in_bytes", "total_inactive_file")
    bounds = ("memory.max", "memory.high") if version == 2 else ("memory.limit_in_bytes",)
    limits = [int(text) for name in bounds if (text := _read(f"{folder}/{name}").strip()).isdecimal() and int(text) < _UNLIMITED]
    used = _read(f"{folder}/{names[0]}").strip()
    if not limits or not used.isdecimal():
        return None
    cache = 0
    for line in _read(f"{folder}/memory.stat").splitlines():
        name, _, value = line.partition(" ")
        if name == names[1] and value.strip().isdecimal():
            cache = int(value)
    return Group(max(int(used) - cache, 0), min(limits))


def _read(name: str) -> str:
    try:
        with open(name, encoding="utf-8", errors="surrogateescape") as file:
            return file.read()
    except OSError:
        return ""
