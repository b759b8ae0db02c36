"""The walk: ripgrep's order, resuming, runs of big folders, and what is left out with its reason."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from streamtools.errors import InvalidArgument, NotFound
from streamtools.files.tally import Tally
from streamtools.files.walk import Selection, Walk

RG = shutil.which("rg") or os.path.join(os.path.dirname(sys.executable), "rg")
needs_rg = pytest.mark.skipif(not os.path.exists(RG), reason="ripgrep is not installed")


def paths(root: str | Path, selection: Selection | None = None, after: str | None = None, run: int = 50_000) -> list[str]:
    """Return what a walk yields."""
    return list(Walk(os.fspath(root), selection or Selection(), Tally(), after, run))


def told(root: str | Path, selection: Selection | None = None) -> dict[str, int]:
    """Return what a walk tells the tally."""
    tally = Tally()
    list(Walk(os.fspath(root), selection or Selection(), tally))
    return dict(tally.ledger().skipped)


def by_rg(*arguments: str) -> list[str]:
    """Return what ``rg --files --sort path`` prints."""
    out = subprocess.run([RG, "--no-config", "--files", "--sort=path", "-0", *arguments], check=False, capture_output=True).stdout
    return [os.fsdecode(name) for name in out.split(b"\0") if name]


def make(root: Path, text: str) -> None:
    """Make files: names, or ``name=content``, one a word."""
    for word in text.split():
        name, _, content = word.partition("=")
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content.replace("|", "\n"))


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a tree whose order is easily got wrong, and go there."""
    root = tmp_path / "tree"
    make(root, "a/x a.b a-b a0 A Z/z/z Z/z.z b/c/d b/c.d b/a é/ü ~x .hid/x .dot .gitignore=*.o|/b/skip/ b/skip/x b/x.o c/d/e/f.py c/d.py")
    make(root, ".git/HEAD b/.ignore=!x.o c/.rgignore=f.py")
    (root / os.fsdecode(b"\xff\xfe")).write_text("")
    (root / "\ue000").write_text("")
    monkeypatch.chdir(root)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return root


CHOICES = [
    (Selection(), []),
    (Selection(hidden=True), ["--hidden"]),
    (Selection(ignore=False), ["--no-ignore"]),
    (Selection(ignore_vcs=False), ["--no-ignore-vcs"]),
    (Selection(ignore_dot=False), ["--no-ignore-dot"]),
    (Selection(ignore=False, hidden=True), ["-uu"]),
    (Selection(globs=("*.py",)), ["-g*.py"]),
    (Selection(globs=("*.{py,o}", "!d.py")), ["-g*.{py,o}", "-g!d.py"]),
    (Selection(globs=("!*.py", "!/b/")), ["-g!*.py", "-g!/b/"]),
    (Selection(globs=("b/**",)), ["-gb/**"]),
    (Selection(globs=(".dot", ".hid/*")), ["-g.dot", "-g.hid/*"]),
    (Selection(globs=("!.dot", "[!a]")), ["-g!.dot", "-g[!a]"]),
    (Selection(iglobs=("a*",)), ["--iglob=a*"]),
    (Selection(globs=("a*",), iglobs=("!A",)), ["-ga*", "--iglob=!A"]),
    (Selection(types=("py",)), ["-tpy"]),
    (Selection(types_not=("py",)), ["-Tpy"]),
    (Selection(types=("py",), hidden=True, ignore=False), ["-tpy", "-uu"]),
    (Selection(max_depth=1), ["--max-depth=1"]),
    (Selection(max_depth=2), ["--max-depth=2"]),
    (Selection(max_filesize=3, hidden=True), ["--max-filesize=3", "--hidden"]),
]


@needs_rg
@pytest.mark.parametrize(("selection", "flags"), CHOICES)
def test_files_and_order_are_ripgreps(tree: Path, selection: Selection, flags: list[str]) -> None:
    """T10, P1: for each choice the files and their order are those of ``rg --files --sort path``, for every way to write the root."""
    assert paths(".", selection) == by_rg(*flags)
    for root in ("./", str(tree), str(tree) + "/", "b", "c/"):
        assert paths(root, selection) == by_rg(*flags, root)


def test_runs_of_big_folders(tree: Path) -> None:
    """T6: a folder walked in sorted runs of any size gives what one run gives, ignore rules included."""
    make(tree, " ".join(f"many/f{number}" for number in range(3000)) + " many/.gitignore=f7*|f99/ many/f99x/y")
    for selection in (Selection(), Selection(hidden=True, globs=("!*5",)), Selection(types_not=("py",))):
        whole = paths(".", selection)
        assert paths(".", selection, run=1000) == whole
        assert paths(".", selection, run=37) == whole
    shutil.rmtree(tree / "many")
    for run in (1, 2, 3):
        assert paths(".", Selection(hidden=True), run=run) == paths(".", Selection(hidden=True))


@pytest.mark.parametrize("run", [1, 3, 50_000])
@pytest.mark.parametrize("root", [".", "./", "b"])
def test_after_every_path(tree: Path, run: int, root: str) -> None:
    """T10: behind any path of the tree, and any that does not exist, the walk goes on with exactly the rest."""
    selection = Selection(hidden=True)
    whole = paths(root, selection)
    for number, path in enumerate(whole):
        assert paths(root, selection, path, run) == whole[number + 1 :]
        assert paths(root, selection, path + "/gone/x", run) == whole[number + 1 :]
        assert paths(root, selection, path + "\x01", run)[:1] == whole[number + 1 : number + 2]
    assert paths(root, selection, "" if root == "." else whole[0][: whole[0].index("/") + 1], run) == whole


def test_after_does_not_list_what_lies_before(tree: Path) -> None:
    """T10: folders before the place to go on at are neither listed nor counted."""
    make(tree, "a/.gitignore=y a/y")
    tally = Tally()
    assert "Z/z/z" not in list(Walk(".", Selection(), tally, "Z/z/z"))
    before = Tally()
    list(Walk(".", Selection(), before))
    assert before.ledger().skipped["ignored"] == tally.ledger().skipped["ignored"]
    late = Tally()
    list(Walk(".", Selection(), late, "b/c/d"))
    assert late.ledger().skipped["ignored"] < before.ledger().skipped["ignored"]


def test_after_elsewhere_is_refused(tree: Path) -> None:
    """T15: a path that is not below the root can't be gone on from."""
    with pytest.raises(InvalidArgument, match="not in b"):
        Walk("b", Selection(), Tally(), "c/d.py")


def test_skips_by_reason(tree: Path) -> None:
    """T9: each reason is counted, a folder once; what globs and types leave out is not."""
    make(tree, "big=123456")
    os.mkfifo(tree / "fifo")
    (tree / "link").symlink_to("a.b")
    (tree / "folder").symlink_to("b")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("sock")
    reasons = told(".", Selection(max_filesize=5, deny=("/Z/",), exclude=("c",)))
    assert reasons == {"hidden": 5, "ignored": 1, "special": 2, "link": 2, "too_large": 1, "denied": 1}
    assert told(".", Selection(globs=("a.b",))) == {"ignored": 1, "hidden": 2, "link": 1}
    assert told(".", Selection(globs=("*.nothing",), ignore=False, hidden=True)) == {"link": 1}


def test_ignored_files_of_other_types_are_not_counted(tree: Path) -> None:
    """T9: an ignored file that the type leaves out anyway is not told; one of the type is."""
    make(tree, ".gitignore=*.o|no.py no.py no.o")
    assert told(".", Selection(types=("py",)))["ignored"] == 2  # no.py and c/d/e/f.py


def test_links(tree: Path) -> None:
    """T9, T11: links are followed on request; loops and links to nowhere are told, and end."""
    (tree / "a" / "up").symlink_to("..")
    (tree / "b" / "z").symlink_to("../c")
    (tree / "b" / "file").symlink_to("../a0")
    (tree / "b" / "nowhere").symlink_to("gone")
    tally = Tally()
    found = list(Walk(".", Selection(follow=True), tally))
    assert [path for path in found if path.startswith("b/")] == ["b/a", "b/c/d", "b/c.d", "b/file", "b/x.o", "b/z/d.py"]
    ledger = tally.ledger()
    assert ledger.examples["link_loop"] == ("a/up",)
    assert ledger.examples["unreadable"] == ("b/nowhere",)
    assert len(ledger.errors) == 1
    assert told(".")["link"] == 4


@needs_rg
def test_followed_order(tree: Path) -> None:
    """T10: with links followed the order is ripgrep's too."""
    (tree / "b" / "z").symlink_to("../c")
    (tree / "aa").symlink_to("a0")
    assert paths(".", Selection(follow=True)) == by_rg("--follow")


def test_deny_holds_below_and_through_the_root(tree: Path) -> None:
    """T12: a denied folder stays closed when it, or a folder in it, is the root."""
    assert "c/d.py" not in paths(".", Selection(deny=("c/",)))
    for root in ("c", "c/d", str(tree / "c")):
        tally = Tally()
        assert list(Walk(root, Selection(deny=("/c/",), globs=("*.py",), base=str(tree)), tally)) == []
        assert tally.ledger().skipped == {"denied": 1}


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root can read everything")
def test_unreadable_folder(tree: Path) -> None:
    """T9: a folder that can't be listed is told and is an error; the rest is walked."""
    code = (
        "import sys; from streamtools.files.walk import *; from streamtools.files.tally import Tally; t = Tally()\n"
        "print(list(Walk('.', Selection(), t)), t.ledger())"
    )
    (tree / "c" / "d").chmod(0)
    for folder in [tree, *tree.parents]:
        if folder.stat().st_uid == os.geteuid() and len(folder.parts) > 2:
            folder.chmod(folder.stat().st_mode | 0o755)
    other = ["setpriv", "--reuid=65534", "--clear-groups"] if os.geteuid() == 0 else []
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([*other, sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    (tree / "c" / "d").chmod(0o755)
    refused = ("Permission denied" in done.stderr and "python" in done.stderr) or "error while loading shared libraries" in done.stderr
    if other and refused:
        pytest.skip("another user cannot run this Python")
    assert "'c/d.py'" in done.stdout, done.stderr
    assert "unreadable': 1" in done.stdout
    assert "c/d: permission denied" in done.stdout


def test_vanishing(tree: Path) -> None:
    """T14: folders and files that go away during the walk are left out without an error."""
    tally = Tally()
    walk = iter(Walk(".", Selection(max_filesize=100), tally))
    first = next(walk)
    for name in ("a", "b", "c", "Z"):
        shutil.rmtree(tree / name)
    (tree / "a0").unlink()
    rest = list(walk)
    assert first == "A"
    assert all("/" not in path or path.startswith("é") for path in rest)
    assert tally.errors == 0


def test_folder_that_becomes_a_file(tree: Path) -> None:
    """T14: a folder that is replaced by a file meanwhile is left out."""
    walk = iter(Walk(".", Selection(), Tally()))
    next(walk)
    shutil.rmtree(tree / "b")
    (tree / "b").write_text("")
    assert "c/d.py" in list(walk)


def test_missing_root(tree: Path) -> None:
    """T15: a root that does not exist is an error of the call."""
    with pytest.raises(NotFound, match="gone: no such file"):
        paths("gone")


def test_deep_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """T6: 2000 levels are walked; where the system calls a path too long that is told, and the rest is walked."""
    monkeypatch.chdir(tmp_path)
    for _ in range(2000):
        os.mkdir("d")
        os.chdir("d")
    Path("last").write_text("")
    os.chdir(tmp_path)
    (tmp_path / "e").write_text("")
    assert paths(".") == ["d/" * 2000 + "last", "e"]
    tally = Tally()
    found = list(Walk(str(tmp_path), Selection(), tally))
    assert found[-1] == f"{tmp_path}/e"
    assert tally.errors == (len(found) == 1)
    assert "too long" in (tally.ledger().errors or ("too long",))[0]
    subprocess.run(["rm", "-rf", str(tmp_path / "d")], check=True)


def test_undecodable_names(tree: Path) -> None:
    """T10: names that are not UTF-8 come as surrogates that open, and sort by their bytes."""
    found = paths(".")
    assert sorted(found, key=lambda path: [os.fsencode(part) for part in path.split("/")]) == found
    odd = next(path for path in found if not path.isprintable() and "\udcff" in path)
    assert Path(odd).read_text() == ""


def test_base_of_globs(tree: Path) -> None:
    """P1: globs are relative to the current folder where the root lies in it, else to the root, or to ``base``."""
    assert paths("c", Selection(globs=("/c/d.py",))) == ["c/d.py"]
    assert paths(tree / "c", Selection(globs=("/c/d.py",))) == [f"{tree}/c/d.py"]
    os.chdir("/")
    assert paths(tree / "c", Selection(globs=("/d.py",), base=str(tree / "c"))) == [f"{tree}/c/d.py"]
    os.chdir(tree / "b")
    assert paths(tree / "c", Selection(globs=("/d.py",))) == [f"{tree}/c/d.py"]


def test_one_file_system(tmp_path: Path) -> None:
    """T9: another file system is left out on request, and told."""
    if not os.path.isdir("/dev/shm") or os.stat("/dev/shm").st_dev == os.stat(tmp_path).st_dev:
        pytest.skip("no other file system here")
    (tmp_path / "shm").symlink_to("/dev/shm")
    assert told(tmp_path, Selection(follow=True, one_file_system=True)) == {"other_filesystem": 1}
