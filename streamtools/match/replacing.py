r"""Matches replaced by a template, as ``-r`` takes it.

A template holds ``$0``, ``$1``, ``$name`` and ``${name}`` for what a group matched (the longest name of ASCII letters,
digits and ``_``), and ``$$`` for a ``$``. A group that does not exist or matched nothing gives nothing; a ``$`` before
anything else stands for itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate

from streamtools.match.exact import Regex
from streamtools.match.plan import plan
from streamtools.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    import regex

    from streamtools.match.pattern import Query

_GROUP: Final = re.compile(rb"\$(?:(\$)|([0-9A-Za-z_]+)|\{([0-9A-Za-z_]+)\})")
Spans = Sequence[tuple[int, int]]


class Replaced(NamedTuple):
    """A text with its matches replaced: the new text, where the replacements are in it, and each of them."""

    data: bytes
    spans: tuple[tuple[int, int], ...]
    texts: tuple[bytes, ...]


class Replacement:
    """Replaces the matches of a query by ``template``.

    Raises `BadPattern` as `streamtools.match.exact.compile` does. Memory: one text and its replacement.
    """

    def __init__(self, query: Query, template: bytes, seconds: float) -> None:
        self._regex = Regex(plan(query), seconds)
        groups = self._regex.pattern.groupindex
        self._parts: list[bytes | int] = []
        at = 0
        for found in _GROUP.finditer(template):
            self._parts += [template[at : found.start()], b"$" if found[1] else _number(found[2] or found[3] or b"", groups)]
            at = found.end()
        self._parts.append(template[at:])

    def of(self, data: bytes, spans: Spans) -> Replaced:
        """Replace the matches ``spans`` of ``data``, which are byte spans as the search found them.

        A match that is not found again (it needs more text than ``data``, or too much time) has no groups but itself.
        """
        found = self._found(data, spans)
        texts: list[bytes] = []
        places: list[tuple[int, int]] = []
        parts: list[bytes] = []
        size = at = 0
        for start, end in spans:
            text = self._text(data[start:end], found.get((start, end)))
            parts += [data[at:start], text]
            size += start - at
            places.append((size, size + len(text)))
            size += len(text)
            texts.append(text)
            at = end
        return Replaced(b"".join([*parts, data[at:]]), tuple(places), tuple(texts))

    def _found(self, data: bytes, spans: Spans) -> dict[tuple[int, int], regex.Match[str]]:
        text = data.decode("utf-8", "surrogateescape")
        ascii_only = text.isascii()
        at = [] if ascii_only else list(accumulate((len(c.encode("utf-8", "surrogateescape")) for c in text), initial=0))
        wanted = set(spans)
        found: dict[tuple[int, int], regex.Match[str]] = {}
        try:
            for match in self._regex.pattern.finditer(text, concurrent=False, timeout=self._regex.seconds):
                start, end = match.span()
                span = (start, end) if ascii_only else (at[start], at[end])
                if span in wanted:
                    found.setdefault(span, match)
        except (TimeoutError, MemoryError):
            pass  # the search itself tells of a pattern that takes too long
        return found

    def _text(self, matched: bytes, match: regex.Match[str] | None) -> bytes:
        return b"".join(part if isinstance(part, bytes) else matched if part == 0 else _group(match, part) for part in self._parts)


def _number(name: bytes, names: dict[str, int] | object) -> int:
    """Return the number of a group, or one that none has."""
    if name.isdigit():
        return int(name[:6])
    assert isinstance(names, dict)
    return int(names.get(name.decode("utf-8", "surrogateescape"), _NONE))


_NONE: Final = 1_000_000


def _group(match: regex.Match[str] | None, number: int) -> bytes:
    if match is None or number > len(match.groups()):
        return b""
    return (match[number] or "").encode("utf-8", "surrogateescape")
