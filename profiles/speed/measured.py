"""What was measured of a row, and whether it keeps its promise."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from profiles.speed.rows import Row

#: The gate's budget: resident memory of each of our processes.
MOST_RSS: Final = 40_000_000


@dataclass(slots=True)
class Measured:
    """The times of a row's competitors by name, ours first, in seconds; our peaks in bytes, one a process (none: not Linux)."""

    row: Row
    times: dict[str, list[float]] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    peaks: tuple[int, ...] = ()
    error: str = ""

    def median(self, name: str) -> float:
        """The median time of a competitor."""
        return statistics.median(self.times[name])

    @property
    def ours(self) -> str:
        """Our name in ``times``."""
        return self.row.ours.name

    @property
    def fastest(self) -> str:
        """The peer with the smallest median."""
        return min((name for name in self.times if name != self.ours), key=self.median)

    @property
    def ratio(self) -> float:
        """Our median to that of the fastest peer."""
        return self.median(self.ours) / self.median(self.fastest)

    @property
    def spread(self) -> float:
        """How far the slowest of our runs, or of the fastest peer's, is above the fastest one: 0.1 is 10 %. Noise of the machine."""
        return max(max(self.times[name]) / min(self.times[name]) for name in (self.ours, self.fastest)) - 1

    def failures(self) -> Iterator[str]:
        """What is not as promised, one sentence each."""
        if self.error:
            yield self.error
            return
        if len(set(self.answers.values())) > 1:
            yield f"the answers differ: {', '.join(f'{name} {answer}' for name, answer in self.answers.items())}"
        if self.row.limit is not None and self.ratio > self.row.limit:
            yield f"{self.ratio:.4g} times {self.fastest}, at most {self.row.limit:g} is promised"
        if self.row.seconds is not None and self.median(self.ours) > self.row.seconds:
            yield f"{self.median(self.ours) * 1000:.4g} ms, at most {self.row.seconds * 1000:g} ms is promised"
        if self.peaks and max(self.peaks) >= MOST_RSS:
            yield f"a process takes {max(self.peaks) / 1e6:.1f} MB, less than {MOST_RSS / 1e6:g} MB is promised"

    def numbers(self) -> Mapping[str, Any]:
        """Everything, for a JSON file."""
        failures: Sequence[str] = list(self.failures())
        return {"seconds": self.times, "answers": self.answers, "peak_rss": self.peaks, "failures": failures}
