"""The flags of ``sread``; one table for parser, help and docs."""

from __future__ import annotations

import re

from streamtools.adapters.argv import Flag, UsageError, whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from streamtools.adapters.argv import Parsed


USAGE: Final = """\
usage: sread [FLAGS] FILE ...
       sread FILE:120          line 120 and what follows
       sread FILE:120-180      lines 120 to 180

Show lines of files, numbered, in constant memory. Output ends at 2000 lines or 50 KiB and a line
at 2000 bytes, and a line on stderr then says how to go on; --no-cap lifts that.
Exit codes: 0 shown, 2 error."""


def _number(text: str) -> int:
    if not re.fullmatch(r"-?[0-9]+", text):
        raise ValueError(f"{text!r} is not a whole number")
    return int(text)


def _line(text: str) -> int:
    number = whole(text)
    if number < 1:
        raise ValueError("lines are counted from 1")
    return number


_SHOWN: Final = "What is shown"
FLAGS: Final = (
    Flag("offset", "o", "offset", "First line; -20 is the 20th from the end.", _SHOWN, "LINE", convert=_number),
    Flag("limit", "n", "limit", "At most so many lines.", _SHOWN, "N", convert=_number),
    Flag("column", "", "column", "Begin at this byte of the first line.", _SHOWN, "BYTE", convert=_number),
    Flag("tail", "", "tail", "The last N lines.", _SHOWN, "N", convert=whole),
    Flag("around", "", "around", "This line and 20 lines on either side; --limit changes that.", _SHOWN, "LINE", convert=_line),
    Flag("encoding", "E", "encoding", "The file's encoding; found by itself otherwise.", _SHOWN, "LABEL"),
    Flag("plain", "p", "plain", "No line numbers.", _SHOWN),
    Flag("json", "", "json", "One JSON object a line, and one for the page.", _SHOWN),
    Flag("search-zip", "z", "zip", "Look inside gzip, bzip2, xz and (Python 3.14) zstd files.", _SHOWN),
    Flag("follow", "f", "follow", "Go on with what is appended, also after rotation, as tail -F.", _SHOWN),
    Flag("no-cap", "", "no_cap", "Lift the caps of 2000 lines, 50 KiB and 2000 bytes a line.", "Limits"),
    Flag("help", "h", "help", "Show this help.", "Other"),
    Flag("version", "V", "version", "Show the version.", "Other"),
)


def contradictions(parsed: Parsed) -> None:
    """Raise `UsageError` for flags that can't be meant together."""
    given = parsed.keys()
    if len(given & {"offset", "tail", "around"}) > 1:
        raise UsageError("--offset, --tail and --around contradict each other; give one of them")
    if "no_cap" in given and given & {"json", "column"}:
        raise UsageError("--json and --column give pages; leave --no-cap away")
    if "follow" not in given:
        return
    if len(parsed.words) > 1:
        raise UsageError("--follow takes one file")
    for dest, name in (("limit", "--limit"), ("around", "--around"), ("column", "--column"), ("json", "--json"), ("zip", "-z")):
        if dest in given:
            raise UsageError(f"--follow and {name} contradict each other; --tail or --offset say where --follow begins")
