"""Ignore rules against git's own answer, over random trees, and what only ripgrep's files say."""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

import pytest

from streamtools.files import outside
from streamtools.files.tally import Tally
from streamtools.files.walk import Selection, Walk

TREES = int(os.environ.get("STREAMTOOLS_TREES", "200"))
PARTS = 4
SEED = int(os.environ.get("STREAMTOOLS_SEED", "1"))
NAMES = [
    "a",
    "b",
    "ab",
    "foo",
    "bar",
    "foobar",
    "Foo",
    "a.c",
    "a.o",
    "x.tar.gz",
    ".h",
    "a b",
    "b ",
    "#c",
    "!d",
    "[x]",
    "a\\",
    "a*",
    "é",
    "\udcff",
    "a\tb",
    "{a}",
]
PIECES = [
    "*",
    "**",
    "?",
    "/",
    "/",
    "a",
    "b",
    "c",
    "o",
    "foo",
    "bar",
    ".",
    "x",
    "[ab]",
    "[!a]",
    "[^a]",
    "[a-c]",
    "[]x]",
    "[[:alpha:]]",
    "[^[:lower:]]",
]
ODD_PIECES = [
    "\\",
    "[",
    "]",
    "[[:foo:]]",
    "[a-",
    "é",
    "\udcff",
    " ",
    "\t",
    "\\ ",
    "!",
    "#",
    "[é]",
    "[a/b]",
    "\\*",
    "{a}",
    "F",
    "[F]",
    "[^",
    "[z-a]",
    "\\/",
    "***",
]


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give git and us a home of our own."""
    path = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in ("XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_DIR"):
        monkeypatch.delenv(name, raising=False)
    return path


def git(folder: str | Path, *arguments: str) -> bytes:
    """Return what git writes."""
    return subprocess.run(["git", "-C", os.fspath(folder), *arguments], check=True, capture_output=True).stdout


def by_git(folder: str | Path) -> set[str]:
    """Return the files that git does not ignore."""
    names = (os.fsdecode(name) for name in git(folder, "ls-files", "-co", "--exclude-standard", "-z").split(b"\0") if name)
    return {name for name in names if not os.path.islink(os.path.join(folder, name))}


def by_us(folder: str | Path, **choices: bool) -> set[str]:
    """Return the files that the walk shows, git's own folder left out."""
    root = os.fspath(folder)
    found = Walk(root, Selection(hidden=True, exclude=("/.git",), base=root, **choices), Tally())  # type: ignore[arg-type]
    return {path[len(root) + 1 :] for path in found}


def write(path: str | Path, text: str | bytes) -> None:
    """Write a file, with its folders."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(os.fsencode(text))


def literal_before_stars(line: str) -> bool:
    """Whether git before 2.53 takes ``a**/`` for ``a`` and any folders; later ones do not."""
    body = line.lstrip("!").removeprefix("/")
    head = next((at for at, char in enumerate(body) if char in "*?[\\"), 0)
    return "/" in line and head > 0 and body[head - 1] != "/" and body.startswith("**", head)


@pytest.fixture(scope="module")
def old_stars(tmp_path_factory: pytest.TempPathFactory) -> bool:
    """Whether the installed git is such an old one."""
    folder = tmp_path_factory.mktemp("stars")
    git(folder, "init", "-q")
    write(folder / ".gitignore", "a**/b\n")
    write(folder / "ab", "")
    return b"ab" not in git(folder, "ls-files", "-o", "--exclude-standard").split()


class Maker:
    """Makes random trees and ignore files, the same for the same seed."""

    def __init__(self, seed: int, old_stars: bool) -> None:
        self.random = random.Random(seed)
        self.old_stars = old_stars

    def names(self, count: int) -> list[str]:
        """Return some distinct names."""
        return self.random.sample(NAMES, count)

    def line(self, folders: list[str]) -> str:
        """Return one line of an ignore file."""
        chance = self.random.random()
        if chance < 0.2:
            body = self.random.choice(NAMES)
        elif chance < 0.3 and folders:
            body = self.random.choice(folders) + "/" + self.random.choice([*NAMES, "*", "**"])
        else:
            odd = ODD_PIECES if self.random.random() < 0.4 else []
            body = "".join(self.random.choices(PIECES + odd, k=self.random.randint(1, 5)))
        start = self.random.choice(["", "", "", "", "/", "!", "!/", "**/"])
        line = start + body + self.random.choice(["", "", "", "/", "/*", "/**", " ", "\t", "\r", "  ", "\\ "])
        return line if self.old_stars or not literal_before_stars(line) else "a"

    def file(self, folders: list[str]) -> str:
        """Return the text of an ignore file."""
        body = "\n".join(self.line(folders) for _ in range(self.random.randint(1, 6)))
        mark = "\udcef\udcbb\udcbf" if self.random.random() < 0.05 else ""
        return mark + body + self.random.choice(["\n", "\n", "", "\n\n# a\n"])

    def tree(self, root: str) -> list[str]:
        """Make folders and files; return the folders."""
        folders: list[str] = []
        places = [""]
        for _ in range(self.random.randint(2, 9)):
            place = os.path.join(self.random.choice(places), self.random.choice(NAMES))
            if place not in places:
                os.mkdir(os.path.join(root, place))
                places.append(place)
                folders.append(place)
        for place in places:
            for name in self.names(self.random.randint(1, 7)):
                path = os.path.join(root, place, name)
                if not os.path.lexists(path):
                    write(path, "")
            if self.random.random() < 0.5:
                self.ignore_file(
                    root, place, [os.path.relpath(one, place) for one in folders if place and one.startswith(place + "/")] or folders
                )
        return folders

    def ignore_file(self, root: str, place: str, folders: list[str]) -> None:
        """Write a .gitignore, now and then as a link or a folder, which git does not read."""
        path = os.path.join(root, place, ".gitignore")
        chance = self.random.random()
        if chance < 0.04:
            write(os.path.join(root, place, "rules"), self.file(folders))
            os.symlink("rules", path)
        elif chance < 0.06:
            os.mkdir(path)
        else:
            write(path, self.file(folders))

    def repository(self, root: str, home: str) -> list[str]:
        """Make a repository with all kinds of ignore files; return its folders."""
        git(root, "init", "-q")
        if self.random.random() < 0.2:
            write(os.path.join(root, ".git/config"), "[core]\n\tbare = false\n\trepositoryformatversion = 0\n\tignorecase = true\n")
        folders = self.tree(root)
        if self.random.random() < 0.5:
            write(os.path.join(root, ".git/info/exclude"), self.file(folders))
        chance = self.random.random()
        for path in (".gitconfig", ".config/git/ignore", "own"):
            write(os.path.join(home, path), "")
        if chance < 0.3:
            write(os.path.join(home, ".config/git/ignore"), self.file(folders))
        elif chance < 0.5:
            write(os.path.join(home, ".gitconfig"), '[user]\n name = x ; y\n[Core]\n\texcludesFile = "~/own" # mine\n')
            write(os.path.join(home, "own"), self.file(folders))
        elif chance < 0.6:
            git(root, "config", "core.excludesFile", "own.rules")
            write(os.path.join(root, "own.rules"), self.file(folders))
        return folders

    def roots(self, root: str, folders: list[str]) -> list[str]:
        """Return the top and at most one subfolder that is not ignored itself: one that is named is searched all the same."""
        place = os.path.join(root, self.random.choice(folders or [""])).rstrip("/")
        ignored = subprocess.run(["git", "-C", root, "check-ignore", "-q", "--", place], check=False).returncode == 0
        return [root] if ignored else [root, place]


@pytest.mark.parametrize("part", range(PARTS))
def test_random_trees_agree_with_git(part: int, tmp_path: Path, home: Path, old_stars: bool) -> None:
    """T9: for random trees and ignore files the files shown are those of ``git ls-files -co --exclude-standard``, also from a subfolder."""
    for number in range(part, TREES, PARTS):
        maker = Maker(SEED * 1_000_000 + number, old_stars)
        root = str(tmp_path / str(number))
        os.mkdir(root)
        folders = maker.repository(root, str(home))
        for folder in maker.roots(root, folders):
            assert by_us(folder) == by_git(folder), f"tree {number}: see {folder!r}"


def shown(root: str | Path, selection: Selection | None = None) -> list[str]:
    """Return the files below a folder, relative to it."""
    return [path[len(str(root)) + 1 :] for path in Walk(str(root), selection or Selection(), Tally())]


def test_precedence(tmp_path: Path) -> None:
    """T9: .rgignore beats .ignore beats .gitignore beats info/exclude beats git's global file beats further files, whatever the folder."""
    git(tmp_path, "init", "-q")
    for name in "abcdef":
        write(tmp_path / "d" / name, "")
    write(tmp_path / "more", "[a-f]\n")
    write(Path(os.environ["HOME"]) / ".config/git/ignore", "![a-e]\n")
    write(tmp_path / ".git/info/exclude", "[a-d]\n")
    write(tmp_path / "d/.gitignore", "![a-c]\n")
    write(tmp_path / ".ignore", "[ab]\n")
    write(tmp_path / ".rgignore", "!a\n")
    assert shown(tmp_path / "d", Selection(ignore_files=(str(tmp_path / "more"),))) == ["a", "c", "e"]
    assert shown(tmp_path / "d", Selection(ignore_dot=False)) == ["a", "b", "c", "e", "f"]
    assert shown(tmp_path / "d", Selection(ignore_parent=False, ignore_files=(str(tmp_path / "more"),))) == list("abcde")
    assert shown(tmp_path / "d", Selection(ignore_vcs=False)) == ["a", "c", "d", "e", "f"]
    write(tmp_path / "d/.gitignore", "")
    assert shown(tmp_path / "d", Selection(ignore_exclude=False, ignore_dot=False)) == list("abcdef")
    assert shown(tmp_path / "d", Selection(ignore_global=False, ignore_dot=False)) == ["e", "f"]
    assert shown(tmp_path / "d", Selection(ignore=False)) == list("abcdef")
    assert shown(tmp_path / "d", Selection(ignore=False, ignore_files=(str(tmp_path / "more"),))) == []


def test_outside_of_repositories(tmp_path: Path) -> None:
    """T9: without a repository .gitignore holds on request only, .ignore always, both from the folders above too."""
    for name in ("a", "b", "c"):
        write(tmp_path / "top/d" / name, "")
    write(tmp_path / "top/.gitignore", "a\n/d/b\n")
    write(tmp_path / "top/.ignore", "c\n")
    assert shown(tmp_path / "top/d") == ["a", "b"]
    assert shown(tmp_path / "top/d", Selection(require_git=False)) == []
    assert shown(tmp_path / "top/d", Selection(require_git=False, ignore_parent=False)) == ["a", "b", "c"]


def test_nested_repository(tmp_path: Path) -> None:
    """T9: a repository in another has its own rules only, as git says when asked there."""
    git(tmp_path, "init", "-q")
    write(tmp_path / ".gitignore", "*.a\n/sub/x\n")
    write(tmp_path / ".git/info/exclude", "*.b\n")
    for name in ("1.a", "2.b", "3.c", "x"):
        write(tmp_path / "sub" / name, "")
    git(tmp_path / "sub", "init", "-q")
    write(tmp_path / "sub/.git/info/exclude", "*.c\n")
    inner = {name for name in by_us(tmp_path / "sub") if not name.startswith(".git")}
    assert inner == by_git(tmp_path / "sub") == {"1.a", "2.b", "x"}
    assert shown(tmp_path) == ["sub/1.a", "sub/2.b", "sub/x"]


def test_linked_work_tree(tmp_path: Path) -> None:
    """T9: in a linked work tree info/exclude is that of the main one."""
    main, linked = tmp_path / "main", tmp_path / "linked"
    git(tmp_path, "init", "-q", "main")
    git(main, "-c", "user.name=x", "-c", "user.email=x@y", "commit", "-q", "--allow-empty", "-m", "x")
    git(main, "worktree", "add", "-q", str(linked))
    write(main / ".git/info/exclude", "*.o\n")
    for name in ("a.o", "a.c"):
        write(linked / name, "")
    assert shown(linked) == ["a.c"]
    assert by_git(linked) == {"a.c"}


@pytest.mark.parametrize(
    "config",
    [
        "[core]\nexcludesfile = {home}/mine\n",
        "[core] excludesFile = ~/mine ; why\n",
        '[CORE]\n\tEXCLUDESFILE = "{home}"/mi\\\nne  \n',
        "[core]\nexcludesfile=x\n[include]\npath = more\n",
        '[includeIf "gitdir:~/work/"]\npath = ~/more\n',
        '[includeIf "gitdir:elsewhere/"]\npath = ~/more\n',
        '[core "sub"]\nexcludesfile = {home}/mine\n',
        "[core]\nexcludesfile =\n",
        "[core]\nexcludesfile = {home}/mine\nexcludesfile = {home}/other\n",
        "[core]\nexcludesfile = rules\n",
        "[core]\n# excludesfile = {home}/mine\n",
    ],
)
def test_configuration_as_git_reads_it(config: str, home: Path) -> None:
    """T9: the user's ignore file is found where git finds it."""
    work = home / "work/repo"
    work.mkdir(parents=True)
    git(work, "init", "-q")
    write(home / ".gitconfig", config.replace("{home}", str(home)))
    write(home / "more", f"[core]\nexcludesfile = {home}/mine\n")
    write(home / "mine", "*.mine\n")
    write(home / "other", "*.other\n")
    write(home / ".config/git/ignore", "*.xdg\n")
    write(work / "rules", "*.own\n")
    for name in ("a.mine", "a.other", "a.xdg", "a.own"):
        write(work / name, "")
    assert by_us(work) == by_git(work)


def test_odd_ignore_files(tmp_path: Path) -> None:
    """T11: an ignore file that is a FIFO, a folder, a link out of the tree or a link to nowhere neither hangs nor fails."""
    git(tmp_path, "init", "-q")
    for name in ("a", "b", "c", "d"):
        write(tmp_path / name / "x", "")
    os.mkfifo(tmp_path / "a/.gitignore")
    os.mkfifo(tmp_path / "a/.ignore")
    (tmp_path / "b/.gitignore").mkdir()
    write(tmp_path / "rules", "x\n")
    (tmp_path / "c/.gitignore").symlink_to(tmp_path / "rules")
    (tmp_path / "d/.ignore").symlink_to("/nowhere")
    assert shown(tmp_path) == ["a/x", "b/x", "c/x", "d/x", "rules"]


def test_run_of_stars_ends(tmp_path: Path) -> None:
    """T15: patterns made to blow up a backtracking matcher are answered at once (git 2.39 takes minutes for the second)."""
    git(tmp_path, "init", "-q")
    write(tmp_path / ".gitignore", "*a" * 60 + "b\n/" + "**/a*/" * 30 + "b\n" + "x/" + "*a*[a]" * 40 + "z\n")
    deep = tmp_path / ("a" * 40 + "/") / "/".join(["a" * 20] * 25)
    write(deep / ("a" * 200), "")
    write(tmp_path / "x" / ("a" * 250), "")
    assert len(by_us(tmp_path)) == 3


def test_the_way_to_a_root_is_that_of_the_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """T9: the folders above a root are those above what its name leads to, whatever links, dots and slashes are on the way."""
    here = os.path.realpath(tmp_path)
    monkeypatch.chdir(here)
    (tmp_path / "a" / "b" / "c").mkdir(parents=True)
    (tmp_path / "z..y" / "q").mkdir(parents=True)
    for link, target in (("l", "a/b"), ("x", "nowhere"), ("loop", "loop")):
        (tmp_path / link).symlink_to(target)
    relative = ("", ".", "..", "a", "a/", "a//b", "./a/b/", "a/./b", "a/b/c/../..", "l", "l/", "l/c", "l/..", "l/../b", "a/../l", "z..y/q")
    for root in (*relative, "x", "x/y", "loop", "gone", "gone/x", "/", "//", "///", "//tmp", "//tmp/..", here, f"{here}/l/c", f"/{here}"):
        assert outside._real(root)[0] == os.path.realpath(root), root
