"""Recall (H4): one planted fact among 20,000 passages, found in less than 50 ms at the median; exit 1 when not.

    python -m profiles.speed.recall

The fact is asked for in other words each time, behind queries that match much, on a database of its own and on this
machine's temporary disk.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import Final

from streamtools.database import Database
from streamtools.history.passages import Passages

_ROWS: Final = 20_000
_PLANTED: Final = 12_345
_FACT: Final = "the code of the vault is 7741 and nobody may know it"
_ASKED: Final = ("what is the code of the vault?", "vaults codes", "7741", "who may know the vault's code")
_QUERIES: Final = 40
_LIMIT_MS: Final = 50.0


def main() -> int:
    """Measure, print one line, and return the exit code."""
    random_ = random.Random(1)
    words = [f"w{random_.randrange(5000)}" for _ in range(20_000)]
    with tempfile.TemporaryDirectory() as folder, Database(os.path.join(folder, "state.db")) as database:
        passages = Passages("s1", database)
        passages.add(_texts(random_, words))
        times: dict[str, list[float]] = {"the fact": [], "many hits": []}
        for number in range(_QUERIES):
            asked = _ASKED[number % len(_ASKED)]
            begun = time.perf_counter()
            found = passages.search(asked, 10_000)
            times["the fact"].append(time.perf_counter() - begun)
            if not found or _FACT not in found[0].text:
                print(f"FAIL recall: {asked!r} did not find the planted fact first")
                return 1
            begun = time.perf_counter()
            passages.search(" ".join(random_.sample(words, 5)), 10_000)
            times["many hits"].append(time.perf_counter() - begun)
    medians = {name: statistics.median(taken) * 1000 for name, taken in times.items()}
    shown = ", ".join(f"{name}: median {median:.1f} ms, worst {max(times[name]) * 1000:.1f}" for name, median in medians.items())
    slow = max(medians.values()) >= _LIMIT_MS
    print(f"{'FAIL' if slow else 'ok  '} recall among {_ROWS:,} passages, limit {_LIMIT_MS:.0f} ms: {shown}")
    return int(slow)


def _texts(random_: random.Random, words: list[str]) -> Iterator[tuple[int, str]]:
    for number in range(_ROWS):
        text = " ".join(random_.choices(words, k=30))
        yield number, f"{text} {_FACT}" if number == _PLANTED else text


if __name__ == "__main__":
    sys.exit(main())
