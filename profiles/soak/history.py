"""E3: 1000 calls of 10 MB leave resident memory flat within 20 MB; exit 1 when not. The memory gate runs a tenth of it.

    python -m profiles.soak.history [CALLS]

Linux only: it reads ``VmHWM``. It writes 10 MB of disk a call, of which a quota keeps 64 MiB.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from typing import Final

from profiles.memory.history_workloads import spilled
from profiles.memory.workload import Job

_SIZE: Final = 10_000_000
_CALLS: Final = 1000
_FLAT: Final = 20_000_000


def main(arguments: Sequence[str]) -> int:
    """Run it after a warm-up of ten calls, print what it took, and return the exit code."""
    calls = int(arguments[0]) if arguments else _CALLS
    run = spilled(_SIZE)
    run(Job("", 10))
    gc.collect()
    with open("/proc/self/clear_refs", "w", encoding="ascii") as reset:
        reset.write("5")
    before = _resident("VmRSS")
    produced = run(Job("", calls))
    assert produced == calls * _SIZE, produced
    peak, after = _resident("VmHWM") - before, _resident("VmRSS") - before
    bad = max(peak, after) > _FLAT
    print(f"{'FAIL' if bad else 'ok  '} {calls:,} calls of 10 MB: peak {peak / 1e6:+.1f} MB, at the end {after / 1e6:+.1f} MB, limit 20")
    return int(bad)


def _resident(field: str) -> int:
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(f"{field}:"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
