"""LangChain: the tools with their data as artifact of the message, and errors as messages of status "error".

The plain functions serve as well (``StructuredTool.from_function(tools.read, parse_docstring=True)``); these are for programs that
want to know cursor, totals and ledger of a result, which the model never sees.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from streamtools.results import ToolResult

if TYPE_CHECKING:
    from langchain_core.tools import StructuredTool

    from streamtools.toolset import Toolset

Answer = tuple[str, dict[str, Any]]


def tools(toolset: Toolset) -> list[StructuredTool]:
    """Return read, grep and glob for an agent; ``ainvoke`` does not block the event loop. Raises ImportError without langchain-core."""
    from langchain_core.tools import StructuredTool, ToolException

    def answer(result: ToolResult) -> Answer:
        if result.is_error:
            raise ToolException(result.text)
        return result.text, dict(result.data)

    def functions(name: str) -> dict[str, Callable[..., Any]]:
        def call(**arguments: object) -> Answer:
            return answer(toolset.call(name, arguments))

        async def acall(**arguments: object) -> Answer:
            return answer(await toolset.acall(name, arguments))

        return {"func": call, "coroutine": acall}

    return [
        StructuredTool.from_function(
            **functions(one["name"]),
            name=one["name"],
            description=one["description"],
            args_schema=one["input_schema"],
            response_format="content_and_artifact",
            handle_tool_error=True,
        )
        for one in toolset.schemas("anthropic")
    ]
