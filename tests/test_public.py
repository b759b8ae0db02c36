"""The public surface: names, what an import costs, and that the README's code runs; P1, P2."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import streamtools

ROOT = Path(__file__).parent.parent
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


def test_importing_the_package_loads_nothing_heavy() -> None:
    """P1: start-up is a feature: the package imports no library before it is used."""
    code = f"import sys, streamtools; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_class_and_public_function_says_what_it_is(path: Path) -> None:
    """P2: docstrings are contracts, so there is one for everything a reader may call."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "the module"
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), node.name


def test_the_python_of_the_readme_runs(tmp_path: Path) -> None:
    """P2: every Python block of the README is run as it stands, from the project's folder."""
    blocks = re.findall(r"(?s)```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert blocks
    for block in blocks:
        done = subprocess.run([sys.executable, "-c", block], capture_output=True, text=True, cwd=ROOT, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stdout
