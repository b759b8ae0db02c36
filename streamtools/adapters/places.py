"""Which lines of which files: ``--offset``, ``--tail``, ``--around``, ``FILE:120-180``, and ``spill://`` handles."""

from __future__ import annotations

import os
import re

from streamtools.adapters.handles import SCHEME
from streamtools.adapters.terminal import stream
from streamtools.errors import InvalidArgument, printable
from streamtools.limits import DEFAULT
from streamtools.reading.outcome import Asked
from streamtools.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from streamtools.adapters.argv import Parsed


_SPAN: Final = r"(?s)(.+):([0-9]+)(?:-([0-9]+))?"
_AROUND: Final = 41
_FOLLOWED: Final = 10


class Place(NamedTuple):
    """A word of the command line, understood: a file, its first line, and how many at most."""

    word: str
    path: str
    offset: int
    limit: int | None


def places(parsed: Parsed) -> list[Place]:
    """Return the place of each word. Raises `InvalidArgument` or `UnknownEncoding` for what can't be meant."""
    found = [_place(parsed, word) for word in parsed.words]
    for place in found:
        column, encoding = parsed.get("column", 1), parsed.get("encoding")
        assert encoding is None or isinstance(encoding, str)
        Asked.checked(place.path, place.offset, place.limit, column, encoding, DEFAULT)
    return found


def _place(parsed: Parsed, word: str) -> Place:
    offset, limit = _lines(parsed)
    named = re.fullmatch(_SPAN, word) if ":" in word else None
    if not named or stream(word) is not None or os.path.lexists(word) or not (named[1].startswith(SCHEME) or os.path.lexists(named[1])):
        return Place(word, word, offset, limit)
    if parsed.keys() & {"offset", "tail", "around"}:
        raise InvalidArgument(f"{printable(word)} says which lines; leave --offset, --tail and --around away")
    first = int(named[2])
    if named[3]:
        lines = int(named[3]) - first + 1
        if lines < 1:
            raise InvalidArgument(f"lines {named[2]}-{named[3]}: the last one comes before the first")
        limit = lines if limit is None else min(limit, lines)
    return Place(word, named[1], first, limit)


def _lines(parsed: Parsed) -> tuple[int, int | None]:
    """Return the first line and the number of lines that the flags ask for."""
    offset, limit = parsed.get("offset", 1), parsed.get("limit")
    assert isinstance(offset, int)
    assert limit is None or isinstance(limit, int)
    tail, around = parsed.get("tail"), parsed.get("around")
    if isinstance(tail, int):
        return -max(tail, 1), max(tail, 1) if limit is None else limit
    if isinstance(around, int) and (limit is None or limit > 0):
        lines = _AROUND if limit is None else limit
        first = around - (lines - 1) // 2
        return max(first, 1), lines - max(1 - first, 0)
    if parsed.get("follow") and "offset" not in parsed:
        return -_FOLLOWED, _FOLLOWED
    return offset, limit
