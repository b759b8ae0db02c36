"""`sread`: standard input, encodings and JSON; P1, T5, T8, T11, T16."""

from __future__ import annotations

import json
import os
import re
import subprocess
import unicodedata
from pathlib import Path

import pytest

from corpora.little import TEXTS
from tests.adapters import SMALL, command, refused, shown, sread

COUNT = 5000

# -- streams ----------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["-", "/dev/stdin", "/dev/fd/0", None])
@pytest.mark.parametrize("kind", ["pipe", "file"])
def test_standard_input_by_its_names(word: str | None, kind: str, numbers: str) -> None:
    """T11: a pipe or file on standard input, named or by itself; forwards and from the end."""
    words = [] if word is None else [word]
    for flags, first, last in (([], 1, 2000), (["--offset", "4990", "--limit", "3"], 4990, 4992), (["--tail", "3"], 4998, 5000)):
        if kind == "pipe":
            done = sread(*flags, *words, stdin=Path(numbers).read_bytes())
        else:
            with open(numbers, "rb") as file:
                done = sread(*flags, *words, stdin=file)
        assert shown(done) == list(range(first, last + 1))


def test_a_shared_descriptor_is_read_from_where_it_stands(numbers: str) -> None:
    """P1: `(read line; sread --plain)` shows what is left, as `cat` does."""
    with open(numbers, "rb", buffering=0) as file:
        file.read(4)
        assert sread("--plain", "--limit", "2", stdin=file).out == b"3\n4\n"


def test_process_substitution_of_bash(numbers: str) -> None:
    """T11: `sread <(cmd)`: a pipe under the name /dev/fd/63."""
    script = '"$@" <(head -n 3 "$0") <(tail -n 1 "$0")'
    done = subprocess.run(["bash", "-c", script, numbers, *command("sread", "--plain")], capture_output=True, check=False, timeout=60)
    assert re.sub(rb"/dev/fd/\d+", b"FD", done.stdout) == b"==> FD <==\n1\n2\n3\n\n==> FD <==\n5000\n"
    assert done.returncode == 0


def test_a_descriptor_that_is_not_open() -> None:
    """T15: one sentence."""
    assert "77" in refused(sread("/dev/fd/77"))


# -- encodings and control characters -----------------------------------------------------


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_every_encoding_reads_as_its_text(name: str) -> None:
    """T8: found by itself or given, the text is the same, and the encoding is told."""
    codec, text = TEXTS[name]
    path = os.path.join(SMALL, name)
    done = sread("--plain", path)
    assert done.out.decode() == text
    assert any(told.startswith("sread: encoding: ") for told in done.told), "reported"
    assert sread("--plain", "--encoding", codec, path).out.decode() == text
    assert sread("--plain", "-E", codec, stdin=Path(path).read_bytes()).out.decode() == text


@pytest.mark.parametrize("name", sorted(set(os.listdir(SMALL)) - set(TEXTS)))
def test_every_little_file_is_harmless(name: str) -> None:
    """T8, T11, T16: text or binary, the output is UTF-8 without control characters, or nothing and a sentence."""
    done = sread(os.path.join(SMALL, name))
    text = done.out.decode()
    hidden = {char for char in text if unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp"}}
    assert hidden <= set("\t\n\u200c\u200d")
    if done.code == 2:
        refused(done)
    else:
        assert [int(line.split("\t")[0]) for line in text.splitlines()] == list(range(1, text.count("\n") + 1))


def test_a_nul_in_a_source_file_is_no_reason_to_hide_it() -> None:
    """T9: field.md 1: a C source with a NUL is text."""
    done = sread(os.path.join(SMALL, "nul-in-source.c"))
    assert done.code == 0
    assert b"needle" in done.out


# -- JSON -------------------------------------------------------------------------------


def test_json_lines(tmp_path: Path) -> None:
    """P1: one object a line, then one for the page, which says how to go on and parses whatever the name."""
    raw = os.path.join(os.fsencode(tmp_path), b"odd \xff \n name")
    with open(raw, "wb") as file:
        file.write("one\n\u00e9\u00e9\u00e9\u00e9".encode() + b"\xff two\n" + b"x" * 3000 + b"\n\x1b\nlast\n")
    done = sread("--json", "--limit", "4", raw)
    *lines, page = map(json.loads, done.out.splitlines())
    assert [line["number"] for line in lines] == [1, 2, 3, 4]
    assert lines[0] == {"number": 1, "text": "one", "column": 1, "offset": 0, "cut": False}
    assert lines[1]["text"] == "\u00e9\u00e9\u00e9\u00e9\\xff two"
    assert lines[2]["cut"] is True
    assert len(lines[2]["text"]) <= 2000
    assert page["page"]["total"] == {"value": 5, "kind": "exact"}
    assert page["page"]["next"]["offset"] == 5
    assert os.fsencode(page["page"]["path"]) == raw


def test_json_pages_join(numbers: str) -> None:
    """T5: the page's `next` goes on where the objects ended, also where the byte cap ended them."""
    offset, found = 1, []
    for _ in range(20):
        done = sread("--json", "--offset", str(offset), numbers)
        assert len(done.out) <= 51200 + 1024
        *lines, page = map(json.loads, done.out.splitlines())
        found += [line["number"] for line in lines]
        if page["page"]["next"] is None:
            break
        offset = page["page"]["next"]["offset"]
    assert found == list(range(1, COUNT + 1))
