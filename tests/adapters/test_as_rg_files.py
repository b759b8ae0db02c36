"""Which files, in which order, and what is said of them, in ripgrep's face against ripgrep itself; P1."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.differential.running import Full, full, one_full, ripgrep

GLOBS = (
    *("{a,b}", "{a", "a}", "[", "[!]", "[]]", "[b-a]", "[a-]", "a\\", "!{", "", "# foo", "  ", "a ", "{a,}", "/", "d/", "/d", "!d"),
    *("**/b", "d/*", "a**b", "d/**", "!*", "d//a", "{[}]}", "\\!a", "t?p"),
)
ERRORS = (
    *("foo nothing", "foo nothing top", "-q foo nothing top", "foo --no-messages nothing", "foo d/a/x", "foo broken", "foo -L ./"),
    *("foo -L d", "--files nothing", "--files -L ./", "--files nothing top"),
    *("foo -t zz", "foo -T zz", "foo --type-add zz", "foo --type-add a_b:*.c", "foo --type-add x:include:yy -tx", "foo --type-add x:[ -tx"),
    *("foo --type-add x:*.a:b", "--files -g [", "--type-list --type-add zz", "foo --pre-glob [", "foo --ignore-file no ./"),
    *(
        "foo --ignore-file no --no-ignore-messages ./",
        "foo --ignore-file bad ./",
        "foo -j1 nothing top",
        "foo -c -L ./ -j2",
        "--json foo no",
    ),
    *(
        "foo --sortr path top d",
        "--files --sort modified ./",
        "--files --sortr modified d top",
        "--files --sortr path",
        "-l --sortr path foo d",
    ),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A tree with links that lead nowhere or in a circle."""
    top = tmp_path_factory.mktemp("tree")
    (top / "d" / "e").mkdir(parents=True)
    for number, name in enumerate(("d/a", "d/e/b", "top", "bad")):
        (top / name).write_text("{x\n[y\nfoo\n}\n")
        os.utime(top / name, (number, 10 - number))
    (top / "broken").symlink_to("nowhere")
    (top / "d" / "loop").symlink_to("../d")
    return str(top)


def _lines(answer: Full) -> tuple[int, list[bytes], list[bytes]]:
    code, out, err = answer
    return code, sorted(line for line in out.split(b"\n") if b"elapsed" not in line), sorted(err.split(b"\n"))


def _differing(folder: str, commands: Sequence[Sequence[str]]) -> list[str]:
    found = []
    for command, ours in zip(commands, full(folder, commands, rg=True), strict=True):
        theirs = one_full(folder, [ripgrep(), "--no-config", *command])
        ordered = any(word.startswith("--sort") for word in command)
        if (ours if ordered else _lines(ours)) != (theirs if ordered else _lines(theirs)):
            found.append(f"{command}\n  ours   {ours}\n  theirs {theirs}")
    return found


def test_globs(folder: str) -> None:
    """P1: globs choose what ripgrep's do, and are refused in its words."""
    commands = [["foo", "--sort=path", flag, glob, "./"] for flag in ("-g", "--iglob") for glob in GLOBS]
    wrong = _differing(folder, commands)
    assert not wrong, "\n".join(wrong)


def test_errors(folder: str) -> None:
    """P1, T15: what can't be searched is told as ripgrep tells it, with its exit code, and files come in its orders."""
    wrong = _differing(folder, [command.split(" ") for command in ERRORS])
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "command", ["foo -g *.zz", "foo -tc", "foo -tc --no-messages", "foo -L --sort path", "foo -L -c -j2", "--files -L"]
)
def test_implicit(folder: str, command: str) -> None:
    """P1: without a path, names are told as ripgrep tells them, and that a filter left nothing to search is an error."""
    root = str(Path(__file__).parents[2])
    ours = one_full(
        folder, ["env", "SGREP_AS_RG=1", f"PYTHONPATH={root}", sys.executable, "-m", "streamtools.adapters.sgrep", *command.split()]
    )
    assert _lines(ours) == _lines(one_full(folder, [ripgrep(), "--no-config", *command.split()]))


def test_many_failures(tmp_path: Path) -> None:
    """P1: every failure is told, however many."""
    for number in range(300):
        (tmp_path / f"l{number:03}").symlink_to("nowhere")
    (code, _, err), *_ = full(str(tmp_path), [["foo", "-L", "./"]], rg=True)
    assert (code, err.count(b"No such file or directory")) == (2, 300)
