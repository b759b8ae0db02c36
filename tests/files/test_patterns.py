"""One pattern at a time: what it matches, as git's wildmatch has it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtools.files.patterns import lines, parse
from streamtools.files.rules import Batch, Rules, ignores


def matches(pattern: str | bytes, path: str, *, fold: bool = False, git: bool = True) -> bool:
    """Whether one pattern at the top ignores a path; a trailing ``/`` makes it a folder."""
    folder, _, name = path.rstrip("/").rpartition("/")
    batch = Batch([name])
    rules = Rules([parse(os.fsencode(pattern), fold=fold, git=git)], fold=fold)
    found = rules.match(folder + "/" if folder else "", batch, batch if path.endswith("/") else Batch([]))
    return name in found and ignores(found[name])


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("foo", "foo x/foo x/y/foo foo/", "foobar afoo foo/x"),
        ("/foo", "foo foo/", "x/foo"),
        ("foo/", "foo/ x/foo/", "foo x/foo"),
        ("a/b", "a/b", "x/a/b b"),
        ("*.o", "a.o .o x/a.o", "a.oo o"),
        ("*.tar.gz", "a.tar.gz .tar.gz", "a.gz"),
        ("*~", "a~ ~", "~a"),
        ("foo*", "foo foobar", "afoo"),
        ("a/*", "a/b a/.b", "a/b/c a"),
        ("a/*/c", "a/b/c", "a/c a/b/b/c"),
        ("a/**", "a/b a/b/c", "a"),
        ("**/a", "a x/a x/y/a", "xa"),
        ("a/**/b", "a/b a/x/b a/x/y/b", "ab a/xb x/a/b"),
        ("a/**/b/**/c", "a/b/c a/b/b/c a/x/b/y/z/c", "a/c a/b/x"),
        ("a**", "a ab", "ba"),
        ("/a*b*c", "abc axbxc abcbc", "abcb a/bc"),
        ("?", "a", "ab é"),
        ("??", "ab é", "a"),
        ("[a-c]x", "ax cx", "dx"),
        ("[!a]x", "bx", "ax"),
        ("[^a]x", "bx", "ax"),
        ("a[^b]c/d", "axc/d", "a/c/d abc/d"),
        ("a[/]b", "", "a/b ab"),
        ("[]a]", "] a", "b"),
        ("[!]a]", "b", "] a"),
        ("[a", "", "[a a"),
        ("[[:alpha:]]1", "x1", "11 é1"),
        ("[[:nosuch:]]", "", "n [ :"),
        ("[[:alpha]", "[ : a l p h", "] b"),
        ("\\*", "*", "a"),
        ("\\!a", "!a", "a"),
        ("a\\", "", "a a\\"),
        ("!", "", "! a"),
        ("/", "", "a /"),
        ("*", "a .a x/y", ""),
        ("{a,b}", "{a,b}", "a b"),
    ],
)
def test_pattern(pattern: str, yes: str, no: str) -> None:
    """T9: what one pattern matches and what not."""
    assert [path for path in yes.split() if not matches(pattern, path)] == []
    assert [path for path in no.split() if matches(pattern, path)] == []


def test_case_is_folded_as_git_does() -> None:
    """T9: with core.ignoreCase the letters A to Z compare alike, a letter in a class only as git lowers the name."""
    assert matches("FOO", "foo", fold=True)
    assert matches("foo", "FoO", fold=True)
    assert matches("[A-Z]x", "ax", fold=True)
    assert not matches("[A]x", "ax", fold=True)
    assert not matches("É", "é", fold=True)


def test_literal_head_before_stars() -> None:
    """T9: git up to 2.52 reads ``a**/b`` as any folders behind ``a``; a glob of the command line does not."""
    assert matches("a**/b", "ab")
    assert not matches("a**/b", "ab", git=False)
    assert matches("a**/b", "ax/b", git=False)


def test_lines() -> None:
    """T9: comments and empty lines go, blanks at the end too unless escaped, tabs and inner blanks stay, as do later lines."""
    data = b"\xef\xbb\xbfa \n#c\n\n\\#d\r\nb\\ \nc\\  \nd\\\\ \ne\t\n  \n f\0g\nh"
    assert list(lines(data)) == [b"a", b"\\#d", b"b\\ ", b"c\\ ", b"d\\\\", b"e\t", b" f", b"h"]


@given(st.binary(max_size=30))
def test_any_bytes_parse(line: bytes) -> None:
    """T9: no bytes make the parser or the matcher fail."""
    for fold in (False, True):
        batch = Batch(["a", "\udcff", "é", "A.b"])
        Rules([parse(line, fold=fold)], fold=fold).match("x/", batch, batch)


CLASSES = ["alnum", "alpha", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "xdigit"]
SETS = [
    "]a",
    "!]a",
    "^]a",
    "\\]a-c",
    "+--",
    "[:x",
    "[:",
    "]-a",
    "z-a",
    "a-c-z",
    "[:alpha:]-z",
    "\\\xff",
    "a-\\]",
    "!-~",
    "--0",
    "a-",
    "[:alpha:",
]


@pytest.mark.parametrize("fold", [False, True])
def test_classes_agree_with_git_on_every_byte(fold: bool, tmp_path: Path) -> None:
    """T9: each POSIX class and each odd set matches exactly the bytes that git says."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    subprocess.run(["git", "-C", str(tmp_path), "config", "core.ignorecase", str(fold).lower()], check=True)
    names = [os.fsdecode(b"x" + bytes([byte])) for byte in range(1, 256) if byte != 0x2F]
    try:
        for name in names:
            (tmp_path / name).write_text("")
    except OSError:
        pytest.skip("this file system refuses some bytes")
    for glob in [f"[:{name}:]" for name in CLASSES] + SETS:
        line = f"x[{glob}]"
        (tmp_path / ".git/info/exclude").write_bytes(os.fsencode(line) + b"\n")
        command = ["git", "-C", str(tmp_path), "ls-files", "-oi", "--exclude-standard", "-z"]
        out = subprocess.run(command, check=True, capture_output=True).stdout
        expected = {os.fsdecode(name) for name in out.split(b"\0") if name}
        assert {name for name in names if matches(line, name, fold=fold)} == expected, line
