"""Texts as points, so that what is near in meaning, or at least in spelling, is near in space."""

from __future__ import annotations

import functools
import math
import zlib
from collections.abc import Sequence
from operator import mul
from typing import Final, Protocol

_DIMENSIONS: Final = 256
_LONGEST: Final = 64


class Embedder(Protocol):
    """Makes vectors of texts; a real model may stand behind it."""

    @property
    def name(self) -> str:
        """Which vectors can be compared: those of one name."""
        ...

    def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """Return one vector a text, all of one length."""
        ...


class HashedNgrams:
    """The embedder that needs no model: counts of words and of character trigrams, hashed into 256 numbers.

    It knows spelling, not meaning; it is deterministic across machines and versions. Of a word over 64 characters
    only the beginning counts.

    Memory: the 2048 words used last, at most 20 KB each and mostly 1.
    """

    name = "ngrams-256"

    def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """Return one vector a text."""
        return [_vector(text) for text in texts]


def _vector(text: str) -> list[float]:
    counts = [0.0] * _DIMENSIONS
    for word in text.lower().split():
        for place, value in _word(word[:_LONGEST]):
            counts[place] += value
    return counts


@functools.lru_cache(maxsize=2048)
def _word(word: str) -> tuple[tuple[int, float], ...]:
    """What a word and its trigrams add, and where."""
    data = f"  {word} ".encode("utf-8", "backslashreplace")
    whole = zlib.crc32(data)
    found = [(whole % _DIMENSIONS, 2.0 if whole & 0x10000 else -2.0)]
    for begin in range(len(data) - 2):
        value = zlib.crc32(data[begin : begin + 3])
        found.append((value % _DIMENSIONS, 1.0 if value & 0x10000 else -1.0))
    return tuple(found)


def packed(vector: Sequence[float]) -> bytes:
    """Return a vector of unit length as signed bytes."""
    length = math.sqrt(sum(value * value for value in vector)) or 1.0
    # Components of a unit vector are small: 127 is the largest of them, so that no precision is lost.
    peak = max((abs(value) for value in vector), default=0.0) or 1.0
    return bytes(round(value / peak * 127) & 0xFF for value in vector) + round(peak / length * 65535).to_bytes(2, "little")


def similarity(one: bytes, two: bytes) -> float:
    """Return the cosine of two packed vectors; 0 for vectors of different length."""
    if len(one) != len(two) or len(one) < 3:
        return 0.0
    dot: int = sum(map(mul, memoryview(one)[:-2].cast("b"), memoryview(two)[:-2].cast("b")))
    scale = int.from_bytes(one[-2:], "little") * int.from_bytes(two[-2:], "little")
    return dot * scale / (127 * 127 * 65535 * 65535)
