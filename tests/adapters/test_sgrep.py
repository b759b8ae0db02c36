"""`sgrep`: patterns, exit codes, streams, outputs, encodings and names; P1, T2, T9, T11, T15, T16."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from corpora.little import TEXTS
from streamtools.adapters.flags import FLAGS
from tests.adapters import SMALL, command, refused, run, sgrep

# -- patterns ---------------------------------------------------------------------------


def test_patterns_from_standard_input(tree: Path) -> None:
    """P1: `-f -` takes the patterns from stdin, so the folder is searched, not stdin."""
    done = sgrep("-f", "-", "-l", cwd=tree, stdin=b"qux\ntwo\n")
    assert done.out == b"a.txt\ncrlf.txt\npatterns\n"
    assert sgrep("-f", "-", "a.txt", cwd=tree, stdin=b"baz\r\nqux").out == b"baz Foo\nqux\n", "line ends are no part of a pattern"


def test_pattern_files_in_any_encoding_and_of_any_size(tmp_path: Path) -> None:
    """T8, M1: patterns are read as text is; a file of more than any search takes is refused in one sentence, not read."""
    (tmp_path / "a.txt").write_text("baz Foo\nqux\nbar\n")
    (tmp_path / "utf16").write_bytes("baz\r\nqux\n".encode("utf-16"))
    assert sgrep("-f", "utf16", "a.txt", cwd=tmp_path).out == b"baz Foo\nqux\n"
    with open(tmp_path / "huge", "wb") as huge:
        huge.truncate(1 << 40)
    done = sgrep("-f", "huge", "a.txt", cwd=tmp_path)
    assert refused(done) == "sgrep: huge: patterns of more than 16 MiB are too many; search in several calls"


@pytest.mark.parametrize(
    "words", [["--", "-v", "d"], ["-e", "-v", "d"], ["-e-v", "d"], ["--regexp=-v", "d"], ["-F", "--", "-v", "d"]], ids=str
)
def test_patterns_that_look_like_flags(words: list[str], tmp_path: Path) -> None:
    """P1: `--` or -e before it."""
    (tmp_path / "d").write_text("rm -v x\nother\n")
    assert sgrep(*words, cwd=tmp_path).out == b"rm -v x\n"


def test_a_pattern_that_is_no_text_is_refused(tree: Path) -> None:
    """T15: an argument with undecodable bytes can't be meant; saying nothing found would be wrong."""
    refused(sgrep(b"-F", b"\xff", "a.txt", cwd=tree))


# -- exit codes -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["foo", "a.txt"], 0),
        (["nothing", "a.txt"], 1),
        (["foo", "missing"], 2),
        (["foo", "a.txt", "missing"], 2),
        (["-q", "foo", "a.txt", "missing"], 0),
        (["-q", "nothing", "a.txt", "missing"], 2),
        (["--no-messages", "foo", "a.txt", "missing"], 2),
        (["--files-without-match", "foo", "a.txt"], 1),
        (["--files-without-match", "qux", "sub"], 0),
        (["--no-cap", "--files-without-match", "qux", "sub"], 0),
        (["--no-cap", "--files-without-match", "foo", "a.txt"], 1),
        (["--files", "sub"], 0),
        (["--files", "-g", "nothing"], 1),
        (["--json", "nothing", "a.txt"], 1),
        (["--json", "foo", "a.txt"], 0),
        (["-c", "nothing"], 1),
        (["-v", ".|^$", "a.txt"], 1),
        (["--no-such-flag"], 2),
        ([], 2),
    ],
    ids=str,
)
def test_exit_codes(words: list[str], code: int, tree: Path) -> None:
    """P1: 0 found, 1 not found, 2 an error (also beside hits, except with -q)."""
    done = sgrep(*words, cwd=tree, stdin=-3)
    assert done.code == code, done
    assert not any("Traceback" in line for line in done.told)


def test_failures_beside_hits_are_told_unless_switched_off(tree: Path) -> None:
    """T9, T15: one line for what could not be searched."""
    assert len(sgrep("foo", "a.txt", "missing", cwd=tree).told) == 1
    assert sgrep("--no-messages", "foo", "a.txt", "missing", cwd=tree).told == []
    assert len(sgrep("--no-messages", "--messages", "foo", "a.txt", "missing", cwd=tree).told) == 1


def test_a_found_nothing_is_never_shown_as_found(tree: Path) -> None:
    """P1: exit 0 means that something was printed: -o shows what ripgrep shows for empty matches and with -v."""
    for words in (["-o", "x*", "patterns"], ["-ov", "qux", "a.txt"]):
        done = sgrep(*words, cwd=tree)
        assert (done.code == 0) == bool(done.out), (words, done)


# -- streams ----------------------------------------------------------------------------


def test_standard_input_is_searched_only_without_a_path(tree: Path) -> None:
    """P1: a pipe or file on stdin is searched when no path is given; /dev/null and closed are not waited for or searched."""
    assert sgrep("foo", cwd=tree, stdin=b"piped foo\n").out == b"piped foo\n"
    assert sgrep("foo", "sub/b.py", cwd=tree, stdin=b"piped foo\n").out == b"foo\nfoo foo\n"
    with open(tree / "a.txt", "rb") as file:
        assert sgrep("-n", "foo", cwd=tree, stdin=file).out == b"1:foo bar\n"
    assert sgrep("-l", "qux", cwd=tree, stdin=-3).out == b"a.txt\npatterns\n", "/dev/null: the folder"
    assert sgrep("foo", cwd=tree, stdin=b"").code == 1


def test_standard_input_beside_files(tree: Path) -> None:
    """P1: ``-`` is a file among others; the order is that of the command line."""
    done = sgrep("foo", "sub/b.py", "-", "a.txt", cwd=tree, stdin=b"piped foo\n")
    assert done.out.splitlines() == [b"sub/b.py:foo", b"sub/b.py:foo foo", done.out.splitlines()[2], b"a.txt:foo bar"]
    assert done.out.splitlines()[2] in {b"-:piped foo", b"<stdin>:piped foo"}


def test_dev_null_is_an_empty_file(tree: Path) -> None:
    """P1: the old way to make greps print names: `grep x file /dev/null`."""
    done = sgrep("foo", "a.txt", "/dev/null", cwd=tree)
    assert (done.code, done.out) == (0, b"a.txt:foo bar\n")


# -- outputs ----------------------------------------------------------------------------


def test_json_is_ripgreps(tree: Path) -> None:
    """P1: begin, match, context, end, summary with ripgrep's members; base64 for what is no UTF-8."""
    messages = [json.loads(line) for line in sgrep("--json", "-A1", "foo", "sub/b.py", cwd=tree).out.splitlines()]
    assert [message["type"] for message in messages] == ["begin", "match", "context", "match", "end", "summary"]
    match = messages[3]["data"]
    assert match["path"] == {"text": "sub/b.py"}
    assert match["lines"] == {"text": "foo foo"}
    assert (match["line_number"], match["absolute_offset"]) == (6, 12)
    assert [(found["start"], found["end"], found["match"]) for found in match["submatches"]] == [
        (0, 3, {"text": "foo"}),
        (4, 7, {"text": "foo"}),
    ]
    assert messages[4]["data"]["stats"]["matched_lines"] == 2
    assert messages[4]["data"]["stats"]["matches"] == 3
    assert messages[5]["data"]["stats"]["searches_with_match"] == 1
    nothing = [json.loads(line) for line in sgrep("--json", "nothing", cwd=tree, stdin=-3).out.splitlines()]
    assert [message["type"] for message in nothing] == ["summary"]


def test_json_of_bytes_that_are_no_text(tmp_path: Path) -> None:
    """P1: undecodable names and lines come as base64 under ``bytes``."""
    raw = os.path.join(os.fsencode(tmp_path), b"n\xff")
    with open(raw, "wb") as file:
        file.write("\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\n".encode() + b"needle \xff\n")
    messages = [json.loads(line) for line in sgrep(b"--json", b"needle", raw).out.splitlines()]
    assert set(messages[0]["data"]["path"]) == {"bytes"}
    assert messages[1]["data"]["lines"] == {"bytes": "bmVlZGxlIP8K"}


def test_stats_speak_of_flags(tree: Path) -> None:
    """T9: what was skipped is told with the flag that would include it, not with the library's argument."""
    done = sgrep("--stats", "foo", cwd=tree, stdin=-3)
    said = " ".join(done.told)
    assert done.lines[6:11] == ["", "7 matches", "6 matched lines", "4 files contained matches", "6 files searched"]
    assert "--hidden" in said
    assert "--no-ignore" in said
    assert "=True" not in said
    assert "=False" not in said


def test_a_binary_file_by_name_is_never_silently_absent(tree: Path) -> None:
    """T9: field.md 1: a hit in a named binary file is told, or at least that it was not searched."""
    done = sgrep("foo", "z.bin", cwd=tree)
    assert done.out or any("binary" in line for line in done.told), done
    assert sgrep("-a", "-c", "foo", "z.bin", cwd=tree).out == b"1\n"


def test_nothing_found_says_what_was_not_searched(tree: Path) -> None:
    """T9: with and without a named folder."""
    for words in ((), (".",), ("sub", ".")):
        said = " ".join(sgrep("nothing at all", *words, cwd=tree, stdin=-3).told)
        assert "hidden" in said, words
        assert "ignored" in said, words


def test_type_list() -> None:
    """P1: as ripgrep lists them: `py: *.py, *.pyi`."""
    done = sgrep("--type-list")
    assert done.code == 0
    assert "py: *.py, *.pyi" in done.lines
    assert done.lines == sorted(done.lines)


def test_help_and_version() -> None:
    """P1: on stdout, exit 0; the help has every flag and the exit codes, the caps and how to lift them."""
    done = sgrep("--help")
    assert (done.code, done.told) == (0, [])
    text = done.out.decode()
    assert all(f"--{flag.long}" in text for flag in FLAGS if not flag.hidden)
    assert "--no-cap" in text
    assert "Exit codes" in text
    for flag in ("--version", "-V"):
        assert run("sgrep", flag).out.startswith(b"sgrep ")
        assert run("sread", flag).out.startswith(b"sread ")


# -- encodings --------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_every_encoding_is_searched(name: str) -> None:
    """T7, T8: needle's line number is that of the text, found in ASCII and in the file's own script."""
    codec, text = TEXTS[name]
    path = os.path.join(SMALL, name)
    lines = text.split("\n")
    number = lines.index("needle = 42") + 1
    assert sgrep("-n", "needle", path).out == f"{number}:needle = 42\n".encode()
    word = lines[1][3:9]
    assert sgrep("-nF", word, path).out.decode().startswith(f"2:{lines[1]}\n")
    assert sgrep("-n", "-E", codec, "needle", stdin=Path(path).read_bytes()).out == f"{number}:needle = 42\n".encode()


@pytest.mark.parametrize("name", sorted(set(os.listdir(SMALL)) - set(TEXTS)))
def test_every_little_file_is_searched_or_named(name: str) -> None:
    """T9, T16: a needle in any file is found or the skipping is told; the output is harmless UTF-8."""
    path = os.path.join(SMALL, name)
    holds = b"needle" in Path(path).read_bytes()
    done = sgrep("-n", "needle", path)
    done.out.decode()
    assert b"\x1b" not in done.out
    assert not holds or done.out or done.told
    assert done.code in {0, 1}


# -- names ------------------------------------------------------------------------------

NAMES = [
    b"new\nline",
    b"esc\x1b[31m",
    b"bad\xff\xfe",
    b"[lines 1-2]",
    b"-dash",
    b"--no-cap",
    b" blank ",
    b"b:5",
    "\u202ebidi".encode(),
    b"tab\t",
    b"back\\slash",
]


def test_odd_names_are_found_and_shown_on_one_line(tmp_path: Path) -> None:
    """T16: control characters, undecodable bytes and bidi overrides of names are visible; each name takes one line."""
    for name in NAMES:
        with open(os.path.join(os.fsencode(tmp_path), name), "wb") as file:
            file.write(b"needle\n")
    for words in (["-l", "needle"], ["--files"]):
        done = sgrep(*words, cwd=tmp_path, stdin=-3)
        assert len(done.out.splitlines()) == len(NAMES)
        assert all(line.isprintable() for line in done.out.decode().split("\n"))
    zeros = sgrep("-l0", "needle", cwd=tmp_path, stdin=-3).out
    assert sorted(zeros.rstrip(b"\0").split(b"\0")) == sorted(NAMES), "-0 gives the names byte for byte"
    counted = sgrep("-c0", "needle", "--", *NAMES, cwd=tmp_path).out
    assert counted == b"".join(name + b"\x001\n" for name in NAMES), "and every name can be given"


def test_the_output_is_not_searched(tmp_path: Path) -> None:
    """P1: `sgrep --no-cap x . > out` does not feed on its own output (as grep and ripgrep)."""
    (tmp_path / "a").write_text("x\n" * 200_000)
    limited = ["sh", "-c", 'ulimit -f 20000; exec "$@" > out', "sh", *command("sgrep", "--no-cap", "-I", "x", ".")]
    done = subprocess.run(limited, check=False, cwd=tmp_path, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60)
    assert (tmp_path / "out").read_bytes() == (tmp_path / "a").read_bytes()
    assert done.returncode == 0
