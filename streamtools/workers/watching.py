"""One worker from its task to its end, held to its limits: how much it takes, how long, and what its end means."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from typing import Any, Final

from streamtools.children.limiting import Memory, memory_of, oom_kills
from streamtools.errors import printable
from streamtools.limits import MIB
from streamtools.workers.store import Claim, End
from streamtools.workers.task import WorkerLimits

#: Share of the hard limit in RAM at which a worker is stopped: by SIGTERM, and by SIGKILL at the next look.
STOP: Final = 0.95
#: Ends that would come again at the next try: what the task does is wrong or too much. The others are tried once more.
_FINAL: Final = frozenset({"done", "error", "memory", "timeout", "cancelled"})


class Running:
    """A worker that has a task, from ``taken`` (monotonic seconds) on; ``kill`` sends a signal to its process group.

    What is heard of it is given to `hear`; `look` is called every so often and enforces the limits; ``end`` is what became of it.

    Memory: O(1).
    """

    def __init__(self, claim: Claim, limits: WorkerLimits, taken: float, kill: Callable[[signal.Signals], None]) -> None:
        self.claim = claim
        self.pid = 0
        self.end: End | None = None
        self._kill = kill
        self._limits = limits
        self._taken = taken
        self._peak = 0
        self._told: Mapping[str, Any] = {}
        self._verdict = ""
        self._error = ""
        self._signals = 0
        self._warned = False
        self._kills = oom_kills()

    def hear(self, message: Mapping[str, Any], now: float) -> None:
        """Take its number, its own report, or its exit code, with which it has ended."""
        if "pid" in message:
            self.pid = message["pid"]
        elif "code" in message:
            self.end = self._ended(message["code"], now)
        else:
            self._told = message

    def look(self, now: float) -> str:
        """Hold the worker to its limits; return a sentence for an alert the first time that it takes more than it should."""
        memory = memory_of(self.pid) if self.pid else None
        if memory is not None:
            self._peak = max(self._peak, memory.peak)
        if not self._verdict:
            self._judge(memory, now)
        if self._verdict:
            self._press()
        if memory is None or self._warned or memory.resident <= self._limits.warn:
            return ""
        self._warned = True
        taken, most = memory.resident // MIB, self._limits.memory // MIB
        return f"task {self.claim.task} takes {taken:,} MB of at most {most:,}; split the task"

    def stop(self, verdict: str, error: str) -> None:
        """End the worker for a reason of its own, at the next looks."""
        self._verdict, self._error = self._verdict or verdict, self._error or error
        self._press()

    def entered(self) -> bool:
        """Return whether the worker has entered its end itself, and nothing is to be added."""
        told = self._told
        return bool(told.get("saved")) and self.end is not None and self.end.exit_code == 0 and self._peak <= (told.get("peak") or 0)

    def again(self) -> bool:
        """Return whether its task may be tried once more: not if the same would come again; a kill by the kernel may be others' fault."""
        assert self.end is not None
        kernel = self.end.status == "memory" and self.end.signal == signal.SIGKILL
        return not self._verdict and (self.end.status not in _FINAL or kernel)

    # -- inside --------------------------------------------------------------------------

    def _ended(self, code: int, now: float) -> End:
        told = self._told
        peak = max(self._peak, told.get("peak") or 0) or None
        number = -code if code < 0 else None
        base = End("", "", peak, told.get("duration_ms", (now - self._taken) * 1000), told.get("dispatch_ms"), code, number)
        # What it told itself is true, even if it was stopped a moment later.
        if told.get("status", "lost") != "lost":
            return base._replace(status=str(told["status"]), error=str(told.get("error", "")))
        if self._verdict:
            return base._replace(status=self._verdict, error=self._error)
        status, error = self._guess(code, number)
        return base._replace(status=status, error=error)

    def _judge(self, memory: Memory | None, now: float) -> None:
        limits = self._limits
        if memory is not None and memory.resident > STOP * limits.memory:
            self._verdict = "memory"
            self._error = f"it took {memory.resident // MIB:,} MB, and {limits.memory // MIB:,} are the limit; split the task"
        elif now - self._taken > limits.seconds:
            self._verdict = "timeout"
            self._error = f"it took longer than {limits.seconds:g} s; split the task, or raise the limit"

    def _press(self) -> None:
        self._kill(signal.SIGKILL if self._signals else signal.SIGTERM)
        self._signals += 1

    def _guess(self, code: int, number: int | None) -> tuple[str, str]:
        """Return what the end of a process that told nothing means."""
        if number == signal.SIGKILL:
            if oom_kills() > self._kills:
                return "memory", "the kernel killed it: the machine had no memory left"
            return "killed", "its process was killed (SIGKILL), and not by its supervisor: by somebody, or for want of memory"
        if number == signal.SIGTERM:
            return "killed", "its process was asked to end (SIGTERM), and not by its supervisor"
        if number is not None:
            return "crashed", f"its process crashed: {printable(_name(number))}"
        return "crashed", f"its process ended by itself (exit code {code}) before it had a result"


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
