"""The MCP server, asked by a client that is not ours: the MCP inspector's command line, from npm; P3.

npm install --prefix DIR @modelcontextprotocol/inspector
PATH=DIR/node_modules/.bin:$PATH pytest tests/adapters/test_mcp_inspector.py
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

_INSPECTOR = shutil.which("mcp-inspector")

pytestmark = pytest.mark.skipif(_INSPECTOR is None, reason="mcp-inspector is not on the PATH (npm install @modelcontextprotocol/inspector)")


def inspect(root: Path, *arguments: str) -> dict[str, Any]:
    """Return what the inspector prints for one request."""
    server = (sys.executable, "-m", "streamtools.adapters.streamtools", "mcp", "--root", str(root))
    done = subprocess.run([str(_INSPECTOR), "--cli", *server, *arguments], capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_inspector_lists_and_calls(tmp_path: Path) -> None:
    """P3: tools, a hit with its link, an error of the call, and a resource, by another implementation of the protocol."""
    (tmp_path / "a.py").write_text("def needle():\n    pass\n")
    tools = inspect(tmp_path, "--method", "tools/list")["tools"]
    assert [tool["name"] for tool in tools] == ["read", "grep", "glob"]
    assert all(tool["annotations"]["readOnlyHint"] for tool in tools)
    call = ("--method", "tools/call", "--tool-name", "grep", "--tool-arg")
    found = inspect(tmp_path, *call, "pattern=needle")
    assert found["content"][0]["text"] == "a.py:1:def needle():"
    assert found["content"][1]["uri"] == f"file://{tmp_path}/a.py"
    assert not found["isError"]
    wrong = inspect(tmp_path, *call, "pattern=(")
    assert wrong["isError"]
    assert "Traceback" not in wrong["content"][0]["text"]
    contents = inspect(tmp_path, "--method", "resources/read", "--uri", f"file://{tmp_path}/a.py")["contents"]
    assert contents[0]["text"] == "1\tdef needle():\n2\t    pass"
