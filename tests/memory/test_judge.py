"""The judgement and the documents, without measuring."""

from __future__ import annotations

import pytest

from profiles.memory import readme
from profiles.memory.gate import HERE, _load
from profiles.memory.judge import Peaks, improved, judge
from profiles.memory.workload import UNITS, Workload, load

ROWS = load("profiles.memory.workloads:WORKLOADS")
ROW = Workload("row", "file size", (1, 32, 1024), str, lambda _: 7, (7, 7, 7), 1_000_000)


def _peaks(*heap: int, rss: tuple[int, int] = (0, 0), row: Workload = ROW) -> Peaks:
    return Peaks(row, dict(zip(row.sizes, heap, strict=True)), dict(zip(row.sizes[-2:], rss, strict=True)), dict.fromkeys(row.sizes, 7))


@pytest.mark.parametrize(
    ("peaks", "rules"),
    [
        (_peaks(100_000, 100_000, 104_096), []),
        (_peaks(100_000, 100_000, 104_097), ["flat"]),
        (_peaks(90_000, 100_000, 100_000), []),
        (_peaks(1_000_001, 1_000_001, 1_000_001), ["budget", "baseline", "baseline", "baseline"]),
        (_peaks(109_096, 109_096, 109_096), []),
        (_peaks(109_097, 109_000, 109_000), ["baseline"]),
        (_peaks(100_000, 100_000, 100_000, rss=(5_000_000, 6_048_576)), []),
        (_peaks(100_000, 100_000, 100_000, rss=(5_000_000, 6_048_577)), ["rss"]),
    ],
)
def test_rules(peaks: Peaks, rules: list[str]) -> None:
    """G1: each rule holds up to its limit and not a byte further."""
    baseline = {"1": 100_000, "32": 100_000, "1024": 100_000}
    assert [failure.rule for failure in judge(peaks, baseline)] == rules


def test_less_is_told() -> None:
    """G1: a gain is noted at the sizes where it is more than noise."""
    assert improved(_peaks(50_000, 99_000, 100_000), {"1": 100_000, "32": 100_000, "1024": 100_000}) == [1]


def test_documents_are_current() -> None:
    """G1: the table and the picture are what the committed baseline says."""
    assert readme.stale(ROWS, _load(f"{HERE}/baseline.json")) == []


def test_every_axis_has_workloads() -> None:
    """T6: file size, line length, hits, files and calls; sizes ascend, and every size has an answer."""
    assert {row.axis for row in ROWS.values()} == set(UNITS)
    assert [row.name for row in ROWS.values() if list(row.sizes) != sorted(row.sizes) or len(row.sizes) != len(row.answers)] == []


def test_no_budget_is_above_what_the_file_would_take() -> None:
    """T6: a budget under which the whole file could be held would prove nothing."""
    assert [row.name for row in ROWS.values() if row.axis == "file size" and row.sizes[-1] > 1 and row.budget >= row.sizes[-1] << 20] == []
