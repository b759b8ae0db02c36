"""What a start imports: start-up time is a promise, and imports are what it is made of."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.adapters import ROOT

HEAVY = {
    "asyncio",
    "sqlite3",
    "chardet",
    "hyperscan",
    "regex",
    "ahocorasick",
    "aiofiles",
    "dataclasses",
    "inspect",
    "argparse",
    "json",
    "concurrent.futures",
}


def imported(code: str) -> set[str]:
    """Return the names of all modules that are loaded after ``code``."""
    script = f"import sys; sys.path.insert(0, {ROOT!r})\n{code}\nprint(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True, timeout=60)
    return set(done.stderr.split())


@pytest.mark.parametrize("tool", ["sgrep", "sread"])
def test_the_version_imports_next_to_nothing(tool: str) -> None:
    """The issue: `--version` is at most three bare Pythons: no dataclasses, no engine, nothing but the version."""
    code = f"sys.argv = [{tool!r}, '--version']\nfrom streamtools.adapters.{tool} import main\nassert main() == 0"
    loaded = imported(code)
    assert loaded & HEAVY == set()
    ours = {name for name in loaded if name.startswith("streamtools.") and name.split(".")[1] != "adapters"}
    assert ours <= {"streamtools.errors"}


def test_the_library_loads_no_heavy_module() -> None:
    """design.md: `import streamtools` loads no asyncio, sqlite3 or chardet; nor any engine."""
    assert imported("import streamtools") & (HEAVY - {"dataclasses", "inspect", "json"}) == set()


def test_a_read_loads_no_search_and_no_engine() -> None:
    """An ASCII file is read without chardet, regex, hyperscan or asyncio."""
    code = f"sys.argv = ['sread', '--limit', '1', {ROOT + '/LICENSE'!r}]\nfrom streamtools.adapters.sread import main\nassert main() == 0"
    loaded = imported(code)
    assert loaded & {"asyncio", "chardet", "regex", "hyperscan", "ahocorasick", "sqlite3", "aiofiles"} == set()
    assert not any(name.startswith(("streamtools.searching", "streamtools.match")) for name in loaded)


def test_a_search_loads_no_chardet_and_no_asyncio() -> None:
    """A search of an ASCII file needs an engine, and neither chardet nor asyncio."""
    code = f"sys.argv = ['sgrep', 'MIT', {ROOT + '/LICENSE'!r}]\nfrom streamtools.adapters.sgrep import main\nassert main() == 0"
    assert imported(code) & {"asyncio", "chardet", "sqlite3", "aiofiles", "difflib", "argparse"} == set()
