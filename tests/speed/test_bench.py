"""The speed benchmark judges as it says: limits, answers, memory, and documents between their markers."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from profiles.speed import report
from profiles.speed.inputs import words
from profiles.speed.measured import MOST_RSS, Measured
from profiles.speed.peers import BenchError
from profiles.speed.picture import draw
from profiles.speed.rows import ROWS, Call, Command, Row
from profiles.speed.running import Process

_ROW = Row("one", "a | row", 1.1, "log-1", Command("ours", ()), (Command("fast", ()), Command("slow", ())), "bytes", 0.5)


def _measured(ours: float, fast: float = 0.1, slow: float = 0.2, **changes: object) -> Measured:
    found = Measured(_ROW, {"ours": [ours, ours * 9, ours / 9], "fast": [fast], "slow": [slow]}, {"ours": "7", "fast": "7"}, (1_000,))
    for name, value in changes.items():
        setattr(found, name, value)
    return found


def test_a_row_within_its_limits_passes() -> None:
    """The median counts, against the fastest peer."""
    found = _measured(0.105)
    assert found.fastest == "fast"
    assert found.ratio == pytest.approx(1.05)
    assert not list(found.failures())


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (_measured(0.12), "1.2 times fast, at most 1.1"),
        (_measured(0.6, 1.0, 1.0), "600 ms, at most 500 ms"),
        (_measured(0.1, answers={"ours": "7", "fast": "8"}), "answers differ: ours 7, fast 8"),
        (_measured(0.1, peaks=(1, MOST_RSS)), "a process takes 40.0 MB"),
        (_measured(0.1, error="rg ended with 2"), "rg ended with 2"),
    ],
)
def test_a_broken_promise_is_said(found: Measured, says: str) -> None:
    """Each way to fail gives one sentence with the numbers."""
    (sentence,) = found.failures()
    assert says in sentence
    assert report.line(found).startswith("FAIL one")


def test_documents() -> None:
    """The table stands between the markers whatever was there, and the picture has a bar a competitor."""
    found = [_measured(0.1), _measured(0.2, error="broken")]
    with open(os.path.join(os.path.dirname(report.__file__), "README.md"), encoding="utf-8") as source:
        document = source.read()
    once = report.between(document, report.table(found, ["rg 15"]))
    assert r"a \| row" in once
    assert report.between(once, "") != once
    assert report.between(report.between(once, ""), report.table(found, ["rg 15"])) == once
    assert draw(found, ["rg <15>"]).count(f'height="{11}"') == 3
    with pytest.raises(ValueError, match="markers"):
        report.between("no markers", "text")


def test_rows_name_only_what_exists() -> None:
    """Every input is of a known kind; warm rows take two processes; a pattern never is a bare argument of ripgrep."""
    for row in ROWS.values():
        commands = [one for one in (row.ours, *row.peers) if isinstance(one, Command)]
        for command in commands:
            inputs = [word for word in command.arguments if word.startswith("@")]
            assert all(re.fullmatch(r"@(log|text|words)-\d+|@tree|@project", word) for word in inputs)
            assert f"@{row.corpus}" in inputs
            assert command.program != "rg" or {"-e", "-f", "--files"} & {*command.arguments}
        assert not isinstance(row.ours, Call) or row.same == "lines"


def test_words_are_repeatable() -> None:
    """The lists of literals have no doubles, the asked length, and the same words at each run."""
    assert len({*words(1_000)}) == 1_000
    assert words(100) == words(100)
    assert any(word.isdigit() for word in words(100))


def test_a_process_is_watched_and_its_failure_told() -> None:
    """The peak of a child's child is seen, and a program that fails is no fast program."""
    held = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'x = b\"1\" * 60_000_000; print(len(x))'])"
    answer = Process(Command("python", ("-c", held)), sys.executable).answer("bytes", watched=True)
    assert answer.key == "60000000"
    if sys.platform == "linux":
        assert len(answer.peaks) == 2
        assert max(answer.peaks) > 60_000_000 > min(answer.peaks)
    with pytest.raises(BenchError, match="ended with 1"):
        Process(Command("python", ("-c", "print(1); raise SystemExit(1)")), sys.executable).answer("bytes", watched=False)


def test_unknown_rows_are_an_error() -> None:
    """A typing mistake is not a run of nothing; the names are told."""
    command = [sys.executable, "-m", "profiles.speed.bench", "--rows", "literal,treee"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert "treee" in done.stderr
    assert "tree-warm" in done.stderr
