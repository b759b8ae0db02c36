"""`sread -z`: compressed files as text; P1, T6, T11, T15."""

from __future__ import annotations

import bz2
import gzip
import lzma
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.adapters import command, refused, run, sread

PACKERS: dict[str, Callable[[bytes], bytes]] = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}
TEXT = b"".join(b"%d line\n" % number for number in range(1, 20_001))


@pytest.fixture(params=sorted(PACKERS))
def packed(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A file of two concatenated members in one of the formats."""
    pack = PACKERS[request.param]
    path = tmp_path / f"f.{request.param}"
    path.write_bytes(pack(TEXT[:100_000]) + pack(TEXT[100_000:]))
    return path


def test_all_members_are_one_text(packed: Path) -> None:
    """P1: `sread -z` of concatenated members is `zcat`."""
    assert sread("-z", "--no-cap", "--plain", packed.name, cwd=packed.parent).out == TEXT
    assert sread("-z", "--no-cap", "--plain", stdin=packed.read_bytes()).out == TEXT


def test_pages_of_compressed_files(packed: Path) -> None:
    """T1: offset, tail, spans and streams work although nothing can be seeked."""
    cwd = packed.parent
    assert sread("-z", "--offset", "19999", packed.name, cwd=cwd).out == b"19999\t19999 line\n20000\t20000 line\n"
    assert sread("-z", "--tail", "1", packed.name, cwd=cwd).out == b"20000\t20000 line\n"
    assert sread("-z", f"{packed.name}:7-8", cwd=cwd).out == b"7\t7 line\n8\t8 line\n"
    assert sread("-z", "--offset", "2", "--limit", "1", stdin=packed.read_bytes()).out == b"2\t2 line\n"
    first = sread("-z", packed.name, cwd=cwd)
    assert first.lines[-1] == "2000\t2000 line"
    assert "--offset 2001" in first.told[-1]


def test_damage_is_one_sentence(packed: Path) -> None:
    """T15: cut or changed data: one line that names the file once, exit 2."""
    data = packed.read_bytes()
    half = len(data) // 2
    for bad in (data[: len(data) - 20], data[:half] + bytes([data[half] ^ 0xFF, data[half + 1] ^ 0xFF]) + data[half + 2 :], data[:8]):
        packed.write_bytes(bad)
        done = sread("-z", "--tail", "1", packed.name, cwd=packed.parent)
        said = refused(done)
        assert said.count(packed.name) == 1
        assert "damaged" in said


def test_plain_files_pass(tmp_path: Path) -> None:
    """P1: -z is for any mix of files: what is not compressed is read as it is, a stream too."""
    (tmp_path / "a").write_bytes(b"plain\n")
    (tmp_path / "empty").write_bytes(b"")
    assert sread("-z", "a", cwd=tmp_path).out == b"1\tplain\n"
    assert sread("-z", "empty", cwd=tmp_path).out == b""
    assert sread("-z", stdin=b"ab\ncd").out == b"1\tab\n2\tcd\n"
    assert sread("-z", stdin=b"").out == b""
    assert "missing" in refused(sread("-z", "missing", cwd=tmp_path))
    assert "folder" in refused(sread("-z", ".", cwd=tmp_path))


def test_without_the_flag_it_is_named(packed: Path) -> None:
    """T15: a compressed file shown without -z is binary, and the sentence names -z."""
    assert "-z" in refused(sread(packed.name, cwd=packed.parent))


def test_a_bomb_stays_small(tmp_path: Path) -> None:
    """T6: 256 MiB of one line in 255 KiB is read in constant memory: 200 MB of address space are enough."""
    packer = gzip.GzipFile(tmp_path / "bomb.gz", "wb", compresslevel=9)
    with packer:
        for _ in range(64):
            packer.write(b"x" * (4 << 20))
        packer.write(b"\nend\n")
    limited = ["sh", "-c", 'ulimit -v 200000; exec "$@"', "sh"]
    done = subprocess.run(
        [*limited, *command("sread", "-z", "--offset", "2", str(tmp_path / "bomb.gz"))], capture_output=True, check=False, timeout=60
    )
    assert done.stdout == b"2\tend\n", done.stderr
    assert run("sread", "-z", "--limit", "1", str(tmp_path / "bomb.gz")).out == b"1\t" + b"x" * 2000 + b"\n"
