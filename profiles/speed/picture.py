"""One picture of all rows: a bar a competitor, as long as its time is to that of the fastest peer. Plain SVG needs no library."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from profiles.speed.measured import Measured

_WIDTH: Final = 1000
_LEFT: Final = 400
_PLOT: Final = 440
_BAR: Final = 13
_GAP: Final = 12
_TOP: Final = 62
#: Ratios beyond this are cut and said in figures.
_MOST: Final = 4.0
_OURS: Final = "#1a7f37"
_COLOURS: Final = {
    "ripgrep": "#b35900", "ripgrep --no-mmap": "#e0a458", "grep": "#6e7781", "ugrep": "#8250df", "sed": "#57606a", "sread": "#9be9a8",
}  # fmt: skip


def draw(measured: Sequence[Measured], facts: Sequence[str]) -> str:
    """Return the picture: time to the fastest peer's (the line at 1), our limit as a red mark; rows without numbers are left out."""
    shown = [one for one in measured if not one.error]
    parts: list[str] = []
    top = _TOP
    for one in shown:
        parts += _group(one, top)
        top += _BAR * len(one.times) + _GAP
    height = top + 10
    axis = "\n".join(_axis(height - 10))
    head = (
        f'<text x="10" y="20" font-size="15" font-weight="bold">Wall time against the fastest peer (1); shorter is better</text>\n'
        f'<text x="10" y="38" fill="#555">{escape("; ".join(fact for fact in facts if not fact.startswith("!")))[:230]}</text>'
    )
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}"'
        f' font-family="sans-serif" font-size="10.5">\n<rect width="100%" height="100%" fill="#fff"/>\n{head}\n{axis}\n{body}\n</svg>\n'
    )


def _axis(bottom: int) -> Iterator[str]:
    for ratio in range(int(_MOST) + 1):
        at = _x(ratio)
        yield f'<path d="M{at} {_TOP - 6}V{bottom}" stroke="{"#333" if ratio == 1 else "#ddd"}"/>'
        yield f'<text x="{at}" y="{_TOP - 9}" text-anchor="middle" fill="#555">{ratio}</text>'


def _x(ratio: float) -> float:
    return round(_LEFT + _PLOT * min(ratio, _MOST) / _MOST, 1)


def _group(one: Measured, top: int) -> Iterator[str]:
    best = one.median(one.fastest)
    yield f'<text x="10" y="{top + 10}" font-weight="bold">{escape(one.row.about)}</text>'
    for number, name in enumerate(one.times):
        seconds = one.median(name)
        y = top + _BAR * number
        colour = _OURS if name == one.ours else _COLOURS.get(name, "#999")
        beyond = " ▸" if seconds / best > _MOST else ""
        label = f"{seconds * 1000:,.4g} ms ({seconds / best:.2g}){beyond}"
        if number:
            yield f'<text x="{_LEFT - 6}" y="{y + 10}" text-anchor="end" fill="#555">{escape(name)}</text>'
        else:
            yield f'<text x="{_LEFT - 6}" y="{y + 10}" text-anchor="end" fill="{_OURS}" font-weight="bold">{escape(name)}</text>'
        yield f'<rect x="{_LEFT}" y="{y}" width="{round(max(_x(seconds / best) - _LEFT, 0.5), 1)}" height="{_BAR - 2}" fill="{colour}"/>'
        yield f'<text x="{_x(seconds / best) + 5}" y="{y + 10}">{label}</text>'
    if one.row.limit is not None:
        yield f'<path d="M{_x(one.row.limit)} {top - 2}v{_BAR + 2}" stroke="#d1242f" stroke-width="2"/>'
