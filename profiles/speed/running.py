"""Run one competitor: a process into a pipe, or a call in a long-lived one; its time, its answer, its memory."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol

from profiles.speed.inputs import path_of
from profiles.speed.peers import ENVIRONMENT, BenchError
from profiles.speed.rows import Call, Command, Same

_CHUNK: Final = 1 << 20
#: What processes write is read into it: memory made for each read would count as their time, 0.1 ms of the shortest.
_buffer: Final = bytearray(_CHUNK)
_KIB: Final = 1024
_SHORT: Final = 20
_WARM: Final = os.path.join(os.path.dirname(os.path.abspath(__file__)), "warm.py")
#: How often a process is looked at: the peak that the kernel keeps only rises, so what is missed is its last moment.
_LOOK: Final = 0.001


@dataclass(frozen=True, slots=True)
class Answer:
    """What the untimed first run gave; ``peaks`` is the peak of resident memory of each process, in bytes, where it was watched."""

    key: str
    seconds: float
    peaks: tuple[int, ...] = ()


class Competitor(Protocol):
    """Something with a time."""

    def answer(self, same: Same, *, watched: bool) -> Answer:
        """Run once, untimed. Raises `BenchError`."""

    def seconds(self) -> float:
        """Run once; return the time. Raises `BenchError`."""

    def close(self) -> tuple[int, ...]:
        """End what is still there; return the peaks of its processes."""


class Process:
    """A command that is started anew each time."""

    def __init__(self, command: Command, path: str) -> None:
        self._lines = command.lines
        self._argv = [path, *(path_of(word[1:]) if word.startswith("@") else word for word in command.arguments)]

    def answer(self, same: Same, *, watched: bool) -> Answer:
        """Run once, watched if that is asked for; a failure is told with what it wrote to standard error."""
        kept: list[bytearray] = []
        with tempfile.TemporaryFile() as errors:
            begun = time.perf_counter()
            process = self._start(errors.fileno())
            with _watching(process.pid, watched) as peaks:
                self._drain(process, kept)
            seconds = time.perf_counter() - begun
            errors.seek(0)
            self._check(process, errors.read(500))
        output = b"".join(kept)
        if not output:
            raise BenchError(f"{' '.join(self._argv)} found nothing: the row measures nothing")
        return Answer(_key(output, same, self._lines), seconds, tuple(peaks.values()))

    def seconds(self) -> float:
        """The time from before the start until the process is gone and its pipe empty."""
        begun = time.perf_counter()
        process = self._start(subprocess.DEVNULL)
        self._drain(process, None)
        seconds = time.perf_counter() - begun
        self._check(process, b"")
        return seconds

    def close(self) -> tuple[int, ...]:
        """Nothing is left of it."""
        return ()

    def _start(self, errors: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, env=ENVIRONMENT, bufsize=0)

    def _drain(self, process: subprocess.Popen[bytes], kept: list[bytearray] | None) -> None:
        assert process.stdout is not None
        fd, left = process.stdout.fileno(), self._lines
        with process.stdout:
            while size := os.readv(fd, (_buffer,)):
                if kept is not None:
                    kept.append(_buffer[:size])
                if self._lines:
                    left -= _buffer.count(b"\n", 0, size)
                    if left <= 0:
                        break
        process.wait()

    def _check(self, process: subprocess.Popen[bytes], errors: bytes) -> None:
        """A program whose pipe was closed may end as it likes."""
        if process.returncode and not self._lines:
            raise BenchError(f"{' '.join(self._argv)} ended with {process.returncode}: {errors.decode(errors='replace').strip()}")


class Warm:
    """A call in a process of its own that stays. It does not see the project's folder: it imports what is installed."""

    def __init__(self, call: Call) -> None:
        arguments = {name: path_of(value[1:]) if isinstance(value, str) and value[:1] == "@" else value for name, value in call.arguments}
        self._request = json.dumps({"tool": call.tool, "arguments": arguments}).encode() + b"\n"
        self._own_clock = call.own_clock
        self._process = subprocess.Popen(
            [sys.executable, "-P", _WARM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=ENVIRONMENT, cwd=os.sep, bufsize=_CHUNK
        )

    def answer(self, same: Same, *, watched: bool) -> Answer:
        """Call twice: the first call is the one that imports, starts helpers and makes indexes."""
        assert same == "lines"
        assert watched
        self._call()
        seconds, reply = self._call()
        return Answer(str(reply["lines"]), seconds)

    def seconds(self) -> float:
        """The time of one call."""
        return self._call()[0]

    def close(self) -> tuple[int, ...]:
        """End the process; its helpers end with it."""
        peaks: dict[int, int] = {}
        _look(self._process.pid, peaks)
        self._process.communicate()
        return tuple(peaks.values())

    def _call(self) -> tuple[float, dict[str, Any]]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        begun = time.perf_counter()
        try:
            self._process.stdin.write(self._request)
            self._process.stdin.flush()
        except BrokenPipeError:
            raise BenchError("the warm process died; its traceback is above") from None
        line = self._process.stdout.readline()
        seconds = time.perf_counter() - begun
        if not line:
            raise BenchError("the warm process died; its traceback is above")
        reply: dict[str, Any] = json.loads(line)
        return reply["seconds"] if self._own_clock else seconds, reply


def _key(output: bytes, same: Same, lines: int) -> str:
    """What must be equal: the text itself where it is short (a count), else a hash."""
    if same == "lines":
        return str(min(output.count(b"\n"), lines or len(output)))
    text = b"\n".join(sorted(output.splitlines())) if same == "sorted" else output.strip()
    if len(text) < _SHORT:
        return text.decode()
    count = output.count(b"\n")
    return f"{hashlib.sha256(text).hexdigest()[:12]} ({count:,} lines)"


@contextmanager
def _watching(pid: int, watched: bool) -> Iterator[dict[int, int]]:
    """Yield the peaks by process id, which are complete behind the block."""
    peaks: dict[int, int] = {}
    done = threading.Event()

    def watch() -> None:
        while not done.wait(_LOOK):
            _look(pid, peaks)

    thread = threading.Thread(target=watch)
    if watched:
        thread.start()
    try:
        yield peaks
    finally:
        done.set()
        if watched:
            thread.join()


def _look(pid: int, peaks: dict[int, int]) -> None:
    """Note the peak of a process and of all below it; Linux only."""
    if sys.platform != "linux":
        return
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
            peak = next((int(line.split()[1]) * _KIB for line in status if line.startswith("VmHWM:")), 0)
        peaks[pid] = max(peak, peaks.get(pid, 0))
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children", encoding="ascii") as children:
                below = children.read().split()
            for child in below:
                _look(int(child), peaks)
    except (FileNotFoundError, ProcessLookupError):
        return
