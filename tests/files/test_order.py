"""Files reversed or by a time, whatever their number."""

from __future__ import annotations

import os
import sys
import tracemalloc
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtools.files.order import ordered

_NAMES = st.lists(st.text("ab.é/", min_size=1, max_size=6).filter(lambda name: "//" not in name), max_size=40)


@given(_NAMES, st.integers(1, 9), st.booleans())
def test_paths(names: list[str], run: int, reverse: bool) -> None:
    """T10: the order is that of folders and names by their bytes, whatever the number of runs, and nothing is lost."""
    wanted = sorted(names, key=lambda name: [os.fsencode(part) for part in name.split("/")], reverse=reverse)
    assert list(ordered(names, "path", reverse=reverse, run=run)) == wanted


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("sort", ["modified", "accessed"])
@pytest.mark.parametrize("run", [1, 2, 100])
def test_times(tmp_path: Path, sort: str, reverse: bool, run: int) -> None:
    """P1: the oldest first, or the newest; names decide between equal times; a file that is gone comes last."""
    times = {"b": 5, "a": 5, "c": 1, "d": 9, "e": -3}
    for name, time in times.items():
        (tmp_path / name).write_bytes(b"")
        os.utime(tmp_path / name, (time, 7 - time) if sort == "accessed" else (7 - time, time))
    names = [str(tmp_path / name) for name in ("gone", *times)]
    found = [os.path.basename(name) for name in ordered(names, sort, reverse=reverse, run=run)]  # type: ignore[arg-type]
    assert found == (["d", "a", "b", "c", "e", "gone"] if reverse else ["e", "c", "a", "b", "d", "gone"])


@pytest.mark.skipif(sys.platform != "linux", reason="statx(2) is Linux's")
def test_created(tmp_path: Path) -> None:
    """P1: a later file was created later, whatever its other times say."""
    names = [str(tmp_path / name) for name in ("z", "a")]
    for number, name in enumerate(names):
        Path(name).write_bytes(b"")
        os.utime(name, (9 - number, 9 - number))
        before = os.stat(name).st_ctime_ns
        while number == 0 and os.stat(tmp_path / "z").st_ctime_ns == before:  # the clock of files is coarse
            os.utime(name, (9, 9))
    assert list(ordered(names, "created", reverse=False)) == names
    assert list(ordered(names, "created", reverse=True)) == names[::-1]


def test_memory() -> None:
    """T6: sorting 200 runs of names takes the memory of a few."""

    def peak(count: int) -> int:
        tracemalloc.start()
        found = ordered((f"{n * 7919 % count:0100}" for n in range(count)), "path", reverse=True, run=500)
        assert all(one > other for one, other in pairwise(found))
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    peak(2000)
    small, large = peak(20_000), peak(100_000)
    assert large < 2 * small + 300_000
