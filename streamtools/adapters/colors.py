r"""Colours as ripgrep's ``--colors`` takes them, and the bytes that a terminal takes.

A change is ``TYPE:fg:COLOR``, ``TYPE:bg:COLOR``, ``TYPE:style:STYLE`` or ``TYPE:none``; a colour is a name, a number from
0 to 255 or ``R,G,B``, numbers also in hexadecimal (``0x1f``).
"""

from __future__ import annotations

from streamtools.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Final


#: In the order of their codes.
_NAMES: Final = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
RESET: Final = b"\x1b[0m"


class Paint(NamedTuple):
    """How one kind of text looks: a colour is a number below 8 for a name, ``5;N`` or ``2;R;G;B``."""

    fg: str = ""
    bg: str = ""
    bold: bool = False
    intense: bool = False
    underline: bool = False
    italic: bool = False

    @property
    def none(self) -> bool:
        """Whether nothing is changed."""
        return self == Paint()

    def start(self) -> bytes:
        """Return the bytes that switch it on, whatever was on before."""
        codes = [code for code, on in (("1", self.bold), ("3", self.italic), ("4", self.underline)) if on]
        codes += [self._color(base, color) for base, color in (("3", self.fg), ("4", self.bg)) if color]
        return RESET + b"".join(f"\x1b[{code}m".encode() for code in codes)

    def _color(self, base: str, color: str) -> str:
        if len(color) > 1:
            return f"{base}8;{color}"
        return f"{base}8;5;{int(color) + 8}" if self.intense else base + color


class Palette(NamedTuple):
    """What each kind of text looks like; ripgrep's default colours."""

    path: Paint = Paint(fg="5")
    line: Paint = Paint(fg="2")
    column: Paint = Paint()
    match: Paint = Paint(fg="1", bold=True)
    highlight: Paint = Paint()


def palette(changes: Iterable[str]) -> Palette:
    """Return the default colours with changes, in their order; the changes are checked already."""
    found = Palette()
    for change in changes:
        kind, what, value = [*change.lower().split(":"), ""][:3]
        found = found._replace(**{kind: _changed(getattr(found, kind), what, value)})
    return found


def _changed(paint: Paint, what: str, value: str) -> Paint:
    if what == "none":
        return Paint()
    if what == "style":
        name = value.removeprefix("no")
        return paint._replace(**{name: name == value})  # type: ignore[arg-type]
    return paint._replace(fg=_color(value)) if what == "fg" else paint._replace(bg=_color(value))


def _color(text: str) -> str:
    if text in _NAMES:
        return str(_NAMES.index(text))
    numbers = [str(int(number, 16 if number.startswith("0x") else 10)) for number in text.split(",")]
    return ";".join(["5" if len(numbers) == 1 else "2", *numbers])
