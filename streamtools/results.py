"""What the tools return: frozen data, each a bounded collection of the events of `streamtools.events`."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

from streamtools.events import REMEDY, Begin, Bundle, Encoding, End, Event, Gap, Ledger, Line, Next, Runs, Summary, Total
from streamtools.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final, Literal

    from streamtools.words import Stopped


__all__ = [
    "REMEDY",
    "Begin",
    "Encoding",
    "End",
    "Event",
    "FileHits",
    "Gap",
    "GlobResult",
    "GrepResult",
    "Ledger",
    "Line",
    "Next",
    "ReadResult",
    "Runs",
    "Summary",
    "ToolResult",
    "Total",
]

_NONE: Final = Total(0)
_ASCII: Final = Encoding()
_NOTHING: Final[Mapping[str, object]] = {}


class ReadResult(NamedTuple):
    """A page of one file.

    ``first`` is the number of the first line on the page even if it is empty. ``total``
    counts the lines of the file. ``notices`` are whole sentences for the reader, in order.
    """

    path: str
    lines: tuple[Line, ...]
    total: Total
    encoding: Encoding
    ledger: Ledger
    first: int = 1
    stopped: Stopped = "end"
    next: Next | None = None
    notices: tuple[str, ...] = ()
    size: int | None = None


class FileHits(NamedTuple):
    """What Grep has to say of one file: its lines (in mode ``content``) and its count.

    Two are equal if their lines are, however those are ``found``.
    """

    path: str
    found: tuple[Line | Gap | Bundle, ...] = ()
    count: Total = _NONE  # type: ignore[assignment] # tuples count by a method of that name
    encoding: Encoding = _ASCII

    @property
    def lines(self) -> tuple[Line | Gap, ...]:
        """The lines in order, with the gaps between groups; those of bundles are made anew at each call."""
        return tuple(chain.from_iterable([one.lines if isinstance(one, Bundle) else (one,) for one in self.found]))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FileHits) and _told(self) == _told(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(_told(self))


def _told(hits: FileHits) -> tuple[object, ...]:
    return hits.path, hits.lines, hits.count, hits.encoding


class GrepResult(NamedTuple):
    """A bounded part of a search, in the stable order of the walk.

    ``total`` counts matching lines over all files that were searched, ``total_files``
    the files with a match.
    """

    files: tuple[FileHits, ...]
    mode: Literal["content", "files_with_matches", "files_without_match", "count"]
    total: Total
    total_files: Total
    ledger: Ledger
    stopped: Stopped = "end"
    next: Next | None = None
    notices: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[Line, ...]:
        """Matching and context lines of all files, in order."""
        return tuple([line for hit in self.files for line in hit.lines if isinstance(line, Line)])

    @property
    def encoding(self) -> Encoding | None:
        """The encoding that all files with hits share; None where they differ or none has one."""
        found = {hit.encoding.name: hit.encoding for hit in self.files}
        return next(iter(found.values())) if len(found) == 1 else None

    @property
    def paths(self) -> tuple[str, ...]:
        """Names of the files with a match, in order."""
        return tuple(hit.path for hit in self.files)


class GlobResult(NamedTuple):
    """Names of files, in path order or newest first."""

    paths: tuple[str, ...]
    total: Total
    ledger: Ledger
    stopped: Stopped = "end"
    next: Next | None = None
    notices: tuple[str, ...] = ()


class ToolResult(NamedTuple):
    """What a tool gives to a model: capped text, and small structured data beside it."""

    text: str
    data: Mapping[str, object] = _NOTHING
    is_error: bool = False
