"""``sgrep --no-cap`` writes what ripgrep writes, byte for byte, on ordinary text; P1, T2, T10."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from tests.differential.running import many, one, ripgrep

WORDS = ["error", "Error", "warn", "timeout", "worker-7", "id=42", "größe", "naïve", "漢字", "foo", "foo_bar", "foo.bar", "(x)", "", "end"]
PATTERNS = [
    "error",
    "warn|timeout",
    "foo",
    r"\bfoo\b",
    "foo.bar",
    r"id=\d+",
    "gr.ße",
    "^error",
    "end$",
    "^$",
    r"[a-z]+-\d",
    "(x)",
    "zzz",
    "o",
    ".",
    r"\w+",
]
FLAGS = [
    *([], ["-n"], ["-c"], ["-l"], ["-o"], ["-on"], ["-i"], ["-w"], ["-x"], ["-v"], ["-F"], ["-S"], ["-s"], ["-N"]),
    *(["-m", "1"], ["-m2", "-n"], ["-A1"], ["-B", "2"], ["-C1"], ["-C", "3", "-n"], ["-nA2", "-B1"]),
    *(["--column"], ["--column", "-n"], ["--heading"], ["--heading", "-n"], ["--heading", "-C1", "-n"], ["-H"], ["-I"], ["-In"]),
    *(
        ["-U"],
        ["-Un"],
        ["-cv"],
        ["-lv"],
        ["--files-without-match"],
        ["-iw"],
        ["-ix", "-n"],
        ["-vn", "-C1"],
        ["-ov"],
        ["-c", "-m1"],
        ["-0l"],
        ["-q"],
    ),
    *(
        ["-e", "warn"],
        ["--no-heading", "-n"],
        ["-g", "*.txt"],
        ["-g", "!*.txt", "-n"],
        ["-t", "py"],
        ["-T", "py"],
        ["--hidden"],
        ["-uu", "-c"],
        ["-d1", "-l"],
    ),
    *(["--color=always", "-n"], ["-co"], ["--max-depth", "2", "-c"], ["--no-ignore", "-l"], ["-F", "-x"]),
]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Fifteen files of ordinary text in three folders, with ignore rules and a hidden file."""
    chance = random.Random(20240607)
    root = tmp_path_factory.mktemp("tree")
    names = [
        "a.txt",
        "b.py",
        "c",
        "d/a.txt",
        "d/e/f.py",
        "d/g.md",
        "d-x",
        "empty",
        "h.txt",
        "z/1",
        "z/2",
        "z/10",
        ".hidden",
        "ignored.log",
        "ü.txt",
    ]
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = [" ".join(chance.choices(WORDS, k=chance.randrange(5))) for _ in range(chance.randrange(60))]
        path.write_text("" if name == "empty" else "\n".join(rows) + chance.choice(["", "\n"]))
    (root / ".ignore").write_text("*.log\n")
    return str(root)


def commands() -> list[list[str]]:
    """Each list of flags with three patterns, and some with a single file."""
    chance = random.Random(7)
    return [
        [*flags, *([] if "-e" in flags else ["--", pattern]), chance.choice([".", ".", "a.txt", "d"])]
        for flags in FLAGS
        for pattern in chance.sample(PATTERNS, 3)
    ]


def test_output_and_exit_code(tree: str) -> None:
    """P1: text output, in every mode that exists, and the exit code are ripgrep's."""
    program = ripgrep()
    asked = [command if command[-1] != "." else [*command[:-1], "./"] for command in commands()]
    ours = many(tree, [["--no-cap", *command] for command in asked])
    wrong = []
    for command, answer in zip(asked, ours, strict=True):
        theirs = one(tree, [program, "--no-config", "--sort", "path", *command])
        if answer != theirs:
            wrong.append(f"{command}\n  ours   {answer[0]} {answer[1][:300]!r}\n  theirs {theirs[0]} {theirs[1][:300]!r}")
    assert not wrong, f"{len(wrong)} of {len(asked)} differ:\n" + "\n".join(wrong[:40])


def records(output: bytes) -> list[dict[str, Any]]:
    """The JSON records without times and without what depends on how much was read."""
    found = []
    for row in output.splitlines():
        record = json.loads(row)
        for stats in (record["data"].get("stats"), record["data"]):
            for name in ("elapsed", "elapsed_total", "bytes_printed", "bytes_searched", "searches"):
                (stats or {}).pop(name, None)
        found.append(record)
    return found


def test_json(tree: str) -> None:
    """P1: the records of ``--json`` are ripgrep's: paths, lines, numbers, offsets, submatches and counts."""
    program = ripgrep()
    patterns = ["error", r"id=\d+", "^$", "zzz", "gr.ße|foo"]
    asked = [[*flags, "--", pattern, "./"] for flags in ([], ["-i"], ["-C1"], ["-v"], ["-w"], ["-m2"], ["-F"]) for pattern in patterns]
    ours = many(tree, [["--no-cap", "--json", *command] for command in asked])
    for command, answer in zip(asked, ours, strict=True):
        theirs = one(tree, [program, "--no-config", "--sort", "path", "--json", *command])
        assert records(answer[1]) == records(theirs[1]), command
        assert answer[0] == theirs[0]


def test_files(tree: str) -> None:
    """P1, T18: ``--files`` lists what ripgrep lists, in its order."""
    program = ripgrep()
    asked = [["--files", *more] for more in ([], ["--hidden"], ["-t", "py"], ["-g", "d/**"], ["-uu"], ["-0"], ["d", "z"], ["nothing"])]
    ours = many(tree, [["--no-cap", *command] for command in asked])
    assert ours == [one(tree, [program, "--no-config", "--sort", "path", *command]) for command in asked]


def test_multiline_patterns(tree: str) -> None:
    """P1: matches across lines show the lines that ripgrep shows (its ``-c`` counts matches then, ours lines)."""
    program = ripgrep()
    asked = [
        ["-U", *more, "--", pattern, "./"]
        for pattern in (r"error\n.*", r"(?s)foo.*?end", r"\n\n", r"^error$\n")
        for more in ([], ["-n"], ["-l"], ["-C1"])
    ]
    ours = many(tree, [["--no-cap", *command] for command in asked])
    theirs = [one(tree, [program, "--no-config", "--sort", "path", *command]) for command in asked]
    wrong = [f"{c}\n  ours   {a}\n  theirs {b}" for c, a, b in zip(asked, ours, theirs, strict=True) if a != b]
    assert not wrong, "\n".join(wrong)


def test_missing_files_and_bad_patterns(tree: str) -> None:
    """P1: errors exit 2 with ripgrep's output beside them."""
    asked = [
        ["foo", "nothing"],
        ["(", "."],
        ["--nope", "x"],
        ["foo", "nothing", "a.txt"],
        ["-q", "foo", "nothing", "a.txt"],
        ["-g", "[", "x", "./"],
    ]
    ours = many(tree, [["--no-cap", *command] for command in asked])
    theirs = [one(tree, [ripgrep(), "--no-config", "--sort", "path", *command]) for command in asked]
    assert ours == theirs


def test_large_file_across_windows(tmp_path: Path) -> None:
    """P1, T6: a file of several windows gives the same bytes."""
    program = ripgrep()
    (tmp_path / "big").write_text("".join(f"row {n} {'needle' if n % 97 == 0 else ''} {'x' * (n % 250)}\n" for n in range(20_000)))
    asked = [
        [*flags, "needle", "big"]
        for flags in ([], ["-n"], ["-c"], ["-C2", "-n"], ["-o", "-n"], ["-v", "-c"], ["-U", "-n"], ["--column"], ["-nv"], ["-m7", "-n"])
    ]
    ours = many(str(tmp_path), [["--no-cap", *command] for command in asked])
    assert ours == [one(str(tmp_path), [program, "--no-config", *command]) for command in asked]
