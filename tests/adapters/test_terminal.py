"""What both command lines share: streams, exit codes, broken pipes, signals, progress; P1, T13, T15."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from streamtools.adapters.terminal import stream
from tests.adapters import Word, command, run, sgrep, sread

DEADLINE = 30.0


@pytest.mark.parametrize(
    ("name", "fd"),
    [
        ("-", 0),
        ("/dev/stdin", 0),
        ("/dev/fd/63", 63),
        ("/proc/self/fd/0", 0),
        ("/proc/self/fd/7", 7),
        ("/dev/fd/", None),
        ("/dev/fd/x", None),
        ("a", None),
    ],
)
def test_names_that_stand_for_descriptors(name: str, fd: int | None) -> None:
    """T11: ``-``, ``/dev/stdin`` and ``/dev/fd/N`` are read as they come; nothing else is."""
    assert stream(name) == fd


# -- readers that go away ---------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [("sgrep", "."), ("sgrep", "--no-cap", "."), ("sgrep", "--json", "."), ("sread", "--no-cap"), ("sread",)],
    ids=" ".join,
)
def test_a_reader_that_goes_away_is_no_error(words: tuple[str, ...], numbers: str) -> None:
    """P1: `sgrep . FILE | head -1` ends silently, with the exit code of a success."""
    tool, *flags = words
    child = subprocess.Popen(command(tool, *flags, numbers, numbers, numbers), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert child.stdout is not None
    fcntl.fcntl(child.stdout, getattr(fcntl, "F_SETPIPE_SZ", 1031), 4096) if sys.platform == "linux" else None
    child.stdout.read(1)
    child.stdout.close()
    assert child.stderr is not None
    with child.stderr as told:
        said = told.read().decode()
    assert child.wait(DEADLINE) == 0
    assert "Traceback" not in said
    assert "Broken" not in said
    assert "Exception" not in said


def test_head_in_a_shell_ends_silently(numbers: str) -> None:
    """P1: the pipeline of the issue, through a real shell and its pipes."""
    code = command("sgrep", "--no-cap", ".", numbers, numbers, numbers)
    done = subprocess.run(["sh", "-c", '"$@" | head -1', "sh", *code], capture_output=True, check=False, timeout=DEADLINE)
    assert done.stdout == f"{numbers}:1\n".encode()
    assert done.stderr == b""


# -- streams that are closed or full ----------------------------------------------------


@pytest.mark.parametrize(
    "words", [("sgrep", "1"), ("sgrep", "--json", "1"), ("sgrep", "-c", "1"), ("sread",), ("sread", "--no-cap")], ids=" ".join
)
@pytest.mark.parametrize("how", [">&-", ">/dev/full"])
def test_an_output_that_takes_nothing_gets_one_sentence(how: str, words: tuple[str, ...], numbers: str) -> None:
    """T15: a closed or full standard output is one sentence and exit 2, never a traceback."""
    if how.endswith("full") and not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full here")
    tool, *flags = words
    done = subprocess.run(
        ["sh", "-c", f'"$@" {how}', "sh", *command(tool, *flags, numbers)], capture_output=True, check=False, timeout=DEADLINE
    )
    said = done.stderr.decode().splitlines()
    assert done.returncode == 2, said
    assert len(said) == 1, said
    assert said[0].startswith(f"{tool}: ")


@pytest.mark.parametrize("how", ["2>&-", "2>/dev/full"])
def test_a_lost_stderr_changes_nothing_else(how: str, numbers: str) -> None:
    """T5: output and exit code are the same whether or not somebody hears the notices."""
    if how.endswith("full") and not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full here")
    for words, code in (
        (("sgrep", "1", numbers), 0),
        (("sread", numbers), 0),
        (("sread", "/nonexistent"), 2),
        (("sgrep", "(", numbers), 2),
    ):
        with_stderr = run(words[0], *words[1:])
        done = subprocess.run(
            ["sh", "-c", f'"$@" {how}', "sh", *command(words[0], *words[1:])], stdout=subprocess.PIPE, check=False, timeout=DEADLINE
        )
        assert (done.returncode, done.stdout) == (code, with_stderr.out), words


def test_a_closed_stdin_is_not_waited_for(numbers: str) -> None:
    """T11: without a standard input `sgrep` searches the folder and `sread` says what is missing."""
    folder = os.path.dirname(numbers)

    def closed(tool: str, *words: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            ["sh", "-c", '"$@" <&-', "sh", *command(tool, *words)], capture_output=True, check=False, timeout=DEADLINE, cwd=folder
        )

    assert closed("sgrep", "-x", "4711").stdout == b"n.txt:4711\n"
    for done in (closed("sread"), closed("sread", "-"), closed("sgrep", "1", "-")):
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1


# -- signals ----------------------------------------------------------------------------


@pytest.mark.parametrize("tool", ["sgrep", "sread"])
def test_an_interrupt_ends_without_a_word(tool: str) -> None:
    """T13: Ctrl-C while waiting for a pipe: exit 130 and no traceback."""
    words = ("x", "-") if tool == "sgrep" else ("--offset", "1000000000", "-")
    child = subprocess.Popen(command(tool, *words), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert child.stdin is not None
    with child:
        # More than pipe and reader hold goes through only when the program is reading.
        child.stdin.write(b"y\n" * 500_000)
        child.stdin.flush()
        child.send_signal(signal.SIGINT)
        assert child.wait(DEADLINE) in {130, -signal.SIGINT}
        assert child.stderr is not None
        assert child.stderr.read() == b""
        with contextlib.suppress(BrokenPipeError):
            child.stdin.close()


# -- a terminal -------------------------------------------------------------------------


class Terminal:
    """A child whose standard streams are a terminal of 80 columns, and what it wrote there."""

    def __init__(
        self, tool: str, *words: Word, stdin: int | None = None, stdout: int | IO[bytes] | None = None, cwd: str | None = None
    ) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.child = subprocess.Popen(
            command(tool, *words),
            stdin=slave if stdin is None else stdin,
            stdout=slave if stdout is None else stdout,
            stderr=slave,
            cwd=cwd,
        )
        os.close(slave)
        self.seen = b""

    def read(self, until: bytes | None = None) -> bytes:
        """Read until ``until`` was seen, or to the child's end."""
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end and (until is None or until not in self.seen):
            if not select.select([self.master], [], [], 0.1)[0]:
                continue
            try:
                data = os.read(self.master, 65536)
            except OSError:
                break
            if not data:
                break
            self.seen += data
        return self.seen

    def close(self) -> None:
        """End the child if it is still there."""
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()
        os.close(self.master)


@contextlib.contextmanager
def terminal(tool: str, *words: Word, **given: object) -> Iterator[Terminal]:
    """Run a child in a terminal; it is gone afterwards."""
    found = Terminal(tool, *words, **given)  # type: ignore[arg-type]
    try:
        yield found
    finally:
        found.close()


def test_a_terminal_gets_colour_headings_and_numbers(tmp_path: Path) -> None:
    """P1: the layout of a terminal is ripgrep's, file names escaped and all."""
    (tmp_path / "a.txt").write_text("one\nneedle \x1b]0;title\x07\n")
    (tmp_path / "b.txt").write_text("needle\n")
    with terminal("sgrep", "needle", cwd=str(tmp_path)) as run_:
        seen = run_.read().replace(b"\r\n", b"\n")
        assert run_.child.wait(DEADLINE) == 0
    assert seen == (
        b"\x1b[0m\x1b[35ma.txt\x1b[0m\n\x1b[0m\x1b[32m2\x1b[0m:\x1b[0m\x1b[1m\x1b[31mneedle\x1b[0m \\x1b]0;title\\x07\n\n"
        b"\x1b[0m\x1b[35mb.txt\x1b[0m\n\x1b[0m\x1b[32m1\x1b[0m:\x1b[0m\x1b[1m\x1b[31mneedle\x1b[0m\n"
    )


def test_flags_beat_the_terminal(tmp_path: Path) -> None:
    """P1: what a terminal gets by itself can be switched off."""
    (tmp_path / "a.txt").write_text("needle\n")
    with terminal("sgrep", "-N", "--no-heading", "--color", "never", "needle", cwd=str(tmp_path)) as run_:
        assert run_.read() == b"a.txt:needle\r\n"


def test_a_terminal_never_gets_control_characters_even_without_caps(tmp_path: Path) -> None:
    """T16: --no-cap is byte for byte into a pipe, and still harmless at a terminal."""
    data = b"needle \x1b[2J\x9b\n"
    (tmp_path / "a.txt").write_bytes(data)
    for tool, words in (("sgrep", ("--no-cap", "--color=never", "needle", "a.txt")), ("sread", ("--no-cap", "a.txt"))):
        with terminal(tool, *words, cwd=str(tmp_path)) as run_:
            seen = run_.read()
        assert b"\x1b" not in seen, tool
        assert b"\\x1b[2J" in seen, tool
    assert sgrep("--no-cap", "needle", "a.txt", cwd=tmp_path).out == data


def test_a_silent_terminal_is_never_waited_for(tmp_path: Path) -> None:
    """T11: with a terminal as standard input `sgrep PATTERN` searches the folder, `sread` explains itself."""
    (tmp_path / "a.txt").write_text("needle\n")
    with terminal("sgrep", "-l", "--color=never", "needle", cwd=str(tmp_path)) as run_:
        assert run_.read() == b"a.txt\r\n"
    with terminal("sread", cwd=str(tmp_path)) as run_:
        assert run_.read() == b"sread: no file given; see --help\r\n"
        assert run_.child.wait(DEADLINE) == 2


def _fed_until(shown: bytes, feeder: int, run_: Terminal) -> None:
    """Write lines without a match into the pipe until ``shown`` appears in the terminal."""
    end = time.monotonic() + 10
    os.set_blocking(feeder, False)
    while shown not in run_.seen and time.monotonic() < end:
        ready, able, _ = select.select([run_.master], [feeder], [], 0.2)
        if able:
            os.write(feeder, b"nothing of interest\n" * 1000)
        if ready:
            run_.seen += os.read(run_.master, 65536)


def test_progress_is_shown_after_a_second_and_taken_away(tmp_path: Path) -> None:
    """P1: one line on the terminal, erased at the end; nothing of it goes where stdout goes."""
    reader, feeder = os.pipe()
    begun = time.monotonic()
    with open(tmp_path / "out", "wb") as out, terminal("sgrep", "needle", "-", stdin=reader, stdout=out) as run_:
        os.close(reader)
        try:
            _fed_until(b"\x1b[K", feeder, run_)
            shown_after = time.monotonic() - begun
            os.set_blocking(feeder, True)
            os.write(feeder, b"\nneedle\n")
        finally:
            os.close(feeder)
        seen = run_.read()
        assert run_.child.wait(DEADLINE) == 0
    assert seen.count(b"\r\x1b[K") >= 2, "shown, and erased"
    assert shown_after >= 1
    assert seen.endswith(b"\r\x1b[K")
    assert b"\n" not in seen
    assert (tmp_path / "out").read_bytes() == b"needle\n"


def test_no_progress_where_stderr_is_no_terminal(numbers: str) -> None:
    """P1: a script's log holds notices, never progress."""
    assert all("\x1b" not in line for line in sgrep("-c", "1", numbers).told)
    assert sread("--limit", "5000", numbers).told[-1].startswith("sread: ")
