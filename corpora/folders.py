"""Folders of generated files, made from a seed: many files, many names in one folder, a tree of sources.

``entries`` yields them without touching a disk, so that a hash needs none.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Final

#: A name relative to the corpus' folder, with ``/``, and the content; a name that ends in ``/`` is an empty folder.
Entry = tuple[str, bytes]

_WORDS: Final = (
    "node page lock ring queue frame table cache index state event timer device region bucket buffer handle stream packet".split()
)
_VERBS: Final = "get put init free find read write map unmap wait wake bind probe flush alloc reset attach detach".split()
_TOPS: Final = ("arch", "block", "crypto", "drivers", "fs", "include", "kernel", "lib", "mm", "net", "sound", "tools")


def entries(name: str) -> Iterator[Entry]:
    """Yield every file of a corpus, in a fixed order that is not the sorted one.

    Memory: one file of at most 32 KiB, and 200 KiB of ready-made pieces.
    """
    yield from FOLDERS[name][1]()


def _many_files() -> Iterator[Entry]:
    """10,000 files of 50 to 2000 bytes in 100 folders; ``needle`` once in each file whose number divides by 101."""
    dice = random.Random(10)
    for i in range(10_000):
        lines = [f"{_pick(dice, _VERBS)} {_pick(dice, _WORDS)} of {_pick(dice, _WORDS)} {n}" for n in range(2 + int(dice.random() * 60))]
        if i % 101 == 0:
            lines[len(lines) // 2] += " needle"
        yield f"dir-{i * 7 % 100:02d}/file-{i:05d}.txt", ("\n".join(lines) + "\n").encode()


def _many_names() -> Iterator[Entry]:
    """100,000 files of a few bytes in one folder; ``needle`` in each whose number divides by 1000."""
    for i in range(100_000):
        number = i * 7919 % 100_000
        yield f"name-{number:06d}.txt", b"needle %d\n" % number if number % 1000 == 0 else b"%d\n" % number


def _tree() -> Iterator[Entry]:
    """80,000 files as in a source tree: 2000 folders, ignore rules, objects that are ignored, an empty git repository."""
    yield ".git/HEAD", b"ref: refs/heads/main\n"
    yield ".git/objects/", b""
    yield ".git/refs/heads/", b""
    yield ".gitignore", b"# built\n*.o\n*.cmd\n/build/\n!keep.o\n"
    dice = random.Random(80)
    pieces = [_function(dice) for _ in range(500)]
    for number in range(1999):
        folder = f"{_TOPS[number % 12]}/{_WORDS[number // 12 % 19]}/{_VERBS[number // 228 % 18]}"
        yield f"{folder}/Makefile{number}", f"obj-y += part{number}.o\n".encode()
        yield f"{folder}/unit{number}.o", b"\x7fELF\x02\x01\x01\0" + bytes(200)
        if number % 50 == 0:
            yield f"{folder}/.gitignore", b"/local-*\n*.log\n"
            yield f"{folder}/local-notes.txt", b"ignored needle\n"
        for i in range(38):
            stem, kind = f"{_pick(dice, _WORDS)}_{_pick(dice, _VERBS)}{number}_{i}", int(dice.random() * 20)
            yield f"{folder}/{stem}.{_extension(kind)}", _source(dice, pieces, stem, needle=(number * 38 + i) % 1000 == 0)


def _extension(kind: int) -> str:
    return "c" if kind < 11 else "h" if kind < 16 else ("py", "md", "json", "txt")[kind - 16]


def _source(dice: random.Random, pieces: list[str], stem: str, *, needle: bool) -> bytes:
    head = f"/* {stem}: the {_pick(dice, _WORDS)} of every {_pick(dice, _WORDS)} */\n#include <linux/{_pick(dice, _WORDS)}.h>\n\n"
    body = [_pick(dice, pieces) for _ in range(1 + int(dice.random() ** 3 * 40))]
    if needle:
        body.insert(len(body) // 2, "/* needle */\n")
    return (head + "".join(body) + f"EXPORT_SYMBOL({stem});\n").encode()


def _function(dice: random.Random) -> str:
    noun, verb = _pick(dice, _WORDS), _pick(dice, _VERBS)
    lines = [f"static int {noun}_{verb}(struct {_pick(dice, _WORDS)} *{noun}, unsigned long flags)", "{"]
    for _ in range(3 + int(dice.random() * 9)):
        lines.append(f"\tif ({noun}->{_pick(dice, _WORDS)} & {_pick(dice, _VERBS).upper()}_{_pick(dice, _WORDS).upper()})")
        lines.append(f"\t\treturn {_pick(dice, _WORDS)}_{_pick(dice, _VERBS)}({noun}, {int(dice.random() * 4096):#x});")
    return "\n".join([*lines, "\treturn 0;", "}", "", ""])


def _pick(dice: random.Random, words: list[str]) -> str:
    return words[int(dice.random() * len(words))]


FOLDERS: Final[dict[str, tuple[str, Callable[[], Iterator[Entry]]]]] = {
    "many-files": ("10,000 small files in 100 folders", _many_files),
    "many-names": ("100,000 tiny files in one folder", _many_names),
    "tree": ("80,000 files as in a source tree, with ignore rules", _tree),
}
