"""The tools as plain functions, their schemas, and what they take; P2, P1 of names, T15."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_origin, get_type_hints

import pytest

from streamtools.errors import InvalidArgument
from streamtools.toolset import Toolset
from streamtools.toolset.arguments import checked
from streamtools.toolset.schemas import Provider, description, parameters


@pytest.fixture
def tools(tmp_path: Path) -> Iterator[Toolset]:
    """An empty project."""
    with Toolset([tmp_path]) as found:
        yield found


@pytest.mark.parametrize("name", ["read", "grep", "glob"])
def test_the_functions_are_plain_enough_for_every_framework(tools: Toolset, name: str) -> None:
    """P2: real functions with a text result; no unions, no ``*args``; defaults that are JSON; every argument described."""
    function = tools.functions[name]
    assert inspect.isfunction(function)
    assert function.__name__ == function.__qualname__ == name
    hints = get_type_hints(function)
    assert hints.pop("return") is str
    for one in inspect.signature(function).parameters.values():
        assert one.kind is one.POSITIONAL_OR_KEYWORD
        assert hints[one.name] in {str, int, bool} or get_origin(hints[one.name]) is Literal
        assert one.default is one.empty or json.dumps(one.default)
    told = parameters(function)
    assert list(told) == list(hints)
    assert all(one.description.endswith((".", "again")) and "{" not in one.description.replace("{ts,tsx}", "") for one in told.values())
    assert 100 < len(description(function)) <= 1024, "OpenAI takes no longer description"
    assert "Args:" not in description(function)
    assert tools.roots.folders[0] in description(function)


@pytest.mark.parametrize("provider", ["anthropic", "openai", "mcp"])
def test_schemas(tools: Toolset, provider: Provider) -> None:
    """P2: each provider's shape around the same JSON schema, which says what is required, the kinds, the words and the defaults."""
    found = tools.schemas(provider)
    inner = [one["function"] if provider == "openai" else one for one in found]
    assert [one["name"] for one in inner] == ["read", "grep", "glob"]
    key = {"anthropic": "input_schema", "openai": "parameters", "mcp": "inputSchema"}[provider]
    shape = inner[1][key]
    assert shape["required"] == ["pattern"]
    assert shape["additionalProperties"] is False
    assert shape["properties"]["output_mode"]["enum"] == ["content", "files_with_matches", "count"]
    assert shape["properties"]["before"] | {"description": ""} == {"type": "integer", "description": "", "default": 0}
    if provider == "mcp":
        assert all(one["annotations"]["readOnlyHint"] for one in found)
    json.dumps(found)


def test_an_unknown_provider_is_told(tools: Toolset) -> None:
    """T15: the providers there are."""
    with pytest.raises(InvalidArgument, match="anthropic, openai, mcp"):
        tools.schemas("other")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("tool", "given", "wanted"),
    [
        ("read", {"file_path": "a", "offset": "3", "limit": 5.0}, {"path": "a", "offset": 3, "limit": 5}),
        ("read", '{"path": "a", "column": 1, "encoding": null}', {"path": "a"}),
        (
            "grep",
            {"pattern": "x", "-A": 1, "-B": "2", "-C": 3, "-i": "true", "-n": True},
            {"after": 1, "before": 2, "context": 3, "ignore_case": True},
        ),
        (
            "grep",
            {"pattern": ["a", "b"], "glob": ["*.py"], "type": [], "path": ["x", "y"]},
            {"pattern": ["a", "b"], "glob": "*.py", "path": ["x", "y"]},
        ),
        ("grep", {"pattern": "5", "include": "*.ts"}, {"pattern": "5", "glob": "*.ts"}),
        ("glob", {"max_depth": "2"}, {"max_depth": 2}),
    ],
)
def test_what_is_clear_is_taken(tools: Toolset, tool: str, given: object, wanted: dict[str, Any]) -> None:
    """P2: names that the field's tools use, numbers as text, null and defaults as not given."""
    found = checked(tool, given, parameters(tools.functions[tool]))
    assert {name: value for name, value in found.items() if name != "pattern" or "pattern" in wanted} == wanted


@pytest.mark.parametrize(
    ("tool", "given", "words"),
    [
        ("read", {}, "read needs path: The file."),
        ("read", {"path": 5}, "read: path must be text, not 5"),
        ("read", {"path": ["a"]}, r"path must be text"),
        ("read", {"path": "a", "limt": 5}, "did you mean limit\\?"),
        ("read", {"path": "a", "file_path": "b"}, "say the same"),
        ("read", {"path": "a", "offset": "five"}, "offset must be a whole number, not 'five'"),
        ("read", {"path": "a", "offset": True}, "offset must be a whole number"),
        ("read", {"path": "a", "-n": True}, "no argument '-n'"),
        ("grep", {"pattern": "x", "hidden": 1}, "hidden must be true or false, not 1"),
        ("grep", {"pattern": "x", "output_mode": "lines"}, "one of content, files_with_matches, count"),
        ("glob", "{", "not JSON"),
        ("glob", [], "must be an object"),
        ("glob", {"cursor": "x" * 500, "nosuch": 1}, "it takes pattern, path"),
    ],
)
def test_what_is_not_clear_is_told_in_a_sentence(tools: Toolset, tool: str, given: object, words: str) -> None:
    """T15: what is wrong, where, and what to try."""
    with pytest.raises(InvalidArgument, match=words) as told:
        checked(tool, given, parameters(tools.functions[tool]))
    assert "\n" not in str(told.value)
    assert len(str(told.value)) < 300
