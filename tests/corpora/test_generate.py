"""The corpora are the same on every machine, and what `ensure` returns is what was generated."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from corpora import folders, generate, little, streams

MIB = 1024 * 1024


def _joined(name: str) -> bytes:
    return b"".join(streams.blocks(name, 1))


@pytest.mark.parametrize("name", streams.SHAPES)
def test_stream_equals_manifest(name: str) -> None:
    """G1: the seed gives the bytes that the manifest has the hash of."""
    assert generate.compute(name, 1) == generate.expected(name, 1)


@pytest.mark.slow
@pytest.mark.parametrize("name", folders.FOLDERS)
def test_folder_equals_manifest(name: str) -> None:
    """G1: the seed gives the names and contents that the manifest has the hash of."""
    assert generate.compute(name) == generate.expected(name)


def test_manifest_lists_the_sizes_of_the_gate() -> None:
    """G1: every single file is known in 1 MiB, 32 MiB and 1 GiB."""
    assert [n for n in streams.SHAPES for size in (1, 32, 1024) if generate.expected(n, size) is None] == []


@pytest.mark.parametrize("name", streams.SHAPES)
def test_size_is_the_one_asked_for(name: str) -> None:
    """As many whole lines as fit; the single line fits exactly."""
    size = len(_joined(name))
    assert size == MIB if name == "single-line" else MIB - 500 < size <= MIB


def test_log_lines_carry_their_number() -> None:
    """A line's id is its 1-based number, over the border of two blocks too."""
    lines = _joined("log").splitlines()
    assert len(lines) > streams.LINES
    assert [int(line.partition(b" id=")[2][:9]) for line in lines] == list(range(1, len(lines) + 1))


def test_log_holds_what_it_promises() -> None:
    """The counts in the docstring of streams.py, in the second block (the first lacks line 0)."""
    blocks = streams._endless(streams.SHAPES["log"])
    next(blocks)
    block = next(blocks)
    expected = {
        rb"[a-z]+ing id=": 4,
        rb"(?i)\berror\b": 100,
        rb"\bERROR\b": 60,
        rb"\berror\b": 25,
        rb"\bError\b": 15,
        rb"connection reset|broken pipe|no route": 15,
    }
    assert {pattern: sum(1 for line in block.splitlines() if re.search(pattern, line)) for pattern in expected} == expected
    assert (block.count(b"quartz-7731"), _joined("log").count(b"quartz-7731")) == (0, 1)


def test_variants_hold_what_they_promise() -> None:
    """A hit on each line, on none, once; and clean first 64 KiB where the dirt comes late."""
    hits = _joined("every-line-hits").splitlines()
    assert all(b"needle" in line for line in hits)
    assert re.search(rb"(?i)needle|error", _joined("no-hit")) is None
    single = _joined("single-line")
    assert (single.index(b"needle"), single.count(b"\n")) == (MIB - 1000, 0)
    assert _joined("utf16").decode("utf-16").startswith("2026-03-01T00:00:00.001Z")
    assert "Борис" in _joined("utf16-nobom").decode("utf-16-le")
    assert all(line.endswith(b"\r") for line in _joined("crlf").split(b"\n")[:-1])
    assert 65536 < _joined("nuls").index(b"\0") < MIB
    _joined("invalid-utf8")[:65530].decode("utf-8", "strict")
    with pytest.raises(UnicodeDecodeError):
        _joined("invalid-utf8").decode()


def test_small_files_are_made_by_the_generator() -> None:
    """The committed little files are what the source says, to the byte, and no others lie there."""
    found = {}
    for name in os.listdir(generate.SMALL):
        with open(os.path.join(generate.SMALL, name), "rb") as file:
            found[name] = file.read()
    assert found == little.FILES


@pytest.mark.parametrize("name", little.TEXTS)
def test_small_texts_are_found_by_chardet(name: str) -> None:
    """T8: the texts are long enough for the detector to tell their encoding."""
    import chardet

    codec, text = little.TEXTS[name]
    guess = chardet.detect(little.FILES[name])["encoding"]
    assert guess is not None
    assert little.FILES[name].decode(guess) == text, (codec, guess)


def test_ensure_writes_once(tmp_path: os.PathLike[str]) -> None:
    """A corpus that is there is not written again."""
    path = generate.ensure("log", 1, os.fspath(tmp_path))
    with open(path, "rb") as file:
        assert file.read() == _joined("log")
    before = os.stat(path).st_ino
    assert (generate.ensure("log", 1, os.fspath(tmp_path)), os.stat(path).st_ino) == (path, before)


@pytest.mark.parametrize("damage", ["cut", "overwritten", "gone", "stamp"])
def test_ensure_mends_a_damaged_file(tmp_path: os.PathLike[str], damage: str) -> None:
    """What was changed or lost since is generated anew."""
    path = generate.ensure("crlf", 1, os.fspath(tmp_path))
    if damage == "cut":
        os.truncate(path, 1000)
    elif damage == "overwritten":
        with open(path, "r+b") as file:
            file.write(b"?")
        os.utime(path, ns=(1, 1))
    elif damage == "gone":
        os.unlink(path)
    else:
        with open(f"{path}.ok", "w", encoding="utf-8") as stamp:
            stamp.write("{")
    with open(generate.ensure("crlf", 1, os.fspath(tmp_path)), "rb") as file:
        assert file.read() == _joined("crlf")


def test_ensure_mends_a_damaged_folder(tmp_path: os.PathLike[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A file missing from a folder, or a stray one in it, brings the whole folder back."""
    few = [("a/one.txt", b"1\n"), ("b/", b""), ("two.txt", b"2\n")]
    monkeypatch.setitem(folders.FOLDERS, "few", ("three entries", lambda: iter(few)))
    monkeypatch.setattr(generate, "NAMES", (*generate.NAMES, "few"))
    path = generate.ensure("few", folder=os.fspath(tmp_path))
    for change in (["rm", "two.txt"], ["touch", "b/stray"]):
        subprocess.run(change, cwd=path, check=True)
        assert generate.ensure("few", folder=os.fspath(tmp_path)) == path
        found = sorted(os.path.relpath(f"{top}/{name}", path) for top, dirs, names in os.walk(path) for name in (*dirs, *names))
        assert found == ["a", "a/one.txt", "b", "two.txt"]


def test_ensure_refuses_what_is_not_in_the_manifest(tmp_path: os.PathLike[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A generator that makes other bytes than the manifest says is an error, and leaves nothing."""
    monkeypatch.setattr(generate, "expected", lambda *_: "0" * 64)
    with pytest.raises(RuntimeError, match="the manifest says 0000"):
        generate.ensure("log", 1, os.fspath(tmp_path))
    assert os.listdir(tmp_path) == ["log-1.txt.lock"]


@pytest.mark.parametrize(("name", "size"), [("nothing", 1), ("log", 0), ("tree", 5)])
def test_ensure_refuses_what_it_cannot_make(tmp_path: os.PathLike[str], name: str, size: int) -> None:
    """An unknown name, a file without a size and a folder with one are errors that say so."""
    with pytest.raises(ValueError, match=r"corpus|size"):
        generate.ensure(name, size, os.fspath(tmp_path))


def test_command_line(tmp_path: os.PathLike[str]) -> None:
    """As a script, from any folder, it prints the path of what it made."""
    script = os.path.join(generate.HERE, "generate.py")
    given = [sys.executable, script, "no-hit", "--size", "1", "--to", os.fspath(tmp_path)]
    done = subprocess.run(given, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == f"{os.fspath(tmp_path)}/no-hit-1.txt\n"
    assert os.path.getsize(done.stdout.strip()) > MIB - 500
