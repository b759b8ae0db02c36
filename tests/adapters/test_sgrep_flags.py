"""`sgrep`: what every flag prints; P1, T2."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamtools.adapters.flags import FLAGS
from tests.adapters import FILES, sgrep

A, C, B, RS, P = "a.txt:", "crlf.txt:", "sub/b.py:", "sub/c.rs:", "patterns:"
PLAIN = f"{A}foo bar\n{C}one foo\r\n{B}foo\n{B}foo foo\n{RS}// (foo) x.y\n{RS}food\n"
CASES: list[tuple[list[str], str]] = [
    (["foo"], PLAIN),
    (["--sort", "path", "foo"], PLAIN),
    (["-j", "2", "foo"], PLAIN),
    (["-e", "qux", "-e", "two"], f"{A}qux\n{C}two\r\n{P}qux\n{P}two\n"),
    (["-f", "patterns", "a.txt", "crlf.txt"], f"{A}qux\n{C}two\r\n"),
    (["-f", "patterns", "-e", "baz", "a.txt"], "baz Foo\nqux\n"),
    (["-F", "x.y"], f"{RS}// (foo) x.y\n"),
    (["-F", "(foo)", "sub"], "sub/c.rs:// (foo) x.y\n"),
    (["-F", "--no-fixed-strings", "f.o", "a.txt"], "foo bar\n"),
    (["-i", "FOO", "a.txt"], "foo bar\nbaz Foo\n"),
    (["-i", "-s", "Foo", "a.txt"], "baz Foo\n"),
    (["-S", "Foo", "a.txt"], "baz Foo\n"),
    (["-S", "foo", "a.txt"], "foo bar\nbaz Foo\n"),
    (["-w", "foo", "sub"], f"{B}foo\n{B}foo foo\n{RS}// (foo) x.y\n"),
    (["-x", "foo"], f"{B}foo\n"),
    (["-x", "-w", "foo", "sub/b.py"], "foo\nfoo foo\n"),
    (["-v", "foo", "a.txt"], "baz Foo\nqux\n"),
    (["-v", "--no-invert-match", "qux", "a.txt"], "qux\n"),
    (["-U", r"bar\nbaz", "a.txt"], "foo bar\nbaz Foo\n"),
    (["-U", "--multiline-dotall", "bar.*qux", "a.txt"], FILES["a.txt"]),
    (["-U", "--no-multiline", "bar.*qux", "a.txt"], ""),
    (["-g", "*.py", "foo"], f"{B}foo\n{B}foo foo\n"),
    (["-g", "!*.py", "-g", "!*.rs", "foo"], f"{A}foo bar\n{C}one foo\r\n"),
    (["--iglob", "*.PY", "foo"], f"{B}foo\n{B}foo foo\n"),
    (["-t", "py", "foo"], f"{B}foo\n{B}foo foo\n"),
    (["-T", "txt", "-T", "py", "foo"], f"{RS}// (foo) x.y\n{RS}food\n"),
    (["-.", "hidden"], ".hidden:hidden foo\n"),
    (["-.", "--no-hidden", "hidden"], ""),
    (["--no-ignore", "ignored"], "ignored.log:ignored foo\n"),
    (["--no-ignore", "--ignore", "ignored"], ""),
    (["-u", "ignored|hidden"], "ignored.log:ignored foo\n"),
    (["-uu", "ignored|hidden"], ".hidden:hidden foo\nignored.log:ignored foo\n"),
    (["-d", "1", "foo"], f"{A}foo bar\n{C}one foo\r\n"),
    (["--max-depth=0", "foo"], ""),
    (["--max-filesize", "13", "-l", "foo"], ""),
    (["--max-filesize", "1K", "-l", "foo"], "a.txt\ncrlf.txt\nsub/b.py\nsub/c.rs\n"),
    (["--one-file-system", "-x", "foo"], f"{B}foo\n"),
    (["-c", "foo"], f"{A}1\n{C}1\n{B}2\n{RS}2\n"),
    (["-c", "foo", "sub/b.py"], "2\n"),
    (["-c", "nothing", "sub/b.py"], ""),
    (["-cv", "foo", "sub/b.py"], "4\n"),
    (["-cH", "foo", "sub/b.py"], f"{B}2\n"),
    (["-cI", "foo", "sub"], "2\n2\n"),
    (["-l", "foo"], "a.txt\ncrlf.txt\nsub/b.py\nsub/c.rs\n"),
    (["-l0", "foo"], "a.txt\0crlf.txt\0sub/b.py\0sub/c.rs\0"),
    (["-c0", "foo", "sub"], "sub/b.py\x002\nsub/c.rs\x002\n"),
    (["--files-without-match", "foo", "sub", "patterns"], "sub/empty\npatterns\n"),
    (["-o", "fo+"], f"{A}foo\n{C}foo\n{B}foo\n{B}foo\n{B}foo\n{RS}foo\n{RS}foo\n"),
    (["-on", "fo+", "sub/b.py"], "2:foo\n6:foo\n6:foo\n"),
    (["-o", "--column", "fo+", "sub/b.py"], "2:1:foo\n6:1:foo\n6:5:foo\n"),
    (["-n", "foo", "sub/b.py"], "2:foo\n6:foo foo\n"),
    (["-nN", "foo", "sub/b.py"], "foo\nfoo foo\n"),
    (["-H", "foo", "a.txt"], f"{A}foo bar\n"),
    (["-I", "foo", "sub"], "foo\nfoo foo\n// (foo) x.y\nfood\n"),
    (["--column", "foo", "sub"], f"{B}2:1:foo\n{B}6:1:foo foo\n{RS}1:5:// (foo) x.y\n{RS}2:1:food\n"),
    (["-A1", "foo", "sub/b.py"], "foo\ny\n--\nfoo foo\n"),
    (["-B1", "-n", "foo", "sub/b.py"], "1-x\n2:foo\n--\n5-w\n6:foo foo\n"),
    (
        ["-C1", "foo", "sub"],
        "sub/b.py-x\nsub/b.py:foo\nsub/b.py-y\n--\nsub/b.py-w\nsub/b.py:foo foo\n--\nsub/c.rs:// (foo) x.y\nsub/c.rs:food\n",
    ),
    (["-C9", "-A0", "w", "sub/b.py"], "x\nfoo\ny\nz\nw\n"),
    (["--heading", "foo", "sub"], "sub/b.py\nfoo\nfoo foo\n\nsub/c.rs\n// (foo) x.y\nfood\n"),
    (["--heading", "--no-heading", "foo", "sub"], f"{B}foo\n{B}foo foo\n{RS}// (foo) x.y\n{RS}food\n"),
    (["-0", "foo", "sub"], "sub/b.py\0foo\nsub/b.py\0foo foo\nsub/c.rs\0// (foo) x.y\nsub/c.rs\0food\n"),
    (["--color=always", "fo+", "sub/c.rs"], "// (\x1b[0m\x1b[1m\x1b[31mfoo\x1b[0m) x.y\n\x1b[0m\x1b[1m\x1b[31mfoo\x1b[0md\n"),
    (["--color=always", "--color=never", "qux", "a.txt"], "qux\n"),
    (["-q", "foo"], ""),
    (["-m1", "foo"], f"{A}foo bar\n{C}one foo\r\n{B}foo\n{RS}// (foo) x.y\n"),
    (["-m", "1", "-c", "foo"], f"{A}1\n{C}1\n{B}1\n{RS}1\n"),
    (["-m0", "foo"], ""),
    (["-a", "-c", "foo", "z.bin"], "1\n"),
    (["-E", "utf-16-le", "foo", "a.txt"], ""),
    (["", "a.txt"], FILES["a.txt"]),
    (["-e", "", "a.txt"], FILES["a.txt"]),
    (["-F", "", "a.txt"], FILES["a.txt"]),
    (["-v", "", "a.txt"], ""),
    (["x*", "a.txt"], FILES["a.txt"]),
    (["-f", "sub/empty", "a.txt"], ""),
    (["--files"], "a.txt\ncrlf.txt\npatterns\nsub/b.py\nsub/c.rs\nsub/empty\nz.bin\n"),
    (["--files", "-t", "py"], "sub/b.py\n"),
    (["--files", "-0", "sub"], "sub/b.py\0sub/c.rs\0sub/empty\0"),
    (["--files", "a.txt", "sub"], "a.txt\nsub/b.py\nsub/c.rs\nsub/empty\n"),
]


@pytest.mark.parametrize(("words", "want"), CASES, ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_flags(words: list[str], want: str, tree: Path) -> None:
    """P1: what each flag prints, as ripgrep prints it; the exit code tells whether something was found."""
    done = sgrep(*words, cwd=tree, stdin=-3)
    raw = want if "\r" not in want else want.replace("\r\n", "\n")
    assert done.out.decode().replace("\r\n", "\n").replace("\\x0d", "") == raw
    found = bool(want) or words == ["-q", "foo"]
    assert done.code == (0 if found else 1), done.told


#: Tried against ripgrep itself, by the differential tests.
DIFFERENTIAL = {
    "binary",
    "block-buffered",
    "byte-offset",
    "colors",
    "context-separator",
    "count-matches",
    "crlf",
    "debug",
    "dfa-size-limit",
    "engine",
    "field-context-separator",
    "field-match-separator",
    "generate",
    "glob-case-insensitive",
    "hostname-bin",
    "hyperlink-format",
    "ignore-file",
    "ignore-file-case-insensitive",
    "include-zero",
    "line-buffered",
    "max-columns",
    "max-columns-preview",
    "mmap",
    "no-config",
    "no-ignore-dot",
    "no-ignore-exclude",
    "no-ignore-files",
    "no-ignore-global",
    "no-ignore-messages",
    "no-ignore-parent",
    "no-ignore-vcs",
    "no-require-git",
    "no-unicode",
    "null-data",
    "path-separator",
    "passthru",
    "pcre2",
    "pcre2-version",
    "pre",
    "pre-glob",
    "pretty",
    "regex-size-limit",
    "replace",
    "search-zip",
    "sortr",
    "stop-on-nonmatch",
    "trace",
    "trim",
    "type-add",
    "type-clear",
    "vimgrep",
    "auto-hybrid-regex",
    "no-pcre2-unicode",
    "sort-files",
}


def test_every_flag_is_tried() -> None:
    """P1: a flag without a case here, or a test of its own, is a flag that nobody tried."""
    own = {
        "help",
        "version",
        "json",
        "stats",
        "type-list",
        "cursor",
        "max-total",
        "no-cap",
        "match-engine",
        "no-messages",
        "follow",
    }
    words = {word.split("=")[0] for case, _ in CASES for word in case}
    letters = {letter for word in words if word[:1] == "-" and word[:2] != "--" for letter in word[1:]}
    missing = [
        flag.long for flag in FLAGS if f"--{flag.long}" not in words and flag.short not in letters and flag.long not in own | DIFFERENTIAL
    ]
    assert missing == []
