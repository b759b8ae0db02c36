"""Several processes give what one gives; T10, T13."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parents[2]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Files of all kinds: small, in need of several parts, dense, with a giant line, binary, encoded, unreadable."""
    rng = random.Random(7)

    def text(lines: int, word: str = "needle") -> str:
        return "".join(f"{n} {'x' * rng.randrange(60)} {word if n % 5 == 0 else 'hay'} {rng.randrange(99)}\n" for n in range(lines))

    for folder in ("d1", "d2", "d2/sub"):
        (tmp_path / folder).mkdir()
        for n in range(12):
            (tmp_path / folder / f"f{n}.txt").write_text(text(rng.randrange(40)) if n % 3 else "hay\n" * 9)
    (tmp_path / "big.log").write_text(text(600))
    (tmp_path / "d1" / "big2.log").write_text(text(300, "Needle"))
    (tmp_path / "d2" / "dense.log").write_text("needle\n" * 3000)
    (tmp_path / "giant").write_bytes(b"a\n" * 3000 + b"x needle y " * 3000 + b"\nneedle 7\n" + b"hay\n" * 2000)
    (tmp_path / "d2" / "bin").write_bytes(b"needle\0\1\2\n" * 3000)
    (tmp_path / "d2" / "utf16").write_bytes(text(50).encode("utf-16"))
    (tmp_path / "d2" / "latin").write_bytes("größe needle\n".encode("latin-1") * 500)
    (tmp_path / "d1" / "no").write_text("needle\n")
    (tmp_path / "d1" / "no").chmod(0)
    (tmp_path / "d1" / "open").write_text("needle 7")
    (tmp_path / "d1" / "empty").write_text("")
    return tmp_path


@pytest.mark.parametrize("way", ["fork", "spawn"])
def test_helpers_change_nothing(tree: Path, way: str) -> None:
    """T10: event by event, page by page and in the ledger, with several processes and with one."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.searching.parity", way, str(tree)], cwd=HERE, capture_output=True, text=True, check=False
    )
    assert done.stdout == "same\n", done.stderr[-2000:]
    assert not done.stderr
