"""A pattern in Rust's syntax while it is read, and its escapes."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final, NoReturn


HINT: Final = "\n\nConsider enabling PCRE2 with the --pcre2 flag, which can handle backreferences\nand look-around."
_CLASSES: Final = frozenset("dDwWsS")
_SIMPLE: Final = dict(zip("afnrtv", "\a\f\n\r\t\v", strict=True))
_KEYED: Final = r"\{(?i:gc|sc|scx|age|gcb|wb|sb|general_?category|script|script_?extensions)(?:=|:|!=)"
_WIDTHS: Final = {"x": 2, "u": 4, "U": 8}


class Refused(Exception):
    """``spans`` are what to underline."""

    def __init__(self, reason: str, *spans: tuple[int, int]) -> None:
        super().__init__(reason)
        self.reason = reason
        self.spans = spans


class Reading:
    """A pattern while it is read: how far, under which flags, and what was met.

    ``spelled`` are the characters that stand for themselves, ``later`` what is found to be wrong only when the syntax is sound.
    """

    def __init__(self, text: str, unicode: bool) -> None:
        self.text = text
        self.at = 0
        self.unicode = unicode
        self.extended = False
        self.spelled: set[str] = set()
        self.later: list[Refused] = []

    def fail(self, reason: str, *spans: tuple[int, int]) -> NoReturn:
        """Refuse the pattern."""
        raise Refused(reason, *spans)

    def skip_blanks(self) -> int:
        """Go behind blanks and comments, where the flag ``x`` is on; return the place."""
        while self.extended and self.at < len(self.text):
            if self.text[self.at].isspace():
                self.at += 1
            elif self.text[self.at] == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end + 1
            else:
                break
        return self.at


def escape(reading: Reading, *, inside: bool) -> str | None:
    """An escape; return the character that it spells, None if it is a class or an assertion."""
    text, start = reading.text, reading.at
    letter = text[start + 1 : start + 2]
    reading.at = start + 2
    span = (start, start + 2)
    if not letter:
        reading.fail("incomplete escape sequence, reached end of pattern prematurely", (start, start + 1))
    if letter in "0123456789":
        reading.fail("backreferences are not supported" + HINT, span)
    if letter in _WIDTHS:
        return _hexadecimal(reading, letter)
    if letter in "pP":
        _property(reading, start)
        return None
    if letter in _CLASSES:
        return None
    if letter in _SIMPLE:
        reading.spelled.add(_SIMPLE[letter])
        return _SIMPLE[letter]
    if letter in "bBAz<>":
        if inside:
            reading.fail("invalid escape sequence found in character class", span)
        if letter == "b" and text.startswith("{", reading.at):
            _boundary(reading)
        return None
    if not letter.isascii() or letter.isalnum():
        reading.fail("unrecognized escape sequence", span)
    reading.spelled.add(letter)
    return letter


def _boundary(reading: Reading) -> None:
    start = reading.at
    found = re.compile(r"\{([A-Za-z-]+)(\}?)").match(reading.text, start)
    if found is None:
        return
    if not found[2]:
        reading.fail("special word boundary assertion is either unclosed or contains an invalid character", (start, found.end()))
    if found[1] not in {"start", "end", "start-half", "end-half"}:
        reason = "unrecognized special word boundary assertion, valid choices are: start, end, start-half or end-half"
        reading.fail(reason, found.span(1))
    reading.at = found.end()


def _hexadecimal(reading: Reading, letter: str) -> str:
    text, start = reading.text, reading.at
    if text.startswith("{", start):
        end = text.find("}", start)
        for at in range(start + 1, len(text) if end < 0 else end):
            if text[at] not in "0123456789abcdefABCDEF":
                reading.fail("invalid hexadecimal digit", (at, at + 1))
        if end < 0:
            reading.fail("incomplete escape sequence, reached end of pattern prematurely", (start, len(text)))
        if end == start + 1:
            reading.fail("hexadecimal literal empty", (start, end + 1))
        low, high, reading.at = start + 1, end, end + 1
    else:
        for at in range(start, start + _WIDTHS[letter]):
            if at >= len(text):
                reading.fail("incomplete escape sequence, reached end of pattern prematurely", (at, at))
            if text[at] not in "0123456789abcdefABCDEF":
                reading.fail("invalid hexadecimal digit", (at, at + 1))
        low, high = start, start + _WIDTHS[letter]
        reading.at = high
    number = int(text[low:high], 16)
    if number > 0x10FFFF or 0xD800 <= number < 0xE000:
        reading.fail("hexadecimal literal is not a Unicode scalar value", (low, high))
    reading.spelled.add(chr(number))
    return chr(number)


def _property(reading: Reading, start: int) -> None:
    text = reading.text
    if text.startswith("{", reading.at):
        end = text.find("}", reading.at)
        if end < 0:
            reading.fail("incomplete escape sequence, reached end of pattern prematurely", (len(text), len(text)))
        reading.at = end + 1
    elif reading.at >= len(text):
        reading.fail("incomplete escape sequence, reached end of pattern prematurely", (len(text), len(text)))
    else:
        reading.at += 1
    span = (start, reading.at)
    if not reading.unicode:
        reading.later.append(Refused("Unicode not allowed here", span))
        return
    import regex

    try:
        if text[start + 2] == "{":
            known = not text.startswith("{^", start + 2) and regex.compile(text[start : reading.at]) is not None
        else:
            known = text[start + 2].upper() in "LMNPSZC"
    except regex.error:
        known = False
    if not known:
        value = " value" if re.compile(_KEYED).match(text, start + 2) else ""
        reading.later.append(Refused(f"Unicode property{value} not found", span))
