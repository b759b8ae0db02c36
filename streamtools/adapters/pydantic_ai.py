"""pydantic-ai: the tools with their data as metadata of the return, and errors as failed calls.

The plain functions serve as well (``Agent(..., tools=[tools.read, tools.grep, tools.glob])``); these are for programs that want to know
cursor, totals and ledger of a result, which the model never sees, and they do not block the event loop.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic_ai import Tool, ToolReturn

    from streamtools.toolset import Toolset


def tools(toolset: Toolset) -> list[Tool[Any]]:
    """Return read, grep and glob for an agent. Raises ImportError without pydantic-ai."""
    from pydantic_ai import Tool, ToolFailed, ToolReturn

    def function(name: str) -> Callable[..., Awaitable[ToolReturn]]:
        async def call(**arguments: object) -> ToolReturn:
            result = await toolset.acall(name, arguments)
            if result.is_error:
                raise ToolFailed(result.text)
            return ToolReturn(result.text, metadata=dict(result.data))

        return call

    return [
        Tool.from_schema(function(one["name"]), one["name"], one["description"], one["input_schema"])
        for one in toolset.schemas("anthropic")
    ]
