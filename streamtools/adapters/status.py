"""``streamtools status``: what runs on this machine, from the state file: processes with budgets and pressure, sessions, workers, alerts.

A table in a terminal (by rich, if it is installed), else JSON: one document, or with ``--watch`` one a line.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Mapping
from typing import Any

from streamtools.database import Database, state_folder
from streamtools.errors import InvalidArgument, printable
from streamtools.limits import MIB
from streamtools.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Final

    from rich.console import RenderableType

Row = Mapping[str, Any]

_EVERY: Final = 2.0
#: Workers that are shown, and alerts; ``streamtools workers report`` has more.
_NEWEST: Final = 20
_WHAT: Final = (
    "Show the processes with sessions on this machine, their memory budgets and pressure, the sessions last used, workers and alerts."
)


class Section(NamedTuple):
    """One table: its name, its columns, and what finds its rows; a row has a value for each column, and may have more for programs."""

    name: str
    columns: tuple[str, ...]
    rows: Callable[[Database], Sequence[Row]]


def main(arguments: Sequence[str]) -> int:
    """Show it once, or until Ctrl-C; return the exit code.

    Raises `InvalidArgument`, and `StateError` where the state file can't be used.
    """
    given = _parser().parse_args(arguments)
    if given.watch is not None and not 0.1 <= given.watch <= 86_400:
        raise InvalidArgument(f"--watch={given.watch:g}: the seconds between two looks must be from 0.1 to 86400")
    if given.json or not sys.stdout.isatty():
        return _as_json(given.watch)
    return _as_tables(given.watch)


def found() -> dict[str, list[Row]]:
    """Return the rows of every section by its name; none where nothing ever ran here."""
    if not os.path.exists(os.path.join(state_folder(), "state.db")):
        return {section.name: [] for section in SECTIONS}
    with Database() as database:
        return {section.name: list(section.rows(database)) for section in SECTIONS}


def _processes(database: Database) -> list[Row]:
    from streamtools.sessions.budget import Budget
    from streamtools.sessions.settings import Settings

    return [
        {
            "pid": int(host.process.partition(":")[0]),
            "name": host.name,
            "memory": host.rss,
            "budget": host.budget,
            "pressure": host.level,
            "joined": host.joined,
            "seen": host.seen,
        }
        for host in Budget(database, settings=Settings()).hosts()
    ]


def _sessions(database: Database) -> list[Row]:
    from streamtools.sessions.store import SessionStore

    return [
        {
            "id": one.id,
            "status": one.status if not one.process else "open",
            "pid": int(one.process.partition(":")[0]) if one.process else None,
            "observer": one.observer,
            "messages": one.messages,
            "bytes": one.bytes,
            "used": one.used,
            "closed": one.closed,
            "reason": one.reason,
        }
        for one in SessionStore(database).listed()
    ]


def _workers(database: Database) -> list[Row]:
    from streamtools.workers.store import workers_seen

    return [
        {
            "id": one["id"],
            "status": one["status"],
            "pid": int(one["process"].partition(":")[0]) if one["process"] and one["status"] == "running" else None,
            "task": one["task_id"],
            "agent": one["agent_type"],
            "memory": None if one["memory_peak_mb"] is None else int(one["memory_peak_mb"] * MIB),
            "started": one["started_at"],
            "ended": one["ended_at"],
            "error": one["error"],
        }
        for one in workers_seen(database, _NEWEST)
    ]


def _alerts(database: Database) -> list[Row]:
    from streamtools.workers.store import alerts_told

    names = {"at": "ts", "severity": "severity", "kind": "kind", "message": "message", "worker": "worker_id"}
    return [{name: one[column] for name, column in names.items()} for one in alerts_told(database, _NEWEST)]


#: What is shown, in order.
SECTIONS: Final = (
    Section("processes", ("pid", "name", "memory", "budget", "pressure", "joined", "seen"), _processes),
    Section("sessions", ("id", "status", "pid", "observer", "messages", "bytes", "used", "reason"), _sessions),
    Section("workers", ("id", "status", "pid", "task", "agent", "memory", "started", "ended", "error"), _workers),
    Section("alerts", ("at", "severity", "kind", "message", "worker"), _alerts),
)
#: Columns that hold bytes, and those that hold a time.
_BYTES: Final = frozenset({"memory", "budget", "bytes"})
_TIMES: Final = frozenset({"joined", "seen", "used", "started", "ended", "at"})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("streamtools status", description=_WHAT, allow_abbrev=False)
    parser.add_argument("--json", action="store_true", help="JSON, as into a pipe")
    parser.add_argument("--watch", nargs="?", type=float, const=_EVERY, metavar="SECONDS", help=f"look again and again ({_EVERY:g})")
    return parser


def _as_json(every: float | None) -> int:
    while True:
        print(json.dumps(found(), indent=None if every else 2), flush=True)  # noqa: T201 (what was asked for)
        if not every:
            return 0
        time.sleep(every)


def _as_tables(every: float | None) -> int:
    try:
        from rich.console import Console, Group
        from rich.live import Live
    except ImportError:
        return _as_plain_tables(every)
    console = Console()

    def shown() -> RenderableType:
        return Group(*(_rich(section, rows) for section, rows in zip(SECTIONS, found().values(), strict=True)))

    if not every:
        console.print(shown())
        return 0
    with Live(console=console, screen=True, get_renderable=shown, auto_refresh=False) as live:
        while True:
            live.refresh()
            time.sleep(every)


def _rich(section: Section, rows: Sequence[Row]) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    table = Table(title=section.name if rows else f"{section.name}: none", title_justify="left", title_style="bold")
    for column in section.columns if rows else ():
        table.add_column(column, justify="right" if isinstance(rows[0].get(column), int | float) else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(column, row.get(column)), _style(row.get(column))) for column in section.columns))
    return table


def _style(value: object) -> str:
    return {"elevated": "yellow", "critical": "bold red", "failed": "red", "open": "green"}.get(str(value), "")


def _as_plain_tables(every: float | None) -> int:
    while True:
        begin = "\x1b[H\x1b[2J" if every else ""
        sys.stdout.write(begin + "\n".join(plain(section, rows) for section, rows in zip(SECTIONS, found().values(), strict=True)))
        sys.stdout.flush()
        if not every:
            return 0
        time.sleep(every)


def plain(section: Section, rows: Sequence[Row]) -> str:
    """Return a table as text, its columns as wide as what is in them."""
    if not rows:
        return f"{section.name}: none\n"
    lines = [list(section.columns), *([_cell(column, row.get(column)) for column in section.columns] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    texts = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)
    return "\n".join([section.name, *(f"  {text}" for text in texts)]) + "\n"


def _cell(column: str, value: object) -> str:
    """Return a value as people read it."""
    match value:
        case None | "":
            return "-"
        case bool():
            return "yes" if value else "no"
        case int() | float() if column in _TIMES:
            return _ago(time.time() - value)
        case int() if column in _BYTES:
            return f"{value / MIB:,.1f} MB" if value else "-"
        case _:
            return printable(str(value))


def _ago(seconds: float) -> str:
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit} ago"
    return f"{max(seconds, 0):.0f} s ago"
