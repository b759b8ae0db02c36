"""What a model sent, checked against a tool's parameters; forgiving where it is clear what was meant."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from typing import Any, Final

from streamtools.errors import InvalidArgument
from streamtools.toolset.schemas import Parameter

#: Names that the field's tools use, and ours.
_ALIASES: Final = {
    "file_path": "path",
    "filePath": "path",
    "-A": "after",
    "-B": "before",
    "-C": "context",
    "-i": "ignore_case",
    "include": "glob",
}
#: Lines are always numbered.
_IGNORED: Final = frozenset({"-n"})
#: Arguments that may be several; what goes on from a result gives them so.
_SEVERAL: Final = frozenset({"pattern", "path", "glob", "type", "exclude"})
_MOST: Final = 100
_SHOWN: Final = 60
_HUGE: Final = 1 << 62


def checked(tool: str, given: object, parameters: Mapping[str, Parameter]) -> dict[str, Any]:
    """Return the arguments that are not their defaults, by our names, of the right types.

    ``given`` is a mapping, or JSON text of one. Null is "not given"; text is taken as a number or a truth value where one is wanted;
    names of the field's tools are taken. Raises `InvalidArgument` with one sentence.
    """
    found: dict[str, Any] = {}
    for name, value in _mapping(tool, given).items():
        known = _ALIASES.get(name, name) if name not in parameters else name
        if name in _IGNORED and "context" in parameters:
            continue
        if known not in parameters:
            near = difflib.get_close_matches(name, parameters, 1)
            hint = f"did you mean {near[0]}?" if near else f"it takes {', '.join(parameters)}"
            raise InvalidArgument(f"{tool} has no argument {_shown(name)}; {hint}")
        if known in found and name != known:
            raise InvalidArgument(f"{tool}: {name} and {known} say the same; give one of them")
        if value is not None:
            found[known] = _value(tool, parameters[known], value)
    for name, one in parameters.items():
        if one.required and name not in found:
            raise InvalidArgument(f"{tool} needs {name}: {one.description}")
    return {name: value for name, value in found.items() if parameters[name].required or value != parameters[name].default}


def _mapping(tool: str, given: object) -> Mapping[str, object]:
    if isinstance(given, str | bytes):
        try:
            given = json.loads(given or "{}")
        except (ValueError, RecursionError) as error:
            raise InvalidArgument(f"{tool}: the arguments are not JSON; give an object such as {{}}") from error
    if given is None:
        return {}
    if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
        raise InvalidArgument(f"{tool}: the arguments must be an object with names, not {_shown(given)}")
    return given


def _value(tool: str, wanted: Parameter, value: object) -> str | int | list[str]:
    if wanted.kind is str:
        return _text(tool, wanted, value)
    if isinstance(value, str):
        value = _meant(wanted.kind, value.strip(), value)
    if wanted.kind is int and isinstance(value, float) and value.is_integer():
        value = int(value)
    if wanted.kind is int and isinstance(value, int) and not isinstance(value, bool) and abs(value) < _HUGE:
        return value
    if wanted.kind is bool and isinstance(value, bool):
        return value
    kind = "true or false" if wanted.kind is bool else "a whole number"
    raise InvalidArgument(f"{tool}: {wanted.name} must be {kind}, not {_shown(value)}")


def _text(tool: str, wanted: Parameter, value: object) -> str | list[str]:
    several = wanted.name in _SEVERAL and not (tool == "read" or (tool == "glob" and wanted.name == "path"))
    if isinstance(value, list | tuple) and several and len(value) <= _MOST and all(isinstance(one, str) for one in value):
        values = [one for one in value if one]
        return values[0] if len(values) == 1 else values or wanted.default or ""
    if not isinstance(value, str):
        raise InvalidArgument(f"{tool}: {wanted.name} must be text, not {_shown(value)}")
    if not value.isascii() and any("\ud800" <= char <= "\udfff" and not "\udc80" <= char <= "\udcff" for char in value):
        raise InvalidArgument(f"{tool}: {wanted.name} holds half a character: {_shown(value)}")
    if wanted.words and value not in wanted.words:
        raise InvalidArgument(f"{tool}: {wanted.name} is one of {', '.join(wanted.words)}, not {_shown(value)}")
    return value


def _meant(kind: type, text: str, value: str) -> object:
    """Return the number or truth value that a text surely means, else the text."""
    if kind is bool:
        return {"true": True, "false": False}.get(text.lower(), value)
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) < 20 else value


def _shown(value: object) -> str:
    """Return a value as one short line."""
    try:
        text = ascii(value)
    except (RecursionError, ValueError):
        text = type(value).__name__
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
