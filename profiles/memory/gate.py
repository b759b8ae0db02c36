"""The memory gate: measure every workload, judge, report; exit 1 when a promise is broken.

    python -m profiles.memory.gate [--update] [NAME ...]

Run from the project's top folder. Reports go to ``profiles/memory/reports``; see README.md there.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any, Final

from profiles.memory import judge, readme, stacks
from profiles.memory.judge import Failure, Peaks
from profiles.memory.probe import Task
from profiles.memory.workload import Meter, Workload, load

HERE: Final = os.path.dirname(os.path.abspath(__file__))
KEY: Final = f"{platform.system()}-{platform.machine()}-cp{sys.version_info[0]}{sys.version_info[1]}"
_WORKLOADS: Final = "profiles.memory.workloads:WORKLOADS"
_SECONDS: Final = 300
#: ``ADDR_NO_RANDOMIZE`` of personality(2), inherited by children.
_NO_RANDOM_ADDRESSES: Final = 0x0040000
#: Settings that would change what is measured.
_FOREIGN: Final = ("PYTHONMALLOC", "PYTHONTRACEMALLOC", "PYTHONDEVMODE", "MALLOC_ARENA_MAX", "STREAMTOOLS_ENGINE", "COVERAGE_PROCESS_START")
#: And what fixes what is measured: no order that changes from run to run, no git settings of whoever runs it.
_FIXED: Final = {"PYTHONHASHSEED": "0", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "XDG_CONFIG_HOME": os.devnull}

Baselines = dict[str, dict[str, dict[str, int]]]


class Gate:
    """One run: probes two at a time, whose heap numbers do not depend on how busy the machine is."""

    def __init__(self, registry: str, reports: str, rows: Mapping[str, Workload]) -> None:
        self._registry = registry
        self._reports = reports
        self._rows = rows

    def measure(self) -> dict[str, Peaks]:
        """Run all probes; one that fails is an error of its workload."""
        found = {name: Peaks(row) for name, row in self._rows.items()}
        os.makedirs(self._reports, exist_ok=True)
        with ThreadPoolExecutor(2) as pool:
            for task, (measured, error) in pool.map(lambda task: (task, _probe(task)), list(self._tasks())):
                peaks = found[task.name]
                if error:
                    peaks.errors.append(f"{judge.name(peaks.row, task.size)}, {task.meter}: {error}")
                    continue
                peaks.answers.setdefault(task.size, measured["answer"])
                (peaks.heap if task.meter == "heap" else peaks.rss)[task.size] = measured["peak"]
        return found

    def capture(self, name: str, size: int) -> str:
        """Where memray writes what it saw."""
        return os.path.join(self._reports, f"{name}-{size}.bin")

    def _tasks(self) -> Iterator[Task]:
        """All probes, the long ones first; makes the corpora."""
        paths = {(name, size): row.where(size) for name, row in self._rows.items() for size in row.sizes}
        for name, size in sorted(paths, key=lambda key: -key[1]):
            row = self._rows[name]
            warm = row.sizes[0]
            meters: list[Meter] = ["heap", "rss"] if size in row.sizes[-2:] and len(row.sizes) > 1 else ["heap"]
            for meter in meters:
                capture = self.capture(name, size) if meter == "heap" else ""
                yield Task(self._registry, name, meter, size, paths[name, size], warm, paths[name, warm], capture)

    def report(self, name: str, failures: Sequence[Failure]) -> list[str]:
        """Say what is wrong with a workload, which lines hold the memory, and where the pictures are."""
        lines = []
        drawn = set()
        for failure in failures:
            lines.append(f"FAIL {name} {failure.rule}: {failure.text}")
            if failure.size is None:
                continue
            capture = self.capture(name, failure.size)
            against = self.capture(name, failure.against) if failure.rule == "flat" and failure.against is not None else None
            lines.append("     what is more there:" if against else "     what is held there:")
            lines += [f"     {line}" for line in stacks.biggest(capture, against)]
            if against:
                lines += ["     where one block grew, as a list does that keeps things:"]
                lines += [f"     {line}" for line in stacks.keepers(capture, against)]
            if failure.size not in drawn:
                drawn.add(failure.size)
                lines += [f"     {kind}: {stacks.draw(capture, kind)}" for kind in ("flamegraph", "table")]
        return lines


def _probe(task: Task) -> tuple[dict[str, Any], str]:
    """Run one child; return what it measured, or what went wrong."""
    environment = {name: value for name, value in os.environ.items() if name not in _FOREIGN} | _FIXED
    command = [sys.executable, "-m", "profiles.memory.probe", json.dumps(asdict(task))]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=_SECONDS, env=environment)
    except subprocess.TimeoutExpired:
        return {}, f"not done after {_SECONDS} s"
    if done.returncode:
        return {}, (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
    found: dict[str, Any] = json.loads(done.stdout)
    return found, ""


def _fix_addresses() -> None:
    """Let the children lie at the same addresses at every run, where the system allows it.

    CPython's cache of methods is indexed by address and keeps names alive: 55 bytes more or less.
    """
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).personality(_NO_RANDOM_ADDRESSES)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code."""
    given = _parse(arguments)
    begun = time.monotonic()
    all_rows = load(given.registry)
    rows = {name: row for name, row in all_rows.items() if not given.names or any(fnmatch.fnmatch(name, one) for one in given.names)}
    if not rows:
        print(f"gate: no workload is called {' or '.join(given.names)}", file=sys.stderr)
        return 2
    _fix_addresses()
    stored = _load(given.baseline)
    known = stored.get(KEY, {})
    gate = Gate(given.registry, given.reports, rows)
    measured = gate.measure()
    failures = {name: judge.judge(peaks, {} if given.update else known.get(name, {})) for name, peaks in measured.items()}
    lines = [line for name, peaks in measured.items() for line in _lines(gate, peaks, failures[name], known)]
    bad = sum(map(bool, failures.values()))
    if given.update and not bad:
        _update(given.baseline, stored, measured, all_rows)
    documents = readme.stale(all_rows, _load(given.baseline)) if given.registry == _WORKLOADS and not (given.update and bad) else []
    lines += [f"FAIL {os.path.basename(path)} is not what the baseline says: run nox -s memory -- --update" for path in documents]
    if KEY not in stored and not given.update:
        lines.append(f"no baseline for {KEY}: peaks were compared with their budgets only")
    lines.append(f"{len(rows) - bad} of {len(rows)} workloads passed, {time.monotonic() - begun:.0f} s")
    readme.reports(given.reports, lines, measured, KEY)
    print("\n".join(lines))
    return 1 if bad or documents else 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="gate", description="Measure the memory of every workload and judge it.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these workloads (wildcards allowed)")
    parser.add_argument("--update", action="store_true", help="write baseline, table and picture anew, if nothing else is wrong")
    parser.add_argument("--registry", default=_WORKLOADS, metavar="MODULE:NAME", help="where the workloads are (default: %(default)s)")
    parser.add_argument("--baseline", default=os.path.join(HERE, "baseline.json"), metavar="FILE")
    parser.add_argument("--reports", default=os.path.join(HERE, "reports"), metavar="DIR")
    return parser.parse_args(arguments)


def _lines(gate: Gate, peaks: Peaks, failures: Sequence[Failure], known: Mapping[str, Mapping[str, int]]) -> list[str]:
    name = peaks.row.name
    if failures:
        return gate.report(name, failures)
    heap = "  ".join(f"{judge.name(peaks.row, size)}: {peak:,}" for size, peak in sorted(peaks.heap.items()))
    notes = [] if name in known else ["no baseline"]
    if judge.improved(peaks, known.get(name, {})):
        notes.append("improved: keep it with --update")
    words = f" ({', '.join(notes)})" if notes else ""
    return [f"ok   {name:24} {heap}{words}"]


def _load(path: str) -> Baselines:
    try:
        with open(path, encoding="utf-8") as source:
            found: Baselines = json.load(source)
    except FileNotFoundError:
        return {}
    return found


def _update(path: str, stored: Baselines, measured: Mapping[str, Peaks], rows: Mapping[str, Workload]) -> None:
    """Write the peaks of this kind of machine; workloads that are gone are dropped, those that did not run are kept."""
    mine = {name: kept for name, kept in stored.get(KEY, {}).items() if name in rows}
    mine |= {name: {str(size): peak for size, peak in sorted(peaks.heap.items())} for name, peaks in measured.items()}
    stored[KEY] = {name: mine[name] for name in rows if name in mine}
    with open(path, "w", encoding="utf-8") as out:
        out.write(json.dumps(stored, indent=1) + "\n")
    if os.path.dirname(os.path.abspath(path)) == HERE:
        readme.write(rows, stored)


if __name__ == "__main__":
    sys.exit(main())
