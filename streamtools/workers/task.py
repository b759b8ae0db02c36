"""What a task is on its way to a worker, what comes back, and how much one may take."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

from streamtools.errors import InvalidArgument, file_error, printable
from streamtools.files.confine import DEFAULT_DENY
from streamtools.history.shelf import SpillLimits
from streamtools.limits import DEFAULT, MIB, Limits

#: ``done``: it has a result. ``error``: the call raised. ``memory``: it took more than it may. ``timeout``: it took too long. ``crashed``:
#: its process ended by itself. ``killed``: somebody killed its process, perhaps the kernel. ``lost``: its supervisor died.
Ended = Literal["done", "error", "memory", "timeout", "crashed", "killed", "lost", "cancelled"]
Status = Literal["queued", "running"] | Ended

TOOLS: Final = ("read", "grep", "glob")
_DOTTED: Final = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")
_PAYLOAD: Final = 4 * MIB


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """What one worker, and the supervisor, may take.

    ``memory`` bytes are the hard limit of a worker: beyond it an allocation raises `MemoryError` in it, and from 95 % of it in RAM on it is
    stopped. ``warn`` and ``supervisor`` bytes are where alerts begin. A task has ``seconds``, and its result and what its
    toolset's calls give together take at most ``tokens``.
    """

    memory: int = 6144 * MIB
    warn: int = 4096 * MIB
    supervisor: int = 1024 * MIB
    seconds: float = 20 * 60.0
    tokens: int = 30_000

    def __post_init__(self) -> None:
        """Raise `InvalidArgument` for what can't work."""
        for name, least in (("memory", 32 * MIB), ("warn", 1), ("supervisor", 1), ("tokens", 1)):
            if getattr(self, name) < least:
                raise InvalidArgument(f"{name} of a worker's limits must be at least {least}, not {getattr(self, name)}")
        if not self.seconds > 0:
            raise InvalidArgument(f"seconds of a worker's limits must be above 0, not {self.seconds}")


@dataclass(frozen=True, slots=True)
class TaskResult:
    """What became of a task.

    ``text`` is within the caps and ``data`` small; the whole of a larger result is under ``handle``. Where ``status`` is not
    ``done``, ``error`` says in a sentence what happened.
    """

    id: int
    status: Status
    text: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    is_error: bool = False
    handle: str = ""
    error: str = ""
    attempts: int = 0

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status not in {"queued", "running"}


@dataclass(frozen=True, slots=True)
class Context:
    """Everything that a worker has to know of its task; plain data, stored as JSON.

    ``call`` is a tool or ``package.module:function``. ``roots`` are folders with the device and inode that they had; ``folder`` and
    ``paths`` (of modules) are where a function is looked for. ``spills`` says whether ``spill://`` handles may be read.
    """

    call: str
    arguments: Mapping[str, Any]
    roots: Sequence[tuple[str, int, int]] = ()
    deny: Sequence[str] = DEFAULT_DENY
    limits: Mapping[str, float] = field(default_factory=dict)
    deadline: float | None = 30.0
    spills: bool = True
    tokens: int = 30_000
    folder: str = ""
    paths: Sequence[str] = ()
    spill_folder: str = ""
    spill: Mapping[str, float] = field(default_factory=dict)

    def dumps(self) -> str:
        """Return it as JSON. Raises `InvalidArgument` for arguments that are not plain data, or take more than 4 MiB."""
        try:
            text = json.dumps(asdict(self), allow_nan=False)
        except (TypeError, ValueError, RecursionError) as error:
            raise InvalidArgument(f"{printable(self.call)}: the arguments must be plain JSON data: {printable(str(error))}") from error
        if len(text) > _PAYLOAD:
            raise InvalidArgument(f"{printable(self.call)}: the arguments take {len(text):,} bytes of JSON; put them into a file")
        return text

    @classmethod
    def loads(cls, text: str) -> Context:
        """Return what `dumps` gave."""
        return cls(**json.loads(text))


def context_of(
    call: str,
    arguments: Mapping[str, Any] | str | bytes | None,
    *,
    roots: Sequence[str | os.PathLike[str]],
    deny: Sequence[str] = DEFAULT_DENY,
    limits: Limits = DEFAULT,
    deadline: float | None = 30.0,
    spills: bool = True,
    tokens: int,
    spill_folder: str,
    spill: SpillLimits,
) -> Context:
    """Check what a caller asks for, as far as that is possible without doing it. Raises `InvalidArgument` or a `FileError`."""
    if call not in TOOLS and not _DOTTED.fullmatch(call):
        raise InvalidArgument(f"{printable(call)[:80]!r}: a task is {', '.join(TOOLS)}, or a function as 'package.module:function'")
    if call.startswith("__main__:"):
        raise InvalidArgument(f"{printable(call)}: a worker can't import the script itself; put the function into a module")
    if call in TOOLS and not roots:
        raise InvalidArgument(f"{call} needs roots: the folders that may be read")
    deadline = None if deadline is None else max(deadline, 0.0)
    return Context(
        call,
        _mapping(call, arguments),
        [_identified(root) for root in roots],
        list(deny),
        limits._asdict(),
        deadline,
        spills,
        tokens,
        os.getcwd(),
        [] if call in TOOLS else [os.path.abspath(path) for path in sys.path],
        spill_folder,
        asdict(spill),
    )


def _mapping(call: str, given: Mapping[str, Any] | str | bytes | None) -> dict[str, Any]:
    if isinstance(given, str | bytes):
        try:
            given = json.loads(given or "{}")
        except (ValueError, RecursionError) as error:
            raise InvalidArgument(f"{printable(call)}: the arguments are not JSON; give an object such as {{}}") from error
    if given is None:
        return {}
    if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
        raise InvalidArgument(f"{printable(call)}: the arguments must be an object with names")
    return dict(given)


def _identified(root: str | os.PathLike[str]) -> tuple[str, int, int]:
    name = os.path.realpath(root)
    try:
        status = os.stat(name)
    except OSError as error:
        raise file_error(error, os.fspath(root)) from error
    return name, status.st_dev, status.st_ino
