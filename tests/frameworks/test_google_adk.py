"""Google's Agent Development Kit with a model that is none: the plain functions as they are; P2."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

pytest.importorskip("google.adk", reason="nox -s frameworks has it")

from google.adk.agents import Agent
from google.adk.models import BaseLlm, LlmRequest, LlmResponse
from google.adk.runners import InMemoryRunner
from google.genai import types

from streamtools.toolset import Toolset


class _Model(BaseLlm):  # type: ignore[misc,unused-ignore]
    """Asks for a hit, then ends; remembers what it was sent."""

    seen: list[Any] = []  # noqa: RUF012 - a field of pydantic's

    async def generate_content_async(self, llm_request: LlmRequest, stream: bool = False) -> AsyncIterator[LlmResponse]:  # noqa: ARG002
        self.seen.append(llm_request)
        call = types.Part(function_call=types.FunctionCall(name="grep", args={"pattern": "needle"}))
        part = call if len(self.seen) == 1 else types.Part(text="done")
        yield LlmResponse(content=types.Content(role="model", parts=[part]))


def test_an_agent_calls_the_plain_functions(toolset: Toolset) -> None:
    """P2: what the model gets is the tool's text."""
    model = _Model(model="none")

    async def run() -> None:
        runner = InMemoryRunner(Agent(name="finder", model=model, tools=[toolset.read, toolset.grep, toolset.glob]), app_name="app")
        session = await runner.session_service.create_session(app_name="app", user_id="u")
        question = types.Content(role="user", parts=[types.Part(text="where is it?")])
        async for _ in runner.run_async(user_id="u", session_id=session.id, new_message=question):
            pass

    asyncio.run(run())
    assert len(model.seen) == 2
    assert "hay.txt:2500:the needle" in repr(model.seen[1].contents)
    declared = model.seen[0].config.tools[0].function_declarations
    assert [one.name for one in declared] == ["read", "grep", "glob"]
