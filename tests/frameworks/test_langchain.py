"""LangChain's own agent with a model that is none: content and artifact, errors, sync and async; P2, P4, P5."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

pytest.importorskip("langchain", reason="nox -s frameworks has it")

from langchain.agents import create_agent
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.utils.function_calling import convert_to_openai_tool

from streamtools.adapters import langchain
from streamtools.toolset import Toolset


class _Model(GenericFakeChatModel):  # type: ignore[misc,unused-ignore]
    """Says what it was given to say."""

    def bind_tools(self, tools: Sequence[Any], **_: Any) -> _Model:  # noqa: ANN401, ARG002 - LangChain's own signature
        return self


def _asking(*calls: tuple[str, dict[str, Any]]) -> _Model:
    asked = [{"name": name, "args": given, "id": f"call-{number}"} for number, (name, given) in enumerate(calls)]
    return _Model(messages=iter([AIMessage("", tool_calls=asked), AIMessage("done")]))


@pytest.mark.parametrize("later", [False, True])
def test_an_agent_gets_text_and_a_program_gets_data(toolset: Toolset, later: bool) -> None:
    """P2, P4: the model's message holds the text only; the artifact holds where to go on; an error is a message that says so."""
    model = _asking(("grep", {"pattern": "needle"}), ("read", {"path": "hay.txt"}), ("read", {"path": "hey.txt"}))
    agent = create_agent(model, langchain.tools(toolset))
    question = {"messages": [("user", "where is it?")]}
    state = asyncio.run(agent.ainvoke(question)) if later else agent.invoke(question)
    hits, page, wrong = (message for message in state["messages"] if isinstance(message, ToolMessage))
    assert hits.content.startswith("hay.txt:2500:the needle")
    assert hits.status == "success"
    assert page.artifact["next"] == {"tool": "read", "arguments": {"path": "hay.txt", "offset": 2001}}
    assert "artifact" not in page.content
    assert wrong.status == "error"
    assert wrong.content == "hey.txt: no such file or folder; did you mean hay.txt?"


def test_the_schema_is_the_toolsets(toolset: Toolset) -> None:
    """P2: what goes to a model is what the toolset itself says."""
    for made, own in zip(langchain.tools(toolset), toolset.schemas("openai"), strict=True):
        sent = convert_to_openai_tool(made)["function"]
        assert sent["name"] == own["function"]["name"]
        assert sent["description"] == own["function"]["description"]
        assert sent["parameters"]["properties"] == own["function"]["parameters"]["properties"]
