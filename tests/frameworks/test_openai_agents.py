"""openai-agents with a model that is none: the plain functions as they are; P2."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

pytest.importorskip("agents", reason="nox -s frameworks has it")

from agents import Agent, Model, ModelResponse, Runner, Usage, function_tool, set_tracing_disabled
from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage, ResponseOutputText

from streamtools.toolset import Toolset


class _Model(Model):  # type: ignore[misc,unused-ignore]
    """Asks for a hit, then repeats what it got."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    async def get_response(self, *arguments: Any, **named: Any) -> ModelResponse:  # noqa: ANN401 - the SDK's own
        items = named.get("input", arguments[1] if len(arguments) > 1 else None)
        self.seen.append(items)
        if len(self.seen) == 1:
            given = json.dumps({"pattern": "needle"})
            call = ResponseFunctionToolCall(arguments=given, call_id="c1", name="grep", type="function_call")
            return ModelResponse(output=[call], usage=Usage(), response_id=None)
        text = ResponseOutputText(annotations=[], text="done", type="output_text")
        message = ResponseOutputMessage(id="m", content=[text], role="assistant", status="completed", type="message")
        return ModelResponse(output=[message], usage=Usage(), response_id=None)

    def stream_response(self, *_: Any, **__: Any) -> Any:  # noqa: ANN401 - the SDK's own
        raise NotImplementedError


def test_an_agent_calls_the_plain_functions(toolset: Toolset) -> None:
    """P2: what the model gets is the tool's text."""
    set_tracing_disabled(True)
    model = _Model()
    tools = [function_tool(one, strict_mode=False) for one in (toolset.read, toolset.grep, toolset.glob)]
    run = asyncio.run(Runner.run(Agent("finder", model=model, tools=tools), "where is it?"))
    assert run.final_output == "done"
    assert "hay.txt:2500:the needle" in repr(model.seen[1])
    assert all(one.params_json_schema["properties"] for one in tools)
