"""What is searched instead of a file: its unpacked text, a program's output, its text in UTF-8; P1, T6, T15."""

from __future__ import annotations

import bz2
import gzip
import lzma
from pathlib import Path

import pytest

from streamtools.errors import FileError
from streamtools.events import Line, Summary
from streamtools.searching import search
from streamtools.text.decoded import decoded
from streamtools.text.drive import exactly
from streamtools.text.source import from_bytes


def lines(path: Path | str, pattern: str = "foo", **options: object) -> tuple[list[bytes], Summary]:
    """The lines that match, and the totals."""
    events = list(search(pattern, str(path), **options))  # type: ignore[arg-type]
    assert isinstance(events[-1], Summary)
    return [event.data for event in events if isinstance(event, Line)], events[-1]


def test_packed_files_by_their_names(tmp_path: Path) -> None:
    """P1: each format is unpacked, a file with another name is not, and a damaged one is told while the rest goes on."""
    for name, pack in (("a.gz", gzip.compress), ("b.bz2", bz2.compress), ("c.xz", lzma.compress), ("d", gzip.compress)):
        (tmp_path / name).write_bytes(pack(b"x\nfoo " + name.encode() + b"\n"))
    (tmp_path / "e.gz").write_bytes(b"foo no gzip\n")
    (tmp_path / "f.txt").write_bytes(b"foo plain\n")
    found, summary = lines(tmp_path, search_zip=True)
    assert found == [b"foo a.gz", b"foo b.bz2", b"foo c.xz", b"foo plain"]
    (failure,) = summary.ledger.failures
    assert failure.path.endswith("e.gz")
    assert "not in gzip format" in failure.rg
    assert lines(tmp_path)[0] == [b"foo no gzip", b"foo plain"]


def test_a_program_reads_the_file(tmp_path: Path) -> None:
    """P1: it gets the name as one word and the file as its input; only the files that were chosen."""
    program = tmp_path / "program"
    program.write_text('#!/bin/sh\necho "foo $# $1"; cat\n')
    program.chmod(0o755)
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a b;c.txt").write_text("foo in it\n")
    (folder / "other").write_text("foo\n")
    found, _ = lines(folder, pre=str(program), pre_glob="*.txt")
    assert found == [f"foo 1 {folder}/a b;c.txt".encode(), b"foo in it", b"foo"]


def test_a_name_is_no_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """P1: a file whose name begins with a hyphen is no option of the program."""
    program = tmp_path / "program"
    program.write_text('#!/bin/sh\necho "foo $1"\n')
    program.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    Path("-rf").write_text("")
    assert lines("-rf", pre="./program")[0] == [b"foo ./-rf"]


def test_a_program_that_fails(tmp_path: Path) -> None:
    """T15, T6: what it says is told, the beginning of it; that it can't be started as well."""
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\nhead -c 1000000 /dev/zero | tr '\\0' y >&2\nexit 3\n")
    program.chmod(0o755)
    (tmp_path / "file").write_text("foo\n")
    with pytest.raises(FileError, match="its program failed") as failed:
        lines(tmp_path / "file", pre=str(program))
    assert 10_000 < len(failed.value.rg) < 20_000
    with pytest.raises(FileError, match="could not be started: no such file"):
        lines(tmp_path / "file", pre=str(tmp_path / "none"))


def test_a_program_is_ended_when_enough_is_found(tmp_path: Path) -> None:
    """T4: one that never ends does not keep the search from ending."""
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\nexec yes foo\n")
    program.chmod(0o755)
    (tmp_path / "file").write_text("")
    assert lines(tmp_path / "file", pre=str(program), max_count=2)[0] == [b"foo", b"foo"]


@pytest.mark.parametrize(
    ("data", "label", "text"),
    [
        (b"\xff\xfef\0o\0\x00\xd8", None, "fo\ufffd"),
        (b"\xfe\xff\0f", "latin-1", "f"),
        (b"\xef\xbb\xbffoo", None, "foo"),
        (b"\xef\xbb\xbff\0o\0", "utf-16", "fo"),
        (b"\x80\x81\xe9", "latin-1", "\u20ac\x81\xe9"),
        (b"foo \xff", "utf-8", "foo \ufffd"),
    ],
)
def test_text_in_utf_8(data: bytes, label: str | None, text: str) -> None:
    """P1: a mark of UTF-16 wins over a label, one of UTF-8 goes, and what is no character is U+FFFD."""
    assert exactly(decoded(from_bytes(data), label), 100) == text.encode()


def test_what_is_utf_8_is_not_touched() -> None:
    """P1: without a mark and a label bytes stay, and can be read again."""
    source = decoded(from_bytes(b"f\xff"), None)
    assert source.seekable
    assert exactly(source, 9) == b"f\xff"
