"""Line numbers that are counted late; T7."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamtools.text.drive import blocks
from streamtools.text.numbers import Numbers
from streamtools.text.source import from_bytes, from_fd, from_path
from streamtools.text.windows import Windows

LINES = st.lists(st.text(alphabet="ab\r é漢", max_size=40), min_size=1, max_size=80)


def asked(data: bytes, kind: str, path: Path, wanted: set[int], size: int) -> dict[int, int]:
    """Return the number of each line whose 0-based index is wanted, counted only where it is asked for."""
    path.write_bytes(data)
    reader = os.open(path, os.O_RDONLY)
    source = {"path": lambda: from_path(path), "bytes": lambda: from_bytes(data), "fd": lambda: from_fd(reader)}[kind]()
    found: dict[int, int] = {}
    index = 0
    try:
        with source, Windows(size=size) as windows:
            numbers = Numbers(windows, source)
            for block in blocks(source, windows):
                for start, _, stop in windows.lines(block.fresh, block.stop):
                    if index in wanted and (block.head or start != block.fresh):
                        found[index] = numbers.number(start)
                    index += windows.buffer[stop - 1 : stop] == b"\n"
                numbers.leave(block.stop)
    finally:
        os.close(reader)
    return found


@pytest.mark.parametrize("kind", ["path", "bytes", "fd"])
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LINES, st.sets(st.integers(0, 80), max_size=6), st.sampled_from([64, 200, 4096]), st.sampled_from(["utf-8", "utf-16"]))
def test_a_number_is_the_count_of_ends_before(kind: str, tmp_path: Path, lines: list[str], wanted: set[int], size: int, codec: str) -> None:
    """T7: asked for never, once or often, over blocks that were passed over, for every source and a transcoded one."""
    data = ("\n".join(lines) + "\n").encode(codec)
    found = asked(data, kind, tmp_path / "f", wanted, size)
    assert found == {index: index + 1 for index in wanted if index < len(lines) and index in found}
    assert set(found) >= {index for index in wanted if index < len(lines) and len(lines[index]) * 3 < size // 2}


def test_a_late_hit_in_a_large_file(tmp_path: Path) -> None:
    """T7: two megabytes passed over are counted when the number is wanted, through the descriptor."""
    lines = [f"line {number}" for number in range(200_000)]
    found = asked(("\n".join(lines) + "\n").encode(), "path", tmp_path / "f", {0, 150_000, 199_999}, 4096)
    assert found == {0: 1, 150_000: 150_001, 199_999: 200_000}


def test_numbers_begin_where_a_cursor_says(tmp_path: Path) -> None:
    """T10: from line 1001 at its byte on."""
    data = b"x\n" * 3000
    (tmp_path / "f").write_bytes(data)
    with from_path(tmp_path / "f") as source, Windows(size=256, label="utf-8") as windows:
        source.seek(2000)
        windows.start(2000)
        numbers = Numbers(windows, source, at=0, line=1001)
        got = [numbers.number(start) for block in blocks(source, windows) for start, _, _ in windows.lines(block.fresh, block.stop)]
    assert got == list(range(1001, 3001))
