"""The parent's side of `streamtools.children.template`: asks for children, and hears how they end."""

from __future__ import annotations

import json
import os
import signal
from contextlib import suppress

from streamtools.children.process import ALIVE, launch
from streamtools.children.serving import READ

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Final


_MODULE: Final = "streamtools.children.template"


class Nursery:
    """A template process of its own for ``work``, which is ``module:name``; its children may take ``data`` bytes each.

    ``environ`` is set before the template starts. Each child is a process group. Raises OSError where no process can be started.
    Not for two threads at once.

    Memory: what was not sent and not read yet; the template takes about 30 MB, which its children share.
    """

    def __init__(self, work: str, data: int, environ: Mapping[str, str]) -> None:
        self._buffer = b""
        self._outgoing = bytearray()
        self._added = dict(environ)
        self._environ = dict(os.environ)
        self.pid, self._writes, self.reads = launch(_MODULE, (work, str(data)), environ=environ, alone=True)
        os.set_blocking(self._writes, False)
        os.set_blocking(self.reads, False)
        ALIVE.add(self)

    def begin(self, name: int, order: object) -> None:
        """Begin a child in the environment of now; the name must be a new one."""
        environ = dict(os.environ)
        if environ != self._environ:
            self._environ = environ
            self._send({"environ": {**environ, **self._added}})
        self._send({"id": name, "order": order})

    def kill(self, name: int, number: signal.Signals) -> None:
        """Send a signal to the group of a child; nothing happens if it has ended."""
        self._send({"kill": name, "signal": int(number)})

    def flush(self) -> bool:
        """Send what is left to send; return whether that is all."""
        while self._outgoing:
            try:
                sent = os.write(self._writes, self._outgoing[:READ])
            except BlockingIOError:
                return False
            except OSError:
                # It is gone, see `alive`.
                self._outgoing.clear()
            else:
                del self._outgoing[:sent]
        return True

    def listen(self) -> list[dict[str, Any]]:
        """Return what was told since the last time: ``id`` and ``pid``, a child's own report, or ``code`` at its end."""
        data = b""
        with suppress(OSError):
            while part := os.read(self.reads, READ):
                data += part
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        return [json.loads(line) for line in lines]

    def alive(self) -> bool:
        """Return whether the template runs; once it is gone so are its children, or will be in a moment, and it is reaped."""
        if self.pid:
            with suppress(ChildProcessError):
                if os.waitpid(self.pid, os.WNOHANG) == (0, 0):
                    return True
            self.pid = 0
        return False

    def close(self, *, empty: bool = False) -> None:
        """End the template, which kills all children first; a second time does nothing.

        ``empty`` says that there are none: then it is not waited for until it has imported everything.
        """
        self.leave()
        pid, self.pid = self.pid, 0
        if pid:
            with suppress(ChildProcessError, ProcessLookupError):
                if empty:
                    os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)

    def leave(self) -> None:
        """Close the pipes."""
        ALIVE.discard(self)
        for fd in {self._writes, self.reads} - {-1}:
            with suppress(OSError):
                os.close(fd)
        self._writes = self.reads = -1

    def _send(self, message: object) -> None:
        self._outgoing += json.dumps(message).encode("ascii") + b"\n"
        self.flush()
