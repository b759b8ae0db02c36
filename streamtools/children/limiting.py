"""The memory of a child: limits that it sets for itself, and what the system says that it takes.

Linux tells everything here through ``/proc``; elsewhere what can't be known is None or 0, and limits that the system does not have are
left out.
"""

from __future__ import annotations

import signal
import sys

from streamtools.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final


_PR_SET_PDEATHSIG: Final = 1
#: Of two processes the kernel takes the one with the higher number when memory is short: a child, not its parent.
_OOM_SCORE: Final = 500
_MOST_SCORE: Final = 1000
_KIB: Final = 1024


class Memory(NamedTuple):
    """Bytes in memory now, and at the most so far."""

    resident: int
    peak: int


def limit_self(data: int) -> None:
    """Let this process die with its parent, be the kernel's first choice, and get a `MemoryError` beyond ``data`` bytes; never raises.

    Memory that can be written and is not shared counts (``RLIMIT_DATA``; macOS has no such limit). A limit that was set before is kept
    where it is lower.
    """
    import resource

    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    most = data if hard == resource.RLIM_INFINITY else min(data, hard)
    try:
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    except (OSError, ValueError):
        pass
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        try:
            with open("/proc/self/oom_score_adj", "r+", encoding="ascii") as score:
                raised = min(int(score.read()) + _OOM_SCORE, _MOST_SCORE)
                score.seek(0)
                score.write(str(raised))
        except (OSError, ValueError):
            pass


def forget_peak() -> None:
    """Let the peak of this process begin anew."""
    try:
        with open("/proc/self/clear_refs", "w", encoding="ascii") as reset:
            reset.write("5")
    except OSError:
        pass


def memory_of(pid: int | str = "self") -> Memory | None:
    """Return what a process takes; None for one that is gone, and where there is no ``/proc``.

    The peak is ``VmHWM``, never ``ru_maxrss``: that one begins with what the parent had when it started the child.
    """
    found = {"VmRSS": 0, "VmHWM": 0}
    try:
        with open(f"/proc/{pid}/status", "rb", buffering=0) as file:
            for line in file.read(8 * _KIB).decode("ascii", "replace").splitlines():
                name, _, value = line.partition(":")
                if name in found:
                    found[name] = int(value.split()[0]) * _KIB
    except (OSError, ValueError, IndexError):
        return None
    # What has ended and waits to be reaped has no memory.
    return Memory(found["VmRSS"], found["VmHWM"]) if found["VmHWM"] else None


def oom_kills() -> int:
    """Return how many processes the kernel has ever killed for want of memory, on the whole machine; 0 where it does not tell."""
    try:
        with open("/proc/vmstat", encoding="ascii") as file:
            return next((int(line.split()[1]) for line in file if line.startswith("oom_kill ")), 0)
    except (OSError, ValueError, IndexError):
        return 0
