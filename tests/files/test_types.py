"""File types: ripgrep's table, changes to it, and near misses."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from streamtools.errors import InvalidArgument
from streamtools.files.selection import glob_patterns
from streamtools.files.types import Types

RG = shutil.which("rg") or os.path.join(os.path.dirname(sys.executable), "rg")
FILES = "a.py a.pyi a.rs Makefile makefile x.mk CMakeLists.txt LICENSE COPYING.txt a.h a.H a.hpp .bashrc a.tar.gz é.md Cargo.lock BUILD a.d.ts Dockerfile x.1 GNUmakefile"


def test_select() -> None:
    """P1: names of a type are taken, those of an excluded one not, exclusion wins."""
    wanted = Types().select(("py", "make"), ("toml",))
    assert [name for name in FILES.split() if wanted(name)] == ["a.py", "a.pyi", "Makefile", "makefile", "x.mk", "GNUmakefile"]
    assert Types().select((), ("py",))("a.rs")
    assert not Types().select(("py",), ("py",))("a.py")
    assert Types().select(())("anything")


@pytest.mark.skipif(not os.path.exists(RG), reason="ripgrep is not installed")
def test_every_type_selects_what_ripgrep_selects(tmp_path: Path) -> None:
    """P1: the table is ripgrep's, and each type takes the same of some files."""
    table = subprocess.run([RG, "--type-list"], capture_output=True, text=True, check=True).stdout
    types = Types()
    assert {line.partition(": ")[0]: tuple(line.partition(": ")[2].split(", ")) for line in table.splitlines()} == types.names()
    for name in FILES.split():
        (tmp_path / name).write_text("")
    for name in ("py", "c", "cpp", "make", "license", "sh", "docker", "man", "ts", "md", "bazel", "all", "cmake", "rust"):
        out = subprocess.run([RG, "--files", "-t", name], cwd=tmp_path, capture_output=True, text=True, check=False).stdout
        wanted = types.select((name,))
        assert {file for file in FILES.split() if wanted(file)} == set(out.split()), name


def test_changes() -> None:
    """P1: types can be added, made of others, and cleared, in order."""
    changes = [("add", "web:*.{html,css}"), ("add", "both:include:web,py"), ("clear", "py"), ("add", "py:x*")]
    types = Types(changes)
    assert [name for name in ("a.html", "a.css", "a.py", "x1") if types.select(("both",))(name)] == ["a.html", "a.css", "a.py"]
    assert [name for name in ("a.py", "x1") if types.select(("py",))(name)] == ["x1"]


@pytest.mark.parametrize(("name", "near"), [("pyton", "python"), ("tsx", "ts"), ("rs", "rust"), ("javascript", "js")])
def test_unknown_type(name: str, near: str) -> None:
    """T15: an unknown type names those that were probably meant."""
    with pytest.raises(InvalidArgument, match=rf"'{name}' is not known; did you mean .*\b{near}\b"):
        Types().select((name,))


@pytest.mark.parametrize("change", ["web", "web:", ":x", "a b:x", "all:x", "web:*.a:b", "web:include:nosuch"])
def test_bad_changes(change: str) -> None:
    """T15: a malformed definition is refused."""
    with pytest.raises(InvalidArgument):
        Types([("add", change)])


def test_braces() -> None:
    """P1: braces nest, may be empty, can be escaped, and are plain in a class."""

    def count(glob: str) -> int:
        return len(glob_patterns(glob))

    assert count("*.{a,b}") == 2
    assert count("{a,b{c,d}}{,e}") == 6
    assert count("\\{a,b}") == count("[{]a,b}") == count("a,b") == count("{a}") == 1
    with pytest.raises(InvalidArgument, match="not closed"):
        glob_patterns("*.{a,b")
    with pytest.raises(InvalidArgument, match="more than 1000"):
        glob_patterns("{a,b,c,d}" * 6)
    with pytest.raises(InvalidArgument, match="class"):
        glob_patterns("[a")
