"""Command lines and trees drawn by chance from a seed: what ripgrep's flags, patterns and files look like."""

from __future__ import annotations

import os
import random
from typing import Final

_WORDS: Final = (
    "error",
    "Error",
    "warn",
    "timeout",
    "worker-7",
    "id=42",
    "größe",
    "漢字",
    "foo",
    "foo_bar",
    "foo.bar",
    "(x)",
    "end",
    "  in",
    "\tx",
)
_NAMES: Final = (
    "a.txt",
    "b.py",
    "c",
    "d/a.txt",
    "d/e/f.py",
    "d/g.md",
    "d-x",
    "empty",
    "z/1",
    "z/10",
    ".hidden",
    "old.log",
    "ü.txt",
    "d/.h/x.rs",
)
PATTERNS: Final = (
    *("error", "warn|timeout", "foo", r"\bfoo\b", "foo.bar", r"id=\d+", "gr.ße", "^error", "end$", "^$", r"[a-z]+-\d", "(x)", "zzz", "o"),
    *(".", r"\w+", "(foo)[._](bar)?", r"\s+\w", "(?i)ERROR", "[^a-f]o", r"(?P<first>\w)(?P<rest>\w+)", "漢|ß", r"\S+$"),
)
MULTILINE: Final = (r"error\n.*", r"(?s)foo.*?end", r"\n\n", r"^error$\n", r"o\s+\w", r"(?s)^\w.{0,20}$", r"end\n?", r"[^x]{3}", r"\w+$")

#: Each with how often it is drawn; flags of one row hardly ever go together.
FLAGS: Final[tuple[tuple[str, ...], ...]] = (
    ("-n", "-N", "--column", "-b", "-n --column -b", "--no-column"),
    ("-o", "-v", "-ov", "--passthru", "--vimgrep", "-o -b"),
    ("-c", "-l", "--files-without-match", "--count-matches", "-c --include-zero", "-q", "--json", "-co", "-lv"),
    ("-i", "-S", "-s", "-w", "-x", "-F", "-iw", "-F -x"),
    ("-A1", "-B 2", "-C1", "-C 3 -n", "-A2 -B1", "--no-context-separator -C1", "--context-separator=## -C1"),
    ("-m1", "-m 2", "-m3"),
    ("--heading", "--no-heading", "--heading -n", "-p"),
    ("--color=always", "--color=always --colors=match:fg:blue --colors=path:none", "--color=ansi --colors highlight:bg:16 -n --column"),
    ("-r X", "-r <$0>", "-r ${first}-$rest$$", "-r '' --trim", "-r $1$2"),
    ("-M 12", "-M 20 --max-columns-preview", "--trim", "--trim -n"),
    ("-H", "-I", "-0", "--null -c", "--path-separator +"),
    ("--field-match-separator=|", "--field-context-separator=\\t -C1", "--stats"),
    ("-g *.txt", "-g !*.txt", "-t py", "-T py", "--iglob *.TXT", "-d1", "--max-depth 2", "-g d/** -g !*.md"),
    ("--hidden", "--no-ignore", "-u", "-uu", "-.", "--no-ignore-dot", "--no-hidden"),
    ("--sort path", "--sortr path", "--no-messages", "--no-config", "--line-buffered", "-j1", "--max-filesize 300"),
    ("-e warn", "-e foo -e in", "-P"),
)
ROOTS: Final = ("./", "./", "./", "a.txt", "d", "a.txt b.py", "z d", "nothing a.txt")


def plant(folder: str, seed: int, *, odd: bool = False) -> str:
    """Write a tree of ordinary text with ignore rules; ``odd`` adds what ripgrep treats in ways of its own."""
    chance = random.Random(seed)
    for name in _NAMES:
        rows = [" ".join(chance.choices(_WORDS, k=chance.randrange(5))) for _ in range(chance.randrange(25))]
        _write(folder, name, b"" if name == "empty" else ("\n".join(rows) + chance.choice(["", "\n"])).encode())
    _write(folder, ".ignore", b"*.log\n")
    if odd:
        _write(folder, "crlf.txt", b"error foo\r\nend\r\nfoo.bar end\r\n")
        _write(folder, "nul", b"foo warn\nerror\0end\nfoo id=42\n")
        _write(folder, "bad", b"foo \xff\xfe error\ngr\xf6\xdfe end\n")
        _write(folder, "wide", "\ufefffoo error\nend größe\n".encode("utf-16-le"))
    return folder


def _write(folder: str, name: str, data: bytes) -> None:
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)


def commands(seed: int, count: int) -> list[list[str]]:
    """Draw command lines: at most four rows of flags, a pattern, and where to search."""
    chance = random.Random(seed)
    drawn: list[list[str]] = []
    for _ in range(count):
        rows = chance.sample(FLAGS, chance.randrange(5))
        words = [word.strip("'") for row in rows for word in chance.choice(row).split(" ")]
        multiline = chance.random() < 0.2
        pattern = chance.choice(MULTILINE if multiline else PATTERNS)
        drawn.append(
            [*(["-U"] if multiline else []), *words, *([] if "-e" in words else ["-e", pattern]), "--", *chance.choice(ROOTS).split()]
        )
    return drawn
