r"""The rows of the benchmark: what is run, beside whom, and how slow it may be.

An argument that begins with ``@`` stands for the path of an input (see `inputs.path_of`).
Patterns are written for each program so that they mean the same: grep knows no ``\d``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

Same = Literal["bytes", "sorted", "lines"]


@dataclass(frozen=True, slots=True)
class Command:
    """A process to start; ``lines``: close the pipe after so many, as ``| head`` does."""

    program: str
    arguments: tuple[str, ...]
    label: str = ""
    lines: int = 0

    @property
    def name(self) -> str:
        """How it is called in tables."""
        return self.label or self.program


@dataclass(frozen=True, slots=True)
class Call:
    """A call in a long-lived process, see `warm`; on its ``own_clock``, or until its answer came over the pipe."""

    tool: Literal["grep", "read"]
    arguments: tuple[tuple[str, object], ...]
    own_clock: bool = False

    @property
    def name(self) -> str:
        """How it is called in tables."""
        return f"{self.tool}(), warm"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    ``limit`` is the largest allowed ratio of our median to that of the fastest peer (None: for information),
    ``seconds`` the longest allowed median. ``same`` says how the answers are compared: to the byte, as lines in
    any order, or by the number of lines.
    """

    name: str
    about: str
    limit: float | None
    corpus: str
    ours: Command | Call
    peers: tuple[Command, ...]
    same: Same = "bytes"
    seconds: float | None = None


def _everyone(corpus: str, flags: tuple[str, ...], pattern: tuple[str, ...], posix: tuple[str, ...]) -> tuple[Command, tuple[Command, ...]]:
    """Return our command and all peers' for one file; ``posix`` is the pattern for grep and ugrep."""
    where = f"@{corpus}"
    return Command("sgrep", (*flags, "--no-cap", *pattern, where)), (
        Command("rg", ("--no-config", *flags, *pattern, where), "ripgrep"),
        Command("rg", ("--no-config", "--no-mmap", *flags, *pattern, where), "ripgrep --no-mmap"),
        Command("grep", (*flags, *posix, where)),
        Command("ugrep", (*flags, *posix, where)),
    )


def _file(name: str, about: str, limit: float | None, corpus: str, pattern: str, posix: str = "", flags: tuple[str, ...] = ("-c",)) -> Row:
    """Return a row that searches one file for a regex; ``posix`` where grep writes it in another way."""
    ours, peers = _everyone(corpus, flags, ("-e", pattern), ("-E", "-e", posix or pattern))
    return Row(name, about, limit, corpus, ours, peers)


def _list(count: int, limit: float) -> Row:
    given = ("-F", "-f", f"@words-{count}")
    ours, peers = _everyone("log-256", ("-c",), given, given)
    return Row(f"literals-{count}", f"256 MiB log, {count:,} literals from a file, count", limit, "log-256", ours, peers)


#: What ripgrep leaves out of the tree by its ignore rules, said to those who don't read them (or not all: ugrep).
_LEFT_OUT: Final = ("--exclude-dir=.git", "--exclude=*.o", "--exclude=*.cmd", "--exclude=*.log", "--exclude=local-*")


def _recursive(pattern: str, lines: int = 0) -> tuple[Command, ...]:
    return (
        Command("rg", ("--no-config", "-n", "-e", pattern, "@tree"), "ripgrep", lines),
        Command("grep", ("-rnI", *_LEFT_OUT, "-e", pattern, "@tree"), "", lines),
        Command("ugrep", ("-rnI", "--ignore-files", "--exclude=local-*", "-e", pattern, "@tree"), "", lines),
    )


def _grep(pattern: str, path: str) -> Call:
    return Call("grep", (("pattern", pattern), ("path", path), ("jobs", 2)))


_FIRST: Final = 7_000_000
_LINES: Final = 100
_PAGE: Final = Command("sread", ("--plain", "--offset", str(_FIRST), "--limit", str(_LINES), "@log-1024"))
_SED: Final = Command("sed", ("-n", f"{_FIRST},{_FIRST + _LINES - 1}p;{_FIRST + _LINES - 1}q", "@log-1024"))
_WARM_PAGE: Final = Call("read", (("path", "@log-1024"), ("offset", _FIRST), ("limit", _LINES)), own_clock=True)
_LIST: Final = Command("sgrep", ("--files", "--no-cap", "@tree"))
_LIST_RG: Final = Command("rg", ("--no-config", "--files", "@tree"), "ripgrep")
_TREE: Final = Command("sgrep", ("-n", "--no-cap", "-e", "needle", "@tree"))
_PROJECT: Final = Command("rg", ("--no-config", "-n", "-e", "needle", "@project"), "ripgrep")

_PROMISED: Final = (
    _file("literal", "1 GiB log, literal, count", 1.0, "log-1024", "quartz-7731"),
    _file(
        *("class-gap", "1 GiB log, regex with a class and a gap, count", 1.0, "log-1024"),
        *(r"worker-6[0-3]\].*id=0070000\d\d", r"worker-6[0-3]\].*id=0070000[0-9][0-9]"),
    ),
    _file("alternatives", "1 GiB log, three alternatives, count", 1.1, "log-1024", "connection reset|broken pipe|no route"),
    _file("word", "1 GiB log, case-insensitive word with 1 % hits, count", 1.1, "log-1024", "error", flags=("-c", "-i", "-w")),
    _file("every-line", "1 GiB log, every line hits, count", 2.0, "log-1024", "id="),
    _file("suffix", "1 GiB log, a class before a rare suffix, count", 1.3, "log-1024", "[a-z]+ing id="),
    _list(100, 0.6),
    _list(1_000, 0.5),
    _list(10_000, 0.5),
    _file("numbered", "1 GiB log, -n with 80,000 hits printed", 1.5, "log-1024", "ERROR|Error", flags=("-n",)),
    Row("tree", "tree of 80,000 files, rare literal, whole process", 1.2, "tree", _TREE, _recursive("needle"), "sorted"),
    Row("tree-warm", "the same inside a warm process", 1.0, "tree", _grep("needle", "@tree"), _recursive("needle"), "lines"),
    Row("files", "tree, listing of all files", 1.5, "tree", _LIST, (_LIST_RG,), "sorted"),
    Row(
        *("first-250", "tree, first 250 hits of a frequent word, warm call", 1.0, "tree"),
        *(_grep("return", "@tree"), _recursive("return", 250), "lines"),
    ),
    Row("project-warm", "1000-file project, a warm call", 0.8, "project", _grep("needle", "@project"), (_PROJECT,), "lines"),
    Row("page", "page at line 7,000,000 of 1 GiB, cold", 1.0, "log-1024", _PAGE, (_SED,)),
    Row("page-warm", "the same page in a warm process, own clock", 0.01, "log-1024", _WARM_PAGE, (_PAGE,), "lines", 0.001),
)


def _text(name: str, about: str, pattern: str, posix: str = "", *flags: str) -> Row:
    row = _file(f"text-{name}", f"natural text, {about}, count", None, "text-64", pattern, posix, ("-c", *flags))
    if "-i" in flags and not pattern.isascii():
        # ugrep 3.11 finds half of the lines: it folds the case of ASCII only.
        return replace(row, peers=tuple(peer for peer in row.peers if peer.program != "ugrep"))
    return row


#: The kinds of patterns that rebar (github.com/BurntSushi/rebar) measures, in patterns of our own.
_NATURAL: Final = (
    _text("literal", "a name", "Sherlock Holmes"),
    _text("literal-i", "a name in any case", "Sherlock Holmes", "", "-i"),
    _text("names", "five names", "Sherlock Holmes|John Watson|Irene Adler|Inspector Lestrade|Professor Moriarty"),
    _text("names-i", "three names in any case", "Sherlock Holmes|John Watson|Irene Adler", "", "-i"),
    _text("russian", "a name in Russian", "Шерлок Холмс"),
    _text("russian-i", "a name in Russian, in any case", "Шерлок Холмс", "", "-i"),
    _text("before", "a word before a name", r"\w+ Holmes"),
    _text("near", "two names near each other", "Holmes.{0,25}Watson|Watson.{0,25}Holmes"),
    _text("long-words", "words of 13 letters and more", r"\b[A-Za-z]{13,}\b"),
    _text("suffix", "words by their end", r"[a-z]+ingly\b"),
    _text("question", "a question that ends a line", r"^[A-Z].* \w+\?$"),
    _text("capitals", "two capitalised words", r"[A-Z][a-z]+ [A-Z][a-z]{7,}"),
)

ROWS: Final = {row.name: row for row in (*_PROMISED, *_NATURAL)}
