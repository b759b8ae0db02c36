"""Every error that streamtools raises, one tree.

    StreamtoolsError
    +-- InvalidArgument (ValueError)      the call itself is wrong
    |   +-- BadPattern                    the pattern does not compile
    |   +-- BadCursor                     the cursor is not of this query or was altered
    |   +-- UnknownEncoding               no decoder has that name
    +-- FileError (OSError)               the file can't be used
    |   +-- NotFound
    |   +-- NotRegular                    a folder, FIFO, socket or device
    |   +-- AccessDenied
    |   +-- OutsideRoots                  beyond the allowed folders
    +-- StateError                        the state file of sessions and spills can't be used
    +-- TooManySessions
    +-- WorkerError

A limit that was reached is never an error: results say it in ``stopped``.

Every message is one sentence or two that say what is wrong, where, and what to
try; it holds no control characters, so that it can be printed as it is.
"""

from __future__ import annotations

import errno
import os


class StreamtoolsError(Exception):
    """Base of all errors of this package."""


class InvalidArgument(StreamtoolsError, ValueError):
    """An argument is of the wrong type, out of range, or contradicts another."""


class BadPattern(InvalidArgument):
    """A pattern does not compile; ``position`` is the 0-based character, if known."""

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.position = position


class BadCursor(InvalidArgument):
    """A cursor is damaged, or belongs to another query or other roots."""


class UnknownEncoding(InvalidArgument):
    """No decoder is known under that label."""


class FileError(StreamtoolsError, OSError):
    """A file can't be opened or read; ``path`` is the name as the caller gave it.

    ``errno`` is the system's number if the system said it; ``rg`` is what ripgrep says behind the name where that is not the
    system's sentence.
    """

    def __init__(self, message: str, path: str = "", errno: int | None = None, rg: str = "") -> None:
        super().__init__(message)
        self.path = path
        self.errno = errno
        self.rg = rg

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class NotFound(FileError):
    """Nothing has that name; the message holds near-miss names, if there are any."""


class NotRegular(FileError):
    """The name is a folder, FIFO, socket or device."""


class AccessDenied(FileError):
    """The system or a deny rule refuses the file."""


class OutsideRoots(FileError):
    """The name leads out of the allowed roots."""


class StateError(StreamtoolsError):
    """The SQLite file that keeps spills, summaries and sessions is locked, damaged, full or too new."""


class TooManySessions(StreamtoolsError):
    """All sessions are in use and their number is at its limit."""


class WorkerError(StreamtoolsError):
    """A child process ended without a result."""


def printable(name: str | bytes) -> str:
    """Return a file name as one printable line: undecodable bytes and control characters as escapes."""
    text = os.fsdecode(name)
    if text.isprintable():
        return text
    try:
        raw = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:
        raw = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in raw)


def file_error(error: OSError, path: str | bytes) -> FileError:
    """Translate an ``OSError`` of the system into this tree, with one clear sentence; what is of this tree stays."""
    if isinstance(error, FileError):
        return error
    name = printable(path) or "''"
    given = os.fsdecode(path)
    if error.errno in {errno.ENOENT, errno.ENOTDIR}:
        return NotFound(f"{name}: no such file or folder", given, error.errno)
    if error.errno in {errno.EACCES, errno.EPERM}:
        return AccessDenied(f"{name}: permission denied", given, error.errno)
    if error.errno == errno.ELOOP:
        return FileError(f"{name}: too many levels of symbolic links", given, error.errno)
    if error.errno in {errno.EAGAIN, errno.EWOULDBLOCK}:
        return NotRegular(f"{name}: reading it would wait for data that may never come", given, error.errno)
    if error.errno == errno.ENAMETOOLONG:
        return NotFound(f"{name[:80]}...: the name is too long", given, error.errno)
    reason = (error.strerror or str(error) or "cannot be read").lower()
    return FileError(f"{name}: {reason}", given, error.errno)
