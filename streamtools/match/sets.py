r"""Bracketed sets: plain ones, and ripgrep's, which hold other sets and are cut with ``&&``, ``--`` and ``~~``.

`regex` has no such sets in the behaviour that is used here, so a nested one becomes alternatives and lookaheads that
match one character all the same: ``[a-z&&[^b]]`` is ``(?:(?=[a-z])[^b])``.
"""

from __future__ import annotations

import re

from streamtools.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

    #: What one member of a set is: its text for `regex`, its length in the pattern, the character it spells out.
    Member = Callable[[int], tuple[str, int, str]]


#: A class that has a name; any other ``[`` begins a set.
NAMED: Final = r"\[:\^?(?:alnum|alpha|ascii|blank|cntrl|digit|graph|lower|print|punct|space|upper|word|xdigit):\]"
_OPERATORS: Final = ("&&", "--", "~~")
#: Deeper ones are not read.
_DEEPEST: Final = 50


class Found(NamedTuple):
    """A set: its text for `regex`, the position behind it, and the characters that it spells out."""

    text: str
    end: int
    spelled: str


class _Open(Exception):
    """The pattern ends before the set does."""


def plain(pattern: str, at: int, member: Member) -> Found | None:
    """Read the set that begins at ``at`` and holds no other, in which a ``[`` stands for itself; None if it doesn't end."""
    at += 1
    out: list[str] = []
    spelled = []
    negated = pattern.startswith("^", at)
    at += negated
    first = at
    while at < len(pattern) and (pattern[at] != "]" or at == first):
        text, length, value = member(at)
        out.append(text)
        spelled.append(value)
        at += length
    return Found(_set("".join(out), negated), at + 1, "".join(spelled)) if at < len(pattern) else None


def nested(pattern: str, at: int, member: Member) -> Found | None:
    """Read the set that begins at ``at``, with the sets inside; None if one of them doesn't end."""
    try:
        return _Sets(pattern, member).read(at, 0)
    except _Open:
        return None


class _Sets:
    def __init__(self, pattern: str, member: Member) -> None:
        self.pattern = pattern
        self.member = member

    def read(self, at: int, depth: int) -> Found:
        """Read one set. Raises `_Open`."""
        pattern = self.pattern
        if depth > _DEEPEST:
            raise _Open
        at += 1
        negated = pattern.startswith("^", at)
        at += negated
        singles, spelled = "", ""
        sets: list[str] = []
        while pattern.startswith("-", at):
            singles, spelled, at = singles + r"\x2d", spelled + "-", at + 1
        if not singles and pattern.startswith("]", at):
            singles, spelled, at = r"\x5d", spelled + "]", at + 1
        done, operator = "", ""
        while True:
            sign = pattern[at : at + 2]
            if not sign:
                raise _Open
            if sign[0] == "]" or sign in _OPERATORS:
                done = _combined(done, operator, _union(singles, sets, negated and not done and sign[0] == "]"))
                if sign[0] == "]":
                    text = done if not (operator and negated) else f"(?:(?!{done})(?s:.))"
                    return Found(text, at + 1, spelled)
                operator, at = sign, at + 2
                singles, sets = "", []
            elif sign[0] == "[" and not re.compile(NAMED).match(pattern, at):
                inner = self.read(at, depth + 1)
                sets.append(inner.text)
                spelled, at = spelled + inner.spelled, inner.end
            else:
                text, value, at = self._range(at)
                singles, spelled = singles + text, spelled + value

    def _range(self, at: int) -> tuple[str, str, int]:
        """Read a member or a range of them; return its text, what it spells out, and the position behind it."""
        pattern = self.pattern
        text, length, value = self.member(at)
        at += length
        if text == "-":
            return r"\x2d", value, at
        if pattern[at : at + 1] != "-" or pattern[at + 1 : at + 2] in {"", "]", "-"}:
            return text, value, at
        last, length, high = self.member(at + 1)
        return f"{text}-{last}", value + high, at + 1 + length


def contrary(text: str) -> bool:
    r"""Whether a set may hold a class and its complement, as ``[\d\D]``: `regex` takes its negation, too, for any character."""
    classes = re.findall(r"\\(?:[dDhHsSwW]|[pP](?:\w|\{[^}]*\}))|\[:\^?\w+:\]", text)
    return len(classes) > 1 and any(one[1].isupper() or "^" in one for one in classes)


def _set(members: str, negated: bool) -> str:
    if negated and contrary(members):
        escaped = "\\" if members.startswith("^") else ""
        return f"(?:(?![{escaped}{members}])(?s:.))"
    return f"[{'^' if negated else ''}{members}]"


def _union(singles: str, sets: list[str], negated: bool) -> str:
    """Return the expression for one character out of all of these, or out of none of them."""
    if singles.startswith("^"):
        singles = "\\" + singles
    if not sets:
        if not singles:
            return "(?s:.)" if negated else "(?!)"
        return _set(singles, negated)
    text = "(?:" + "|".join([*([f"[{singles}]"] if singles else []), *sets]) + ")"
    return f"(?:(?!{text})(?s:.))" if negated else text


def _combined(left: str, operator: str, right: str) -> str:
    match operator:
        case "&&":
            return f"(?:(?={left}){right})"
        case "--":
            return f"(?:(?!{right}){left})"
        case "~~":
            return f"(?:(?!{right}){left}|(?!{left}){right})"
        case _:
            return right
