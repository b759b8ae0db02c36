"""``sgrep`` prints what GNU grep prints where both mean the same; P1, T2."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.differential.running import gnu_grep, many, one

FLAGS = [
    ["-n"],
    ["-c"],
    ["-l"],
    ["-on"],
    ["-in"],
    ["-wn"],
    ["-xn"],
    ["-vn"],
    ["-Fn"],
    ["-m1", "-n"],
    ["-m1", "-nA2"],
    ["-nA1"],
    ["-nB1"],
    ["-nC2"],
    ["-vc"],
    ["-q"],
    ["-cm3"],
]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Three text files."""
    chance = random.Random(3)
    root = tmp_path_factory.mktemp("grep")
    for name in ("a", "b", "c"):
        rows = [" ".join(chance.choices(["error", "Error", "warn", "foo", "x.y", "", "end", "foobar"], k=3)) for _ in range(40)]
        (root / name).write_text("\n".join(rows) + "\n")
    return str(root)


def test_named_files(tree: str) -> None:
    """P1: for files given by name, every flag that both have gives the same bytes and exit code."""
    program = gnu_grep()
    patterns = ["error", "foo|warn", "^error", "x.y", "nothing", "[A-Z]rror", ""]
    asked = [[*flags, "-e", pattern, *files] for pattern in patterns for flags in FLAGS for files in (["a"], ["a", "b", "c"])]
    ours = many(tree, [["--no-cap", *command] for command in asked])
    for command, answer in zip(asked, ours, strict=True):
        if command[:3] == ["-on", "-e", ""]:
            continue  # grep shows no empty matches, ripgrep and sgrep do
        extended = [] if "-Fn" in command else ["-E"]
        code, out = one(tree, [program, *extended, *command])
        if command[0] in {"-c", "-vc", "-cm3"}:  # grep lists files without a hit too
            out = b"".join(row for row in out.splitlines(keepends=True) if not (row.endswith(b":0\n") or row == b"0\n"))
        assert answer == (code, out), command


def test_recursive(tree: str) -> None:
    """P1: ``grep -rn`` finds the same lines, in the order of its own walk."""
    program = gnu_grep()
    (ours,) = many(str(Path(tree).parent), [["--no-cap", "-n", "foo", Path(tree).name]])
    code, out = one(str(Path(tree).parent), [program, "-rn", "foo", Path(tree).name])
    assert sorted(ours[1].splitlines()) == sorted(out.splitlines())
    assert ours[0] == code == 0
