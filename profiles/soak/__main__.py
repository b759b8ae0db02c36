"""All long runs, one after the other, each in a process of its own; exit 1 when one of them breaks a promise.

    python -m profiles.soak [--minutes 5 | --hours 24] [--seed N]

Of the time workers under stress get half, sessions a tenth; the others have a number of calls that fits the rest.
Linux only. It writes up to 10 MB of disk a call, of which quotas keep 256 MiB.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Final

_MINUTE: Final = 60.0
#: Calls of 10 MB a second of the whole run, so that each of the two takes at most a sixth of it; E3 and W4 say how many are enough.
_CALLS: Final = 1.0
_MOST: Final = {"history": 1_000, "results": 5_000}
_LEAST: Final = {"history": 100, "results": 100}


def main() -> int:
    """Run them all, print which failed, and return the exit code."""
    given = _parser().parse_args()
    if sys.platform != "linux":
        print("the soak reads /proc: Linux only")
        return 2
    seconds = given.hours * 60 * _MINUTE if given.hours else given.minutes * _MINUTE
    begun = time.monotonic()
    failed = []
    for name, arguments in _parts(seconds, given.seed):
        print(f"--- {name} {' '.join(arguments)} (after {time.monotonic() - begun:.0f} s)", flush=True)
        if subprocess.run([sys.executable, "-m", f"profiles.soak.{name}", *arguments], check=False).returncode:
            failed.append(name)
    print(f"{'FAIL' if failed else 'ok  '} soak of {time.monotonic() - begun:.0f} s{': ' + ', '.join(failed) if failed else ''}")
    return int(bool(failed))


def _parts(seconds: float, seed: int) -> Iterator[tuple[str, list[str]]]:
    for name, most in _MOST.items():
        yield name, [str(max(min(int(seconds * _CALLS), most), _LEAST[name]))]
    yield "sessions", [f"{seconds / 10:.0f}", str(seed)]
    yield "stress", [f"{seconds / 2:.0f}", str(seed)]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("profiles.soak", description="Long runs of histories, sessions and workers.", allow_abbrev=False)
    parser.add_argument("--minutes", type=float, default=5.0, metavar="N", help="how long about (5)")
    parser.add_argument("--hours", type=float, default=0.0, metavar="N", help="instead of minutes; 24 is the stress test")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30), metavar="N", help="of what is drawn at random")
    return parser


if __name__ == "__main__":
    sys.exit(main())
