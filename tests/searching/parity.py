"""A program of its own: compares searches by several processes with those by one; see test_parallel.py.

    python -m tests.searching.parity fork|spawn FOLDER

Units are made small, so that small files and trees need many of them, and helpers are waited for, so that they do their share.
"""

from __future__ import annotations

import io
import itertools
import os
import sys
from collections.abc import Callable, Sequence

from streamtools.children import Crew
from streamtools.limits import Limits
from streamtools.results import Begin, End, Event, Runs, Summary
from streamtools.searching import grep, parallel, parts, shared, units
from streamtools.searching.request import Request
from streamtools.searching.tree import Search

LIMITS = Limits(window=4096, segment=2048, overlap=128, detect_bytes=1024)
CASES: list[dict[str, object]] = [
    {},
    {"output_mode": "count"},
    {"output_mode": "files_with_matches"},
    {"output_mode": "files_without_match"},
    {"invert_match": True},
    {"ignore_case": True},
    {"context": 2},
    {"max_count": 3},
    {"line_numbers": False},
    {"invert_match": True, "output_mode": "count"},
    {"multiline": True},
    {"text": True},
    {"engine": "regex"},
]


def shrink() -> None:
    """Make units small."""
    for module in (units, parallel, parts, shared):
        for name, value in {
            "FIRST": 4096,
            "PART": 6000,
            "SHOWN_PART": 3000,
            "FILES": 3,
            "ALONE": 3,
            "MORE": 1,
            "LONG": 20_000,
            "MOST": 30_000,
            "NAMES": 4 if module is shared else units.NAMES,
            "_LEVELS": 3,
        }.items():
            if hasattr(module, name):
                setattr(module, name, value)


def patient(start: Callable[..., None]) -> Callable[..., None]:
    """Let a crew begin only when all of its children are ready."""

    def waiting(self: Crew, *args: object) -> None:
        start(self, *args)
        while any(child.ready != self._asked for child in self._children):
            self._collect(0.05)
        assert len(self._children) == self.count, "a child did not start"

    return waiting


def events(pattern: str, paths: Sequence[str], options: dict[str, object], *, jobs: int, fork: bool, runs: bool = False) -> list[Event]:
    """All events of a search, and its summary."""
    request = Request.of(pattern, list(paths), {**options, "jobs": jobs, "limits": LIMITS})  # type: ignore[typeddict-item]
    search = Search(request, capped=False, runs=runs, fork=fork)
    return [*search.events(), search.summary()]


def same(pattern: str, paths: Sequence[str], options: dict[str, object], *, fork: bool, runs: bool) -> None:
    """Compare all numbers of processes."""
    form: Callable[[list[Event]], list[Event]] = joined if runs else list
    expected = form(events(pattern, paths, options, jobs=1, fork=fork, runs=runs))
    for jobs in (2, 4) if fork and not runs else (2,):
        found = form(events(pattern, paths, options, jobs=jobs, fork=fork, runs=runs))
        for one, other in itertools.zip_longest(expected, found):
            assert one == other, f"{pattern} {paths} {options} jobs={jobs} runs={runs}:\n{one}\n{other}"


def joined(found: list[Event]) -> list[Event]:
    """Runs as text: where one run ends and the next begins depends on the windows."""
    texts: dict[str, bytes] = {}
    path = ""
    rest: list[Event] = []
    for event in found:
        if isinstance(event, Begin):
            path = event.path
        if isinstance(event, Begin | End | Summary):
            rest.append(event)
        elif isinstance(event, Runs):
            for index, line in enumerate(io.BytesIO(event.text)):
                number = event.number + event.behind[index] if event.number else 0
                texts[path] = texts.get(path, b"") + b"%d:" % number + line
        else:
            texts[path] = texts.get(path, b"") + repr(event).encode()
    return [*rest, *texts.items()]  # type: ignore[list-item]


def pages(pattern: str, paths: Sequence[str], options: dict[str, object], jobs: int) -> list[object]:
    """Page after page."""
    found: list[object] = []
    cursor = None
    while True:
        page = grep(pattern, list(paths), **{**options, "jobs": jobs, "limits": LIMITS, "cursor": cursor})  # type: ignore[arg-type]
        found.append((page.files, page.total, page.total_files, page.stopped, page.ledger, page.next and page.next.arguments["cursor"]))
        if page.next is None:
            return found
        cursor = str(page.next.arguments["cursor"])


def main() -> None:
    """Compare everything below a folder."""
    fork, folder = sys.argv[1] == "fork", sys.argv[2]
    shrink()
    if not fork:
        Crew.start = patient(Crew.start)  # type: ignore[method-assign]
    roots = [[folder], [f"{folder}/big.log"], [f"{folder}/d1", f"{folder}/giant", f"{folder}/missing", f"{folder}/d2"]]
    for pattern, paths, options in itertools.product(["needle"], roots, CASES if fork else CASES[:6]):
        same(pattern, paths, options, fork=fork, runs=False)
        if not (options.get("context") or options.get("max_count") or options.get("multiline")):
            same(pattern, paths, options, fork=fork, runs=True)
    if not fork:
        paged: list[dict[str, object]] = [{}, {"output_mode": "count"}, {"context": 1}, {"invert_match": True}]
        for paths, options in itertools.product(roots, paged):
            limited: dict[str, object] = {**options, "head_limit": 400 if options else 40}
            assert pages("needle", paths, limited, 2) == pages("needle", paths, limited, 1), (paths, options)
    os.write(1, b"same\n")


if __name__ == "__main__":
    main()
