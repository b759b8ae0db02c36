"""One picture of all workloads: peak against size, a panel an axis, both scales logarithmic. Plain SVG needs no library."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from profiles.memory.workload import UNITS, Workload

_WIDTH: Final = 1160
_PANEL: Final = 250
_LEFT: Final = 70
_PLOT: Final = 620
_TOP: Final = 40
_LOW: Final = 10_000
_HIGH: Final = 100_000_000
_COLOURS: Final = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22")

Heaps = Mapping[str, Mapping[int, int]]


def plot(rows: Mapping[str, Workload], heaps: Heaps, title: str) -> str:
    """Return the picture; a workload without numbers is left out. A line that rises is memory that grows."""
    panels = {axis: [rows[name] for name in rows if rows[name].axis == axis and heaps.get(name)] for axis in UNITS}
    shown = {axis: there for axis, there in panels.items() if there}
    parts = [f'<text x="{_LEFT}" y="24" font-size="15" font-weight="bold">{title}</text>']
    top = _TOP
    for axis, there in shown.items():
        height = max(_PANEL, 15 * len(there) + 50)
        parts += _panel(there, heaps, f"{axis} ({UNITS[axis]})" if UNITS[axis] != axis else axis, top, height)
        top += height
    size = f'width="{_WIDTH}" height="{top}" viewBox="0 0 {_WIDTH} {top}"'
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="11">\n'
        f'<rect width="100%" height="100%" fill="#fff"/>\n{body}\n</svg>\n'
    )


def _panel(rows: Sequence[Workload], heaps: Heaps, label: str, top: int, height: int) -> Iterator[str]:
    sizes = sorted({size for row in rows for size in row.sizes})
    bottom = top + height - 40
    first, last = math.log(sizes[0]), math.log(sizes[-1])

    def x(size: int) -> float:
        return round(_LEFT + _PLOT * ((math.log(size) - first) / (last - first) if last > first else 0.5), 1)

    def y(peak: int) -> float:
        part = (math.log(min(max(peak, _LOW), _HIGH)) - math.log(_LOW)) / (math.log(_HIGH) - math.log(_LOW))
        return round(bottom - (bottom - top - 10) * part, 1)

    for power in range(4, 9):
        at = y(10**power)
        word = {4: "10 KB", 5: "100 KB", 6: "1 MB", 7: "10 MB", 8: "100 MB"}[power]
        yield f'<path d="M{_LEFT} {at}H{_LEFT + _PLOT}" stroke="#ddd"/>'
        yield f'<text x="{_LEFT - 6}" y="{at + 4}" text-anchor="end" fill="#555">{word}</text>'
    for size in sizes:
        yield f'<text x="{x(size)}" y="{bottom + 14}" text-anchor="middle" fill="#555">{size:,}</text>'
    yield f'<text x="{_LEFT + _PLOT / 2:g}" y="{bottom + 28}" text-anchor="middle" font-weight="bold">{label}</text>'
    ranked = sorted(rows, key=lambda row: (-heaps[row.name][max(heaps[row.name])], row.name))
    for number, row in enumerate(ranked):
        heap = heaps[row.name]
        colour = _COLOURS[number % len(_COLOURS)]
        dashes = ' stroke-dasharray="5 3"' if number >= len(_COLOURS) else ""
        points = [(x(size), y(heap[size])) for size in sorted(heap)]
        path = " ".join(f"{a},{b}" for a, b in points)
        yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"{dashes}/>'
        yield from (f'<circle cx="{a}" cy="{b}" r="2.5" fill="{colour}"/>' for a, b in points)
        beside, at = _LEFT + _PLOT + 30, top + 14 + 15 * number
        yield f'<path d="M{beside} {at - 4}h22" stroke="{colour}" stroke-width="2"{dashes}/>'
        yield f'<text x="{beside + 28}" y="{at}">{row.name}: {heap[max(heap)]:,} B</text>'
