"""How conversations look to the providers: one module a shape, each with ``to_turns`` and ``of_turns``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from streamtools.errors import InvalidArgument
from streamtools.history.turns import Result, Shape, Turn


def to_turns(messages: Iterable[Any], shape: Shape) -> list[Turn]:
    """Return the turns of a healthy list of messages, numbered from 0."""
    return list(_module(shape).to_turns(messages))


def results_of(message: dict[str, Any], shape: Shape) -> list[Result]:
    """Return the results of calls that a message brings."""
    results: list[Result] = _module(shape).results_of(message)
    return results


def of_turns(turns: Sequence[Turn], shape: Shape) -> list[dict[str, Any]]:
    """Return the messages of turns; the same turns always give the same messages."""
    messages: list[dict[str, Any]] = _module(shape).of_turns(turns)
    return messages


def _module(shape: Shape) -> Any:  # noqa: ANN401 (a module is typed by its functions)
    match shape:
        case "anthropic":
            from streamtools.history.shapes import anthropic as module
        case "openai":
            from streamtools.history.shapes import chat as module  # type: ignore[no-redef]
        case "responses":
            from streamtools.history.shapes import responses as module  # type: ignore[no-redef]
        case _:
            raise InvalidArgument(f"shape must be 'anthropic', 'openai' or 'responses', not {shape!r}")
    return module
