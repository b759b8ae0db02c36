"""Deadlines, cancellation and patterns that never end: what was found, and the way on; T5, T13, T15, P5."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from streamtools.deadline import Deadline
from streamtools.limits import Limits
from streamtools.searching import agrep, grep, search
from streamtools.searching.identity import decode, digest
from streamtools.searching.request import Request
from tests.searching.oracle import rows, rows_of

LIMITS = Limits(window=4096, segment=2048, overlap=128)
CATASTROPHE = r"^(a|a)*$"


class Steps(Deadline):
    """A deadline that passes when it is asked the n-th time: a clock that does not hurry."""

    def __init__(self, steps: int) -> None:
        self._now = 0.0
        super().__init__(steps, clock=self._tick)

    def _tick(self) -> float:
        self._now += 1.0
        return self._now


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Three files of several windows each."""
    for name in "abc":
        (tmp_path / name).write_text("".join(f"{name} {n} {'needle' if n % 7 == 0 else ''}\n" for n in range(1000)))
    return tmp_path


@pytest.mark.parametrize("steps", [2, 3, 5, 9])
@pytest.mark.parametrize("options", [{}, {"context": 2}, {"invert_match": True}, {"output_mode": "count"}])
def test_deadline_after_deadline_is_everything(tree: Path, steps: int, options: dict[str, object]) -> None:
    """T13: each call gives what it found until the deadline, and the cursor completes it."""
    whole = grep("needle", tree, limits=LIMITS, head_limit=2000, **options)  # type: ignore[arg-type]
    pages = [grep("needle", tree, limits=LIMITS, head_limit=2000, deadline=Steps(steps), **options)]  # type: ignore[arg-type]
    while (going_on := pages[-1].next) is not None:
        assert pages[-1].stopped in {"deadline", "lines", "bytes"}
        assert any("go on with cursor=" in notice for notice in pages[-1].notices)
        cursor = str(going_on.arguments["cursor"])
        pages.append(grep("needle", tree, limits=LIMITS, head_limit=2000, deadline=Steps(steps), cursor=cursor, **options))  # type: ignore[arg-type]
        assert len(pages) < 100
    assert steps > 3 or any(page.stopped == "deadline" for page in pages)
    if options.get("output_mode") == "count":
        assert pages[-1].total == whole.total
        return
    every = rows(list(search("needle", tree, limits=LIMITS, **options)), path=True)  # type: ignore[arg-type]
    assert rows_of(pages) == every
    assert pages[-1].total.value == sum(row[2] == ":" for row in every)


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("line", ["plain\n", "plain\r\n"])
def test_a_stop_counts_no_lines_and_the_next_call_does(tmp_path: Path, jobs: int, line: str) -> None:
    """T13, T7: a search without a hit stops at once, whatever went by; the hits that follow have their numbers all the same."""
    path = tmp_path / "log"
    path.write_bytes((line * 4_000_000 + f"needle{line}" * 3).encode())
    page = grep("needle", path, deadline=Steps(40), jobs=jobs)
    assert page.stopped == "deadline"
    assert page.next is not None
    request = Request.of("needle", path, {})
    at = decode(str(page.next.arguments["cursor"]), digest(request), 1)
    assert at.offset > 0
    assert at.line == 0, "it was counted, which takes as long as the file is large"
    rest = grep("needle", path, cursor=str(page.next.arguments["cursor"]), context=0)
    assert [found.number for found in rest.lines] == [4_000_001, 4_000_002, 4_000_003]


def test_a_deadline_stops_between_small_files(tmp_path: Path) -> None:
    """T13: a tree of many small files is left in time, with the place to go on."""
    for number in range(50):
        (tmp_path / f"{number:02}").write_text("needle\n")
    page = grep("needle", tmp_path, deadline=Steps(10))
    assert page.stopped == "deadline"
    assert 5 <= len(page.files) <= 12
    assert page.next is not None
    rest = grep("needle", tmp_path, cursor=str(page.next.arguments["cursor"]))
    assert len(page.files) + len(rest.files) == 50
    assert rest.total.value == 50
    assert rest.total_files.value == 50


def test_a_cancelled_search_says_so(tree: Path) -> None:
    """T13: cancelled before it began: nothing found, nothing lost."""
    deadline = Deadline()
    deadline.cancel()
    page = grep("needle", tree, deadline=deadline)
    assert page.stopped == "cancelled"
    assert page.total.kind == "at_least"
    assert page.next is not None
    rest = grep("needle", tree, head_limit=1000, cursor=str(page.next.arguments["cursor"]))
    assert rows_of([rest]) == rows_of([grep("needle", tree, head_limit=1000)])


def test_cancelled_from_another_thread_in_the_middle(tree: Path) -> None:
    """T13: `cancel` may come from anywhere; the stream ends with a summary that says so."""
    deadline = Deadline()
    events = search("needle", tree, limits=LIMITS, deadline=deadline)
    next(events)
    thread = threading.Thread(target=deadline.cancel)
    thread.start()
    thread.join()
    last = list(events)[-1]
    assert last.stopped == "cancelled"  # type: ignore[union-attr]
    assert last.next is not None  # type: ignore[union-attr]


@pytest.mark.parametrize("engine", ["auto", "regex"])
@pytest.mark.parametrize("mode", ["content", "count"])
def test_catastrophic_pattern(tmp_path: Path, engine: str, mode: str) -> None:
    """T13, T15: the line is given up after the time for it; the result names it and the cursor goes on behind it."""
    path = tmp_path / "f"
    path.write_text("aaa\n" + "a" * 200 + "b\n" + "aa\n" * 3)
    limits = Limits(match_seconds=0.05)
    page = grep(CATASTROPHE, path, limits=limits, engine=engine, output_mode=mode)  # type: ignore[arg-type]
    assert page.stopped == "deadline"
    assert page.next is not None
    assert any("backtracks" in notice for notice in page.notices)
    rest = grep(CATASTROPHE, path, limits=limits, engine=engine, output_mode=mode, cursor=str(page.next.arguments["cursor"]))  # type: ignore[arg-type]
    assert rest.stopped == "end"
    if mode == "content":
        assert any("on line 2 of" in notice for notice in page.notices), page.notices
        assert [line.number for line in page.lines] == [1]
        assert [line.number for line in rest.lines] == [3, 4, 5]
    assert rest.total.value == 4


@pytest.mark.parametrize("mode", ["content", "count"])
@pytest.mark.parametrize("between", [6, 20_000])
@pytest.mark.parametrize("within", [False, True])
def test_each_line_given_up_has_its_number(tmp_path: Path, mode: str, between: int, within: bool) -> None:
    """T13: also where lines are not numbered, and the search goes on behind a line that was given up, in the window and beyond."""
    bad = "needle" + "a" * 200 + "xy\n"
    (tmp_path / "f").write_text("hay\n" * 4 + bad + "hay\n" * between + bad + "hay\n" * 3)
    limits = Limits(window=8192, segment=2048, overlap=128, match_seconds=0.05)
    root = tmp_path if within else tmp_path / "f"
    told: list[str] = []
    cursor: str | None = None
    for stopped in ("deadline", "deadline", "end"):
        page = grep(r"needle(a|a)*([xy])\2", root, output_mode=mode, line_numbers=False, limits=limits, cursor=cursor)  # type: ignore[arg-type]
        told += [word for notice in page.notices if "backtracks" in notice for word in notice.split() if word.isdigit()]
        assert page.stopped == stopped
        cursor = None if page.next is None else str(page.next.arguments["cursor"])
    assert told == ["5", str(6 + between)]


@pytest.mark.parametrize("size", [5000, 20_000])
def test_catastrophic_pattern_on_a_long_line(tmp_path: Path, size: int) -> None:
    """T13, T15: the same on a line longer than a segment and than the window."""
    path = tmp_path / "f"
    path.write_text("aaxx\n" + "a" * size + "xy\n" + "aayy\n")
    limits = Limits(window=8192, segment=2048, overlap=128, match_seconds=0.05)
    page = grep(r"(a|a)*([xy])\2", path, limits=limits)
    assert page.stopped == "deadline"
    shown = [line.number for line in page.lines]
    for _ in range(40):
        if page.next is None:
            break
        page = grep(r"(a|a)*([xy])\2", path, limits=limits, cursor=str(page.next.arguments["cursor"]))
        shown += [line.number for line in page.lines]
    assert page.stopped == "end"
    assert shown == [1, 3]


def test_early_exit_reads_one_window(tmp_path: Path) -> None:
    """T4: with ``head_limit`` reached the walk and the file are left."""
    (tmp_path / "a").write_text("needle\n" + "hay\n" * 500_000)
    (tmp_path / "b").write_text("needle\n")
    page = grep("needle", tmp_path, head_limit=1)
    assert page.stopped == "lines"
    assert page.ledger.bytes <= Limits().window
    assert page.ledger.files <= 1
    names = grep("needle", tmp_path, output_mode="files_with_matches")
    assert names.ledger.bytes <= 2 * Limits().window


def test_agrep_is_grep(tree: Path) -> None:
    """P5: the async form gives the same result."""
    assert asyncio.run(agrep("needle", tree, context=1)) == grep("needle", tree, context=1)


def test_a_cancelled_task_stops_its_search(tree: Path) -> None:
    """P5, T13: cancelling the task cancels the search behind it."""

    async def body() -> Deadline:
        deadline = Deadline()
        task = asyncio.create_task(agrep("needle", tree, deadline=deadline))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return deadline

    assert asyncio.run(body()).passed() == "cancelled"
