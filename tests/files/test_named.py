"""Names given by the user: what they are, and what was meant if there is nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from streamtools.errors import FileError, NotFound, NotRegular
from streamtools.files.named import check, near


def test_check(tmp_path: Path) -> None:
    """T11, T15: files and folders are told apart, links followed; the rest is refused without being opened."""
    (tmp_path / "f").write_text("")
    (tmp_path / "l").symlink_to("f")
    os.mkfifo(tmp_path / "fifo")
    assert check(str(tmp_path / "f")) == check(str(tmp_path / "l")) == "file"
    assert check(str(tmp_path)) == "folder"
    with pytest.raises(NotRegular, match="is a FIFO"):
        check(str(tmp_path / "fifo"))
    with pytest.raises(NotRegular, match="is a character device"):
        check("/dev/null")
    with pytest.raises(NotFound, match="NUL"):
        check("a\0b")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(FileError, match="symbolic links"):
        check(str(tmp_path / "loop"))


def test_near_misses(tmp_path: Path) -> None:
    """T15: a missing name brings those that are near: another case, another extension, a slip, a wrong folder above."""
    for name in ("README.md", "setup.py", "config.yaml", "other.txt"):
        (tmp_path / name).write_text("")
    (tmp_path / "source").mkdir()
    root = str(tmp_path)
    assert near(f"{root}/readme.md") == [f"{root}/README.md"]
    assert near(f"{root}/setup.cfg") == [f"{root}/setup.py"]
    assert near(f"{root}/confg.yaml") == [f"{root}/config.yaml"]
    assert near(f"{root}/sorce/deep/x.py") == [f"{root}/source"]
    assert near(f"{root}/zzzzzz") == []
    assert near("/") == []
    with pytest.raises(NotFound, match=r"readme\.md: no such file or folder; did you mean .*README\.md\?"):
        check(f"{root}/readme.md")
