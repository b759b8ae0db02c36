"""The child's side: frames from a pipe to work, and the results back."""

from __future__ import annotations

import marshal
import os
import select
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any, Final

    Work = Callable[[Any], Any]


LENGTH: Final = 8
READ: Final = 1 << 18
#: The first byte of a frame says how the rest is written.
_PICKLE: Final = b"p"
_MARSHAL: Final = b"m"
_PLAIN: Final = frozenset({tuple, type(None)})


def serve(reads: int, writes: int, setup: Callable[[Any], Work | None], work: Work | None = None) -> None:
    """Do tasks until the parent closes its end; a number below 0 is a setup, and answered when it is done."""
    while (length := _exactly(reads, LENGTH)) is not None:
        data = _exactly(reads, int.from_bytes(length, "little"))
        if data is None:
            return
        number, message = parsed(data)
        del data
        if number < 0:
            work = None
            work = setup(message)
            answer = frame((number, True, None))
        else:
            answer = _answer(number, work, message)
        del message
        _write(writes, answer)


def _answer(number: int, work: Work | None, task: object) -> bytes:
    try:
        assert work is not None
        return frame((number, True, work(task)))
    except Exception:  # noqa: BLE001 - the parent does it again, and meets what is wrong itself
        return frame((number, False, None))


def _leave() -> None:
    os._exit(0)


def watch(reads: int, end: Callable[[], None] = _leave) -> None:
    """End this process when the parent's end of the pipe closes, also in the middle of a task; ``end`` is how."""
    import _thread

    def wait() -> None:
        poll = select.poll()
        poll.register(reads, select.POLLHUP)
        while not any(event & (select.POLLHUP | select.POLLERR) for _, event in poll.poll()):
            time.sleep(0.5)
        end()

    _thread.start_new_thread(wait, ())


def frame(message: tuple[Any, ...]) -> bytes:
    """Return a message with its length before it.

    What is a plain tuple of numbers, text and the like is written by `marshal`, which is always there.
    """
    kind, data = _MARSHAL, b""
    if type(message[-1]) in _PLAIN:
        try:
            data = marshal.dumps(message)
        except ValueError:
            # something in it is not plain
            pass
    if not data:
        kind, data = _PICKLE, pickler().dumps(message, 5)
    return b"".join(((len(data) + 1).to_bytes(LENGTH, "little"), kind, data))


def parsed(data: bytes | memoryview) -> tuple[Any, ...]:
    """Return the message of a frame, without its length; for what our own child or parent wrote only."""
    read = marshal.loads if data[:1] == _MARSHAL else pickler().loads
    message: tuple[Any, ...] = read(data[1:])
    return message


def pickler() -> ModuleType:
    """Return what `pickle` takes from C, where that is there: the rest of it takes 2 ms to import."""
    try:
        import _pickle
    except ImportError:
        import pickle

        return pickle
    return _pickle


def _exactly(fd: int, size: int) -> bytes | None:
    """Read ``size`` bytes; None at the end of the pipe."""
    data = bytearray()
    while len(data) < size:
        part = os.read(fd, min(size - len(data), READ))
        if not part:
            return None
        data += part
    return bytes(data)


def _write(fd: int, data: bytes) -> None:
    with memoryview(data) as view:
        at = 0
        while at < len(data):
            at += os.write(fd, view[at:])


def _setup(message: dict[str, Any] | None) -> Work | None:
    """Make the work of ``name`` in ``module``, in the parent's folder and environment; None forgets the last one."""
    import gc
    import importlib

    gc.collect()
    if message is None:
        # what is left is imported and stays: later collections need not look at it
        gc.freeze()
        return None
    os.chdir(message["folder"])
    if message["environ"] != dict(os.environ):
        os.environ.clear()
        os.environ.update(message["environ"])
    made: Work = getattr(importlib.import_module(message["module"]), message["name"])(message["setup"])
    return made


def high(fd: int) -> int:
    """Duplicate a descriptor to one that no print of a host with closed streams can hit."""
    import fcntl

    return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 3)


def main() -> None:
    """Serve a parent over standard input and output; what a task prints goes to standard error."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    reads, writes = high(0), high(1)
    os.dup2(2, 1)
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    watch(reads)
    try:
        serve(reads, writes, _setup)
    finally:
        # no traceback on the host's screen: the parent sees that the pipe ends and does the work itself
        os._exit(0)
