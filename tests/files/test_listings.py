"""What is known of folders is what is in them: every change of a folder is seen, and what could hide one is not kept."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from streamtools.files import ignore
from streamtools.files.folder import FOLDER, LINK
from streamtools.files.listings import Listing, Listings
from streamtools.files.selection import Selection
from streamtools.files.tally import Tally
from streamtools.files.walk import Walk
from streamtools.searching import grep, tool

#: Far enough in the future for every folder to have settled.
LATER = 10**12


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small tree, and a clock of the file system that has gone on since it was made."""
    for name in ("a/b/one", "a/b/two", "a/three", "c/four", "c/.hidden", "c/x.log"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "c" / "link").symlink_to("four")
    (tmp_path / ".ignore").write_text("*.log\n")
    (tmp_path / "größe").mkdir()
    (tmp_path / "größe" / "ünf").write_text("")
    passed(tmp_path)
    return tmp_path


def passed(root: Path) -> None:
    """Wait for the next tick of the clock that stamps files, so that a change is stamped with another time."""
    marks = root.parent / f"{root.name}.clock"
    marks.touch()
    begun = marks.stat().st_mtime_ns
    while marks.stat().st_mtime_ns == begun:
        marks.touch()


@pytest.fixture
def known(tmp_path: Path) -> Listings:
    """Listings that trust the file system of the test, whichever it is."""
    found = Listings(settle=-LATER)
    found._trusted[tmp_path.stat().st_dev] = True
    return found


def walked(root: Path, known: Listings | None, *, after: str | None = None, run: int = 50_000) -> tuple[list[str], dict[str, int]]:
    """What a walk yields and tells."""
    tally = Tally()
    return list(Walk(str(root), Selection(), tally, after, run, known=known)), dict(tally.ledger().skipped)


def _changed(root: Path, change: str) -> None:
    """Change a tree in one way."""
    folder, there = root / "a" / "b", root / "c" / "four"
    match change:
        case "new file":
            (folder / "new").touch()
        case "removed":
            (folder / "two").unlink()
        case "renamed":
            there.rename(root / "c" / "five")
        case "moved":
            (folder / "two").rename(root / "c" / "two")
        case "new folder":
            (root / "a" / "d").mkdir()
            (root / "a" / "d" / "in").touch()
        case "folder for a file":
            there.unlink()
            there.mkdir()
            (there / "in").touch()
        case "link for a file":
            there.unlink()
            there.symlink_to("x.log")
        case "rules in place":
            (root / ".ignore").write_text("one\n")
        case "time set back":
            stamp = (root / "a").stat().st_mtime_ns
            (root / "a" / "new").touch()
            os.utime(root / "a", ns=(stamp, stamp))
        case "another folder":
            (root / "a").rename(root / "z")
            (root / "a").mkdir()
            (root / "a" / "here").touch()


CHANGES = (
    *("new file", "removed", "renamed", "moved", "new folder", "folder for a file", "link for a file"),
    *("rules in place", "time set back", "another folder"),
)


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_of_a_folder_is_seen(tree: Path, known: Listings, change: str) -> None:
    """T9: a walk that knows folders yields and tells what one does that lists them, before a change, behind it, and again."""
    first = walked(tree, known)
    assert first == walked(tree, None) == walked(tree, known)
    assert known.find(os.stat(tree / "c")) == ([".hidden", "four", "link", "x.log"], {"link": LINK})
    _changed(tree, change)
    assert walked(tree, known) == walked(tree, None) != first
    passed(tree)
    assert walked(tree, known) == walked(tree, None)


@pytest.mark.parametrize("run", [1, 2, 50_000])
def test_a_walk_goes_on_in_a_known_folder(tree: Path, known: Listings, run: int) -> None:
    """T9: behind every path, and in runs that are smaller than the folder, it is what it is in one that is listed."""
    paths, _ = walked(tree, known)
    for after in [*paths, str(tree / "c" / "g"), str(tree / "a")]:
        assert walked(tree, known, after=after, run=run) == walked(tree, None, after=after, run=run)


def test_names_that_are_not_utf8_are_known(tree: Path, known: Listings) -> None:
    """T9: bytes of names come back as they are, in the order of bytes."""
    for name in (b"\xff", b"\xc3\xa9", b"z\nz", "\U0001f600".encode(), "\uff5e".encode()):
        (tree / "c" / os.fsdecode(name)).write_text("")
    passed(tree)
    assert walked(tree, known) == walked(tree, None) == walked(tree, known)
    names, odd = known.find(os.stat(tree / "c"), os.fsencode("z")) or ([], {})
    assert names == [os.fsdecode(name) for name in (b"z\nz", b"\xc3\xa9", "\uff5e".encode(), "\U0001f600".encode(), b"\xff")]
    assert not odd


def test_a_folder_that_has_just_changed_is_not_kept(tree: Path) -> None:
    """T9: within 2 s of a change another one may leave the same time."""
    known = Listings()
    known._trusted[tree.stat().st_dev] = True
    status = os.stat(tree / "a")
    changed = max(status.st_mtime_ns, status.st_ctime_ns)
    for age, kept in ((0, False), (1_999_999_999, False), (2_000_000_000, True)):
        known.keep("", status, ["b", "three"], {"b": FOLDER}, now=changed + age)
        assert (known.find(status) is not None) is kept
    known.keep("", status, [], {}, now=changed - 10**10)
    assert known.find(status) == (["b", "three"], {"b": FOLDER}), "a clock set back keeps nothing"


def test_only_file_systems_that_keep_times_are_trusted(tmp_path: Path) -> None:
    """T9: /proc makes names as it likes, a server keeps times as it likes; without a list of mounts nothing is trusted."""
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        "22 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n23 22 0:21 / /proc rw - proc proc rw\n"
        "24 22 0:40 / /m\\040nt rw,nosuid master:3 - nfs4 server:/ rw\n25 22 0:41 / /t rw - tmpfs tmpfs rw\n"
    )
    status = os.stat(tmp_path)
    for major, minor, trusted in ((8, 1, True), (0, 21, False), (0, 40, False), (0, 41, True), (7, 7, False)):
        seen = os.stat_result((*status[:2], os.makedev(major, minor), *status[3:]), {"st_mtime_ns": 1, "st_ctime_ns": 1})
        known = Listings(mounts=str(mounts))
        known.keep("", seen, ["a"], {})
        assert (known.find(seen) is not None) is trusted
    for text in ("", "nonsense\n", "1 2 x:y / / rw - ext4 d rw\n"):
        mounts.write_text(text)
        known = Listings(settle=-LATER, mounts=str(mounts))
        known.keep("", status, ["a"], {})
        assert known.find(status) is None
    known = Listings(settle=-LATER, mounts=str(tmp_path / "missing"))
    known.keep("", status, ["a"], {})
    assert known.find(status) is None
    assert not Listings()._trusts(os.stat("/proc").st_dev)


def test_they_hold_no_more_than_their_bound() -> None:
    """T6: what was not looked at for a minute makes room, so a tree that is too large keeps what it has; all go when memory is short."""
    now = [0.0]
    known = Listings(20_000, settle=-LATER, clock=lambda: now[0])
    known._trusted[7] = True

    def seen(number: int) -> os.stat_result:
        return os.stat_result((0o40755, number, 7, 2, 0, 0, 0, 0, 1, 1), {"st_mtime_ns": 1, "st_ctime_ns": 1})

    def keep(number: int) -> bool:
        known.keep("", seen(number), [f"name{n}" for n in range(100)], {"name7": FOLDER})
        assert 0 < known.held() <= 20_000
        return known.find(seen(number)) is not None

    kept = [number for number in range(100) if keep(number)]
    assert kept == list(range(len(kept)))
    assert 10 < len(kept) < 20
    now[0] = 59
    assert known.find(seen(3))
    now[0] = 61
    assert [number for number in range(100, 200) if keep(number)] == list(range(100, 100 + len(kept) - 1))
    assert [number for number in range(100) if known.find(seen(number))] == [3]
    known.keep("", seen(1000), ["x" * 30_000], {})
    assert known.find(seen(1000)) is None
    held = known.held()
    assert known.reclaim(1) == held // len(kept)
    assert known.reclaim(10**9) == held - held // len(kept)
    assert known.held() == 0


def test_a_large_tree_is_not_asked_for_folders_that_are_not_kept(tmp_path: Path) -> None:
    """The issue, `tree-warm`: while they are full only folders that are kept are asked for; T9: all of the tree is seen, and all that changes."""

    class Asked(Listings):
        """Counts how often they are asked for a folder."""

        times = 0

        def find(self, status: os.stat_result, low: bytes = b"") -> Listing | None:
            self.times += 1
            return super().find(status, low)

    now = [0.0]
    known = Asked(20_000, settle=-LATER, clock=lambda: now[0])
    known._trusted[tmp_path.stat().st_dev] = True
    for number in range(30):
        (tmp_path / f"{number:02}").mkdir()
        for name in range(100):
            (tmp_path / f"{number:02}" / f"name{name:02}").touch()
    first = walked(tmp_path, None)
    for minute in range(3):
        now[0] = 100.0 * minute
        assert walked(tmp_path, known) == first
        held = {folder for folder in range(30) if known.useful(f"{tmp_path}/{folder:02}/")}
        assert 5 < len(held) < 15
        known.times = 0
        assert walked(tmp_path, known) == first
        assert len(held) <= known.times <= len(held) + 1
        assert known.held() <= 20_000
    for folder in range(30):
        (tmp_path / f"{folder:02}" / "new").touch()
    assert walked(tmp_path, known) == walked(tmp_path, None) != first
    assert not known.useful(f"{tmp_path}/99/")
    now[0] += 61
    assert known.useful(f"{tmp_path}/99/"), "what nobody looked at for a minute makes room"
    walked(tmp_path, known)
    assert not known.useful(f"{tmp_path}/99/")
    known.reclaim(1)
    assert known.useful(f"{tmp_path}/99/")


def test_a_search_knows_folders(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """T9: the folders that a search met are known to the next, which sees what is new and what is gone all the same."""
    known = Listings(settle=-LATER)
    known._trusted[tree.stat().st_dev] = True
    monkeypatch.setattr(tool, "LISTINGS", known)
    assert not grep("needle", str(tree)).files
    assert known.held()
    (tree / "a" / "b" / "new").write_text("needle\n")
    assert [hit.path for hit in grep("needle", str(tree)).files] == [str(tree / "a" / "b" / "new")]
    (tree / "a" / "b" / "new").unlink()
    assert not grep("needle", str(tree)).files


@pytest.mark.parametrize("name", [".git", ".jj", ".ignore", ".rgignore", ".gitignore"])
def test_what_comes_into_a_folder_above_is_seen(tree: Path, known: Listings, name: str) -> None:
    """T9: whatever says what is left out, made above the root of a walk, changed or removed, holds in the next walk."""
    root, mark = tree / "a", tree / name

    def same() -> tuple[list[str], dict[str, int]]:
        first = walked(root, known)
        assert first == walked(root, None) == walked(root, known)
        return first

    (tree / ".gitignore").write_text("one\n")
    (tree / ".ignore").unlink()
    passed(tree)
    bare = same()
    if name in {".git", ".jj"}:
        mark.mkdir()
    else:
        mark.write_text("three\n")
    changed = same()
    assert (changed != bare) is (name != ".gitignore"), "git's rules hold in a repository only"
    passed(tree)
    assert same() == changed
    if name in {".ignore", ".rgignore"}:
        mark.write_text("two\n")
        assert same() != changed
    if mark.is_dir():
        mark.rmdir()
    else:
        mark.unlink()
    assert same() == bare


def test_which_names_are_in_a_folder(tree: Path, known: Listings) -> None:
    """T9: names of every kind count, a folder that nobody can look at has none, and one that has just changed is not kept."""
    names = frozenset({"four", "link", "x.log", "none"})
    (tree / "c" / "link").unlink()
    (tree / "c" / "link").symlink_to("nowhere")
    passed(tree)
    assert known.among(f"{tree}/c/", names) == {"four", "link", "x.log"}
    assert known.among(f"{tree}/c/", frozenset({"four", "none"})) == {"four"}
    assert known.among(f"{tree}/gone/", names) == frozenset()
    assert known.among(f"{tree}/c/", names) == {"four", "link", "x.log"}
    assert Listings().among(f"{tree}/c/", names) == {"four", "link", "x.log"}
    fresh = Listings()
    fresh._trusted[tree.stat().st_dev] = True
    fresh.among(f"{tree}/c/", names)
    assert not fresh._marks
    for number in range(200):
        (tree / f"f{number}").mkdir()
        known.among(f"{tree}/f{number}/", names)
    assert 0 < len(known._marks) <= 64
    known.reclaim(1)
    assert not known._marks


def test_a_folder_that_takes_the_place_of_the_root_is_not_taken_for_it(
    tmp_path: Path, known: Listings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T9: a link that is switched while a walk begins leaves no listing of one folder under the identity of another."""
    for folder in "AB":
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"in {folder}").touch()
    current = tmp_path / "current"
    current.symlink_to("A")
    passed(tmp_path)
    top = ignore.Ignore.top

    def switched(*arguments: Any) -> ignore.Ignore:  # noqa: ANN401 - they are passed on
        found = top(*arguments)
        current.unlink()
        current.symlink_to("B")
        return found

    with monkeypatch.context() as patch:
        patch.setattr(ignore.Ignore, "top", switched)
        assert walked(current, known)[0] == [f"{current}/in B"]
    for root in (tmp_path / "A", tmp_path / "B"):
        assert walked(root, known)[0] == walked(root, known)[0] == [f"{root}/in {root.name}"]


def test_marks_rest_on_the_folder_that_was_looked_at(tree: Path, known: Listings) -> None:
    """T9: what a folder has is not kept for another one that was met under the same name a moment before."""
    before = (tree / "c").stat()
    (tree / "c").rename(tree / "old")
    (tree / "c").mkdir()
    names = frozenset({"four", "none"})
    assert known.among(f"{tree}/c/", names, before) == frozenset()
    assert known.among(f"{tree}/old/", names) == {"four"}
    assert known.among(f"{tree}/old/", names, (tree / "old").stat()) == {"four"}
