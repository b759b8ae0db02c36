"""What is searched for: the patterns and how they are to be read."""

from __future__ import annotations

from streamtools.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    Syntax = Literal["wide", "rust", "pcre"]


class Query(NamedTuple):
    r"""Some patterns, of which a match is any one, and how to read them.

    Where two patterns match at the same place, the earlier one of ``patterns`` wins
    (leftmost-first, as ripgrep does); no pattern at all matches nothing, an empty one
    matches everywhere.

    ``fixed`` takes patterns as they are, not as regexes. ``smart_case`` ignores case
    unless a pattern holds an upper-case letter that stands for itself (``\S`` holds
    none). ``word`` wants no word character on either side of the match, ``line`` wants
    the match to be a whole line. ``multiline`` lets a pattern cross lines; ``^`` and
    ``$`` match at every line in any case. ``dotall`` lets ``.`` match ``\n`` (it has no
    effect without ``multiline``: a line holds none). ``crlf`` says that lines end with
    ``\r\n``; in a multi-line haystack ``$`` then matches before the ``\r`` too.
    ``unicode=False`` matches bytes: ``.`` is any one of them, ``\xff`` that one, and ``\w``, ``\d``, ``\s``, ``\b``
    and case are those of ASCII. ``null_data`` says that what is searched ends with NUL bytes and may hold line breaks.
    ``syntax`` says how patterns are read: "rust" knows no possessive repeats, "pcre" no sets in sets and no repeats of repeats,
    "wide" all of these; in "pcre" a line break that no line can hold is no mistake.
    With ``valid`` nothing matches a byte that is not UTF-8, ``.`` and negated sets neither.
    """

    patterns: tuple[str, ...]
    fixed: bool = False
    ignore_case: bool = False
    smart_case: bool = False
    word: bool = False
    line: bool = False
    multiline: bool = False
    dotall: bool = False
    crlf: bool = False
    unicode: bool = True
    null_data: bool = False
    syntax: Syntax = "wide"
    valid: bool = False


def quote(pattern: str, at: int) -> str:
    """Return a pattern in quotes, printable, and if it is long only some characters around ``at``."""
    start = max(0, min(at - 30, len(pattern) - 60)) if len(pattern) > 70 else 0
    stop = start + 60 if len(pattern) > 70 else len(pattern)
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in pattern[start:stop])
    return f"{'...' if start else ''}'{shown}'{'...' if stop < len(pattern) else ''}"
