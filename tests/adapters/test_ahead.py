"""A deep page of a big file is counted by several processes, and is the page that one would have read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from streamtools.adapters.ahead import count_ahead
from streamtools.reading import read
from streamtools.text.lineindex import INDEXES
from tests.started import children

_LINES = 10_000_000


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Ten million lines, of which every tenth tells its number."""
    path = tmp_path_factory.mktemp("ahead") / "big.txt"
    with path.open("wb") as file:
        for thousand in range(_LINES // 1000):
            file.write(
                b"".join(b"line %d\n" % (thousand * 1000 + n) + b"\nx\n\n\n\n\n\n" + b"f" * 60 + b"\n\n" for n in range(0, 1000, 10))
            )
    yield path
    path.unlink()


def fresh() -> None:
    """Forget all line indexes."""
    INDEXES.reclaim(INDEXES.held())


@pytest.mark.parametrize("line", [2_000_000, 3_333_331, 9_999_901, _LINES, _LINES + 5])
def test_the_same_page(big: Path, line: int) -> None:
    """T7, M5: the page is that of one process, wherever its line is; behind the end too."""
    fresh()
    alone = read(big, line, 100)
    fresh()
    count_ahead(str(big), line, 2, None)
    assert (INDEXES.held() > 0) is (line <= _LINES)
    ahead = read(big, line, 100)
    assert (ahead.lines, ahead.next, ahead.stopped) == (alone.lines, alone.next, alone.stopped)
    if line <= _LINES:
        assert ahead.lines[0].number == line
        assert ahead.lines[0].text == ("" if line % 10 != 1 else f"line {line - 1}")


def test_what_it_leaves_alone(big: Path, tmp_path: Path) -> None:
    """T11: a small file, another encoding, a FIFO, a missing file, one process: nothing is counted, nothing raised, no child left."""
    fresh()
    before = children()
    small = tmp_path / "small"
    small.write_bytes(b"a\n" * 1000)
    os.mkfifo(tmp_path / "fifo")
    for path in (small, tmp_path / "fifo", tmp_path / "missing", tmp_path):
        count_ahead(str(path), 500_000, 2, None)
    count_ahead(str(big), 500_000, 1, None)
    count_ahead(str(big), 500_000, 2, "utf-16-le")
    assert not INDEXES.held()
    assert not children() - before
