"""What git says of a repository is kept between the walks of a program, and every change of what it rests on is seen."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from streamtools.files import ignore
from streamtools.files.evidence import Evidence
from streamtools.files.gitconfig import VARIABLES
from streamtools.files.listings import Listings
from streamtools.files.selection import Selection
from streamtools.files.tally import Tally
from streamtools.files.walk import Walk

#: Far enough in the future for every file to have settled.
LATER = 10**12


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A repository ``repo`` and a home ``home`` with no settings but the system's, all below the folder of the test."""
    (tmp_path / "repo" / ".git" / "info").mkdir(parents=True)
    (tmp_path / "home" / ".config" / "git").mkdir(parents=True)
    for name in ("one", "two", "three", "ONE"):
        (tmp_path / "repo" / name).touch()
    (tmp_path / "system").write_text("[core]\n\tautocrlf = false\n")
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", str(tmp_path / "system"))
    ignore._SAID.clear()
    yield tmp_path
    ignore._SAID.clear()


@pytest.fixture
def known(tmp_path: Path) -> Listings:
    """Listings that trust the file system of the test, whichever it is."""
    found = Listings(settle=-LATER)
    found._trusted[tmp_path.stat().st_dev] = True
    return found


def walked(place: Path, known: Listings | None) -> list[str]:
    """The names that a walk of the repository yields."""
    root = str(place / "repo")
    return [path[len(root) + 1 :] for path in Walk(root, Selection(), Tally(), known=known)]


def _written(name: str, text: str) -> Callable[[Path, pytest.MonkeyPatch], object]:
    def change(place: Path, _: pytest.MonkeyPatch) -> None:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text.replace("PLACE", str(place)))

    return change


def _variable(name: str, value: str | None) -> Callable[[Path, pytest.MonkeyPatch], object]:
    def change(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        if value is None:
            monkeypatch.delenv(name)
        else:
            monkeypatch.setenv(name, value.replace("PLACE", str(place)))

    return change


def _pointer(place: Path, _: pytest.MonkeyPatch) -> None:
    (place / "repo" / ".git").rename(place / "elsewhere")
    (place / "repo" / ".git").write_text("gitdir: ../elsewhere\n")
    (place / "elsewhere" / "info" / "exclude").write_text("one\n")


def _no_more(place: Path, _: pytest.MonkeyPatch) -> None:
    shutil.rmtree(place / "repo" / ".git")


def _back_in_time(place: Path, _: pytest.MonkeyPatch) -> None:
    exclude = place / "repo" / ".git" / "info" / "exclude"
    stamp = exclude.stat().st_mtime_ns
    exclude.write_text("one\n")
    os.utime(exclude, ns=(stamp, stamp))


def _renamed(place: Path, _: pytest.MonkeyPatch) -> None:
    exclude = place / "repo" / ".git" / "info" / "exclude"
    (place / "new").write_text("one\n")
    os.utime(place / "new", ns=(exclude.stat().st_mtime_ns,) * 2)
    (place / "new").rename(exclude)


def _linked(place: Path, _: pytest.MonkeyPatch) -> None:
    (place / "home" / ".config" / "git" / "ignore").symlink_to(place / "rules")
    (place / "rules").write_text("one\n")


CHANGES: dict[str, Callable[[Path, pytest.MonkeyPatch], object]] = {
    "exclude": _written("repo/.git/info/exclude", "one\n"),
    "exclude, as long and as old": _back_in_time,
    "another exclude, as long and as old": _renamed,
    "user's ignore file": _written("home/.config/git/ignore", "one\n"),
    "user's ignore file is a link": _linked,
    "settings of the repository": _written("repo/.git/config", "[core]\nexcludesFile = PLACE/rules\n"),
    "settings of the repository fold": _written("repo/.git/config", "[core]\nignoreCase = true\n"),
    "settings of the user": _written("home/.gitconfig", "[core]\nexcludesFile = PLACE/rules\n"),
    "other settings of the user": _written("home/.config/git/config", "[core]\nexcludesFile = PLACE/rules\n"),
    "settings of the system": _written("system", "[core]\nexcludesFile = PLACE/rules\n"),
    "included settings": _written("home/.gitconfig", "[include]\npath = PLACE/included\n"),
    "common folder": _written("repo/.git/commondir", "../../common\n"),
    "pointer": _pointer,
    "no repository": _no_more,
    "home": _variable("HOME", "PLACE/home2"),
    "no home": _variable("HOME", None),
    "folder of settings": _variable("XDG_CONFIG_HOME", "PLACE/xdg"),
    "global settings": _variable("GIT_CONFIG_GLOBAL", "PLACE/global"),
    "system's settings": _variable("GIT_CONFIG_SYSTEM", "PLACE/global"),
}
#: Changes after which the same is yielded.
SAME = {"no home"}


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_of_what_git_says_is_seen(place: Path, known: Listings, change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """T9: a walk of a program that stays yields what one does that reads all, before a change, behind it, and when it is taken back."""
    (place / "repo" / ".git" / "info" / "exclude").write_text("two\n")
    for name in ("rules", "included", "global", "home2/.gitconfig", "xdg/git/ignore", "common/info/exclude"):
        rules = name.endswith(("ignore", "exclude", "rules"))
        _written(name, "one\n" if rules else "[core]\nexcludesFile = PLACE/rules\n")(place, monkeypatch)
    first = walked(place, known)
    assert first == walked(place, None) == walked(place, known) == ["ONE", "one", "three"]
    assert ignore._SAID, "something is kept"
    if change.endswith("fold"):
        (place / "repo" / ".git" / "info" / "exclude").write_text("two\none\n")
        first = walked(place, known)
    CHANGES[change](place, monkeypatch)
    changed = walked(place, None)
    assert (changed == first) is (change in SAME)
    assert walked(place, known) == changed == walked(place, known)


def test_what_an_included_file_says_is_seen(place: Path, known: Listings) -> None:
    """T9: a file that is included is read at every walk, as whether it is may rest on more than files."""
    (place / "repo" / ".git" / "config").write_text(f"[include]\npath = {place}/more\n")
    assert walked(place, known) == ["ONE", "one", "three", "two"]
    (place / "more").write_text(f"[core]\nexcludesFile = {place}/rules\n")
    (place / "rules").write_text("one\n")
    assert walked(place, known) == ["ONE", "three", "two"]
    assert not ignore._SAID


def test_a_pointer_in_the_place_of_an_empty_folder(place: Path, known: Listings, monkeypatch: pytest.MonkeyPatch) -> None:
    """T9: that ``.git`` is a folder counts also where none of the files in it that matter is there."""
    assert walked(place, known) == walked(place, known) == ["ONE", "one", "three", "two"]
    assert ignore._SAID
    _pointer(place, monkeypatch)
    assert walked(place, known) == walked(place, None) == ["ONE", "three", "two"]


@pytest.mark.parametrize(("size", "kept"), [(4000, True), (5000, False)])
def test_only_what_small_files_say_is_kept(place: Path, known: Listings, size: int, kept: bool) -> None:
    """T6: what is kept rests on 4 KiB of files, and is no more than a few repositories."""
    (place / "repo" / ".git" / "info" / "exclude").write_text("one\n" * (size // 4))
    assert walked(place, known) == ["ONE", "three", "two"]
    assert bool(ignore._SAID) is kept
    for number in range(40):
        (place / f"r{number}" / ".git").mkdir(parents=True)
        list(Walk(str(place / f"r{number}"), Selection(), Tally(), known=known))
    assert len(ignore._SAID) <= ignore._FEW


def test_a_file_that_has_just_changed_is_not_kept(place: Path) -> None:
    """T9: within 2 s of a change another one may leave the same times."""
    known = Listings()
    known._trusted[place.stat().st_dev] = True
    walked(place, known)
    assert not ignore._SAID


def test_a_folder_or_a_missing_file_is_evidence(tmp_path: Path) -> None:
    """T9: what is in a folder does not matter, but that it is one, and a file that comes does."""
    folder, file = tmp_path / "folder", tmp_path / "file"
    folder.mkdir()
    told = Evidence(lambda _status, _now: True)
    told.add(str(folder), folder.stat())
    told.add(str(file), None)
    assert told.sound
    assert told.holds()
    (folder / "inner").touch()
    assert told.holds()
    file.touch()
    assert not told.holds()
    file.unlink()
    assert told.holds()
    folder.rename(tmp_path / "other")
    assert not told.holds()
    told.doubt()
    assert not told.sound
