"""From checked arguments to the three tools, and from their results to small structured data."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Final

from streamtools.deadline import Deadline
from streamtools.errors import InvalidArgument
from streamtools.events import Total
from streamtools.files.confine import Roots
from streamtools.limits import Limits
from streamtools.listing import glob
from streamtools.reading import read
from streamtools.results import GlobResult, GrepResult, ReadResult
from streamtools.searching import grep

Result = ReadResult | GrepResult | GlobResult

#: Processes that share a search, this one included.
_JOBS: Final = min(os.cpu_count() or 1, 4)
#: How many files the data of a result names.
_NAMED: Final = 5


def run(name: str, given: Mapping[str, Any], *, limits: Limits, deadline: Deadline, within: Roots | None) -> Result:
    """Run a tool. Raises what the tool raises."""
    for number in ("limit", "head_limit", "max_depth", "before", "after", "context"):
        if given.get(number, 0) < 0:
            raise InvalidArgument(f"{number} must be at least 0, not {given[number]}")
    options = {key: value for key, value in given.items() if value not in ("", [])}
    options |= {"limits": limits, "deadline": deadline, "within": within}
    if name == "read":
        return read(given["path"], **{key: value for key, value in options.items() if key != "path"})
    if name == "glob":
        return glob(**options)
    pattern = options.pop("pattern", given["pattern"])
    path = options.pop("path", ".")
    return grep(pattern, path, **options, jobs=_JOBS)


def data_of(name: str, found: Result) -> dict[str, Any]:
    """Return what a program may want to know of a result beside its text: plain data of a few hundred bytes, cursor and names apart."""
    ledger = {"files": found.ledger.files, "bytes": found.ledger.bytes, "skipped": dict(found.ledger.skipped)}
    data: dict[str, Any] = {"tool": name, "stopped": found.stopped, "total": _total(found.total), "ledger": ledger, "next": None}
    if found.next is not None:
        arguments = {key: value[0] if isinstance(value, list) and len(value) == 1 else value for key, value in found.next.arguments.items()}
        data["next"] = {"tool": found.next.tool, "arguments": {key: value for key, value in arguments.items() if value != []}}
    if isinstance(found, ReadResult):
        data |= {"path": found.path, "encoding": found.encoding.name}
        if found.lines:
            data["lines"] = [found.lines[0].number, found.lines[-1].number]
    elif isinstance(found, GrepResult):
        data |= {"files": _total(found.total_files), "encoding": found.encoding.name if found.encoding is not None else None}
    if not isinstance(found, ReadResult):
        data["paths"] = list(found.paths[:_NAMED])
    return data


def _total(total: Total) -> dict[str, Any]:
    return {"value": total.value, "kind": total.kind}
