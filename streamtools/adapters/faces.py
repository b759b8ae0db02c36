"""The two faces of ``sgrep``: ours, and exactly ripgrep's."""

from __future__ import annotations

import os

from streamtools.adapters.argv import UsageError
from streamtools.adapters.flags import FLAGS
from streamtools.adapters.terminal import fail, version
from streamtools.limits import MIB

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Final, Protocol

    from streamtools.adapters.argv import Flag, Parsed
    from streamtools.adapters.asking import Asked
    from streamtools.adapters.telling import Shown
    from streamtools.errors import FileError, StreamtoolsError
    from streamtools.events import Failure
    from streamtools.match.pattern import Query
    from streamtools.searching.tree import Search

    class Told(Protocol):
        """Says at once what can't be read, and counts the errors."""

        errors: int

        def __call__(self, failure: Failure, /) -> object:
            """Say it."""

    class Face(Protocol):
        """What differs: the name, the defaults, and every word on standard error."""

        name: str
        #: The table of its flags.
        flags: tuple[Flag, ...]
        #: The environment's variable that names the file of flags.
        variable: str

        def capped(self, flags: Parsed, /) -> bool:
            """Whether output ends at our limits."""

        def options(self, flags: Parsed, paths: Sequence[str], /) -> dict[str, object]:
            """Return the options of the search that are this face's own."""

        def check(self, flags: Parsed, query: Query | None) -> None:
            """Raise `UsageError` for globs, types and patterns (None: there are none) that this face refuses in words of its own."""

        def refuse(self, error: UsageError | StreamtoolsError) -> int:
            """Say what is wrong with the command line; return the exit code."""

        def patterns(self, path: str) -> list[str]:
            """Read a file of patterns, ``-`` is standard input. Raises `UsageError`."""

        def failing(self, asked: Asked, /) -> Told | None:
            """Return what says at once that something can't be read; None to have it said at the end."""

        def reading(self, asked: Asked, /) -> Callable[[Sequence[str], bool], object] | None:
            """Return what looks at the ignore files that a walk reads, behind `failing`."""

        def version(self, what: str) -> int:
            """Print the version; return the exit code."""

        def report(self, asked: Asked, search: Search, shown: Shown, begun: float, failed: FileError | None) -> int:
            """Say on standard error, and as statistics, what there is to say when a search is over; return how many errors that were."""


#: The most bytes of a file of patterns: more than they may have together.
_PATTERNS: Final = 16 * MIB


class Own:
    """``sgrep``: capped, encodings found, and honest about what was left out."""

    name = "sgrep"
    flags = FLAGS
    variable = "STREAMTOOLS_CONFIG_PATH"

    def capped(self, flags: Parsed) -> bool:
        """Whether output ends at our limits: unless names are for a program, or the caps are lifted."""
        return not (flags.get("no_cap") or flags.get("null"))

    def options(self, flags: Parsed, _: Sequence[str]) -> dict[str, object]:
        """Return next to nothing: our defaults are the search's."""
        return {"text": True} if flags.get("binary") else {}

    def check(self, flags: Parsed, query: Query | None) -> None:
        """Refuse nothing: look-around and references to groups need no flag here."""

    def refuse(self, error: UsageError | StreamtoolsError) -> int:
        """Say it in one sentence."""
        return fail(self.name, str(error))

    def patterns(self, path: str) -> list[str]:
        """Read them in whatever encoding they are."""
        from streamtools.adapters.terminal import stream
        from streamtools.errors import FileError, printable
        from streamtools.text.drive import whole
        from streamtools.text.source import from_fd, from_path

        fd = stream(path)
        try:
            with from_path(path) if fd is None else from_fd(fd) as source:
                data = whole(source, _PATTERNS)
        except FileError as error:
            raise UsageError(str(error)) from error
        if data is None:
            raise UsageError(f"{printable(path)}: patterns of more than {_PATTERNS // MIB} MiB are too many; search in several calls")
        lines = data.decode("utf-8", "backslashreplace").split("\n")
        return [line.removesuffix("\r") for line in (lines if lines[-1] else lines[:-1])]

    def failing(self, _: Asked) -> Told | None:
        """Return None: what is wrong is said when all else is shown."""
        return None

    def reading(self, _: Asked) -> Callable[[Sequence[str], bool], object] | None:
        """Return None: to git a line that is malformed says nothing."""
        return None

    def version(self, what: str) -> int:
        """Print our version."""
        return version(self.name)([what])

    def report(self, asked: Asked, search: Search, shown: Shown, begun: float, failed: FileError | None) -> int:
        """Say what was cut, skipped or not found, and how to go on."""
        from streamtools.adapters.telling import Report

        if failed is not None:
            raise failed
        Report(asked.flags, asked.request, capped=asked.capped).tell(search, shown)
        if asked.flags.get("stats") and asked.mode != "json":
            from streamtools.adapters.stats import write_stats

            write_stats(asked, search, shown, begun)
        return search.tally.errors


_AS_RG: Final = "SGREP_AS_RG"


def face(program: str, environment: Mapping[str, str]) -> Face:
    """Return the face for a program that was started under a name."""
    if environment.get(_AS_RG) == "1" or os.path.basename(program) == "rg":
        from streamtools.adapters.rg.face import Ripgrep

        return Ripgrep()
    return Own()
