"""``streamtools workers report``: the workers that have ended, what they took, and the alerts."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter

from streamtools.adapters.state import moment, state_file, table
from streamtools.database import Database
from streamtools.errors import InvalidArgument, file_error, printable
from streamtools.workers.store import alerts_told, workers_ended

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Final


_MOST: Final = 10_000
_HEAD: Final = ("id", "task", "started", "status", "ms", "dispatch", "peak MB", "what")


def main(arguments: Sequence[str]) -> int:
    """Print the report; return the exit code: 0, or 1 where no worker has ended yet."""
    given = _parser().parse_args(arguments)
    if not 1 <= given.limit <= _MOST:
        raise InvalidArgument(f"--limit={given.limit}: from 1 to {_MOST:,}")
    with Database(state_file(given.state)) as database:
        workers = workers_ended(database, given.limit)
        alerts = alerts_told(database, min(given.limit, 100))
    if given.plot:
        from streamtools.adapters.scatter import scatter

        _write(given.plot, scatter(workers))
    found = summary(workers)
    if given.json:
        json.dump({"summary": found, "workers": workers, "alerts": alerts}, sys.stdout, indent=1)
        sys.stdout.write("\n")
    else:
        sys.stdout.write(_text(workers, alerts, found))
    return 0 if workers else 1


def summary(workers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return counts by status, the median and 95 % of dispatch and duration in milliseconds, and the highest peak in MB."""
    found: dict[str, Any] = {"workers": len(workers), "by_status": dict(Counter(one["status"] for one in workers))}
    for name in ("dispatch_ms", "duration_ms"):
        values = sorted(one[name] for one in workers if one[name] is not None)
        for part in (50, 95):
            found[f"{name}_p{part}"] = round(values[min(len(values) * part // 100, len(values) - 1)], 1) if values else None
    found["memory_peak_mb"] = max((one["memory_peak_mb"] for one in workers if one["memory_peak_mb"] is not None), default=None)
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("streamtools workers", description="What workers did, from the state file.", allow_abbrev=False)
    report = parser.add_subparsers(required=True, metavar="report").add_parser(
        "report", help="the workers that have ended, and alerts", description="The workers that have ended, the last one first, and alerts."
    )
    report.add_argument("--json", action="store_true", help="all of it as one JSON object")
    report.add_argument("--plot", metavar="FILE.svg", help="write a picture too: duration against peak memory, a dot a worker")
    report.add_argument("--limit", type=int, default=1000, metavar="N", help="the last N workers (1000)")
    report.add_argument("--state", default="", metavar="FILE", help="the state file (state.db in the user's state folder)")
    return parser


def _text(workers: Sequence[Mapping[str, Any]], alerts: Sequence[Mapping[str, Any]], found: Mapping[str, Any]) -> str:
    if not workers:
        return "no worker has ended yet\n"
    rows = [
        (
            str(one["id"]),
            str(one["task_id"]),
            moment(one["started_at"]),
            one["status"],
            _number(one["duration_ms"]),
            _number(one["dispatch_ms"]),
            _number(one["memory_peak_mb"], 1),
            printable(one["agent_type"] + (f": {one['error']}" if one["error"] else ""))[:200],
        )
        for one in workers
    ]
    text = table(_HEAD, rows, frozenset({0, 1, 4, 5, 6}))
    counts = ", ".join(f"{count} {status}" for status, count in found["by_status"].items())
    text += f"\n{found['workers']} workers: {counts}\n"
    text += f"dispatch: median {found['dispatch_ms_p50']} ms, 95 % within {found['dispatch_ms_p95']} ms; "
    text += f"highest peak {found['memory_peak_mb']} MB\n"
    if alerts:
        text += f"\nalerts\n{table(('when', 'severity', 'kind', 'what'), [_alert(one) for one in alerts], frozenset())}"
    return text


def _alert(one: Mapping[str, Any]) -> tuple[str, ...]:
    worker = f" (worker {one['worker_id']})" if one["worker_id"] is not None else ""
    return moment(one["ts"]), one["severity"], one["kind"], printable(one["message"])[:300] + worker


def _number(value: float | None, digits: int = 0) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


def _write(path: str, text: str) -> None:
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise file_error(error, path) from error
