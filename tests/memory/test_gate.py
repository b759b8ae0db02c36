"""The gate itself: it passes sound code, and faults turn it red and are named."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("memray", reason="measured by nox -s memory")

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
Gate = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Gate:
    """Run the gate as people do, with a baseline of the sound workloads."""
    folder = tmp_path_factory.mktemp("gate")

    def run(registry: str, *options: str) -> subprocess.CompletedProcess[str]:
        where = ("--baseline", str(folder / "baseline.json"), "--reports", str(folder / "reports"))
        command = [sys.executable, "-m", "profiles.memory.gate", "--registry", f"tests.memory.injected:{registry}", *where, *options]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    made = run("CLEAN", "--update")
    assert made.returncode == 0, made.stdout + made.stderr
    return run


def _line_of(text: str) -> str:
    """Where a piece of code stands in the file of faults."""
    path = os.path.join(os.path.dirname(__file__), "injected.py")
    number = 1 + next(at for at, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines()) if text in line)
    return f"tests/memory/injected.py:{number}"


def test_sound_code_passes(gate: Gate) -> None:
    """G1: the second run of the same code is within its own baseline, to the byte."""
    done = gate("CLEAN")
    assert done.returncode == 0, done.stdout
    assert "2 of 2 workloads passed" in done.stdout


def test_collector_that_keeps_every_hit(gate: Gate) -> None:
    """G3, G2: growth with the input fails, the line that keeps is named, and there are pictures."""
    done = gate("KEEPS_EVERY_HIT")
    assert done.returncode == 1, done.stdout
    assert "FAIL hit flat:" in done.stdout
    grown = done.stdout.partition("what is more there:")[2]
    assert _line_of("_KEPT.append(event)") in grown
    pictures = [line.partition(": ")[2] for line in grown.splitlines() if line.strip().startswith(("flamegraph: ", "table: "))]
    assert [os.path.getsize(path) > 100_000 for path in pictures[:2]] == [True, True]


def test_constant_fifth_more(gate: Gate) -> None:
    """G3, G2: 20 % more at every size fails against the baseline, and the line is named."""
    done = gate("A_FIFTH_MORE")
    assert done.returncode == 1, done.stdout
    assert "FAIL page baseline:" in done.stdout
    assert "flat:" not in done.stdout
    assert _line_of("bytearray(100_000)") in done.stdout


def test_wrong_answer(gate: Gate) -> None:
    """G1: a peak that was measured on a wrong answer is no pass."""
    done = gate("WRONG_ANSWER")
    assert done.returncode == 1
    assert "FAIL page result: 2 MiB: returned 479, expected 480" in done.stdout


def test_meter_that_never_started(gate: Gate) -> None:
    """G1: a workload that ends before its meter starts is an error, not a peak of nothing."""
    done = gate("LATE")
    assert done.returncode == 1
    assert "FAIL page error: 1 MiB, heap:" in done.stdout
