"""A program of its own: draws trees and searches, and compares several processes with one; see test_parallel.py.

    python -m tests.searching.drawn FIRST-SEED COUNT FOLDER

Units are small, as in `parity`; helpers are forks, also for `grep`, which makes them cheap enough for thousands of searches.
"""

from __future__ import annotations

import functools
import os
import random
import shutil
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

from streamtools.errors import FileError, InvalidArgument
from streamtools.files.selection import Selection
from streamtools.files.tally import Tally
from streamtools.files.walk import Walk
from streamtools.limits import Limits
from streamtools.results import Begin, Event, GrepResult
from streamtools.searching import grep, tool
from streamtools.searching.request import Request
from streamtools.searching.shared import SharedWalk
from streamtools.searching.tree import Search
from tests.searching.oracle import GAP, Row, rows, rows_of
from tests.searching.parity import shrink

LIMITS = Limits(window=4096, segment=2048, overlap=128, detect_bytes=1024)
WORDS = ("needle", "Needle needle", "hay", "", "straw and hay", "größe", "x" * 90)
NAMES = ("a", "b.o", "b.txt", "c.py", ".hid", "d", "e e", "z", "ä", "\udc80", "d.txt", "k", "Ω.py")
OPTIONS: dict[str, tuple[object, ...]] = {
    "output_mode": ("content", "content", "count", "files_with_matches", "files_without_match"),
    "before": (0, 0, 1, 3),
    "after": (0, 0, 1, 2),
    "max_count": (None, None, None, 1, 3),
    "ignore_case": (False, True),
    "invert_match": (False, False, True),
    "multiline": (False, False, False, True),
    "line_numbers": (True, True, False),
    "hidden": (False, True),
    "ignore": (True, True, False),
    "follow": (False, False, True),
    "text": (False, False, True),
    "glob": ((), (), ("*.txt",), ("!*.py",)),
    "max_filesize": (None, None, 2000),
    "max_depth": (None, None, 2),
    "detect": (True, True, False),
    "binary": ("detect", "quit", "suppress"),
    "include_zero": (False, False, True),
    "stop_on_nonmatch": (False, False, False, True),
    "head_limit": (1, 2, 7, 40),
}
PATTERNS = ("needle", "needle", "[Nn]eedle|straw", "nee.*le", "^$", "absent")


def text(dice: random.Random) -> bytes:
    """A file: mostly small, sometimes so large that it is cut in parts, of all kinds."""
    lines = dice.choice((0, 1, 3, 10, 40, 400 if dice.random() < 0.3 else 5))
    dense = dice.random() < 0.5
    data = "\n".join(dice.choice(WORDS) if dense or dice.random() < 0.1 else "hay" for _ in range(lines)).encode()
    kind = dice.random()
    if kind < 0.06:
        at = dice.randrange(len(data) + 1)
        return data[:at] + b"\0" + data[at:]
    if kind < 0.1:
        return data.decode().encode("utf-16")
    if kind < 0.13:
        return data.decode().encode("latin-1", "replace")
    if kind < 0.15:
        return data + b" long needle line" * 900
    return data + b"\n" * dice.randrange(2)


def plant(dice: random.Random, folder: str, depth: int = 0) -> None:
    """Make the entries of a folder."""
    os.makedirs(folder, exist_ok=True)
    if dice.random() < 0.4:
        with open(os.path.join(folder, ".ignore"), "w", encoding="utf-8") as out:
            out.write(dice.choice(("*.o\n", "b*\n!b.txt\n", "/d\n", "z\nk\n", "*.py\n")))
    for name in dice.sample(NAMES, dice.randrange(1, len(NAMES))):
        path = os.path.join(folder, name)
        kind = dice.random()
        if kind < 0.25 and depth < 3:
            plant(dice, path, depth + 1)
        elif kind < 0.3:
            os.symlink(dice.choice((".", "..", "nowhere", "a", "d")), path)
        elif kind < 0.32:
            os.mkfifo(path)
        else:
            with open(path, "wb") as out:
                out.write(text(dice))


def drawn(dice: random.Random) -> tuple[str, dict[str, object]]:
    """A pattern and options; those that are drawn as their first value are left out."""
    options = {name: dice.choice(values) for name, values in OPTIONS.items() if dice.random() < 0.35 or name == "head_limit"}
    try:
        Request.of("x", ".", options)  # type: ignore[arg-type]
    except InvalidArgument:
        return drawn(dice)
    return dice.choice(PATTERNS), options


def stopped(pattern: str, paths: Sequence[str], options: dict[str, object], after: int | None, jobs: int) -> tuple[object, ...]:
    """A search that is left behind so many events (None: never): events, totals, ledgers, and where it would go on."""
    request = Request.of(pattern, list(paths), {**options, "jobs": jobs, "limits": LIMITS})  # type: ignore[typeddict-item]
    told: list[object] = []
    search = Search(request, capped=True, fork=True, tell=told.append)
    seen: list[Event] = []
    running = search.events()
    if after != 0:
        for event in running:
            seen.append(event)
            if not isinstance(event, Begin):
                search.mark()
            if len(seen) == after:
                break
    running.close()  # type: ignore[attr-defined]
    search.close()
    summary = search.summary()
    whole = after is None or len(seen) < after
    ledger = (summary.ledger, told) if whole else search.passed
    marked = () if whole else (search.marked, search.going_on(), search.due)
    return (*seen, summary._replace(ledger=ledger), search.stopped, search.moved, search.changed, search.tired, *marked)  # type: ignore[arg-type]


def follow(pattern: str, paths: Sequence[str], options: dict[str, object], jobs: int) -> list[GrepResult]:
    """Page after page."""
    asked = {**options, "jobs": jobs, "limits": LIMITS}
    pages = [grep(pattern, list(paths), **asked)]  # type: ignore[arg-type]
    seen: set[object] = set()
    while (going_on := pages[-1].next) is not None:
        pages.append(grep(pattern, list(paths), **asked, cursor=going_on.arguments["cursor"]))  # type: ignore[arg-type]
        assert going_on.arguments["cursor"] not in seen, "the pages do not come to an end"
        seen.add(going_on.arguments["cursor"])
    return pages


def refused(pattern: str, paths: Sequence[str], options: dict[str, object], jobs: int) -> tuple[type[FileError], str] | None:
    """The error of a search whose only root is neither a file nor a folder; None if there is none."""
    try:
        follow(pattern, paths, options, jobs)
    except FileError as error:
        return type(error), str(error)
    return None


def counted(ledgers: Sequence[object]) -> tuple[int, Counter[str]]:
    """Files and reasons of some ledgers together."""
    skipped: Counter[str] = Counter()
    for ledger in ledgers:
        skipped.update(ledger.skipped)  # type: ignore[attr-defined]
    return sum(ledger.files for ledger in ledgers), skipped  # type: ignore[attr-defined]


def hits(found: Sequence[Row]) -> list[Row]:
    """Rows without the gaps."""
    return [row for row in found if row != GAP]


def check(dice: random.Random, paths: Sequence[str]) -> None:
    """Draw a search and compare; an assertion tells what differs."""
    pattern, options = drawn(dice)
    asked = {name: value for name, value in options.items() if name != "head_limit"}
    say = f"{pattern!r} {paths} {options}"
    whole = stopped(pattern, paths, asked, None, 1)
    for jobs in (2, 3):
        same(stopped(pattern, paths, asked, None, jobs), whole, f"{say} jobs={jobs}")
    for _ in range(3):
        after, jobs = dice.randrange(max(len(whole), 1)), dice.choice((2, 3))
        same(stopped(pattern, paths, asked, after, jobs), stopped(pattern, paths, asked, after, 1), f"{say} jobs={jobs} after={after}")
    if len(paths) == 1 and not (os.path.isfile(paths[0]) or os.path.isdir(paths[0])):
        error = refused(pattern, paths, options, 1)
        assert error is not None, f"{say}: nothing is raised"
        others = [refused(pattern, paths, *way) for way in ((options, 2), (asked, 1), (asked, 2))]
        same(others, [error] * 3, f"{say} errors")
        return
    paged = follow(pattern, paths, options, 1)
    several = follow(pattern, paths, options, 2)
    same(several, paged, f"{say} pages")
    if asked.get("output_mode", "content") == "content" and not asked.get("stop_on_nonmatch"):
        events: list[Event] = [event for event in whole if hasattr(event, "_fields")]  # type: ignore[misc]
        assert hits(rows_of(several)) == hits(rows(events, path=True)), f"{say}: rows of pages"
    all_of_it = grep(pattern, list(paths), **asked, jobs=2, limits=LIMITS)  # type: ignore[arg-type]
    if all_of_it.next is None:
        assert counted([page.ledger for page in several]) == counted([all_of_it.ledger]), f"{say}: ledgers of pages"


def same(found: Sequence[object], expected: Sequence[object], say: str) -> None:
    """Compare item by item."""
    for number, (one, other) in enumerate(zip(found, expected, strict=False)):
        assert one == other, f"{say}: item {number} of {len(found)}, {len(expected)}\n{one}\n{other}"
    assert len(found) == len(expected), say


def listed(dice: random.Random, root: str) -> None:
    """Draw what is wanted of a tree and compare its names, ledger and failures, walked by several processes and by one."""
    wanted: dict[str, tuple[Any, ...]] = {
        "hidden": (False, True),
        "ignore": (True, True, False),
        "globs": ((), (), ("*.txt",), ("!*.py",)),
        "max_filesize": (None, None, 2000),
        "max_depth": (None, None, 0, 1, 2, 3),
    }
    selection = Selection(**{name: dice.choice(values) for name, values in wanted.items()})

    def made(shown: str, names: Sequence[str]) -> bytes:
        return b"".join(os.fsencode(shown + name) + b"\n" for name in names)

    def told(jobs: int) -> tuple[bytes, object, list[object]]:
        failures: list[object] = []
        tally = Tally(tell=failures.append)
        walk = Walk(root, selection, tally)
        blocks = [made(*run) for run in walk.runs()] if jobs == 1 else SharedWalk(walk, tally, made, jobs)
        return b"".join(blocks), tally.ledger(), failures

    for jobs in (2, 3):
        same(told(jobs), told(1), f"names in {root} {selection} jobs={jobs}")


def main() -> None:
    """Draw so many trees, a few searches each."""
    first, count, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    shrink()
    setattr(tool, "Search", functools.partial(Search, fork=True))  # noqa: B010 (mypy does not let a class be replaced)
    os.chdir(folder)
    for seed in range(first, first + count):
        dice = random.Random(seed)
        plant(dice, "t")
        roots = ["t"] if dice.random() < 0.6 else [f"t/{name}" for name in sorted(os.listdir("t")) if not name.startswith(".")]
        try:
            for _ in range(4):
                check(dice, roots)
            more = random.Random(seed)
            for _ in range(3):
                listed(more, more.choice(("t", "./t/", os.path.abspath("t"))))
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise
        shutil.rmtree("t")
    os.write(1, b"same\n")


if __name__ == "__main__":
    main()
