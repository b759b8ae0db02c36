"""Both commands within 200 MB of address space; T6.

The memory gate measures peaks; this proves that no file is mapped or held.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

from corpora import generate
from tests.adapters import command

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="macOS has no ulimit -v")


@pytest.mark.parametrize(
    "words",
    [
        ["sgrep", "-c", "worker-6"],
        ["sgrep", "-n", "--no-cap", "-m", "3", "worker-6[0-3]"],
        ["sgrep", "-c", r"worker-6[0-3]\].*id="],
        ["sgrep", "-c", "(?i)ERROR"],
        ["sgrep", "-ci", "größe|error"],
        ["sgrep", "-cv", "worker-6"],
        ["sread", "--offset", "200000", "--limit", "2"],
        ["sread", "--tail", "2"],
    ],
    ids=" ".join,
)
def test_200_megabytes_of_address_space_are_enough(words: list[str]) -> None:
    """T6: the answer is the same with and without `ulimit -v 200000`."""
    path = generate.ensure("log", 32)
    code = command(*words, path)
    free = subprocess.run(code, capture_output=True, check=False, timeout=100)
    bound = subprocess.run(["sh", "-c", 'ulimit -v 200000; exec "$@"', "sh", *code], capture_output=True, check=False, timeout=100)
    assert (bound.returncode, bound.stdout) == (free.returncode, free.stdout), bound.stderr
    assert free.stdout
    assert b"memory" not in bound.stderr


def test_one_long_line_in_little_memory() -> None:
    """T6: 32 MiB without a line end: found, counted and paged under the same bound."""
    path = generate.ensure("single-line", 32)
    for words in (["sgrep", "-c", "no such needle"], ["sgrep", "-c", "."], ["sread", "--limit", "1"], ["sread", "--no-cap"]):
        code = command(*words, path)
        bound = subprocess.run(
            ["sh", "-c", 'ulimit -v 200000; exec "$@" | cksum', "sh", *code], capture_output=True, check=False, timeout=100
        )
        free = subprocess.run(["sh", "-c", '"$@" | cksum', "sh", *code], capture_output=True, check=False, timeout=100)
        assert bound.stdout == free.stdout, words
        assert b"memory" not in bound.stderr
