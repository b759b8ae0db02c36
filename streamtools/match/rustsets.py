"""The bracketed classes of a pattern in Rust's syntax."""

from __future__ import annotations

import re

from streamtools.match.rustescapes import Refused, escape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from streamtools.match.rustescapes import Reading


_NAMED: Final = r"\[:\^?[a-z]+:\]"
_LONE: Final = r"\[(?:\\n|\n|\\x0[aA]|\\x\{0*[aA]\})\]"


def bracketed(reading: Reading) -> None:
    """A bracketed class, with the classes inside of it."""
    text, opening = reading.text, reading.at
    opened: list[tuple[int, int]] = []
    while True:
        start = reading.at
        reading.at += 1
        if text.startswith("^", reading.at):
            reading.at += 1
        reading.skip_blanks()
        opened.append((start, reading.at))
        while text.startswith("-", reading.at):
            reading.at += 1
        if text.startswith("]", reading.at):
            reading.at += 1
            if reading.at >= len(text) or "]" not in text[reading.at :]:
                opened[-1] = (start, reading.at)
        if not _members(reading, opened):
            # A set of one character is that character.
            reading.spelled |= {"\n"} if re.compile(_LONE).fullmatch(text, opening, reading.at) else set()
            return


def _members(reading: Reading, opened: list[tuple[int, int]]) -> bool:
    """Read members up to the next class inside, then True, or to the end of the outermost, then False."""
    text = reading.text
    while True:
        if reading.at >= len(text):
            reading.fail("unclosed character class", opened[-1])
        char = text[reading.at]
        if char == "[":
            named = re.compile(_NAMED).match(text, reading.at)
            if named is None:
                return True
            reading.at = named.end()
        elif char == "]":
            reading.at += 1
            opened.pop()
            if not opened:
                return False
        elif text[reading.at : reading.at + 2] in {"&&", "--", "~~"}:
            reading.at += 2
        else:
            _range(reading, opened)


def _range(reading: Reading, opened: list[tuple[int, int]]) -> None:
    text, start = reading.text, reading.at
    low = _member(reading)
    first = (start, reading.at)
    if text[reading.at : reading.at + 1] != "-" or text[reading.at + 1 : reading.at + 2] in {"]", "-"}:
        return
    reading.at += 1
    if reading.at >= len(text):
        reading.fail("unclosed character class", opened[-1])
    behind = reading.at
    high = _member(reading)
    for value, span in ((low, first), (high, (behind, reading.at))):
        if value is None:
            reading.fail("invalid range boundary, must be a literal", span)
    if (low or "") > (high or ""):
        reading.fail("invalid character class range, the start must be <= the end", (start, reading.at))


def _member(reading: Reading) -> str | None:
    char = reading.text[reading.at]
    if char == "\\":
        kept = set(reading.spelled)
        try:
            return escape(reading, inside=True)
        finally:
            reading.spelled = kept
    if not reading.unicode and not char.isascii():
        reading.later.append(Refused("Unicode not allowed here", (reading.at, reading.at + 1)))
    reading.at += 1
    return char
