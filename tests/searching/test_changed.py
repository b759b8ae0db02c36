"""A file that changes while it is searched: no crash, no invented text, and the result says so; T14."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from streamtools.limits import Limits
from streamtools.results import End, Event, Line, Summary
from streamtools.searching import grep, search

#: A window that holds a small part of the file, so that the change comes while most of it is still to be read.
LIMITS = Limits(window=16 * 1024, segment=8 * 1024, overlap=128)
ROWS = 40_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Half a MiB with a hit on every 100th line."""
    path = tmp_path / "log"
    path.write_text("".join(f"row {number} {'needle' if number % 100 == 0 else ''}\n" for number in range(1, ROWS + 1)))
    return path


def disturbed(path: Path, change: Callable[[], object], *, multiline: bool = False) -> tuple[list[Event], bytes]:
    """The events of a search, with a change behind the third line; and the text as it was."""
    text = path.read_bytes()
    events: Iterator[Event] = search("needle", path, limits=LIMITS, multiline=multiline)
    seen = [next(events) for _ in range(4)]
    change()
    return [*seen, *events], text


def ends(events: list[Event]) -> tuple[End, Summary]:
    """The end of the only file, and of the search."""
    end, summary = events[-2:]
    assert isinstance(end, End)
    assert isinstance(summary, Summary)
    return end, summary


def check_lines(events: list[Event], text: bytes) -> list[int]:
    """Every line that is shown stood in the file; return the numbers."""
    lines = [event for event in events if isinstance(event, Line)]
    for line in lines:
        assert text[line.offset :].startswith(line.data)
    return [line.number for line in lines]


@pytest.mark.parametrize("multiline", [False, True])
def test_truncated(path: Path, multiline: bool) -> None:
    """T14: what was read until then is given, and nothing behind it; no SIGBUS."""
    events, text = disturbed(path, lambda: os.truncate(path, 100), multiline=multiline)
    numbers = check_lines(events, text)
    assert numbers == list(range(100, 100 * len(numbers) + 1, 100))
    assert 3 <= len(numbers) < ROWS // 100
    end, summary = ends(events)
    assert end.changed
    assert end.stopped == "changed"
    assert summary.ledger.files == 1


def test_truncated_and_written_again(path: Path) -> None:
    """T14: a log that is cut and filled anew (copytruncate) is told as changed."""
    events, _ = disturbed(path, lambda: path.write_text("other\n" * 100_000))
    end, _ = ends(events)
    assert end.changed


def test_appended(path: Path) -> None:
    """T14: a file that grows is searched to where it ends then, and told as changed."""

    def grow() -> None:
        with path.open("a") as file:
            file.write("more needle\n")

    events, text = disturbed(path, grow)
    assert check_lines(events, text + b"more needle\n") == [*range(100, ROWS + 1, 100), ROWS + 1]
    end, _ = ends(events)
    assert end.changed
    assert end.stopped == "end"


def test_replaced(path: Path) -> None:
    """T14: a file that is rotated away is read to its own end, not mixed with its successor."""

    def rotate() -> None:
        path.rename(path.with_suffix(".1"))
        path.write_text("needle of another file\n" * 10)

    events, text = disturbed(path, rotate)
    assert check_lines(events, text) == list(range(100, ROWS + 1, 100))
    end, _ = ends(events)
    assert end.changed


def test_removed(path: Path) -> None:
    """T14: a file that is deleted is read to its end."""
    events, text = disturbed(path, path.unlink)
    assert check_lines(events, text) == list(range(100, ROWS + 1, 100))
    assert ends(events)[0].changed


def test_unchanged(path: Path) -> None:
    """T14: nothing is told where nothing happened."""
    events, _ = disturbed(path, lambda: None)
    end, summary = ends(events)
    assert not end.changed
    assert summary.stopped == "end"


@pytest.mark.parametrize("how", ["append", "shrink", "replace"])
def test_changed_between_pages(path: Path, how: str) -> None:
    """T14: a cursor into a file that changed goes on, never breaks, and the result says that it changed."""
    page = grep("needle", path, head_limit=5)
    assert page.next is not None
    if how == "append":
        with path.open("a") as file:
            file.write("more needle\n")
    elif how == "shrink":
        os.truncate(path, 50)
    else:
        path.write_text("needle needle\n" * 5)
    rest = grep("needle", path, cursor=str(page.next.arguments["cursor"]), head_limit=1000)
    assert any("changed since the cursor was made" in notice for notice in rest.notices)
    text = path.read_bytes()
    assert all(line.data in text for line in rest.lines)
    if how == "append":
        assert [line.number for line in rest.lines] == [*range(600, ROWS + 1, 100), ROWS + 1]


def test_the_result_says_changed(path: Path) -> None:
    """T14: Grep's result, not only the stream, tells that a file changed while it was searched."""
    from streamtools.deadline import Deadline

    class Late(Deadline):
        """Truncates the file when it is asked the third time whether to stop."""

        asked = 0

        def passed(self) -> None:
            """Never stops."""
            self.asked += 1
            if self.asked == 3:
                os.truncate(path, 100)

    result = grep("row 1 ", path, limits=LIMITS, deadline=Late())
    assert result.stopped == "changed" or any("changed" in notice for notice in result.notices)
