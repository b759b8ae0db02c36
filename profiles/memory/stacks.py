"""Who held the memory: the biggest stacks of a capture, as text and as memray's pictures."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Final

_ROOT: Final = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))) + os.sep
_FRAMES: Final = 4

#: Function, file and line, the innermost first.
_Stack = tuple[tuple[str, str, int], ...]


def biggest(capture: str, against: str | None = None, most: int = 5) -> list[str]:
    """Name the lines that held most when the heap was at its peak, or that held most more than at the peak of ``against``."""
    return _ranked(_held(capture) if against is None else _grown(capture, against), most)


def keepers(capture: str, against: str, most: int = 3) -> list[str]:
    """Name the lines at which one block grew, as a list or dict does that is filled: they keep what other lines made."""
    return _ranked({stack: more for stack, more in _grown(capture, against).items() if more[1] <= 0}, most)


def _grown(capture: str, against: str) -> dict[_Stack, tuple[int, int]]:
    held = _held(capture)
    for stack, (size, blocks) in _held(against).items():
        more = held.get(stack, (0, 0))
        held[stack] = (more[0] - size, more[1] - blocks)
    return held


def _ranked(held: dict[_Stack, tuple[int, int]], most: int) -> list[str]:
    ranked = sorted(held.items(), key=lambda item: (-item[1][0], item[0]))
    return [f"{size:>15,} B in {blocks:,} blocks  {_line(stack)}" for stack, (size, blocks) in ranked[:most] if size > 0]


def _held(capture: str) -> dict[_Stack, tuple[int, int]]:
    import memray

    held: dict[_Stack, tuple[int, int]] = {}
    with memray.FileReader(capture) as reader:
        for record in reader.get_high_watermark_allocation_records(merge_threads=True):
            stack = tuple(record.stack_trace(_FRAMES))
            size, blocks = held.get(stack, (0, 0))
            held[stack] = (size + record.size, blocks + record.n_allocations)
    return held


def _line(stack: _Stack) -> str:
    return " <- ".join(f"{function} {path.removeprefix(_ROOT)}:{line}" for function, path, line in stack) or "unknown"


def draw(capture: str, kind: str) -> str:
    """Write memray's ``flamegraph`` or ``table`` beside a capture, as one HTML file that needs no network; return its path."""
    path = f"{capture.removesuffix('.bin')}-{kind}.html"
    command = [sys.executable, "-m", "memray", kind, "--force", "--no-web", "--output", path, capture]
    subprocess.run(command, check=True, capture_output=True)
    return path
