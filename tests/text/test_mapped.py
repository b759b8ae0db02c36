"""A part of a file through a map of it: the same whole lines at the same offsets as by reading; T6, T7, M2."""

from __future__ import annotations

import mmap
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamtools.events import Encoding
from streamtools.text import mapped
from streamtools.text.mapped import LongLine, Mapped
from streamtools.text.source import from_path

LINES = st.lists(st.text(alphabet="ab\r é", max_size=30), min_size=1, max_size=400)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks and what is given back of the size of a page, so that a few lines make several."""
    monkeypatch.setattr(mapped, "_BLOCK", 512)
    monkeypatch.setattr(mapped, "_BEHIND", mmap.PAGESIZE)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LINES, st.integers(0, 399), st.integers(1, 400))
def test_blocks_join_to_the_part_at_their_offsets(tmp_path: Path, lines: list[str], first: int, count: int) -> None:
    """T6, T7: whatever lines a part begins and ends with, nothing is lost, and offsets and counts are the file's."""
    path = tmp_path / "text"
    rows = [f"{line}\n".encode() for line in lines]
    data = b"".join(rows)
    path.write_bytes(data)
    start = sum(map(len, rows[:first]))
    stop = sum(map(len, rows[: first + count]))
    if start == stop:
        return
    with from_path(path) as source:
        source.stop_at(stop)
        window = Mapped.of(source, start, Encoding("utf-8", "valid"), longest=256, crlf=True)
        assert window is not None
        found = []
        with window:
            for block in window.blocks():
                assert block.whole
                assert window.ended == (window.offset(block.stop) == stop)
                assert data[window.offset(block.start) : window.offset(block.stop)] == window.buffer[block.start : block.stop]
                assert window.count(block.start, block.stop) == data.count(b"\n", window.offset(block.start), window.offset(block.stop))
                found.append(window.buffer[block.start : block.stop])
            assert window.offset(window.first) == start
    assert b"".join(found) == data[start:stop]


@pytest.mark.parametrize(("length", "long"), [(250, True), (127, False), (60, False)])
def test_a_line_that_reading_would_cut_is_told(tmp_path: Path, length: int, long: bool) -> None:
    """T7: a line of ``longest`` bytes is never taken for a whole one; those of less than half never stop the look."""
    path = tmp_path / "text"
    path.write_bytes(b"short\n" * 100 + b"x" * length + b"\n" + b"short\n" * 300)
    with from_path(path) as source:
        window = Mapped.of(source, 0, Encoding("utf-8", "valid"), longest=256 if not long else 250, crlf=True)
        assert window is not None
        with window:
            if long:
                with pytest.raises(LongLine):
                    list(window.blocks())
            else:
                assert sum(block.stop - block.start for block in window.blocks()) == path.stat().st_size


def test_what_cannot_be_mapped_is_left_to_reading(tmp_path: Path) -> None:
    """T14: a file that is shorter than the part by now, and a source without a size."""
    path = tmp_path / "text"
    path.write_bytes(b"line\n" * 10)
    with from_path(path) as source:
        source.stop_at(10 * mmap.PAGESIZE)
        assert Mapped.of(source, 0, Encoding("utf-8", "valid"), longest=256, crlf=True) is None
        source.size = None
        assert Mapped.of(source, 0, Encoding("utf-8", "valid"), longest=256, crlf=True) is None
