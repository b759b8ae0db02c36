"""What the tests of the command lines share: a little tree, and a file of numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters import FILES


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A little tree with ignored, hidden, empty and binary files."""
    top = tmp_path_factory.mktemp("tree")
    (top / ".git").mkdir()
    for name, text in FILES.items():
        path = top / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode())
    (top / "z.bin").write_bytes(b"\x7fELF" + bytes(range(256)) * 20 + b"foo\n")
    return top


@pytest.fixture
def numbers(tmp_path: Path) -> str:
    """A file with the numbers 1 to 5000."""
    path = tmp_path / "n.txt"
    path.write_text("".join(f"{number}\n" for number in range(1, 5001)))
    return str(path)
