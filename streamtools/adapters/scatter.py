"""Duration against peak memory, a dot a worker, as plain SVG: both scales logarithmic, a colour for how it ended.

Two axes and dots need no library: matplotlib would bring 60 MB and a second of start for them.
"""

from __future__ import annotations

import math
from html import escape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any, Final


_WIDTH: Final = 900
_HEIGHT: Final = 520
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 150, 40, 50
_COLOURS: Final = {
    "done": "#1a7f37", "error": "#8250df", "memory": "#d1242f", "timeout": "#bf8700",
    "crashed": "#953800", "killed": "#cf222e", "lost": "#6e7781", "cancelled": "#0969da",
}  # fmt: skip


def scatter(workers: Sequence[Mapping[str, Any]]) -> str:
    """Return the picture; workers without a known peak or duration are counted in its title and left out."""
    shown = [one for one in workers if one["memory_peak_mb"] and one["duration_ms"]]
    x, y = (
        _Axis([one["duration_ms"] for one in shown], _LEFT, _WIDTH - _RIGHT),
        _Axis([one["memory_peak_mb"] for one in shown], _HEIGHT - _BOTTOM, _TOP),
    )
    left_out = f", {len(workers) - len(shown)} without numbers" if len(shown) < len(workers) else ""
    parts = [f'<text x="{_LEFT}" y="24" font-size="15" font-weight="bold">{len(shown)} workers{left_out}</text>', *_frame(x, y)]
    for one in shown:
        told = f"task {one['task_id']}, {one['agent_type']}: {one['status']}, {one['duration_ms']:,.0f} ms, {one['memory_peak_mb']:,.1f} MB"
        place = f'cx="{x.at(one["duration_ms"])}" cy="{y.at(one["memory_peak_mb"])}"'
        colour = _COLOURS.get(one["status"], "#000")
        parts.append(f'<circle {place} r="3" fill="{colour}" fill-opacity="0.6"><title>{_text(told)}</title></circle>')
    for number, status in enumerate(sorted({one["status"] for one in shown})):
        at = _TOP + 10 + 18 * number
        parts.append(f'<circle cx="{_WIDTH - _RIGHT + 20}" cy="{at}" r="4" fill="{_COLOURS.get(status, "#000")}"/>')
        parts.append(f'<text x="{_WIDTH - _RIGHT + 30}" y="{at + 4}">{_text(status)}</text>')
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
        f' font-family="sans-serif" font-size="11">\n<rect width="100%" height="100%" fill="#fff"/>\n{body}\n</svg>\n'
    )


class _Axis:
    """A logarithmic scale over whole powers of ten, from one pixel to another."""

    def __init__(self, values: Sequence[float], begin: float, end: float) -> None:
        self._low = math.floor(math.log10(min(values, default=1.0)))
        self._high = max(math.ceil(math.log10(max(values, default=10.0))), self._low + 1)
        self._begin, self._end = begin, end

    def at(self, value: float) -> float:
        """Return the pixel of a value."""
        part = (math.log10(value) - self._low) / (self._high - self._low)
        return round(self._begin + (self._end - self._begin) * part, 1)

    def marks(self) -> list[float]:
        """Return the powers of ten."""
        return [10.0**power for power in range(self._low, self._high + 1)]


def _frame(x: _Axis, y: _Axis) -> Iterator[str]:
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    for value in x.marks():
        yield f'<path d="M{x.at(value)} {_TOP}V{bottom}" stroke="#ddd"/>'
        yield f'<text x="{x.at(value)}" y="{bottom + 16}" text-anchor="middle" fill="#555">{value:,g}</text>'
    for value in y.marks():
        yield f'<path d="M{_LEFT} {y.at(value)}H{right}" stroke="#ddd"/>'
        yield f'<text x="{_LEFT - 6}" y="{y.at(value) + 4}" text-anchor="end" fill="#555">{value:,g}</text>'
    yield f'<text x="{(_LEFT + right) / 2:g}" y="{bottom + 36}" text-anchor="middle" font-weight="bold">duration, ms</text>'
    yield f'<text x="{_LEFT}" y="{_TOP - 4}" text-anchor="end" font-weight="bold">peak, MB</text>'


def _text(words: str) -> str:
    """Return text that may stand in XML, which has no place for control characters."""
    return escape("".join(char if char.isprintable() else "?" for char in words))
