"""A walk that is shared among processes gives what one process gives; T6, T9, T10."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from streamtools.children.process import ALIVE
from streamtools.errors import FileError
from streamtools.events import Failure
from streamtools.files.selection import Selection
from streamtools.files.tally import Tally
from streamtools.files.walk import Walk
from streamtools.searching import shared
from streamtools.searching.shared import SharedWalk

LONG = "x" * 200


def lines(shown: str, names: Sequence[str]) -> bytes:
    """A name a line."""
    return b"".join(os.fsencode(shown + name) + b"\n" for name in names)


def told(root: Path, jobs: int, selection: Selection) -> tuple[bytes, object, list[Failure]]:
    """Names, ledger, and failures as they came."""
    failures: list[Failure] = []
    tally = Tally(tell=failures.append)
    walk = Walk(str(root), selection, tally)
    made = [lines(*run) for run in walk.runs()] if jobs == 1 else list(SharedWalk(walk, tally, lines, jobs))
    return b"".join(made), tally.ledger(), failures


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"ALONE": 5, "NAMES": 7, "_LEVELS": 3}.items():
        monkeypatch.setattr(shared, name, value)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Folders of all shapes: wide, flat, empty, a chain that is deeper than levels may be, and rules on the way."""
    for number in range(6):
        for inner in ("a", "b/c", "d"):
            folder = tmp_path / f"f{number}" / inner
            folder.mkdir(parents=True)
            for name in range(4 * number):
                (folder / f"{name}.{'o' if name % 3 else 'c'}").touch()
        (tmp_path / f"f{number}.c").touch()
        (tmp_path / f"f{number}" / ".ignore").write_text("*.o\n" if number % 2 else "d/1.c\n!2.o\n")
    (tmp_path / ".ignore").write_text("5.o\n")
    chain = tmp_path / "chain"
    for _ in range(9):
        chain.mkdir()
        for file in "pqr":
            (chain / file).touch()
        for folder in (chain / "a", chain / "b", chain / "z"):
            folder.mkdir()
            for name in range(9):
                (folder / f"{name}").touch()
        chain = chain / "m"
    (tmp_path / "flat").mkdir()
    for number in range(60):
        (tmp_path / "flat" / f"{number}").touch()
    (tmp_path / "void").mkdir()
    return tmp_path


@pytest.mark.parametrize("jobs", [2, 3])
@pytest.mark.parametrize(
    "selection", [Selection(), Selection(hidden=True, ignore=False), Selection(max_depth=3), Selection(globs=("*.c",))]
)
def test_processes_change_nothing(tree: Path, jobs: int, selection: Selection) -> None:
    """T9, T10: names in their order, the ledger, and what it gives as examples. A version that lost the rules on the way failed."""
    expected = told(tree, 1, selection)
    assert len(expected[0].splitlines()) > 50
    assert told(tree, jobs, selection) == expected


def _deep(folder: Path, count: int) -> None:
    """Make a chain of folders in it whose paths no call takes any more."""
    above = os.open(folder, os.O_RDONLY)
    for _ in range(count):
        os.mkdir(LONG, dir_fd=above)
        below = os.open(LONG, os.O_RDONLY, dir_fd=above)
        os.close(above)
        above = below
    os.close(above)


@pytest.fixture
def failing(tree: Path) -> Path:
    """Folders that can't be listed, not even by root: their paths are too long."""
    for name in ("f1/a", "f4/zz", "flat/a", "void"):
        (tree / name).mkdir(exist_ok=True)
        _deep(tree / name, 22)
    return tree


@pytest.mark.parametrize("messages", [0, 1000])
def test_failures_come_in_order(failing: Path, messages: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """T9, T10: each is told once and in its place, also by a unit that may tell none, which is walked again by one process."""
    monkeypatch.setattr(shared, "_MESSAGES", messages)
    expected = told(failing, 1, Selection())
    assert len(expected[2]) == 4
    assert told(failing, 2, Selection()) == expected


def test_a_killed_helper_loses_nothing(tree: Path) -> None:
    """T10: what a helper had is walked by the parent."""
    parent = os.getpid()

    def kills(shown: str, names: Sequence[str]) -> bytes:
        if os.getpid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
        return lines(shown, names)

    tally = Tally()
    made = b"".join(SharedWalk(Walk(str(tree), Selection(), tally), tally, kills, 3))
    assert (made, tally.ledger()) == told(tree, 1, Selection())[:2]


def test_a_walk_that_is_left_leaves_no_process(tree: Path) -> None:
    """T4: helpers end with it."""
    tally = Tally()
    before = set(ALIVE)
    walk = iter(SharedWalk(Walk(str(tree), Selection(), tally), tally, lines, 3))
    for _ in range(3):
        next(walk)
    assert len(ALIVE - before) == 2
    walk.close()  # type: ignore[attr-defined]
    assert before == ALIVE


def test_a_root_that_cannot_be_walked(tmp_path: Path) -> None:
    """T15: it is raised, as one process does."""
    tally = Tally()
    with pytest.raises(FileError, match="none"):
        list(SharedWalk(Walk(str(tmp_path / "none"), Selection(), tally), tally, lines, 2))


@pytest.mark.parametrize("jobs", [2, 4])
def test_little_waits_for_the_first(tmp_path: Path, jobs: int) -> None:
    """T6: what stands in one large folder, or behind a slow helper, is not all made before it is taken."""
    for number in range(40):
        (tmp_path / f"f{number:02}").mkdir()
        for name in range(20):
            (tmp_path / f"f{number:02}" / f"{name:02}").touch()
    for number in range(1500):
        (tmp_path / f"e{number:04}").touch()
    parent, tally, waiting = os.getpid(), Tally(), []

    def slow(shown: str, names: Sequence[str]) -> bytes:
        if os.getpid() == parent:
            waiting.append(len(walk._line))
        else:
            sum(range(200_000))
        return lines(shown, names)

    walk = SharedWalk(Walk(str(tmp_path), Selection(), tally, run=10), tally, slow, jobs)
    assert b"".join(walk) == told(tmp_path, 1, Selection())[0]
    # each that was given away may leave another one behind it
    assert max(waiting) <= shared._WAITING[0] + (shared._WAITING[1] + 1) * jobs + shared._LEVELS


@pytest.mark.parametrize(("paused", "goes_on"), [((8, 2000), True), ((8, 0), False)])
def test_a_walk_goes_on_where_its_unit_ended(tree: Path, paused: tuple[int, int], goes_on: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The issue, `files`: who is given what is left of a unit it did lists no folder again; T6: few walks with few names are kept for it."""
    monkeypatch.setattr(shared, "_PAUSED", paused)
    wide = tree / "flat" / "wide"
    folders = [wide / top / f"{folder:02}" / "in" for top in "abc" for folder in range(12)]
    for folder in folders:
        folder.mkdir(parents=True)
        for number in range(4):
            (folder / f"{number}").touch()
    listed: list[str] = []
    scandir = os.scandir

    def recorded(path: str) -> Iterator[os.DirEntry[str]]:
        listed.append(path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", recorded)
    tally = Tally()
    walk = SharedWalk(Walk(str(wide), Selection(), tally), tally, lines, 1)
    made = b""
    for some in walk:
        made += some
        assert len(walk._paused) <= paused[0]
        assert all(kept.held <= paused[1] for kept, _, _ in walk._paused.values())
    twice = sum(listed.count(f"{folder}/") > 1 for folder in folders)
    assert (twice < len(folders) / 4) is goes_on
    assert made == told(wide, 1, Selection())[0]


def test_a_flat_subtree_is_not_listed_for_every_unit(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """T6: units go on one after the other only so often; else a folder of a million folders would be listed a thousand times."""
    for number in range(200):
        (tree / "flat" / f"d{number}").mkdir()
        (tree / "flat" / f"d{number}" / "x").touch()
    turns: list[int] = []
    came = SharedWalk._came

    def counted(self: SharedWalk, found: shared.Found) -> None:
        turns.append(self._given[found.unit].turns)
        came(self, found)

    monkeypatch.setattr(SharedWalk, "_came", counted)
    assert told(tree, 2, Selection()) == told(tree, 1, Selection())
    assert max(turns) == shared._TURNS
