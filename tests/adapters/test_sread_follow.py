"""`sread --follow`: what `tail -F` does; P1, T14."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters import command, refused, sread

DEADLINE = 8.0


class Follower:
    """A running `sread --follow`; `expect` waits for output with a deadline instead of sleeping."""

    def __init__(self, path: Path, *flags: str) -> None:
        self.child = subprocess.Popen(command("sread", "--follow", *flags, str(path)), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert self.child.stdout is not None
        self._fd = self.child.stdout.fileno()
        self.seen = b""

    def expect(self, text: bytes) -> None:
        """Read until ``text`` has come; fail with what came after 8 seconds."""
        end = time.monotonic() + DEADLINE
        while text not in self.seen:
            left = end - time.monotonic()
            assert left > 0, (text, self.seen)
            if select.select([self._fd], [], [], left)[0]:
                data = os.read(self._fd, 65536)
                assert data, (text, self.seen, self.child.stderr.read() if self.child.stderr else b"")
                self.seen += data


@contextlib.contextmanager
def following(path: Path, *flags: str) -> Iterator[Follower]:
    """Follow a file; the child is gone afterwards."""
    found = Follower(path, *flags)
    try:
        yield found
    finally:
        found.child.kill()
        found.child.communicate()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log of 30 lines."""
    path = tmp_path / "log"
    path.write_text("".join(f"line {number}\n" for number in range(1, 31)))
    return path


def append(path: Path, text: str) -> None:
    """Add to a file."""
    with open(path, "a", encoding="utf-8") as file:
        file.write(text)


def test_the_last_ten_lines_and_what_is_appended(log: Path) -> None:
    """P1: as `tail -f`: ten lines, then each new one as it comes, none lost or repeated."""
    with following(log, "--plain") as child:
        child.expect(b"line 30\n")
        assert child.seen == b"".join(b"line %d\n" % number for number in range(21, 31))
        append(log, "line 31\nline 32\n")
        child.expect(b"line 32\n")
        append(log, "".join(f"line {number}\n" for number in range(33, 133)))
        child.expect(b"line 132\n")
        assert child.seen == b"".join(b"line %d\n" % number for number in range(21, 133))


def test_half_a_line_comes_whole(log: Path) -> None:
    """T14: a writer that stops within a line: the line is shown once, and joined."""
    with following(log, "--plain") as child:
        child.expect(b"line 30\n")
        append(log, "be")
        append(log, "gun\nnext\n")
        child.expect(b"next\n")
        assert child.seen.endswith(b"line 30\nbegun\nnext\n")


def test_a_last_line_without_an_end_is_joined_to_what_follows(log: Path) -> None:
    """T14: the file ends within a line when the following begins: its rest belongs to the same line, nothing is invented."""
    append(log, "half")
    with following(log, "--plain") as child:
        child.expect(b"half")
        append(log, "way\nnext\n")
        child.expect(b"next\n")
        assert child.seen.endswith((b"line 30\nhalfway\nnext\n", b"line 30\nhalf\nway\nnext\n"))


@pytest.mark.parametrize("how", ["rename", "delete", "truncate"])
def test_rotation(how: str, log: Path) -> None:
    """T14: renamed, deleted and made anew, or truncated: the new file is followed from its beginning."""
    with following(log, "--plain") as child:
        child.expect(b"line 30\n")
        if how == "rename":
            os.rename(log, f"{log}.1")
            append(log, "new 1\n")
        elif how == "delete":
            os.unlink(log)
            append(log, "new 1\n")
        else:
            os.truncate(log, 0)
            append(log, "new 1\n")
        child.expect(b"new 1\n")
        append(log, "new 2\n")
        child.expect(b"new 2\n")
        assert child.seen.endswith(b"line 30\nnew 1\nnew 2\n")


def test_lines_written_just_before_the_rotation_are_not_lost(log: Path) -> None:
    """T14: what a writer still appends to the renamed file before the new one is there comes through, as with `tail -F`."""
    with following(log, "--plain") as child:
        child.expect(b"line 30\n")
        os.rename(log, f"{log}.1")
        append(Path(f"{log}.1"), "late\n")
        child.expect(b"late\n")
        append(log, "new\n")
        child.expect(b"new\n")
        assert child.seen.endswith(b"line 30\nlate\nnew\n")


def test_appended_then_rotated_at_once(log: Path) -> None:
    """T14: an append and a rotation between two looks: neither file's lines are lost."""
    with following(log, "--plain") as child:
        child.expect(b"line 30\n")
        for turn in range(20):
            append(log, f"last of {turn}\n")
            os.rename(log, f"{log}.{turn}")
            append(log, f"first of {turn + 1}\n")
            child.expect(f"first of {turn + 1}\n".encode())
            assert child.seen.endswith(f"last of {turn}\nfirst of {turn + 1}\n".encode())


def test_control_characters_stay_visible(log: Path) -> None:
    """T16: also in what is appended."""
    with following(log, "--plain") as child:
        child.expect(b"line 30\n")
        append(log, "\x1b[2J\n")
        child.expect(b"\\x1b[2J\n")


def test_numbers_go_on(log: Path) -> None:
    """P1: without --plain what is appended is not shown bare under numbered lines."""
    with following(log) as child:
        child.expect(b"30\tline 30\n")
        append(log, "line 31\n")
        child.expect(b"line 31\n")
        assert child.seen.endswith(b"31\tline 31\n")


def test_the_caps_end_it_and_say_so(log: Path) -> None:
    """T3: following ends at the caps with a sentence, --no-cap lifts them."""
    with following(log, "--plain") as child:
        child.expect(b"line 30\n")
        append(log, "x" * 99 + "\n")
        append(log, ("y" * 99 + "\n") * 3000)
        out, told = child.child.communicate(timeout=DEADLINE)
        assert len(child.seen + out) <= 51200
        assert told.splitlines()[-1].startswith(b"sread: ")
        assert b"--no-cap" in told.splitlines()[-1]
        assert child.child.returncode == 0
    with following(log, "--no-cap", "--plain") as child:
        append(log, "the end\n")
        child.expect(b"the end\n")


def test_what_cannot_be_followed(log: Path) -> None:
    """T15: several files, a folder, a missing file or a pipe get one sentence."""
    refused(sread("--follow", str(log), str(log)))
    refused(sread("--follow", str(log.parent)))
    refused(sread("--follow", f"{log}.missing"))
    done = sread("--follow", "-", stdin=b"a\nb\n")
    assert not any("Traceback" in line for line in done.told), done
    assert (done.code, done.out) in {(0, b"1\ta\n2\tb\n"), (2, b"")}
