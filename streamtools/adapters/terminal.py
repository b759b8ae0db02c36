"""What every command line of ours shares: standard streams, exit codes, one-line errors, progress."""

from __future__ import annotations

import atexit
import gc
import os
import sys

# As in `typing`, which is imported, as all else, behind `begin`.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final, NoReturn

FOUND: Final = 0
NOTHING: Final = 1
FAILED: Final = 2
INTERRUPTED: Final = 130

#: How the tools' options are called at a prompt.
_FLAGS: Final = (
    ("ignore_case=True", "-i"),
    ("fixed_strings=True", "-F"),
    ("fixed_strings", "-F"),
    ("multiline=True", "-U"),
    ("hidden=True", "--hidden"),
    ("ignore=False", "--no-ignore"),
    ("text=True", "-a"),
    ("follow=True", "-L"),
    ("encoding=NAME", "-E NAME"),
    ("one_file_system=False", "no --one-file-system"),
    ("a larger max_filesize", "a larger --max-filesize"),
)

#: Who watches a process to its end, and must see it.
_WATCHERS: Final = frozenset(("memray", "coverage", "cProfile", "profile", "pdb"))

_STREAMS: Final = {"-": 0, "/dev/stdin": 0, "/proc/self/fd/0": 0}


def run(name: str, body: Callable[[list[str]], int]) -> int:
    """Run a command's body and turn whatever ends it into an exit code and at most one line.

    Exit codes are ripgrep's: 0 found, 1 nothing, 2 an error. A reader that goes away
    (``sgrep . | head -1``) is no error.
    """
    from streamtools.errors import StreamtoolsError

    if sys.stdout is None:
        return fail(name, "standard output is closed")
    try:
        code = body(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        _discard()
        return FOUND
    except KeyboardInterrupt:
        return INTERRUPTED
    except StreamtoolsError as error:
        return fail(name, str(error))
    except MemoryError:
        return fail(name, "out of memory")
    except OSError as error:
        _discard()
        return fail(name, f"write error: {error.strerror or error}")
    return code


def begin(*modules: str) -> None:
    """Import the body of a command without a collection of garbage: nothing that is imported is any, and looking for some takes 2 ms."""
    gc.disable()
    for module in modules:
        __import__(module)
    gc.freeze()
    gc.enable()


def leave(code: int) -> NoReturn:
    """End this process as `sys.exit` does: what was registered for the end is done, and the streams are flushed.

    Python is not taken apart, which takes 4 ms and gives back what the system takes back anyway; but it is where somebody
    watches, where warnings were asked for, where another thread runs, and where a stream can't be flushed.
    """
    threads = sys.modules.get("threading")
    watched = sys.gettrace() or sys.getprofile() or sys.flags.dev_mode or sys.warnoptions or not _WATCHERS.isdisjoint(sys.modules)
    if watched or (threads is not None and threads.active_count() > 1):
        sys.exit(code)
    atexit._run_exitfuncs()  # noqa: SLF001 - what Python itself runs first
    try:
        for output in (sys.stdout, sys.stderr):
            if output is not None:
                output.flush()
    except (OSError, ValueError):
        sys.exit(code)
    os._exit(code)


def cores() -> int:
    """Return how many processes this one may keep busy."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def version(name: str) -> Callable[[list[str]], int]:
    """Return the body of ``--version``."""

    def body(_: list[str]) -> int:
        from streamtools import __version__

        sys.stdout.write(f"{name} {__version__} (streamtools)\n")
        return FOUND

    return body


def _discard(fd: int = 1) -> None:
    """Let what is still to be written to it go nowhere, so that nothing complains when Python ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), fd)


def fail(name: str, sentence: str) -> int:
    """Print one line to stderr; return the exit code of errors."""
    tell(name, sentence)
    return FAILED


def tell(name: str, sentence: str) -> None:
    """Print one line to stderr, whatever happens to it; names of options become flags."""
    for option, flag in _FLAGS:
        sentence = sentence.replace(option, flag)
    if sys.stderr is None:
        return
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        return
    try:
        sys.stderr.write(f"{name}: {sentence}\n")
        sys.stderr.flush()
    except OSError:
        # it keeps what it could not write, and Python would end with 120
        _discard(2)


def stream(path: str) -> int | None:
    """Return the descriptor that a name such as ``-``, ``/dev/stdin`` or ``/dev/fd/63`` stands for.

    ``/dev/null`` is an empty stream, as in ``sgrep x file /dev/null``.
    """
    if path == os.devnull:
        return os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    if path in _STREAMS:
        return _STREAMS[path]
    for prefix in ("/dev/fd/", "/proc/self/fd/"):
        number = path.removeprefix(prefix)
        if number != path and number.isdigit():
            return int(number)
    return None


class Progress:
    """A line on a terminal's stderr while something takes longer than a second, gone at its end.

    Does nothing where stderr is no terminal.
    """

    def __init__(self, *, after: float = 1.0, every: float = 0.25, on: bool = True) -> None:
        import time

        self._clock = time.monotonic
        self._due = self._clock() + after
        self._every = every
        self._shown = False
        self.on = on and sys.stderr is not None and sys.stderr.isatty()

    def show(self, text: Callable[[], str]) -> None:
        """Show what ``text`` gives, if it is time."""
        now = self._clock()
        if self.on and now >= self._due:
            self._due = now + self._every
            self._shown = True
            sys.stderr.write(f"\r\x1b[K{text()[:100]}")
            sys.stderr.flush()

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._shown = False
