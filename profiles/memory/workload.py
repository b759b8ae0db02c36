"""What a workload is: one call of the public interface at growing sizes of one thing."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from corpora.generate import ensure
from streamtools import Deadline

Axis = Literal["file size", "line length", "hits", "files", "calls", "sessions"]
Meter = Literal["heap", "rss"]
Answer = int | str | list[int] | list[str]

#: What one step of an axis is.
UNITS: Final[dict[Axis, str]] = {
    "file size": "MiB",
    "line length": "MiB",
    "hits": "hits",
    "files": "files",
    "calls": "calls",
    "sessions": "sessions",
}


@dataclass(frozen=True, slots=True)
class Job:
    """One measured call: the corpus, the size on the axis, and the deadline to hand on in a streaming workload."""

    path: str
    size: int
    deadline: Deadline | None = None


@dataclass(frozen=True, slots=True)
class Workload:
    """A row of the gate.

    ``sizes`` ascend, in the unit of the axis; ``where`` gives the corpus of a size, ``answers`` what ``run``
    must return for each. The peaks of the two largest sizes must be equal within 4 KiB. ``budget`` is the most
    bytes of heap it may take, computed from `streamtools.Limits`.

    ``streaming``: the meter starts when ``run`` asks its deadline for the second time, which is behind the
    first window. Compiling an engine takes more than searching with it, and would hide what grows while the
    windows go by. Such a ``run`` hands ``job.deadline`` on, and its smallest size has several windows.

    ``grows``: bytes that each further unit of the axis may add all the same, with the reason beside the row.

    ``threads``: more than one thread allocates, so that peaks vary by some percent.
    """

    name: str
    axis: Axis
    sizes: tuple[int, ...]
    where: Callable[[int], str]
    run: Callable[[Job], Answer]
    answers: tuple[Answer, ...]
    budget: int
    streaming: bool = False
    grows: int = 0
    threads: bool = False


def file_of(name: str, size_mib: int = 0) -> Callable[[int], str]:
    """The corpus of the size asked for, or always that of ``size_mib``."""
    return lambda size: ensure(name, size_mib or size)


def folder_of(name: str, inner: dict[int, str] | None = None) -> Callable[[int], str]:
    """The folder ``inner[size]`` of a corpus, or all of it."""
    return lambda size: "/".join(filter(None, (ensure(name), (inner or {}).get(size, ""))))


def load(registry: str) -> dict[str, Workload]:
    """Return the workloads of ``module:attribute`` by name. Raises `ValueError` for a name that stands twice."""
    module, _, attribute = registry.partition(":")
    rows: tuple[Workload, ...] = getattr(importlib.import_module(module), attribute)
    found = {row.name: row for row in rows}
    if len(found) < len(rows):
        raise ValueError(f"{registry}: a name stands twice")
    return found
