"""Any arguments at all: a result or a sentence, never an exception, never more than the cap; T15, T3, P4."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from streamtools.limits import DEFAULT
from streamtools.toolset import Toolset
from streamtools.toolset.schemas import Parameter, parameters

ROUNDS = 10_000
SEED = 20261121

_TEXTS = (
    *("", ".", "..", "a.txt", "sub", "sub/b.py", "/", "/etc/passwd", "\0", "a\nb", "[x]", "\ud800", "ü", "x" * 5000, "-1", "10", "true"),
    *("needle", "(", "[", "a{99999}", "(?i)n", "(a|b)*c", "\\", "*.py", "!*.py", "{a,b", "**/*", "c1.xxxx", "utf-8", "utf-7", "latin-1"),
    *(
        "zip",
        "py",
        "nosuch",
        "content",
        "count",
        "files_with_matches",
        "path",
        "modified",
        "spill://x/1",
        "~",
        "sub/../a.txt",
        "binary.bin",
    ),
)
_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2, 7, 10**9, -(10**9), 2**63, 10**30, 1.0, 1.5, float("nan"), float("inf"), b"x", {}, [], ()),
    *(["*.py", "*.txt"], [""], [1], {"a": 1}, [[["x"]]], object()),
)


@pytest.fixture
def tools(tmp_path: Path) -> Iterator[Toolset]:
    """A little project."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.txt").write_text("needle\n" * 50 + "x" * 9000 + "\n")
    (tmp_path / "sub" / "b.py").write_text("def needle():\n    return 'Größe'\n")
    (tmp_path / "binary.bin").write_bytes(b"\0\1needle\n")
    (tmp_path / ".env").write_text("needle")
    with Toolset([tmp_path]) as found:
        yield found


_OF_KIND: dict[type, tuple[Any, ...]] = {
    str: _TEXTS,
    int: (0, 1, -1, 2, 3, 10, 51, 1000, 10**9, -(10**9), 2**61, "5", " 7 ", 3.0),
    bool: (True, False, "true", "False"),
}


def _arguments(chance: random.Random, known: dict[str, Parameter]) -> object:
    names = list(known)
    if chance.random() < 0.02:
        return chance.choice((None, "", "{", "[]", "[" * 9000, 5, [], b"\xff", '{"path": "a.txt"}', {1: 2}))
    found: dict[str, Any] = {}
    for name in chance.sample(names, chance.randint(0, min(6, len(names)))):
        pool = _VALUES if chance.random() < 0.05 else known[name].words or _OF_KIND[known[name].kind]
        found[name] = chance.choice(pool)
    for name, values in (("pattern", ("needle", "e+", "*")), ("path", ("a.txt", ".", "sub", "sub/b.py"))):
        if name in names and chance.random() < 0.7:
            found[name] = chance.choice(values)
    if chance.random() < 0.03:
        found[chance.choice(("nosuch", "", "\n", "file_path", "-A", "-i", "-n", "Path"))] = chance.choice(_VALUES)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", ["read", "grep", "glob"])
def test_any_arguments_give_a_result_or_a_sentence(tools: Toolset, name: str) -> None:
    """T15, T3, P4: 10,000 random objects a tool; nothing is raised, and text and data stay small and printable."""
    chance = random.Random(SEED)
    known = parameters(tools.functions[name])
    good = 0
    for _ in range(ROUNDS):
        given = _arguments(chance, known)
        result = tools.call(name, given)
        good += not result.is_error
        size = len(result.text.encode("utf-8"))
        assert size <= DEFAULT.bytes, given
        json.dumps(dict(result.data))
        if result.is_error:
            assert "internal error" not in result.text, (given, result.text)
            assert result.text.isprintable(), (given, result.text)
            assert size <= 2000
        assert "outside" not in result.text
    assert ROUNDS // 10 < good < ROUNDS, good
