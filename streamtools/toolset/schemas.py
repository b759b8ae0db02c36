"""From the plain functions to what a provider sends to its model: name, description and a JSON schema of the arguments."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

from streamtools.errors import InvalidArgument

Provider = Literal["anthropic", "openai", "mcp"]

_KINDS: Final = {str: "string", int: "integer", bool: "boolean"}
_ARGUMENT: Final = re.compile(r"^ {4}(\w+): (.+(?:\n {5,}.+)*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument of a tool: its kind (str, int or bool), the words it may be if it is one of a few, and its default."""

    name: str
    kind: type
    words: tuple[str, ...]
    default: Any
    required: bool
    description: str


def parameters(function: Callable[..., str]) -> dict[str, Parameter]:
    """Return the parameters of a tool by name, as its signature and its docstring say."""
    hints = get_type_hints(function)
    told = {name: " ".join(words.split()) for name, words in _ARGUMENT.findall(_parts(function)[1])}
    found = {}
    for name, one in inspect.signature(function).parameters.items():
        words = get_args(hints[name]) if get_origin(hints[name]) is Literal else ()
        required = one.default is one.empty
        default = None if required else one.default
        found[name] = Parameter(name, str if words else hints[name], words, default, required, told[name])
    return found


def description(function: Callable[..., str]) -> str:
    """Return what a model is told of the tool as a whole."""
    return _parts(function)[0]


def schema(function: Callable[..., str], provider: Provider) -> dict[str, Any]:
    """Return the tool's definition as a provider's API takes it. Raises `InvalidArgument` for an unknown one."""
    name, words, shape = function.__name__, description(function), _shape(parameters(function))
    if provider == "anthropic":
        return {"name": name, "description": words, "input_schema": shape}
    if provider == "openai":
        return {"type": "function", "function": {"name": name, "description": words, "parameters": shape}}
    if provider == "mcp":
        hints = {"readOnlyHint": True, "destructiveHint": False, "idempotentHint": True, "openWorldHint": False}
        return {"name": name, "title": name.capitalize(), "description": words, "inputSchema": shape, "annotations": hints}
    raise InvalidArgument(f"schemas are made for {', '.join(get_args(Provider))}, not {provider!r}")


def _shape(found: Mapping[str, Parameter]) -> dict[str, Any]:
    properties: dict[str, dict[str, Any]] = {}
    for name, one in found.items():
        properties[name] = {"type": _KINDS[one.kind], "description": one.description}
        if one.words:
            properties[name]["enum"] = list(one.words)
        if not one.required:
            properties[name]["default"] = one.default
    required = [name for name, one in found.items() if one.required]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _parts(function: Callable[..., str]) -> tuple[str, str]:
    """Return the docstring before and behind ``Args:``; lines of a paragraph joined in the first."""
    text, _, arguments = (inspect.getdoc(function) or "").partition("\n\nArgs:\n")
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n")), arguments
