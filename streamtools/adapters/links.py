r"""Hyperlinks in a terminal (OSC 8), as ripgrep's ``--hyperlink-format`` describes them."""

from __future__ import annotations

import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final


_PIECE: Final = re.compile(r"\{\{|\}\}|\{(\w+)\}")
_PLAIN: Final = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz/:-._~") | frozenset(range(128, 256))
END: Final = b"\x1b]8;;\x1b\\"


class Links:
    """Makes the links of one checked format without aliases; ``host_program`` prints the name of this machine, else the system tells it."""

    def __init__(self, form: str, host_program: str | None = None) -> None:
        self._parts = _parts(form)
        #: Whether a link leads to a line, so that each line under a heading has one.
        self.by_line = "line" in [part for part, name in self._parts if name]
        self._host = _host(host_program) if "host" in [part for part, name in self._parts if name] else b""
        self._path = b""

    def file(self, path: str) -> None:
        """Let the links from now on lead into a file; one that is not there has none."""
        full = os.fsencode(os.path.realpath(path))
        self._path = b"".join(bytes((byte,)) if byte in _PLAIN else b"%%%02X" % byte for byte in full) if os.path.lexists(full) else b""

    def start(self, line: int = 0, column: int = 0) -> bytes:
        """Return the bytes with which a link begins, none where there is no link."""
        if not self._path:
            return b""
        values = {"path": self._path, "line": b"%d" % (line or 1), "column": b"%d" % (column or 1), "host": self._host, "wslprefix": b""}
        return b"\x1b]8;;" + b"".join(values[part] if name else part.encode() for part, name in self._parts) + b"\x1b\\"

    @property
    def end(self) -> bytes:
        """The bytes with which a link ends."""
        return END if self._path else b""


def _parts(form: str) -> list[tuple[str, bool]]:
    """Return the texts of a format and the names of its variables."""
    found: list[tuple[str, bool]] = []
    at = 0
    for piece in _PIECE.finditer(form):
        found += [(form[at : piece.start()], False), (piece[1], True) if piece[1] else (piece[0][0], False)]
        at = piece.end()
    return [*found, (form[at:], False)]


def _host(program: str | None) -> bytes:
    if program:
        import subprocess

        try:
            done = subprocess.run([program], stdin=subprocess.DEVNULL, capture_output=True, timeout=5, check=False)  # noqa: S603
            if done.returncode == 0 and done.stdout.strip():
                return done.stdout.strip()
        except (OSError, subprocess.SubprocessError):
            pass  # the system knows it too
    import socket

    return socket.gethostname().encode("utf-8", "surrogateescape")
