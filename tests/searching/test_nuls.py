"""Binary files as ripgrep treats them: where the search ends, what is shown, and what is told; P1, T6."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamtools.events import End, Line
from streamtools.searching import search
from streamtools.searching.nuls import Nuls
from streamtools.text.drive import exactly
from streamtools.text.source import from_bytes

KIB = 1024


def found(path: Path, pattern: str = "foo", **options: object) -> tuple[list[int], int, int | None]:
    """The offsets of the lines that are shown, the matches that are told, and the offset of the NUL."""
    lines, matches, at = [], 0, None
    for event in search(pattern, str(path), detect=False, **options):  # type: ignore[arg-type]
        if isinstance(event, Line):
            lines.append(event.offset)
        elif isinstance(event, End):
            matches, at = event.matches.value, event.binary_at
    return lines, matches, at


def tree(folder: Path, data: bytes) -> Path:
    """A file that is walked, not named."""
    (folder / "file").write_bytes(data)
    return folder


def test_a_walked_file_ends_at_its_first_step_with_a_nul(tmp_path: Path) -> None:
    """P1: what stands before that step is shown, what is in it is not, in each step anew."""
    early = b"long\nfoo\n\0\nfoo\n"
    assert found(tree(tmp_path, early), binary="quit") == ([], 0, None)
    late = b"foo\n" + b"abc\n" * (20 * KIB) + b"foo\n\0\nfoo\n"
    assert found(tree(tmp_path, late), binary="quit") == ([0], 1, late.index(0))
    assert found(tree(tmp_path, early), binary="quit", text=True)[:2] == ([5, 11], 2)


def test_a_named_file_is_searched_and_not_shown(tmp_path: Path) -> None:
    """P1: the first hit in the binary part counts and ends it; what was shown before stays."""
    path = tmp_path / "file"
    path.write_bytes(b"x" * 9 + b"\nfoo\n\0\nfoo\n")
    assert found(path, binary="quit") == ([], 1, 14)
    path.write_bytes(b"foo\n" + b"abc\n" * (20 * KIB) + b"\0foo\nfoo\n")
    assert found(path, binary="quit") == ([0], 2, 4 + 80 * KIB)
    assert found(path, "nothing", binary="quit") == ([], 0, None)


def test_a_nul_is_a_line_end_unless_the_file_is_mapped(tmp_path: Path) -> None:
    """P1: as ripgrep has it, for counts as well."""
    path = tmp_path / "file"
    path.write_bytes(b"long line\nb\0r\n")
    counted = {"binary": "suppress", "output_mode": "count"}
    assert found(path, "^r", **counted)[1] == 1
    assert found(path, "^r", mapped=True, **counted)[1] == 0
    assert found(path, "r", binary="suppress", binary_lines=True) == ([12], 1, 11)


def test_a_mapped_file_is_binary_where_a_line_that_is_shown_is(tmp_path: Path) -> None:
    """P1: a NUL far from the beginning, in a line that doesn't match, is not seen."""
    path = tmp_path / "file"
    path.write_bytes(b"foo\n" + b"abc\n" * (20 * KIB) + b"\0\nfoo\nfoo\0\nfoo\n")
    start = path.read_bytes().index(b"\0\nfoo") + 2
    assert found(path, binary="suppress", mapped=True) == ([0, start], 3, start + 7)


@pytest.mark.parametrize("jobs", [1, 2])
def test_parts_of_a_big_file_agree(tmp_path: Path, jobs: int) -> None:
    """P1, T10: a NUL deep in a big file ends the search at the same line, however many processes share it."""
    row = b"abc foo " + b"x" * 1000 + b"\n"
    data = row * (24 * KIB) + b"\0" + row * 100
    (tmp_path / "file").write_bytes(data)
    _, matches, at = found(tmp_path, binary="quit", jobs=jobs)
    assert at == len(row) * 24 * KIB
    assert matches == (at // (64 * KIB) * (64 * KIB)) // len(row)


@pytest.mark.parametrize("step", [1, 7, 4096, 300_000])
def test_steps_do_not_depend_on_how_much_is_read(step: int) -> None:
    """P1: what is passed on before the binary part is the same, however much is read at once."""
    data = b"".join(b"%d\n" % number for number in range(60_000)) + b"\0" + b"rest\n" * 10
    nuls = Nuls(from_bytes(data), quits=True, held=False, counted=False)
    whole, view = b"", memoryview(bytearray(step))
    while count := nuls.source.readinto(view):
        whole += bytes(view[:count])
    assert nuls.at == data.index(0)
    assert nuls.dark
    assert data.startswith(whole)
    assert len(data) - 64 * KIB - 15 < len(whole) <= nuls.at
    again = Nuls(from_bytes(data), quits=False, held=False, counted=False)
    assert exactly(again.source, 1 << 20) == data.replace(b"\0", b"\n")
