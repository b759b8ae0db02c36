"""The public surface: names, what an import costs, and that the README's code runs; P1, P2."""

from __future__ import annotations

import ast
import asyncio
import importlib
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_type_hints

import pytest

import streamtools
from tests.readme import ROOT, blocks

SOURCES = sorted((ROOT / "streamtools").rglob("*.py"))
HEAVY = ("asyncio", "sqlite3", "chardet", "regex", "hyperscan", "aiofiles", "json", "dataclasses")


def test_every_public_name_exists_and_is_listed_in_order() -> None:
    """P2: `__all__` is sorted, complete and importable."""
    assert streamtools.__all__ == sorted(streamtools.__all__)
    for name in streamtools.__all__:
        assert getattr(streamtools, name) is not None
        assert name in dir(streamtools)
    with pytest.raises(AttributeError, match="nothing"):
        streamtools.nothing  # noqa: B018 - the access is the test


@pytest.mark.parametrize("package", ["streamtools.history", "streamtools.workers"])
def test_every_name_of_a_package_exists(package: str) -> None:
    """P2: the names that the package offers are there, and importing it loads no library."""
    found = importlib.import_module(package)
    assert found.__all__ == sorted(found.__all__)
    assert all(getattr(found, name).__name__ == name for name in found.__all__)
    code = f"import sys, {package}; print([name for name in ('asyncio', 'sqlite3', 'aiofiles') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout.strip() == "[]"


def test_importing_the_package_loads_nothing_heavy() -> None:
    """P1: start-up is a feature: the package imports no library before it is used."""
    code = f"import sys, streamtools; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def _hinted(owner: object) -> list[str]:
    """Return what of a public name has hints that cannot be resolved: itself, and its public methods."""
    members = [member for key, member in vars(owner).items() if callable(member) and key[0] != "_"] if isinstance(owner, type) else []
    failed: list[str] = []
    for one in (owner, *members):
        try:
            get_type_hints(one)
        except NameError as error:
            failed.append(f"{getattr(one, '__qualname__', one)}: {error}")
    return failed


def test_the_hints_of_every_public_name_mean_something_at_run_time() -> None:
    """README: typed functions. Frameworks ask for the hints of what a program gives them, though a command line loads no `typing`.

    `read` and `aread` are left out: they name `Roots`, whose module they don't load.
    """
    failed = [line for name in streamtools.__all__ if name not in {"read", "aread"} for line in _hinted(getattr(streamtools, name))]
    assert failed == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_class_and_public_function_says_what_it_is(path: Path) -> None:
    """P2: docstrings are contracts, so there is one for everything a reader may call."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "the module"
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), node.name


def test_the_python_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """P2: every Python block of the README is run as it stands, from the project's folder; pydantic-ai's in `nox -s frameworks`."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    found = [block for block in blocks("python") if "pydantic_ai" not in block]
    assert found
    for block in found:
        done = subprocess.run([sys.executable, "-c", block], capture_output=True, text=True, cwd=ROOT, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stdout or "print" not in block


def test_the_loop_of_the_readme_gives_a_client_what_it_asked_for(tmp_path: Path) -> None:
    """P2: the loop with a client that is none: a search, a mistake beside it, then the answer."""
    (tmp_path / "a.txt").write_text("needle\n")
    (block,) = blocks("python", "def agent(")
    calls = [("1", "grep", {"pattern": "needle"}), ("2", "read", {"path": "b.txt"})]
    asked = [SimpleNamespace(type="tool_use", id=key, name=name, input=given) for key, name, given in calls]
    replies = iter([SimpleNamespace(content=[SimpleNamespace(type="text"), *asked]), SimpleNamespace(content=[])])
    seen: list[dict[str, Any]] = []

    def create(**given: Any) -> SimpleNamespace:  # noqa: ANN401 - as the SDK's
        seen.append(given)
        return next(replies)

    names: dict[str, Any] = {}
    exec(block, names)
    names["agent"](SimpleNamespace(messages=SimpleNamespace(create=create)), "where?", str(tmp_path))
    assert [tool["name"] for tool in seen[0]["tools"]] == ["read", "grep", "glob"]
    hit, wrong = seen[1]["messages"][2]["content"]
    assert hit == {"type": "tool_result", "tool_use_id": "1", "content": "a.txt:1:needle", "is_error": False}
    assert wrong["is_error"]


def test_the_mcp_settings_of_the_readme_start_the_server(tmp_path: Path) -> None:
    """P3: both ways name the same command, and it serves the folders that stand there."""
    (settings,) = blocks("json", "mcpServers")
    server = json.loads(settings)["mcpServers"]["streamtools"]
    (line,) = blocks("sh", "claude mcp add")
    assert shlex.split(line.partition(" -- ")[2]) == [server["command"], *server["args"][:3]]
    folders = dict(zip(server["args"][2::2], ("one", "two"), strict=True))
    for name in folders.values():
        (tmp_path / name).mkdir()
    (tmp_path / "two" / "b.txt").write_text("needle\n")
    arguments = [str(tmp_path / folders[one]) if one in folders else one for one in server["args"]]

    async def ask() -> str:
        from mcp.client.client import Client
        from mcp.client.stdio import StdioServerParameters

        async with Client(
            StdioServerParameters(command=f"{os.path.dirname(sys.executable)}/{server['command']}", args=arguments)
        ) as client:
            return repr(await client.call_tool("grep", {"pattern": "needle", "path": str(tmp_path / "two")}))

    assert "b.txt:1:needle" in asyncio.run(ask())


def test_logs_are_the_hosts_to_show() -> None:
    """M6, P2: nothing is printed by a library; a host that sets logging up sees the loggers below `streamtools`."""
    code = "from streamtools.logs import logger; logger('history').warning('one'); import logging; logging.basicConfig(); logger('x').warning('two')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert (done.stdout, done.stderr) == ("", "WARNING:streamtools.x:two\n")
