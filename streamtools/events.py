"""The words that stages share: the events of a search, and the small facts in them.

A search is a stream of events, ``Begin (Line | Runs | Gap)* End`` for a file with something
to show, and one ``Summary`` at the very end. All are immutable tuples with names: a command line
makes their classes at every start, and a search one for every hit.
"""

from __future__ import annotations

from collections.abc import Mapping

from streamtools.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final, Literal

    from streamtools.words import Stopped, TotalKind


#: How to include what was skipped, by reason; the text names the argument of the tools.
REMEDY: Final[Mapping[str, str]] = {
    "ignored": "ignore=False",
    "hidden": "hidden=True",
    "binary": "text=True",
    "too_large": "a larger max_filesize",
    "unreadable": "check the permissions",
    "special": "FIFOs, sockets and devices are never searched",
    "link": "follow=True",
    "link_loop": "the folder is searched once already",
    "undecodable": "encoding=NAME",
    "other_filesystem": "one_file_system=False",
    "denied": "a deny rule of this toolset holds",
    "not_reached": "the cursor",
}

_NONE: Final[Mapping[str, Any]] = {}


class Total(NamedTuple):
    """A number that says how sure it is: exact, at least so many, or about so many."""

    value: int
    kind: TotalKind = "exact"

    def __str__(self) -> str:
        word = {"exact": "", "at_least": "at least ", "about": "about "}[self.kind]
        return f"{word}{self.value:,}"


class Next(NamedTuple):
    """The call that goes on: the name of the tool and the arguments to give it."""

    tool: Literal["read", "grep", "glob"]
    arguments: Mapping[str, object]

    def __str__(self) -> str:
        return ", ".join(f"{name}={value!r}" if isinstance(value, str) else f"{name}={value}" for name, value in self.arguments.items())


class Line(NamedTuple):
    r"""One line of a file, or the part of it that is shown.

    ``number`` is 1-based. ``data`` is the shown text as UTF-8 without the line's ending;
    bytes the file's encoding can't decode stay in it as they are. ``column`` is the
    1-based byte of the line *in the file* at which ``data`` begins, ``offset`` the
    0-based byte of the file at which the *line* begins. ``matches`` are 0-based byte
    spans of ``data``, ascending, not overlapping. ``cut`` says that the line goes on
    behind ``data``; ``ending`` is the line's own ending (``b"\n"``, ``b"\r\n"`` or ``b""``).
    ``path`` is the file's name in results over several files.
    """

    number: int
    data: bytes
    column: int = 1
    kind: Literal["line", "match", "before", "after"] = "line"
    matches: tuple[tuple[int, int], ...] = ()
    offset: int = 0
    cut: bool = False
    ending: bytes = b"\n"
    path: str = ""

    @property
    def text(self) -> str:
        r"""The line as text; undecodable bytes are shown as ``\xNN``."""
        return self.data.decode("utf-8", "backslashreplace")

    @property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """The matches as 0-based character spans of `text`."""
        data = self.data
        if data.isascii():
            return self.matches

        def at(position: int) -> int:
            return len(data[:position].decode("utf-8", "backslashreplace"))

        return tuple((at(start), at(end)) for start, end in self.matches)


class Encoding(NamedTuple):
    """How a file's bytes become text.

    ``name`` is Python's codec name (``"utf-8"``, ``"utf-16-le"``, ``"gb18030"``), ``how``
    what decided it, ``mark`` the length of the byte order mark in bytes. ``binary`` files
    are not text at all (``name`` is then ``"binary"``).
    """

    name: str = "utf-8"
    how: Literal["ascii", "bom", "valid", "guess", "given"] = "ascii"
    mark: int = 0

    @property
    def binary(self) -> bool:
        """Whether the file is not text."""
        return self.name == "binary"


class Failure(NamedTuple):
    """What could not be read: its name, the system's number of the error (0 if it was not the system), and whether the walk met it.

    ``rg`` are ripgrep's words behind the name where they are not the system's. ``ancestor`` is the folder that a link leads back to,
    where that is what is wrong; ``text`` is our sentence where there is neither a number nor such words.
    """

    path: str
    errno: int = 0
    rg: str = ""
    walked: bool = False
    ancestor: str = ""
    text: str = ""


class Ledger(NamedTuple):
    """What was searched and what was not.

    ``skipped`` counts by reason (see `REMEDY` for how to include each); a folder that was
    skipped whole counts as one. ``examples`` holds at most three names a reason.
    ``undecodable`` is the number of bytes that no character stands for. ``errors`` are sentences, ``failures``
    the same facts and links in a circle, for those who say it in words of their own.

    Memory: a few names a reason, whatever the number of files.
    """

    files: int = 0
    bytes: int = 0
    skipped: Mapping[str, int] = _NONE
    examples: Mapping[str, tuple[str, ...]] = _NONE
    undecodable: int = 0
    errors: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()


class Begin(NamedTuple):
    """A file with something to show begins; ``path`` is as it is to be printed."""

    path: str
    encoding: Encoding = Encoding()


class Runs(NamedTuple):
    """Matching lines as they stand in the file, in bulk; only where a search is asked for runs.

    ``text`` is their UTF-8 with the endings, of which the last may be missing, ``lines`` how many they are. Where lines are numbered, the
    first is line ``number`` (else 0), and ``behind`` says for each how many lines it stands behind that one.
    """

    number: int
    text: bytes
    lines: int
    behind: tuple[int, ...] = ()


class Bundle(NamedTuple):
    """Matching lines of one file, in order, as if they came one by one; only where a search is asked for bundles.

    They are kept in columns, as most readers want their numbers and texts only: a `Line` is made when it is asked for. There is one at
    least, none is cut, and each ends where its text and its ending do. ``matches`` are their spans, or the literal that every match is.
    """

    path: str
    matches: tuple[tuple[tuple[int, int], ...], ...] | bytes
    numbers: tuple[int, ...]
    texts: tuple[bytes, ...]
    offsets: tuple[int, ...]
    endings: tuple[bytes, ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines, made anew."""
        return tuple(map(self.line, range(len(self.texts))))

    def line(self, at: int) -> Line:
        """Make the line ``at`` (0-based, or from the end)."""
        text, matches = self.texts[at], self.matches
        spans = _spans(text, matches) if isinstance(matches, bytes) else matches[at]
        return Line(self.numbers[at], text, 1, "match", spans, self.offsets[at], False, self.endings[at], self.path)

    def first(self, count: int) -> Bundle:
        """Return the first ``count`` lines."""
        matches = self.matches if isinstance(self.matches, bytes) else self.matches[:count]
        return Bundle(self.path, matches, self.numbers[:count], self.texts[:count], self.offsets[:count], self.endings[:count])


def _spans(text: bytes, literal: bytes) -> tuple[tuple[int, int], ...]:
    found = []
    at = text.find(literal)
    while at >= 0:
        found.append((at, at + len(literal)))
        at = text.find(literal, at + len(literal))
    return tuple(found)


class Gap:
    """Lines were left out between two groups of context; all gaps are equal."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Gap)

    def __hash__(self) -> int:
        return hash(Gap)

    def __repr__(self) -> str:
        return "Gap()"


class End(NamedTuple):
    """A file ends.

    ``matches`` counts matching lines (not spans) and ``spans`` the matches in them;
    ``binary_at`` is the offset of the NUL byte in a binary file that was searched as one.
    """

    path: str
    matches: Total = Total(0)
    spans: int = 0
    bytes: int = 0
    stopped: Stopped = "end"
    changed: bool = False
    binary_at: int | None = None


class Summary(NamedTuple):
    """The end of a search over any number of files."""

    matches: Total
    files_with_matches: Total
    ledger: Ledger
    stopped: Stopped = "end"
    next: Next | None = None
    spans: int = 0


Event = Begin | Line | Runs | Bundle | Gap | End | Summary
