"""The judgement: what was measured against what is promised; pure functions of numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from profiles.memory.workload import UNITS, Answer, Workload

Rule = Literal["error", "result", "flat", "budget", "baseline", "rss"]

#: Peaks of the two largest sizes may differ by this; it finds a leak of 4 KiB in 1 GiB.
FLAT: Final = 4096
#: What a peak may exceed its baseline by: this part of it, and FLAT.
PART: Final = 0.05
#: The same where several threads allocate.
PART_THREADS: Final = 0.10
#: Resident memory may rise by this from the second largest size to the largest: 1 MiB for 1 GiB.
RSS: Final = 1024 * 1024


@dataclass(slots=True)
class Peaks:
    """What the probes of one workload found, by size; ``errors`` are those of probes that failed."""

    row: Workload
    heap: dict[int, int] = field(default_factory=dict)
    rss: dict[int, int] = field(default_factory=dict)
    answers: dict[int, Answer] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Failure:
    """A rule that does not hold. ``size`` is where the heap shows it, ``against`` the smaller size it grew from."""

    rule: Rule
    text: str
    size: int | None = None
    against: int | None = None


def judge(peaks: Peaks, baseline: Mapping[str, int]) -> list[Failure]:
    """Return every rule that does not hold, the most telling first. Sizes without a baseline are not compared with one."""
    if peaks.errors:
        return [Failure("error", text) for text in peaks.errors]
    row = peaks.row
    return [*_result(peaks), *_flat(peaks), *_budget(peaks), *_against(peaks, baseline, part(row)), *_rss(peaks)]


def part(row: Workload) -> float:
    """How much of a peak is noise."""
    return PART_THREADS if row.threads else PART


def improved(peaks: Peaks, baseline: Mapping[str, int]) -> list[int]:
    """The sizes at which less is held than the baseline says, by more than noise."""
    share = 1 - part(peaks.row)
    return [size for size, peak in peaks.heap.items() if peak < baseline.get(str(size), 0) * share - FLAT]


def slope(row: Workload, heap: Mapping[int, int]) -> float | None:
    """Bytes of peak for each unit of the axis, between the two largest sizes; None with one size."""
    if len(row.sizes) < 2:
        return None
    low, high = row.sizes[-2:]
    return (heap[high] - heap[low]) / (high - low)


def _result(peaks: Peaks) -> list[Failure]:
    return [
        Failure("result", f"{name(peaks.row, size)}: returned {peaks.answers[size]!r}, expected {wanted!r}")
        for size, wanted in zip(peaks.row.sizes, peaks.row.answers, strict=True)
        if peaks.answers[size] != wanted
    ]


def _flat(peaks: Peaks) -> list[Failure]:
    if len(peaks.row.sizes) < 2:
        return []
    low, high = peaks.row.sizes[-2:]
    allowed = FLAT + peaks.row.grows * (high - low) + (round(PART_THREADS * peaks.heap[low]) if peaks.row.threads else 0)
    grown = peaks.heap[high] - peaks.heap[low]
    if grown <= allowed:
        return []
    text = f"{name(peaks.row, high)}: {peaks.heap[high]:,} B, {grown:,} B more than at {name(peaks.row, low)}; {allowed:,} are allowed"
    return [Failure("flat", text, high, low)]


def _budget(peaks: Peaks) -> list[Failure]:
    size, peak = max(peaks.heap.items(), key=lambda item: item[1])
    if peak <= peaks.row.budget:
        return []
    return [Failure("budget", f"{name(peaks.row, size)}: {peak:,} B; its Limits promise {peaks.row.budget:,}", size)]


def _against(peaks: Peaks, baseline: Mapping[str, int], share: float) -> list[Failure]:
    failures = []
    for size, peak in peaks.heap.items():
        base = baseline.get(str(size))
        if base is not None and peak > base * (1 + share) + FLAT:
            text = f"{name(peaks.row, size)}: {peak:,} B; the baseline is {base:,}, and {share:.0%} + 4 KiB more are allowed"
            failures.append(Failure("baseline", text, size))
    return failures


def _rss(peaks: Peaks) -> list[Failure]:
    if len(peaks.rss) < 2:
        return []
    low, high = sorted(peaks.rss)[-2:]
    grown = peaks.rss[high] - peaks.rss[low]
    if grown <= RSS:
        return []
    text = f"{name(peaks.row, high)}: {grown:,} B more resident than at {name(peaks.row, low)}; {RSS:,} are allowed"
    return [Failure("rss", text, high, low)]


def name(row: Workload, size: int) -> str:
    """A size in words: ``1024 MiB``."""
    return f"{size:,} {UNITS[row.axis]}"
