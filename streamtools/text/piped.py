"""What a program makes of a file, read as it comes; never through a shell."""

from __future__ import annotations

import os

from streamtools.errors import FileError, printable
from streamtools.limits import KIB
from streamtools.text.source import derived

TYPE_CHECKING = False
if TYPE_CHECKING:
    import subprocess
    from collections.abc import Sequence
    from typing import IO, Final

    from streamtools.text.source import Source

#: Of what a program says on its standard error this much is kept.
_KEPT: Final = 16 * KIB
_RULE: Final = "-" * 79


def complaint(said: str) -> str:
    """Return what a program said as ripgrep tells it behind a file's name."""
    return f"\n{_RULE}\n{said.strip()}\n{_RULE}" if said.strip() else "<stderr is empty>"


def piped(source: Source, command: Sequence[str], *, preprocessor: bool = False) -> Source:
    """Return what ``command`` writes, with the file of ``source`` as its input. Raises `FileError` if it can't be started.

    Reading to the end raises `FileError` if it fails; closing before ends it.
    Memory: the pipe's, and the first 16 KiB of what it says on standard error.
    """
    import subprocess

    quoted = " ".join(f'"{word}"' for word in command)
    try:
        child = subprocess.Popen(  # noqa: S603 - the user named the program, and there is no shell
            command, stdin=source.fd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
        )
    except OSError as error:
        rg = f"preprocessor command could not start: '{quoted}': {os.strerror(error.errno or 0)} (os error {error.errno})"
        why = f"{printable(command[0])} could not be started: {os.strerror(error.errno or 0).lower()}"
        raise FileError(f"{printable(source.path)}: {why}", source.path, rg=rg) from error
    running = _Running(child, source, f"preprocessor command failed: '{quoted}': " if preprocessor else "")
    return derived(source, running.readinto, close=running.end)


class _Running:
    """A program that writes; what it says on standard error is read along, so that it never waits for us."""

    def __init__(self, child: subprocess.Popen[bytes], source: Source, told: str) -> None:
        assert child.stdout is not None
        assert child.stderr is not None
        self._child = child
        self._out: IO[bytes] = child.stdout
        self._error: IO[bytes] | None = child.stderr
        self._source = source
        self._told = told
        self._said = b""

    def readinto(self, view: memoryview) -> int:
        from select import select

        while self._error is not None:
            ready, _, _ = select([self._out, self._error], [], [])
            if self._error in ready:
                self._hear(self._error)
            if self._out in ready:
                break
        count: int = self._out.readinto(view)  # type: ignore[attr-defined]
        if not count:
            self._ended()
        return count

    def _hear(self, error: IO[bytes]) -> None:
        data = os.read(error.fileno(), _KEPT)
        self._said += data[: _KEPT - len(self._said)]
        if not data:
            self._error = None

    def _ended(self) -> None:
        while self._error is not None:
            self._hear(self._error)
        if self._child.wait():
            said = self._said.decode("utf-8", "replace")
            path, why = self._source.path, said.strip().splitlines()
            told = f"{printable(path)}: its program failed: {printable(why[0]) if why else f'exit code {self._child.returncode}'}"
            raise FileError(told, path, rg=self._told + complaint(said))

    def end(self) -> None:
        """End the program if it runs, and close its pipes; does nothing the second time."""
        if self._child.poll() is None:
            self._child.kill()
        for pipe in (self._child.stdout, self._child.stderr):
            if pipe is not None:
                pipe.close()
        self._child.wait()
