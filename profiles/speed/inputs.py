"""What is searched: the project's corpora, and beside them lists of words, a small project and natural text, all from seeds."""

from __future__ import annotations

import itertools
import os
import random
import shutil
from bisect import bisect
from collections.abc import Callable, Iterator
from typing import Final

from corpora import folders
from corpora.generate import ensure

_HERE: Final = os.path.dirname(os.path.abspath(__file__))
#: A new name when what is generated changes.
_FOLDER: Final = "speed-1"
_MIB: Final = 1024 * 1024
#: Lines of the 256 MiB log are at least so many, so every id up to here is in it.
_IDS: Final = 2_600_000

_ENDINGS: Final = ("ed", "ing", "er", "ation", "ingly", "ers", "able", "ative")
_NAMES: Final = (
    "Sherlock Holmes", "John Watson", "Holmes said to Watson", "Irene Adler", "Inspector Lestrade",
    "Professor Moriarty", "Holmes", "Watson", "Mrs. Hudson",
    "Baker Street", "sherlock holmes", "SHERLOCK HOLMES", "Шерлок Холмс", "ШЕРЛОК ХОЛМС", "Джон Уотсон",
)  # fmt: skip


def path_of(name: str) -> str:
    """Return the path of an input such as ``log-1024``, ``tree``, ``words-100``, ``project`` or ``text-64``; makes what is missing.

    Raises `ValueError` for an unknown name, and what `ensure` raises.
    """
    kind, _, size = name.partition("-")
    if kind == "tree":
        return ensure("tree")
    if kind == "log":
        return ensure("log", int(size))
    makers: dict[str, Callable[[str], None]] = {
        "words": lambda path: _write_words(path, int(size)),
        "text": lambda path: _write_text(path, int(size)),
        "project": _write_project,
    }
    if kind not in makers:
        raise ValueError(f"no input of the benchmark is called {name!r}")
    folder = os.path.join(os.path.dirname(ensure("log", 1)), _FOLDER)
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        part = f"{path}.part{os.getpid()}"
        makers[kind](part)
        os.rename(part, path)
    return path


def words(count: int) -> list[str]:
    """Return so many different literals, as somebody looks for in a log.

    Nine of ten are names that occur nowhere; of the rest half are ids, each in one line, and half durations
    (``took=1234ms``), each in one line of some ten thousand.
    """
    dice = random.Random(count)
    found: dict[str, None] = {}
    while len(found) < count:
        kind = len(found) % 20
        if kind == 7:
            found[f"{1 + int(dice.random() * _IDS):09d}"] = None
        elif kind == 13:
            found[f"took={1000 + int(dice.random() * 2000)}ms"] = None
        else:
            found["".join(chr(97 + int(dice.random() * 26)) for _ in range(6 + int(dice.random() * 7)))] = None
    return list(found)


def _write_words(path: str, count: int) -> None:
    with open(path, "w", encoding="ascii") as out:
        out.writelines(f"{word}\n" for word in words(count))


def _write_project(path: str) -> None:
    """The first 1000 files of the tree that are not ignored, with its ignore rules and what they leave out."""
    shutil.rmtree(path, ignore_errors=True)
    left = 1000
    for inner, content in folders.entries("tree"):
        if not left:
            return
        place = os.path.join(path, inner)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        if inner.endswith("/"):
            continue
        with open(place, "wb") as out:
            out.write(content)
        left -= not (inner.startswith(".git") or inner.endswith((".o", ".gitignore", "local-notes.txt")))


def _write_text(path: str, size_mib: int) -> None:
    """Paragraphs in an order without end: 8000 different ones of some 600 bytes, lines of 70 characters."""
    dice = random.Random(221)
    english, russian = _vocabularies()
    paragraphs = [_paragraph(dice, russian if dice.random() < 0.05 else english).encode() for _ in range(8000)]
    left = size_mib * _MIB
    with open(path, "wb") as out:
        while left > 0:
            block = b"".join(paragraphs[int(dice.random() * len(paragraphs))] for _ in range(2000))
            out.write(block)
            left -= len(block)


def _vocabularies() -> tuple[list[str], list[str]]:
    """English and Russian words, the frequent ones first; English stems get endings, so that there are long words too."""
    with open(os.path.join(_HERE, "vocabulary.txt"), encoding="utf-8") as source:
        common, stems, russian = (line.split() for line in source)
    return [*common, *(stem + ending for ending in _ENDINGS for stem in stems)], russian


def _paragraph(dice: random.Random, vocabulary: list[str]) -> str:
    line, lines = "", []
    for word in itertools.islice(_prose(dice, vocabulary), 60 + int(dice.random() * 100)):
        if len(line) + len(word) > 70:
            lines.append(line)
            line = ""
        line += f" {word}" if line else word
    return "\n".join([*lines, f"{line}.", "", ""])


def _prose(dice: random.Random, vocabulary: list[str]) -> Iterator[str]:
    """Words as often as in a language (the n-th most frequent one by 1/n), sentences of 5 to 24, now and then a name."""
    weights = list(itertools.accumulate(1 / rank for rank in range(1, len(vocabulary) + 1)))
    while True:
        length = 5 + int(dice.random() * 20)
        for place in range(length):
            word = vocabulary[bisect(weights, dice.random() * weights[-1], hi=len(vocabulary) - 1)]
            if dice.random() < 0.002:
                word = _NAMES[int(dice.random() * len(_NAMES))]
            end = "" if place < length - 1 else ".?!."[int(dice.random() * 4)]
            yield (word.capitalize() if place == 0 and word.islower() else word) + end
