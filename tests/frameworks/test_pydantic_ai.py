"""pydantic-ai's own agent with its own fake models: return and metadata, errors, and the README's agent; P2, P4, P5."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

pytest.importorskip("pydantic_ai", reason="nox -s frameworks has it")

from pydantic_ai import Agent
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart, ToolReturnPart
from pydantic_ai.models.function import AgentInfo, FunctionModel

from streamtools.adapters import pydantic_ai
from streamtools.toolset import Toolset
from tests.readme import ROOT, blocks


def _asking(*calls: tuple[str, dict[str, Any]]) -> FunctionModel:
    def answer(messages: list[ModelMessage], _: AgentInfo) -> ModelResponse:
        if len(messages) > 1:
            return ModelResponse([TextPart("done")])
        return ModelResponse([ToolCallPart(name, given) for name, given in calls])

    return FunctionModel(answer)


def test_an_agent_gets_text_and_a_program_gets_data(toolset: Toolset) -> None:
    """P2, P4: the model's part holds the text only; the metadata holds where to go on; an error fails the call, not the run."""
    model = _asking(("grep", {"pattern": "needle"}), ("read", {"path": "hay.txt"}), ("read", {"path": "hey.txt", "limit": "x"}))
    run = Agent(model, tools=pydantic_ai.tools(toolset)).run_sync("where is it?")
    assert run.output == "done"
    parts = [part for message in run.all_messages() for part in message.parts if isinstance(part, ToolReturnPart)]
    hits, page, wrong = parts
    assert str(hits.content).startswith("hay.txt:2500:the needle")
    assert page.metadata["next"] == {"tool": "read", "arguments": {"path": "hay.txt", "offset": 2001}}
    assert wrong.outcome == "failed"
    assert wrong.content == "read: limit must be a whole number, not 'x'"


def test_the_plain_functions_serve_too(toolset: Toolset) -> None:
    """P2: unchanged, with their own schema as pydantic-ai makes it."""
    model = _asking(("grep", {"pattern": "needle"}))
    run = Agent(model, tools=[toolset.read, toolset.grep, toolset.glob]).run_sync("where is it?")
    assert "hay.txt:2500:the needle" in repr(run.all_messages())


def test_the_agent_of_the_readme_runs() -> None:
    """P2: as it stands, but for the model: pydantic-ai's own test model calls every tool once."""
    (block,) = blocks("python", "pydantic_ai")
    assert len(block.splitlines()) <= 10
    named = '"anthropic:claude-sonnet-4-5"'
    assert named in block
    code = block.replace(named, '"test"')
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    assert "grep" in done.stdout
