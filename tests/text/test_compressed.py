"""Compressed sources; T6, T15."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import zlib

import pytest

from streamtools.errors import FileError
from streamtools.text.compressed import decompressed
from streamtools.text.drive import exactly
from streamtools.text.source import Source, from_bytes, from_fd

DATA = b"".join(b"%d some text\n" % number for number in range(30_000))
PACKED = {"gzip": gzip.compress(DATA), "bzip2": bz2.compress(DATA), "xz": lzma.compress(DATA)}


def whole(source: Source, step: int = 4096) -> bytes:
    """Read to the end in steps."""
    data, view = b"", memoryview(bytearray(step))
    while count := source.readinto(view):
        data += bytes(view[:count])
    return data


@pytest.mark.parametrize("kind", sorted(PACKED))
def test_each_format_and_any_number_of_members(kind: str) -> None:
    """T6: told by its first bytes, whatever the name; members follow each other."""
    packed = PACKED[kind]
    for times in (1, 3):
        source = decompressed(from_bytes(packed * times))
        assert source.size is None
        assert not source.seekable
        assert whole(source, 1 << 16) == DATA * times


@pytest.mark.parametrize("data", [b"", b"a", b"BZ", b"\x1f", b"plain text\n" * 1000, b"BZ2 is a format\n"])
def test_other_bytes_come_as_they_are(data: bytes) -> None:
    """T6: a file is still seekable then, and a pipe has lost nothing."""
    source = decompressed(from_bytes(data))
    if data[:3] != b"BZh":
        assert source.seekable
        assert whole(source, 3) == data
    reader, writer = os.pipe()
    os.write(writer, data)
    os.close(writer)
    with decompressed(from_fd(reader, close=True)) as piped:
        assert whole(piped, 3) == data
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(reader)


@pytest.mark.parametrize("kind", sorted(PACKED))
def test_damage_is_a_file_error(kind: str) -> None:
    """T15: cut anywhere or changed in the middle; what came before is given."""
    packed = PACKED[kind]
    middle = len(packed) // 2
    changed = packed[:middle] + bytes(byte ^ 0xFF for byte in packed[middle : middle + 8]) + packed[middle + 8 :]
    for bad in (packed[:-1], packed[:middle], packed[:12], changed):
        with pytest.raises(FileError) as caught:
            whole(decompressed(from_bytes(bad, path="f")))
        assert str(caught.value).startswith("f: ")
        assert "\n" not in str(caught.value)


def test_no_bytes_of_the_stream_are_held_beyond_need() -> None:
    """T6: 64 MiB of zeros out of 64 KiB come in small pieces, and the first is there at once."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(64)) + packer.flush()
    source = decompressed(from_bytes(packed))
    assert exactly(source, 100) == bytes(100)
    total, view = 100, memoryview(bytearray(1 << 16))
    while count := source.readinto(view):
        total += count
    assert total == 64 << 20
