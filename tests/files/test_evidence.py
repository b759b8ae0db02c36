"""The rules of a root are kept between the walks of a program, and every change of what they rest on is seen."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from streamtools.files import ignore
from streamtools.files.evidence import Evidence
from streamtools.files.listings import Listings
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
    ignore._tops.clear()
    yield tmp_path
    ignore._tops.clear()


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


def _root_is_a_link(place: Path, _: pytest.MonkeyPatch) -> None:
    (place / "else").mkdir()
    (place / "repo").rename(place / "else" / "repo")
    (place / "repo").symlink_to("else/repo")
    (place / "else" / ".ignore").write_text("one\n")


def _above_is_a_link(place: Path, _: pytest.MonkeyPatch) -> None:
    (place / "else").mkdir()
    place.rename(f"{place}.else")
    place.symlink_to(f"{place.name}.else/else")
    for name in ("repo", "home", "system", "rules"):
        (place.parent / f"{place.name}.else" / name).rename(place / name)
    (place / ".ignore").write_text("one\n")


def _linked(place: Path, _: pytest.MonkeyPatch) -> None:
    (place / "home" / ".config" / "git" / "ignore").symlink_to(place / "rules")
    (place / "rules").write_text("one\n")


def _unlinked(place: Path, _: pytest.MonkeyPatch) -> None:
    # nothing of the file itself changes, but a link counts as none in a work tree
    (place / "repo" / ".ignore").rename(place / "moved")
    (place / "repo" / ".ignore").mkdir()


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
    "no settings of the system": _variable("GIT_CONFIG_NOSYSTEM", "1"),
    "rules in the root": _written("repo/.ignore", "one\n"),
    "other rules in the root": _written("repo/.gitignore", "one\n"),
    "no more rules in the root": _unlinked,
    "rules above": _written(".ignore", "one\n"),
    "other rules above": _written(".rgignore", "one\n"),
    "the root is a link": _root_is_a_link,
    "a folder above is a link": _above_is_a_link,
}
#: Changes after which the same is yielded.
SAME = {"no home", "no settings of the system"}


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_of_what_git_says_is_seen(place: Path, known: Listings, change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """T9: a walk of a program that stays yields what one does that reads all, before a change, behind it, and when it is taken back."""
    (place / "repo" / ".git" / "info" / "exclude").write_text("two\n")
    for name in ("rules", "included", "global", "home2/.gitconfig", "xdg/git/ignore", "common/info/exclude"):
        rules = name.endswith(("ignore", "exclude", "rules"))
        _written(name, "one\n" if rules else "[core]\nexcludesFile = PLACE/rules\n")(place, monkeypatch)
    first = walked(place, known)
    assert first == walked(place, None) == walked(place, known) == ["ONE", "one", "three"]
    assert ignore._tops, "something is kept"
    if change.endswith("fold"):
        (place / "repo" / ".git" / "info" / "exclude").write_text("two\none\n")
        first = walked(place, known)
    if change == "no more rules in the root":
        (place / "repo" / ".ignore").write_text("one\n")
        first = walked(place, known)
        assert first == walked(place, known) == ["ONE", "three"]
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


def test_an_empty_git_folder_becomes_a_pointer(place: Path, known: Listings) -> None:
    """T9: where nothing else says that another folder has taken its place."""
    shutil.rmtree(place / "repo" / ".git")
    (place / "repo" / ".git").mkdir()
    assert walked(place, known) == walked(place, known) == ["ONE", "one", "three", "two"]
    (place / "elsewhere" / "info").mkdir(parents=True)
    (place / "elsewhere" / "info" / "exclude").write_text("one\n")
    (place / "repo" / ".git").rmdir()
    (place / "repo" / ".git").write_text("gitdir: ../elsewhere\n")
    assert walked(place, known) == walked(place, None) == ["ONE", "three", "two"]


def test_a_folder_above_becomes_a_link_to_what_looks_the_same(place: Path, known: Listings) -> None:
    """T9: the folders above are then those above what the link leads to."""
    (place / "a" / "b").mkdir(parents=True)
    (place / "c").mkdir()
    (place / "repo").rename(place / "a" / "b" / "repo")
    (place / "c" / ".ignore").write_text("one\n")
    root = str(place / "a" / "b" / "repo")

    def found(known: Listings | None) -> list[str]:
        return [os.path.basename(path) for path in Walk(root, Selection(), Tally(), known=known)]

    assert found(known) == found(known) == ["ONE", "one", "three", "two"]
    (place / "a" / "b").rename(place / "c" / "b")
    (place / "a" / "b").symlink_to("../c/b")
    assert found(known) == found(None) == ["ONE", "three", "two"]


@pytest.mark.parametrize("busy", [False, True], ids=["quiet", "busy"])
def test_a_folder_above_that_changes_keeps_the_rules(place: Path, known: Listings, busy: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The issue, `first-250`: what comes and goes beside a project makes no difference, though its folder is another one then."""
    walked(place, known)
    kept = dict(ignore._tops)
    assert len(kept) == 1
    if busy:
        (place / "something").touch()
    read: list[str] = []
    monkeypatch.setattr(ignore, "parents", lambda *_: read.append("again"))
    walked(place, known)
    assert (read, ignore._tops) == ([], kept)


def test_few_roots_are_kept(tmp_path: Path, known: Listings) -> None:
    """T6: at most 8."""
    ignore._tops.clear()
    for number in range(40):
        (tmp_path / str(number)).mkdir()
        list(Walk(str(tmp_path / str(number)), Selection(), Tally(), known=known))
        assert 0 < len(ignore._tops) <= 8
    ignore._tops.clear()


def test_only_where_all_rules_hold_they_are_kept(place: Path, known: Listings) -> None:
    """T9: who leaves some of the rules out neither leaves nor finds what others keep."""
    (place / "repo" / ".gitignore").write_text("one\n")
    fewer = [
        *(Selection(ignore=False), Selection(ignore_vcs=False), Selection(ignore_dot=False), Selection(ignore_parent=False)),
        *(Selection(ignore_global=False), Selection(ignore_exclude=False), Selection(require_git=False), Selection(fold_ignore=True)),
        Selection(ignore_files=(str(place / "system"),)),
    ]
    for selection in fewer:
        list(Walk(str(place / "repo"), selection, Tally(), known=known))
        assert not ignore._tops
    assert walked(place, known) == ["ONE", "three", "two"]
    for selection in fewer:
        root = str(place / "repo")
        alone = list(Walk(root, selection, Tally(), known=None))
        assert list(Walk(root, selection, Tally(), known=known)) == alone
    # globs do not change what the ignore files say
    root = str(place / "repo")
    assert list(Walk(root, Selection(globs=("t*",)), Tally(), known=known)) == [f"{root}/three", f"{root}/two"]
    assert len(ignore._tops) == 1


def test_the_same_root_written_otherwise(place: Path, known: Listings, monkeypatch: pytest.MonkeyPatch) -> None:
    """T9: relative names, and a current folder that is another one in the next call, give what they would alone."""
    (place / "repo" / ".gitignore").write_text("one\n/two\n")
    (place / "repo" / "inner").mkdir()
    (place / "repo" / "inner" / "two").touch()
    for folder, root in (
        (place, "repo"),
        (place / "repo", "."),
        (place / "repo" / "inner", "."),
        (place / "repo", "inner"),
        (place, "repo/"),
    ):
        monkeypatch.chdir(folder)
        alone = list(Walk(root, Selection(), Tally(), known=None))
        assert alone == list(Walk(root, Selection(), Tally(), known=known)) == list(Walk(root, Selection(), Tally(), known=known))


def test_what_is_large_long_or_many_is_not_kept(tmp_path: Path, known: Listings) -> None:
    """T6: evidence on more than 8 KiB of files, with paths of over 500 characters or at over 40 places is none."""
    status = tmp_path.stat()
    for number in (40, 41):
        seen = Evidence(known)
        for _ in range(number):
            seen.nothing("x")
        assert seen.sure is (number == 40)
    for size in (500, 501):
        seen = Evidence(known)
        seen.place("x" * size, status)
        assert seen.sure is (size == 500)
    (tmp_path / "file").write_bytes(b"x" * 4096)
    for number in (2, 3):
        seen = Evidence(known)
        for _ in range(number):
            seen.file(str(tmp_path / "file"), (tmp_path / "file").stat())
        assert seen.sure is (number == 2)


def test_a_file_that_has_just_changed_is_no_evidence(place: Path, tmp_path: Path) -> None:
    """T9: within 2 s of a change another one may leave the same times; and nothing is kept for who lists every folder."""
    known = Listings()
    known._trusted[tmp_path.stat().st_dev] = True
    (place / "repo" / ".git" / "info" / "exclude").write_text("one\n")
    assert walked(place, known) == walked(place, None) == ["ONE", "three", "two"]
    assert all(top._inner is None for _, top in ignore._tops.values())


def test_a_folder_in_the_place_of_another_is_seen(tmp_path: Path, known: Listings) -> None:
    """T9: a place is the folder itself; a link to it, or a file, is something else."""
    (tmp_path / "a").mkdir()
    seen = Evidence(known)
    seen.place(str(tmp_path / "a"), (tmp_path / "a").stat())
    (tmp_path / "a" / "file").touch()
    assert seen.holds(), "whatever is in it"
    (tmp_path / "a").rename(tmp_path / "b")
    assert not seen.holds()
    (tmp_path / "a").symlink_to("b")
    assert stat.S_ISDIR((tmp_path / "a").stat().st_mode)
    assert not seen.holds()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
def test_another_group_reads_for_itself(place: Path, known: Listings) -> None:
    """T9: the same user in other groups may read other rules."""
    assert place.is_dir(), "its settings are those of the test"
    with tempfile.TemporaryDirectory() as folder:
        for name in ("one", "two", ".ignore"):
            (Path(folder) / name).write_text("one\n")
        os.chown(Path(folder) / ".ignore", 0, 50)
        (Path(folder) / ".ignore").chmod(0o640)
        Path(folder).chmod(0o755)

        def found(groups: list[int], group: int, known: Listings | None) -> list[str]:
            before = os.getgroups(), os.getegid()
            os.setgroups(groups)
            os.setegid(group)
            os.seteuid(65534)
            try:
                return [os.path.basename(path) for path in Walk(folder, Selection(), Tally(), known=known)]
            finally:
                os.seteuid(0)
                os.setegid(before[1])
                os.setgroups(before[0])

        for groups, group, names in (([50], 60, ["two"]), ([], 60, ["one", "two"]), ([], 50, ["two"]), ([60], 60, ["one", "two"])):
            assert found(groups, group, known) == found(groups, group, None) == names


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
def test_what_one_user_cannot_look_for_another_one_can(place: Path, known: Listings, monkeypatch: pytest.MonkeyPatch) -> None:
    """T9: a folder above that may not be entered hides its rules from one user only."""
    with tempfile.TemporaryDirectory() as folder:
        inner = Path(folder) / "top" / "inner"
        inner.mkdir(parents=True)
        for name in ("one", "two"):
            (inner / name).touch()
        (inner.parent / ".ignore").write_text("one\n")
        for above in (Path(folder), inner):
            above.chmod(0o755)
        monkeypatch.chdir(inner)
        inner.parent.chmod(0o600)

        def found(known: Listings | None) -> list[str]:
            return list(Walk(".", Selection(), Tally(), known=known))

        os.seteuid(65534)
        try:
            assert found(known) == found(None) == ["one", "two"]
        finally:
            os.seteuid(0)
        assert found(known) == found(None) == ["two"]
        assert place.is_dir()


@pytest.mark.parametrize("glob", ["**/one/g", "PLACE/one/g"])
def test_what_is_included_for_a_git_folder_follows_links(place: Path, known: Listings, glob: str) -> None:
    """T9: settings may depend on where the git folder really is, and a link on the way to it may be switched."""
    for folder in ("one", "two"):
        (place / folder / "g").mkdir(parents=True)
    (place / "link").symlink_to("one")
    shutil.rmtree(place / "repo" / ".git")
    (place / "repo" / ".git").write_text("gitdir: ../link/g\n")
    (place / "home" / ".gitconfig").write_text(f'[includeIf "gitdir:{glob}"]\npath = more\n'.replace("PLACE", str(place)))
    (place / "home" / "more").write_text(f"[core]\nexcludesFile = {place}/rules\n")
    (place / "rules").write_text("one\n")
    assert walked(place, known) == walked(place, known) == walked(place, None) == ["ONE", "three", "two"]
    (place / "link").unlink()
    (place / "link").symlink_to("two")
    assert walked(place, known) == walked(place, None) == ["ONE", "one", "three", "two"]


def test_what_is_included_beside_the_settings_follows_links(place: Path, known: Listings, monkeypatch: pytest.MonkeyPatch) -> None:
    """T9: a glob may be relative to where the settings really are, which may be the same file elsewhere."""
    for folder in ("one", "two"):
        (place / folder).mkdir()
    (place / "repo").rename(place / "one" / "repo")
    (place / "link").symlink_to("one")
    (place / "one" / ".gitconfig").write_text(f'[includeIf "gitdir:./repo/"]\npath = {place}/more\n')
    os.link(place / "one" / ".gitconfig", place / "two" / ".gitconfig")
    (place / "more").write_text(f"[core]\nexcludesFile = {place}/rules\n")
    (place / "rules").write_text("one\n")
    monkeypatch.setenv("HOME", str(place / "link"))
    inside = place / "one"
    assert walked(inside, known) == walked(inside, known) == walked(inside, None) == ["ONE", "three", "two"]
    (place / "link").unlink()
    (place / "link").symlink_to("two")
    assert walked(inside, known) == walked(inside, None) == ["ONE", "one", "three", "two"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
def test_another_user_reads_for_itself(place: Path, known: Listings) -> None:
    """T9: what one user may read is not given to another one."""
    assert place.is_dir(), "its settings are those of the test"
    with tempfile.TemporaryDirectory() as folder:
        for name in ("one", "two", ".ignore"):
            (Path(folder) / name).write_text("one\n")
        (Path(folder) / ".ignore").chmod(0o600)
        Path(folder).chmod(0o755)

        def found(known: Listings | None) -> list[str]:
            return [os.path.basename(path) for path in Walk(folder, Selection(), Tally(), known=known)]

        assert found(known) == found(known) == ["two"]
        os.seteuid(65534)
        try:
            assert found(known) == found(None) == ["one", "two"]
        finally:
            os.seteuid(0)
        assert found(known) == ["two"]
