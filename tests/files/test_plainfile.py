"""Small files of rules and settings are kept between the walks of a program, and every change of them, and of where they are, is seen."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from streamtools.files import plainfile
from streamtools.files.listings import Listings
from streamtools.files.plainfile import contents
from streamtools.files.selection import Selection
from streamtools.files.tally import Tally
from streamtools.files.walk import Walk

#: Far enough in the future for every file to have settled.
LATER = 10**12
#: What decides where git's settings are.
VARIABLES = ("HOME", "XDG_CONFIG_HOME", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_GLOBAL")


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
    plainfile._KEPT.clear()
    yield tmp_path
    plainfile._KEPT.clear()


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
    assert plainfile._KEPT, "something is kept"
    if change.endswith("fold"):
        (place / "repo" / ".git" / "info" / "exclude").write_text("two\none\n")
        first = walked(place, known)
    CHANGES[change](place, monkeypatch)
    changed = walked(place, None)
    assert (changed == first) is (change in SAME)
    assert walked(place, known) == changed == walked(place, known)


def test_a_file_that_is_kept_is_not_opened_again(place: Path, known: Listings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The issue, `first-250`: what git and ignore files say is read once while it is the same."""
    (place / "repo" / ".gitignore").write_text("two\n")
    (place / "repo" / ".git" / "config").write_text("[core]\n")
    assert walked(place, known) == walked(place, None) == ["ONE", "one", "three"]
    opened: list[str] = []
    system = os.open

    def record(path: str, flags: int) -> int:
        opened.append(path)
        return system(path, flags)

    monkeypatch.setattr(os, "open", record)
    assert walked(place, known) == ["ONE", "one", "three"]
    assert opened == []
    walked(place, None)
    assert {os.path.basename(path) for path in opened} == {"system", "config", ".gitignore"}


def test_a_link_is_kept_only_where_links_are_followed(tmp_path: Path, known: Listings) -> None:
    """T9: an ignore file that becomes a link counts as none at once; settings may be links, and what they lead to may change."""
    file, link = tmp_path / "folder" / "file", tmp_path / "link"
    file.parent.mkdir()
    file.write_bytes(b"one")
    assert [contents(str(file), 100, links=False, known=known) for _ in range(2)] == [b"one"] * 2
    # nothing of the file itself changes
    file.parent.rename(tmp_path / "moved")
    file.parent.mkdir()
    file.symlink_to("../moved/file")
    assert contents(str(file), 100, links=False, known=known) is None
    link.symlink_to("moved/file")
    assert [contents(str(link), 100, known=known) for _ in range(2)] == [b"one"] * 2
    (tmp_path / "moved" / "file").write_bytes(b"two")
    assert contents(str(link), 100, known=known) == b"two"
    link.unlink()
    assert contents(str(link), 100, known=known) is None
    link.mkdir()
    assert contents(str(link), 100, known=known) is None


def test_what_is_too_large_now_is_not_given(tmp_path: Path, known: Listings) -> None:
    """T6: a kept file is one of at most ``most`` bytes for whoever kept it; one who takes less does not get it."""
    (tmp_path / "file").write_bytes(b"x" * 50)
    assert contents(str(tmp_path / "file"), 100, known=known) == b"x" * 50
    assert contents(str(tmp_path / "file"), 49, known=known) is None


def test_few_and_small_files_are_kept(tmp_path: Path, known: Listings) -> None:
    """T6: at most 8 of at most 4 KiB each."""
    for size, kept in ((4096, 1), (4097, 0), (0, 1)):
        plainfile._KEPT.clear()
        (tmp_path / "file").write_bytes(b"x" * size)
        assert contents(str(tmp_path / "file"), 10_000, known=known) == b"x" * size
        assert len(plainfile._KEPT) == kept
    for number in range(40):
        (tmp_path / str(number)).write_bytes(b"x")
        contents(str(tmp_path / str(number)), 100, known=known)
        assert 0 < len(plainfile._KEPT) <= 8


def test_a_file_that_has_just_changed_is_not_kept(tmp_path: Path) -> None:
    """T9: within 2 s of a change another one may leave the same times; and nothing is kept for who lists every folder."""
    known = Listings()
    known._trusted[tmp_path.stat().st_dev] = True
    (tmp_path / "file").write_bytes(b"x")
    plainfile._KEPT.clear()
    assert contents(str(tmp_path / "file"), 100, known=known) == contents(str(tmp_path / "file"), 100) == b"x"
    assert not plainfile._KEPT


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_a_file_without_a_size_is_read_to_its_end() -> None:
    """T9: those of /proc say that they are empty."""
    with open("/proc/self/mounts", "rb") as file:
        assert contents("/proc/self/mounts", 1 << 20) == file.read()
    assert contents("/proc/self/mounts", 10) is None


@pytest.mark.skipif(not os.path.exists("/proc/sys/kernel/pid_max"), reason="there are no numbers below /proc/sys")
def test_a_number_of_the_kernel_is_read_in_one_piece() -> None:
    """T9: those files end at the second read, however little the first one took."""
    with open("/proc/sys/kernel/pid_max", "rb") as file:
        assert contents("/proc/sys/kernel/pid_max", 1 << 20) == file.read()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
def test_another_user_reads_for_itself(tmp_path: Path, known: Listings) -> None:
    """T9: what one user may read is not given to another one."""
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "file").chmod(0o600)
    tmp_path.chmod(0o755)
    assert contents(str(tmp_path / "file"), 100, known=known) == b"x"
    os.seteuid(65534)
    try:
        assert contents(str(tmp_path / "file"), 100, known=known) is None
    finally:
        os.seteuid(0)
