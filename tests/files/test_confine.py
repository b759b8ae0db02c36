"""The allowed folders: what is inside is found, what is outside or denied is not, by either way of opening; T12, T11, T9."""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from streamtools.errors import AccessDenied, FileError, InvalidArgument, NotFound, NotRegular, OutsideRoots
from streamtools.events import Line
from streamtools.files import beneath
from streamtools.files.confine import Roots
from streamtools.listing import glob
from streamtools.reading import read
from streamtools.searching import grep
from streamtools.searching.request import Request
from streamtools.searching.units import Batch, Done, Part, worker


@pytest.fixture(params=["openat2", "by hand"])
def by(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each way in: the kernel's call, and component by component."""
    if request.param == "by hand":
        monkeypatch.setattr(beneath, "_kernel", lambda: None)
    elif beneath._kernel() is None:
        pytest.skip("this system has no openat2")
    return str(request.param)


@pytest.fixture
def inside(tmp_path: Path) -> Path:
    """A root with files, links of all kinds and secrets, beside a secret outside."""
    root = tmp_path / "root"
    (root / "sub" / "deep").mkdir(parents=True)
    (root / "sub" / "deep" / "f.txt").write_text("needle inside\n")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.txt").write_text("needle OUTSIDE\n")
    for name, target in {
        "file": "sub/deep/f.txt",
        "folder": "sub/deep",
        "absolute": str(root / "sub"),
        "up": "sub/../file",
        "out": "../outside/secret.txt",
        "outfolder": str(tmp_path / "outside"),
        "loop": "loop",
        "dangling": "nowhere",
        "a": ".env",
        "keys": ".ssh",
    }.items():
        (root / name).symlink_to(target)
    (root / ".env").write_text("needle KEY\n")
    (root / ".ssh").mkdir()
    (root / ".ssh" / "config").write_text("needle KEY\n")
    (root / "server.PEM").write_text("needle KEY\n")
    return root


@pytest.fixture
def roots(inside: Path, by: str) -> Iterator[Roots]:
    """The root, held open."""
    with Roots([inside]) as found:
        yield found


@pytest.mark.parametrize(
    "name",
    ["sub/deep/f.txt", "./sub//deep/../deep/f.txt", "file", "folder/f.txt", "absolute/deep/f.txt", "up", "folder/../deep/f.txt"],
)
def test_what_lies_inside_is_read_by_any_name(roots: Roots, inside: Path, name: str) -> None:
    """T12: links and dots that stay inside lead where they lead, relative and absolute."""
    assert read(name, within=roots).lines[0].data == b"needle inside"
    assert read(str(inside / name), within=roots).lines[0].data == b"needle inside"


@pytest.mark.parametrize(
    "name",
    ["out", "outfolder/secret.txt", "../outside/secret.txt", "sub/../../outside/secret.txt", "/etc/passwd", "folder/../../../x", ".."],
)
def test_what_leads_out_is_refused(roots: Roots, name: str) -> None:
    """T12, T15: no name reaches a file outside, and the sentence says where to look instead."""
    with pytest.raises(OutsideRoots, match=r"leads out of the allowed folders; give a name in /"):
        read(name, within=roots)
    with pytest.raises(OutsideRoots):
        grep("needle", name, within=roots)
    with pytest.raises(FileError):
        glob("*", name, within=roots)


@pytest.mark.parametrize("name", [".env", "a", "sub/../.env", ".ssh/config", "keys/config", "server.PEM", "SERVER.pem"])
def test_secrets_are_denied_by_any_name(roots: Roots, name: str) -> None:
    """T12: a deny rule holds for the name as asked and for the file that it leads to, and the case does not matter."""
    if name == "SERVER.pem":
        with pytest.raises(AccessDenied):
            roots.open(name)
        return
    for call in (lambda: read(name, within=roots), lambda: grep("needle", name, within=roots)):
        with pytest.raises(AccessDenied, match="a deny rule of this toolset keeps it closed"):
            call()


def test_names_as_deep_and_as_long_as_anybody_likes(roots: Roots) -> None:
    """T12, T15: 2000 folders on the way and a name that no system opens are not found, in a sentence; rules are asked level by level."""
    for name in ("a/" * 2000 + ".env", "a/" * 100_000, "x" * 100_000):
        with pytest.raises(FileError) as told:
            read(name, within=roots)
        assert len(str(told.value)) < 5000
    assert roots.denies("a/" * 2000 + ".env")
    assert roots.denies(".ssh/" + "a/" * 2000 + "x")
    assert not roots.denies("a/" * 2000 + "x")


def test_the_walk_tells_what_is_denied(roots: Roots, inside: Path) -> None:
    """T12, T9: secrets leak neither through Grep nor Glob, not even with hidden files and followed links, and are told as denied."""
    names = None
    for follow in (False, True):
        found = grep("needle", ".", hidden=True, ignore=False, follow=follow, within=roots)
        assert b"KEY" not in b"".join(line.data for line in found.lines)
        assert b"OUTSIDE" not in b"".join(line.data for line in found.lines)
        assert found.ledger.skipped["denied"] >= 3, found.ledger
        assert any("a deny rule of this toolset holds" in notice for notice in found.notices)
        names = glob("*", ".", hidden=True, follow=follow, within=roots)
        assert not {".env", "a", ".ssh/config", "keys/config", "server.PEM", "out", "outfolder/secret.txt"} & set(names.paths)
        assert names.ledger.skipped["denied"] >= 3
    assert names is not None
    assert "sub/deep/f.txt" in names.paths


def test_a_denied_folder_is_no_root_of_a_walk(roots: Roots) -> None:
    """T12: to search or list below a denied folder is refused, by its own name and by a link."""
    for name in (".ssh", "keys"):
        with pytest.raises(AccessDenied):
            grep("needle", name, hidden=True, within=roots)
        with pytest.raises(AccessDenied):
            glob("*", name, hidden=True, within=roots)


def test_own_rules_are_relative_to_the_root_and_take_back(inside: Path, by: str) -> None:
    """T12: a pattern with a slash counts from the root wherever a walk begins; ``!`` takes a file back."""
    (inside / ".env.example").write_text("needle example\n")
    with Roots([inside], [*Roots([inside]).deny, "/sub/deep/"]) as roots:
        assert grep("needle", "sub", within=roots).paths == ()
        assert grep("needle", str(inside / "sub"), within=roots).ledger.skipped == {"denied": 1}
        with pytest.raises(AccessDenied):
            read("sub/deep/f.txt", within=roots)
        assert read(".env.example", within=roots).lines


def test_near_misses_do_not_tell_names_outside(roots: Roots) -> None:
    """T12, T15: what is suggested lies inside."""
    with pytest.raises(NotFound, match=r"did you mean sub/deep/f.txt"):
        read("sub/deep/f.tx", within=roots)
    with pytest.raises(FileError) as told:
        read("outfolder/secret.tx", within=roots)
    assert "secret.txt" not in str(told.value)


def test_special_files_are_told_not_opened(roots: Roots, inside: Path) -> None:
    """T11: a FIFO is refused at once, by its name and through a link."""
    os.mkfifo(inside / "fifo")
    (inside / "tofifo").symlink_to("fifo")
    for name in ("fifo", "tofifo"):
        with pytest.raises(NotRegular):
            read(name, within=roots)


def test_loops_and_dangling_links_end(roots: Roots) -> None:
    """T12: a link to itself is an error of the file, a dangling one is not found."""
    with pytest.raises(FileError, match="too many levels"):
        read("loop", within=roots)
    with pytest.raises(NotFound):
        read("dangling", within=roots)


def test_the_rules_of_ignore_files_hold_below_a_root(roots: Roots, inside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """T9: .gitignore is obeyed although the current folder is another one."""
    (inside / ".git").mkdir()
    (inside / ".gitignore").write_text("deep/\n")
    monkeypatch.chdir("/")
    assert grep("needle", ".", within=roots).ledger.skipped["ignored"] == 1
    assert grep("needle", ".", ignore=False, within=roots).paths == ("sub/deep/f.txt",)
    assert glob("*", "sub", ignore=False, sort="modified", within=roots).paths == ("sub/deep/f.txt",)


def test_several_roots(inside: Path, tmp_path: Path, by: str) -> None:
    """T12: names are relative to the first root, absolute ones in any; links may lead from one to the other."""
    with Roots([inside, tmp_path / "outside"]) as roots:
        assert read("out", within=roots).lines[0].data == read("../outside/secret.txt", within=roots).lines[0].data
        assert read(str(tmp_path / "outside" / "secret.txt"), within=roots).lines
        assert read("outfolder/secret.txt", within=roots).lines
        assert grep("needle", [".", str(tmp_path / "outside")], within=roots).total.value == 2
        with pytest.raises(OutsideRoots):
            read("../../x", within=roots)


def test_roots_travel_to_another_process(roots: Roots, inside: Path) -> None:
    """T12: a pickled copy confines itself to the same folders, and is refused where another folder has the name."""
    data = pickle.dumps(roots)
    with pickle.loads(data) as copy, pytest.raises(OutsideRoots):
        read("out", within=copy)
    inside.rename(inside.with_name("moved"))
    inside.mkdir()
    with pytest.raises(NotFound, match="another folder has this name now"):
        pickle.loads(data)


def test_bad_roots(tmp_path: Path) -> None:
    """T15: what is no folder is refused when the roots are made."""
    (tmp_path / "f").write_text("x")
    for folders, error in (([], InvalidArgument), ("x", InvalidArgument), ([tmp_path / "no"], NotFound), ([tmp_path / "f"], NotRegular)):
        with pytest.raises(error):
            Roots(folders)


def test_nothing_stays_open(roots: Roots) -> None:
    """T12: neither what was found nor what was refused leaves a descriptor."""
    before = len(os.listdir("/dev/fd"))
    for name in ("file", "out", "a", "loop", "absolute/deep/f.txt", "sub", "nope/x", ".env"):
        with contextlib.suppress(OSError):
            os.close(roots.open(name))
        with contextlib.suppress(OSError):
            roots.stat(name)
        with contextlib.suppress(OSError), roots.scandir(name):
            pass
    assert len(os.listdir("/dev/fd")) == before


_SWAP = """
import os, sys
root, outside, parent = sys.argv[1:]
os.chdir(root)
print("ready", flush=True)
while os.getppid() == int(parent):
    for name, target in (("file", outside + "/secret.txt"), ("folder", outside)):
        inner = "real.txt" if name == "file" else "realfolder"
        os.rename(name, inner)
        os.symlink(target, name)
        os.unlink(name)
        os.symlink(inner, name)
        os.unlink(name)
        os.rename(inner, name)
"""


@pytest.fixture
def swapped(tmp_path: Path) -> Iterator[Path]:
    """A root in which another process swaps a file and a folder for links that lead out, and back, without end."""
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / "folder").mkdir(parents=True)
    outside.mkdir()
    for number in range(3):
        (root / "folder" / f"secret{number or ''}.txt").write_text("needle inside\n")
        (outside / f"secret{number or ''}.txt").write_text("needle OUTSIDE\n")
    (root / "file").write_text("needle inside\n")
    with subprocess.Popen([sys.executable, "-c", _SWAP, str(root), str(outside), str(os.getpid())], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield root
            assert process.poll() is None, "the swapping ended early"
        finally:
            process.kill()


def _opened(roots: Roots, name: str) -> list[str]:
    fd = roots.open(name)
    try:
        return [os.read(fd, 100).decode().strip()]
    finally:
        os.close(fd)


def _tries(roots: Roots, times: int) -> set[str]:
    """Return all that read, grep and glob give while links are swapped."""
    calls: list[Callable[[], Iterable[str]]] = [
        lambda: [line.text for line in read("file", within=roots).lines],
        lambda: [line.text for line in read("folder/secret.txt", within=roots).lines],
        lambda: [line.text for line in grep("needle", ".", hidden=True, within=roots).lines],
        lambda: [line.text for line in grep("needle", "folder", follow=True, within=roots).lines],
        lambda: [path for path in glob("*", "folder", follow=True, within=roots).paths if "only" in path],
        *[lambda: _opened(roots, "file"), lambda: _opened(roots, "folder/secret.txt")] * 15,
    ]
    seen: set[str] = set()
    for _ in range(times):
        for call in calls:
            with contextlib.suppress(OSError):
                seen.update(call())
    return seen


def test_a_swapped_link_never_leads_out(swapped: Path, by: str) -> None:
    """T12: whatever is swapped meanwhile, for a file or a folder, only what is inside is ever seen.

    A version that resolved the name, checked it, and then opened it showed what is outside within 100 rounds.
    """
    (swapped.parent / "outside" / "only.txt").write_text("needle OUTSIDE\n")
    with Roots([swapped]) as roots:
        assert _tries(roots, 500) == {"needle inside"}


def test_helpers_of_a_search_confine_themselves_too(roots: Roots, inside: Path) -> None:
    """T12, T10: what another process is told to search is opened below the roots there too, whatever its name leads to by then.

    The helper is given names that were files when they were walked, and are links that lead out now. A version whose helpers opened
    names as the system does showed what is outside.
    """
    request = Request.of("needle", ".", {"within": roots, "jobs": 2})
    sent = pickle.loads(pickle.dumps((request, False, False)))
    with sent[0].within, contextlib.closing(worker(sent)) as helper:
        names = ("file", "out", "outfolder/secret.txt", ".env", "a")
        joined = "\0".join(names)
        done = helper(Batch(((f"{inside}/", joined), ("", joined))))
        assert isinstance(done, Done)
        shown = [(outcome.path, event.text) for outcome in done.outcomes for event, *_ in outcome.events if isinstance(event, Line)]
        assert shown == [(str(inside / "file"), "needle inside"), ("file", "needle inside")]
        secret = os.stat(inside.parent / "outside" / "secret.txt")
        with pytest.raises(FileError):
            helper(Part("out", 0, 100, (secret.st_dev, secret.st_ino)))


def test_a_search_on_two_cores_never_leads_out_either(swapped: Path) -> None:
    """T12, T10: the walk, the helpers and the halves of a large file, while links are swapped."""
    (swapped / "before").mkdir()
    for number in range(300):
        (swapped / "before" / f"f{number}").write_text("inside\n")
    seen: set[str] = set()
    with Roots([swapped]) as roots:
        for number in range(40):
            with contextlib.suppress(OSError):
                seen.update(line.text for line in grep("needle", ".", follow=number % 2 == 0, jobs=2, within=roots).lines)
    assert seen == {"needle inside"}
