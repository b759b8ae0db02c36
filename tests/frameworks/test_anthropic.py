"""The Anthropic SDK's tool runner over a transport that is none: the plain functions as they are; P2."""

from __future__ import annotations

import json
from typing import Any

import pytest

pytest.importorskip("anthropic", reason="nox -s frameworks has it")

import anthropic
from anthropic import beta_tool

from streamtools.toolset import Toolset

httpx = pytest.importorskip(anthropic.DefaultHttpxClient.__mro__[1].__module__.partition(".")[0])


def test_the_runner_calls_the_plain_functions(toolset: Toolset) -> None:
    """P2: a model asks for a hit, gets it as a tool result, and ends; the schema that went out is that of the toolset."""
    asked: list[dict[str, Any]] = []

    def answer(request: Any) -> Any:  # noqa: ANN401 - the SDK's own HTTP library, whichever it is
        asked.append(json.loads(request.content))
        call = {"type": "tool_use", "id": "t1", "name": "grep", "input": {"pattern": "needle", "output_mode": "content"}}
        content: list[dict[str, Any]] = [call] if len(asked) == 1 else [{"type": "text", "text": "done"}]
        reason = "tool_use" if len(asked) == 1 else "end_turn"
        usage = {"input_tokens": 1, "output_tokens": 1}
        body = {
            "id": "m",
            "type": "message",
            "role": "assistant",
            "model": "none",
            "content": content,
            "stop_reason": reason,
            "usage": usage,
        }
        return httpx.Response(200, json=body)

    client = anthropic.Anthropic(api_key="none", http_client=anthropic.DefaultHttpxClient(transport=httpx.MockTransport(answer)))
    runner = client.beta.messages.tool_runner(
        model="none",
        max_tokens=100,
        messages=[{"role": "user", "content": "where is it?"}],
        tools=[beta_tool(toolset.read), beta_tool(toolset.grep), beta_tool(toolset.glob)],
    )
    assert "done" in repr(runner.until_done().content)
    assert [tool["name"] for tool in asked[0]["tools"]] == ["read", "grep", "glob"]
    own = {tool["name"]: tool["input_schema"] for tool in toolset.schemas("anthropic")}
    for tool in asked[0]["tools"]:
        assert tool["input_schema"]["properties"].keys() == own[tool["name"]]["properties"].keys()
    result = asked[1]["messages"][-1]["content"][0]
    assert result["tool_use_id"] == "t1"
    assert "hay.txt:2500:the needle" in json.dumps(result["content"])
