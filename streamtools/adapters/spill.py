"""``streamtools spill ls`` and ``gc``: what was spilled, and cleaning it up before it goes by itself."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import asdict

from streamtools.adapters.state import moment, state_file, table
from streamtools.database import Database
from streamtools.errors import InvalidArgument
from streamtools.history.shelf import Shelf, SpillLimits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final


_MOST: Final = 100_000
_HEAD: Final = ("handle", "bytes", "last used", "kept", "kind")


def main(arguments: Sequence[str]) -> int:
    """Do the one or the other; return the exit code: 0, or 1 where nothing is kept."""
    given = _parser().parse_args(arguments)
    with Database(state_file(given.state)) as database:
        if given.command == "gc":
            return _gc(database, given.days)
        return _ls(database, given.limit, given.json)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("streamtools spill", description="Results that were too long for a conversation.", allow_abbrev=False)
    state = argparse.ArgumentParser(add_help=False)
    state.add_argument("--state", default="", metavar="FILE", help="the state file (state.db in the user's state folder)")
    commands = parser.add_subparsers(dest="command", required=True, metavar="ls|gc")
    ls = commands.add_parser("ls", parents=[state], help="what is kept", description="What is kept, the last used first.")
    ls.add_argument("--json", action="store_true", help="one JSON object a line")
    ls.add_argument("--limit", type=int, default=1000, metavar="N", help="the last N (1000)")
    gc = commands.add_parser("gc", parents=[state], help="remove what is old", description="Remove what is old and leased by nobody.")
    gc.add_argument("--days", type=float, default=SpillLimits().days, metavar="N", help="what was not used for so many days (7)")
    return parser


def _ls(database: Database, limit: int, as_json: bool) -> int:
    if not 1 <= limit <= _MOST:
        raise InvalidArgument(f"--limit={limit}: from 1 to {_MOST:,}")
    kept = _shelf(database).kept(limit)
    if as_json:
        sys.stdout.writelines(json.dumps(asdict(one)) + "\n" for one in kept)
    elif kept:
        rows = [
            (
                one.handle,
                f"{one.bytes:,}",
                moment(one.used),
                "being written" if one.writing else "leased" if one.leased else "whole" if one.complete else "in part",
                one.kind,
            )
            for one in kept
        ]
        sys.stdout.write(table(_HEAD, rows, frozenset({1})))
        sys.stdout.write(f"\n{len(kept)} texts, {sum(one.bytes for one in kept):,} bytes\n")
    else:
        sys.stdout.write("nothing is kept\n")
    return 0 if kept else 1


def _gc(database: Database, days: float) -> int:
    if not days >= 0:
        raise InvalidArgument(f"--days={days:g}: at least 0")
    shelf = _shelf(database, SpillLimits(days=days))
    gone = shelf.sweep()
    rest = shelf.kept(_MOST)
    sys.stdout.write(f"{gone} removed; {len(rest)} are kept, {sum(one.bytes for one in rest):,} bytes\n")
    return 0


def _shelf(database: Database, limits: SpillLimits | None = None) -> Shelf:
    """Return the texts beside a state file; unlike a `SpillStore` it cleans nothing up unasked."""
    folder = os.path.join(os.path.dirname(os.path.abspath(database.path)), "spill")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    return Shelf(folder, database, limits if limits is not None else SpillLimits(), time.time)
