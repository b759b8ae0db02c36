"""The small languages of ``--colors`` and ``--hyperlink-format``, as ripgrep 15.2 documents them.

Apart from `streamtools.adapters.values` because hardly a call needs them.
"""

from __future__ import annotations

import re

from streamtools.adapters.argv import BadValue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final


COLORS: Final = ("black", "blue", "green", "red", "cyan", "magenta", "yellow", "white")
STYLES: Final = ("nobold", "bold", "nointense", "intense", "nounderline", "underline", "noitalic", "italic")
_PARTS: Final = ("path", "line", "column", "match", "highlight")
_KINDS: Final = ("fg", "bg", "style", "none")

_ALIASES: Final = {
    "default": "file://{host}{path}",
    "none": "",
    "cursor": "cursor://file{path}:{line}:{column}",
    "file": "file://{host}{path}",
    "grep+": "grep+://{path}:{line}",
    "kitty": "file://{host}{path}#{line}",
    "macvim": "mvim://open?url=file://{path}&line={line}&column={column}",
    "textmate": "txmt://open?url=file://{path}&line={line}&column={column}",
    "vscode": "vscode://file{path}:{line}:{column}",
    "vscode-insiders": "vscode-insiders://file{path}:{line}:{column}",
    "vscodium": "vscodium://file{path}:{line}:{column}",
}
_VARIABLES: Final = ("path", "line", "column", "host", "wslprefix")


def check_colors(spec: str) -> None:
    """Check ``{type}:{attribute}:{value}`` or ``{type}:none``, in any case. Raises `BadValue`."""
    pieces = spec.split(":")
    if not 2 <= len(pieces) <= 3:
        raise _no_color_spec(spec)
    part, kind = pieces[0].lower(), pieces[1].lower()
    if part not in _PARTS:
        raise _none_of("output type", pieces[0], _PARTS, ".")
    if kind not in _KINDS:
        raise _none_of("spec type", pieces[1], _KINDS, ".")
    if kind == "none":
        return
    if len(pieces) < 3:
        raise _no_color_spec(spec)
    if kind == "style":
        if pieces[2].lower() not in STYLES:
            raise _none_of("style attribute", pieces[2], STYLES, ".")
    else:
        color(pieces[2])


def color(name: str) -> str | int | tuple[int, int, int]:
    """Return a color: one of `COLORS`, a number of the 256, or red, green and blue. Raises `BadValue`."""
    if name.lower() in COLORS:
        return name.lower()
    parts = [_byte(part) for part in name.split(",")]
    match parts:
        case [int(number)]:
            return number
        case [int(red), int(green), int(blue)]:
            return red, green, blue
    if len(parts) > 1:
        what, shape = "RGB color triple", "'[0-255],[0-255],[0-255]' (or a hex triple)"
    elif all(letter in "0123456789" for letter in name):
        what, shape = "ansi256 color number", "'[0-255]' (or a hex number)"
    else:
        raise _none_of("color name", name, COLORS, "")
    raise BadValue(f"{name!r} is no color: {shape} is wanted", f"unrecognized {what}, should be {shape}, but is '{name}'")


def _byte(text: str) -> int | None:
    if hexadecimal := re.fullmatch(r"0x(\+?[0-9a-fA-F]+)", text):
        number = int(hexadecimal[1], 16)
    elif re.fullmatch(r"\+?[0-9]{1,20}", text):
        number = int(text)
    else:
        return None
    return number if number <= 255 else None


def _none_of(what: str, text: str, names: tuple[str, ...], end: str) -> BadValue:
    listed = ", ".join(names)
    return BadValue(f"{text!r} is no {what}; choose from {listed}", f"unrecognized {what} '{text}'. Choose from: {listed}{end}")


def _no_color_spec(spec: str) -> BadValue:
    return BadValue(
        f"{spec!r} is no color specification; write one such as path:fg:blue, match:style:bold or line:none",
        f"invalid color spec format: '{spec}'. Valid format is '(path|line|column|match|highlight):(fg|bg|style):(value)'.",
    )


def link_format(text: str) -> str:
    """Return a checked format of links, aliases resolved; ``""`` means none. Raises `BadValue`.

    Variables are ``{path}`` (needed), ``{line}``, ``{column}`` (needs ``{line}``), ``{host}`` and ``{wslprefix}``;
    ``{{`` and ``}}`` are braces.
    """
    if text in _ALIASES or not text:
        return _ALIASES.get(text, "")
    names = _variables(text)
    if not names:
        aliases = ", ".join(_ALIASES)
        said = f"at least a {{path}} variable is required in a hyperlink format, or otherwise use a valid alias: {aliases}"
    elif "path" not in names:
        said = "the {path} variable is required in a hyperlink format"
    elif "column" in names and "line" not in names:
        said = "the hyperlink format contains a {column} variable, but no {line} variable is present"
    elif not re.match(r"[0-9A-Za-z+\-.]+:", text):
        said = "the hyperlink format must start with a valid URL scheme, i.e., [0-9A-Za-z+-.]+:"
    else:
        return text
    raise _bad_link(said)


def _variables(text: str) -> list[str]:
    names: list[str] = []
    for match in re.finditer(r"\{\{|\}\}|\{([^}]*)\}|[{}]", text):
        name = match[1]
        if match[0] == "}":
            raise _bad_link("unopened variable: found '}' without a corresponding '{' preceding it")
        if match[0] == "{":
            raise _bad_link("unclosed variable: found '{' without a corresponding '}' following it")
        if name is not None and name not in _VARIABLES:
            raise _bad_link(f"invalid hyperlink format variable: '{name}', choose from: {', '.join(_VARIABLES)}")
        names += [] if name is None else [name]
    return names


def _bad_link(said: str) -> BadValue:
    return BadValue(said, f"invalid hyperlink format: {said}")
