"""What workers are given to do in the soak: the good, the large, and the bad."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Iterator
from typing import Final

from streamtools.limits import MIB

#: Task -> how it may end when nobody kills its worker.
ENDS: Final = {"echo": "done", "nap": "done", "large": "done", "stream": "done", "eat": "memory", "crash": "crashed", "hang": "timeout"}


def echo(number: int) -> int:
    """Give it back."""
    return number


def nap(number: int) -> int:
    """Take some time."""
    time.sleep(0.2)
    return number


def large(number: int, size: int = 10_000_000) -> str:
    """Return a result of 10 MB that was built in memory."""
    line = f"line of the result of task {number}, which is long enough to be one\n"
    return line * (size // len(line) + 1)


def stream(number: int, size: int = 10_000_000) -> Iterator[bytes]:
    """Yield a result of 10 MB."""
    piece = b"a piece of the result of task %d\n" % number * 2000
    for _ in range(size // len(piece) + 1):
        yield piece


def eat(number: int) -> int:
    """Take more than a worker may."""
    return len(bytearray(100_000 * MIB)) + number


def crash(number: int) -> None:
    """Crash."""
    ctypes.string_at(number * 0)


def hang(number: int) -> None:
    """Never come back, in native code that holds the interpreter."""
    ctypes.PyDLL(None).pause(number)
