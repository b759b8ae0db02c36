"""What workers are given to do in these tests: each function is a task, called by its dotted name."""

from __future__ import annotations

import ctypes
import mmap
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from streamtools.limits import MIB
from streamtools.results import ToolResult
from streamtools.toolset import Toolset


def echo(value: object = None) -> object:
    """Give back what was given."""
    return value


def who() -> dict[str, object]:
    """Tell about the process."""
    score = Path("/proc/self/oom_score_adj")
    return {
        "pid": os.getpid(),
        "group": os.getpgid(0),
        "session": os.getsid(0),
        "folder": os.getcwd(),
        "malloc": [os.environ.get("MALLOC_TRIM_THRESHOLD_"), os.environ.get("MALLOC_ARENA_MAX")],
        "word": os.environ.get("STREAMTOOLS_TEST_WORD"),
        "score": int(score.read_text()) if score.exists() else None,
        "host": "pytest" in sys.modules,
    }


def eat(mib: int, seconds: float = 0.0, then: str = "") -> int:
    """Take so much memory, hold it for a while, and end in some way."""
    held = bytearray(mib * MIB)
    for place in range(0, len(held), 4096):
        held[place] = 1
    if then == "segfault":
        time.sleep(seconds)
        segfault()
    if then == "exit":
        os._exit(3)
    time.sleep(seconds)
    return len(held)


def share(mib: int, seconds: float) -> None:
    """Take memory that is shared, which no RLIMIT_DATA counts."""
    with mmap.mmap(-1, mib * MIB) as held:
        for place in range(0, len(held), 4096):
            held[place] = 1
        time.sleep(seconds)


def segfault() -> None:
    """Read where nothing is."""
    ctypes.string_at(0)


def hang(pid_file: str = "") -> None:
    """Never come back, and hold the interpreter in native code, so that no thread of Python runs either."""
    if pid_file:
        Path(pid_file).write_text(str(os.getpid()))
    ctypes.PyDLL(None).pause()


def family(pid_file: str) -> None:
    """Start a process that starts a process, tell all numbers, and sleep."""
    script = "import subprocess, sys, time; c = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); print(c.pid, flush=True)"
    child = subprocess.Popen([sys.executable, "-c", f"{script}; time.sleep(600)"], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    numbers = f"{os.getpid()} {child.pid} {child.stdout.readline().strip()}"
    Path(pid_file + ".new").write_text(numbers)
    os.rename(pid_file + ".new", pid_file)
    hang()


def once(log: str, name: str, seconds: float = 0.0, kill: bool = False) -> str:
    """Enter begin and end in a log, whole lines at a time; ``kill`` dies by SIGKILL the first time."""
    with open(log, "a", encoding="ascii") as file:
        file.write(f"begin {name}\n")
    if kill and Path(log).read_text().count(f"begin {name}\n") == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(seconds)
    with open(log, "a", encoding="ascii") as file:
        file.write(f"end {name}\n")
    return name


def lines(size: int) -> str:
    """A text of about ``size`` bytes, in lines, built in memory as a tool that knows no better does."""
    line = "a line of a long result, and one more word for it\n"
    return line * (size // len(line))


def pieces(size: int) -> Iterator[bytes]:
    """The same, piece by piece."""
    piece = b"a piece of a long result, many of which are made\n" * 1000
    for _ in range(size // len(piece)):
        yield piece


def wrong(kind: str) -> object:
    """Results that are none."""
    if kind == "pieces":
        return iter([1, 2])
    if kind == "data":
        return ToolResult("text", {"socket": object()})
    return {"socket": socket.socket, "set": {1}, "nan": float("nan")}[kind]


def fail(words: str) -> None:
    """Raise."""
    raise RuntimeError(words)


def leave() -> None:
    """Ask Python to end."""
    sys.exit("I leave")


def count(tools: Toolset, pattern: str, calls: int = 1) -> dict[str, object]:
    """Use the toolset that a task gets with its roots."""
    texts = [tools.grep(pattern, head_limit=1000) for _ in range(calls)]
    return {"roots": list(tools.roots.folders), "sizes": [len(text) for text in texts], "last": texts[-1][-200:]}
