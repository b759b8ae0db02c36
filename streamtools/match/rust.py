r"""What ripgrep's default engine says of a pattern that it refuses, word for word.

    refusal(Query(("foo(",)))    # "regex parse error:\n    (?:foo()\n    ^\nerror: unclosed group"

The syntax is that of Rust's ``regex`` crate (https://docs.rs/regex/#syntax), the words are what ripgrep 15.2 was seen to
print. Only whether a pattern is well-formed is told here; what it means is `streamtools.match.dialect`'s.
"""

from __future__ import annotations

import re
from typing import Final, NoReturn

from streamtools.match.pattern import Query

_HINT: Final = "\n\nConsider enabling PCRE2 with the --pcre2 flag, which can handle backreferences\nand look-around."
_NUL: Final = (
    'pattern contains "\\0" but it is impossible to match\n\n'
    "Consider enabling text mode with the --text flag (or -a for short). Otherwise,\n"
    "binary detection is enabled and matching a NUL byte is impossible."
)
_NEWLINE: Final = (
    'the literal "{}" is not allowed in a regex\n\n'
    "Consider enabling multiline mode with the --multiline flag (or -U for short).\n"
    "When multiline mode is enabled, new line characters can be matched."
)
_CLASSES: Final = frozenset("dDwWsS")
_SIMPLE: Final = dict(zip("afnrtv", "\a\f\n\r\t\v", strict=True))
_WIDTHS: Final = {"x": 2, "u": 4, "U": 8}
_NAMED: Final = re.compile(r"\[:\^?[a-z]+:\]")
_LONE: Final = re.compile(r"\[(?:\\n|\n|\\x0[aA]|\\x\{0*[aA]\})\]")
_MOST: Final = 0xFFFFFFFF


class _Refused(Exception):
    """``spans`` are what to underline."""

    def __init__(self, reason: str, *spans: tuple[int, int]) -> None:
        super().__init__(reason)
        self.reason = reason
        self.spans = spans


def refusal(query: Query, *, binary: bool = False) -> str | None:
    """Return ripgrep's complaint, without its ``rg: ``, about patterns that its default engine refuses; None for sound ones.

    ``binary`` says that NUL bytes are taken for the sign of a binary file, so that no pattern may hold one.
    """
    joined = "|".join(f"(?:{pattern})" for pattern in query.patterns)
    spelled: set[str] = set()
    if query.fixed:
        spelled = set(joined)
    else:
        parser = _Parser(joined, query.unicode)
        try:
            parser.run()
        except _Refused as error:
            return f"regex parse error:\n{_underlined(joined, error.spans)}\nerror: {error.reason}"
        spelled = parser.spelled
    if binary and "\0" in spelled:
        return _NUL
    return None if query.multiline else _forbidden(spelled, query)


def _forbidden(spelled: set[str], query: Query) -> str | None:
    ends = ["\0"] if query.null_data else ["\r", "\n"] if query.crlf else ["\n"]
    for end in ends:
        if end in spelled:
            return _NEWLINE.format({"\0": "\\0", "\r": "\\r", "\n": "\\n"}[end])
    return None


def _underlined(pattern: str, spans: tuple[tuple[int, int], ...]) -> str:
    lines = pattern.split("\n")
    rows: list[str] = []
    start = 0
    width = len(str(len(lines))) if len(lines) > 1 else 0
    for number, line in enumerate(lines, 1):
        head = f"{number:>{width}}: " if width else "    "
        marks = [" "] * (len(line) + 1)
        for low, high in spans:
            if start <= low <= start + len(line):
                for at in range(low, min(max(high, low + 1), start + len(line) + 1)):
                    marks[at - start] = "^"
        rows.append(head + line)
        if "^" in marks:
            rows.append(" " * len(head) + "".join(marks).rstrip())
        start += len(line) + 1
    rule = "~" * 79
    return "\n".join([rule, *rows, rule] if width else rows)


class _Parser:
    """Walks a pattern once and raises `_Refused` at its first fault; ``spelled`` are the characters that stand for themselves."""

    def __init__(self, pattern: str, unicode: bool) -> None:
        self.spelled: set[str] = set()
        self._text = pattern
        self._at = 0
        self._names: dict[str, tuple[int, int]] = {}
        self._groups: list[tuple[int, int, bool, bool]] = []
        self._extended = False
        self._unicode = unicode
        #: What is found to be wrong only when the syntax is sound.
        self._later: list[_Refused] = []

    def run(self) -> None:
        """Parse everything."""
        operand = False
        while self._skip_blanks() < len(self._text):
            char = self._text[self._at]
            if char == "(":
                self._open()
                operand = False
            elif char == ")":
                self._close()
                operand = True
            elif char == "|":
                self._at += 1
                operand = False
            elif char in "*+?":
                self._need(operand)
                self._at += 2 if self._text.startswith("?", self._at + 1) else 1
            elif char == "{":
                self._counted(operand)
            else:
                self._primitive(char)
                operand = True
        if self._groups:
            start, stop, *_ = self._groups[-1]
            self._fail("unclosed group", (start, stop))
        if self._later:
            raise self._later[0]

    def _fail(self, reason: str, *spans: tuple[int, int]) -> NoReturn:
        raise _Refused(reason, *spans)

    def _skip_blanks(self) -> int:
        while self._extended and self._at < len(self._text):
            if self._text[self._at].isspace():
                self._at += 1
            elif self._text[self._at] == "#":
                end = self._text.find("\n", self._at)
                self._at = len(self._text) if end < 0 else end + 1
            else:
                break
        return self._at

    def _primitive(self, char: str) -> None:
        if char == "[":
            self._set()
        elif char == "\\":
            self._escape(inside=False)
        else:
            self._at += 1
            if char not in ".^$":
                self.spelled.add(char)

    # -- groups and repeats --------------------------------------------------------------

    def _open(self) -> None:
        """A group begins, or flags that hold from here on."""
        text, at = self._text, self._at
        for look in ("(?=", "(?!", "(?<=", "(?<!"):
            if text.startswith(look, at):
                self._fail("look-around, including look-ahead and look-behind, is not supported" + _HINT, (at, at + len(look)))
        outer = (at, at + 1, self._extended, self._unicode)
        self._at = at + 1
        if text.startswith("?", self._at):
            named = next((head for head in ("?P<", "?<") if text.startswith(head, self._at)), None)
            if named:
                self._at += len(named)
                self._name()
            elif self._flags(at):
                return
        self._groups.append(outer)

    def _name(self) -> None:
        text, start = self._text, self._at
        while self._at < len(text) and text[self._at] != ">":
            char = text[self._at]
            if not (char == "_" or char.isalpha() or (self._at > start and (char.isalnum() or char in ".[]"))):
                self._fail("invalid capture group character", (self._at, self._at + 1))
            self._at += 1
        if self._at >= len(text):
            self._fail("unclosed capture group name", (self._at, self._at))
        name = text[start : self._at]
        if not name:
            self._fail("empty capture group name", (start, start))
        if name in self._names:
            self._fail("duplicate capture group name", (start, self._at), self._names[name])
        self._names[name] = (start, self._at)
        self._at += 1

    def _flags(self, start: int) -> bool:
        """``(?flags)`` or ``(?flags:``; return whether it was the former."""
        text = self._text
        self._at += 1
        if text[self._at : self._at + 1] == ")":
            self._fail("repetition operator missing expression", (self._at - 1, self._at))
        seen: dict[str, int] = {}
        negated: int | None = None
        while True:
            char = text[self._at : self._at + 1]
            if char in {":", ")"} or not char:
                break
            if char == "-":
                if negated is not None:
                    self._fail("flag negation operator repeated", (self._at, self._at + 1), (negated, negated + 1))
                negated = self._at
            elif char not in "imsUuRx":
                self._fail("unrecognized flag", (self._at, self._at + 1))
            elif char in seen:
                self._fail("duplicate flag", (self._at, self._at + 1), (seen[char], seen[char] + 1))
            else:
                seen[char] = self._at
            self._at += 1
        if negated == self._at - 1:
            self._fail("dangling flag negation operator", (negated, negated + 1))
        if self._at >= len(text):
            self._fail("unclosed group", (start, start + 1))
        on = {flag: negated is None or at < negated for flag, at in seen.items()}
        self._extended, self._unicode = on.get("x", self._extended), on.get("u", self._unicode)
        self._at += 1
        return text[self._at - 1] == ")"

    def _close(self) -> None:
        if not self._groups:
            self._fail("unopened group", (self._at, self._at + 1))
        _, _, self._extended, self._unicode = self._groups.pop()
        self._at += 1

    def _need(self, operand: bool) -> None:
        if not operand:
            self._fail("repetition operator missing expression", (self._at, self._at + 1))

    def _counted(self, operand: bool) -> None:
        self._need(operand)
        start = self._at
        self._at += 1
        low = self._decimal(start, optional=False)
        high = low
        if self._text[self._at : self._at + 1] == ",":
            self._at += 1
            high = None if self._text[self._at : self._at + 1] == "}" else self._decimal(start, optional=True)
        if self._text[self._at : self._at + 1] != "}":
            self._fail("unclosed counted repetition", (start, self._at))
        self._at += 1
        if high is not None and high < (low or 0):
            self._fail("invalid repetition count range, the start must be <= the end", (start, self._at))
        if self._text.startswith("?", self._at):
            self._at += 1

    def _decimal(self, start: int, *, optional: bool) -> int | None:
        found = re.compile(r"\s*([0-9]*)\s*").match(self._text, self._at)
        assert found is not None
        if not found[1]:
            if optional and self._text[self._at : self._at + 1] == "}":
                return None
            if self._at >= len(self._text):
                self._fail("unclosed counted repetition", (start, self._at))
            self._fail("repetition quantifier expects a valid decimal", (self._at, self._at))
        self._at = found.end()
        if int(found[1][:11]) > _MOST:
            self._fail("decimal literal invalid", found.span(1))
        return int(found[1])

    # -- escapes -------------------------------------------------------------------------

    def _escape(self, *, inside: bool) -> str | None:
        """An escape; return the character that it spells, None if it is a class or an assertion."""
        text, start = self._text, self._at
        letter = text[start + 1 : start + 2]
        self._at = start + 2
        span = (start, start + 2)
        if not letter:
            self._fail("incomplete escape sequence, reached end of pattern prematurely", (start, start + 1))
        if letter in "0123456789":
            self._fail("backreferences are not supported" + _HINT, span)
        if letter in _WIDTHS:
            return self._hexadecimal(letter)
        if letter in "pP":
            self._property(start)
            return None
        if letter in _CLASSES:
            return None
        if letter in _SIMPLE:
            self.spelled.add(_SIMPLE[letter])
            return _SIMPLE[letter]
        if letter in "bBAz<>":
            if inside:
                self._fail("invalid escape sequence found in character class", span)
            if letter == "b" and text.startswith("{", self._at):
                self._boundary()
            return None
        if not letter.isascii() or letter.isalnum():
            self._fail("unrecognized escape sequence", span)
        self.spelled.add(letter)
        return letter

    def _boundary(self) -> None:
        start = self._at
        found = re.compile(r"\{([A-Za-z-]+)(\}?)").match(self._text, start)
        if found is None:
            return
        if not found[2]:
            self._fail("special word boundary assertion is either unclosed or contains an invalid character", (start, found.end()))
        if found[1] not in {"start", "end", "start-half", "end-half"}:
            reason = "unrecognized special word boundary assertion, valid choices are: start, end, start-half or end-half"
            self._fail(reason, found.span(1))
        self._at = found.end()

    def _hexadecimal(self, letter: str) -> str:
        text, start = self._text, self._at
        if text.startswith("{", start):
            end = text.find("}", start)
            for at in range(start + 1, len(text) if end < 0 else end):
                if text[at] not in "0123456789abcdefABCDEF":
                    self._fail("invalid hexadecimal digit", (at, at + 1))
            if end < 0:
                self._fail("incomplete escape sequence, reached end of pattern prematurely", (start, len(text)))
            if end == start + 1:
                self._fail("hexadecimal literal empty", (start, end + 1))
            low, high, self._at = start + 1, end, end + 1
        else:
            for at in range(start, start + _WIDTHS[letter]):
                if at >= len(text):
                    self._fail("incomplete escape sequence, reached end of pattern prematurely", (at, at))
                if text[at] not in "0123456789abcdefABCDEF":
                    self._fail("invalid hexadecimal digit", (at, at + 1))
            low, high = start, start + _WIDTHS[letter]
            self._at = high
        number = int(text[low:high], 16)
        if number > 0x10FFFF or 0xD800 <= number < 0xE000:
            self._fail("hexadecimal literal is not a Unicode scalar value", (low, high))
        self.spelled.add(chr(number))
        return chr(number)

    def _property(self, start: int) -> None:
        text = self._text
        if text.startswith("{", self._at):
            end = text.find("}", self._at)
            if end < 0:
                self._fail("incomplete escape sequence, reached end of pattern prematurely", (len(text), len(text)))
            self._at = end + 1
        elif self._at >= len(text):
            self._fail("incomplete escape sequence, reached end of pattern prematurely", (len(text), len(text)))
        else:
            self._at += 1
        span = (start, self._at)
        if not self._unicode:
            self._later.append(_Refused("Unicode not allowed here", span))
            return
        import regex

        try:
            if text[start + 2] == "{":
                known = not text.startswith("{^", start + 2) and regex.compile(text[start : self._at]) is not None
            else:
                known = text[start + 2].upper() in "LMNPSZC"
        except regex.error:
            known = False
        if not known:
            self._later.append(_Refused("Unicode property not found", span))

    # -- sets ----------------------------------------------------------------------------

    def _set(self) -> None:
        """A bracketed class, with the classes inside of it."""
        text, opening = self._text, self._at
        opened: list[tuple[int, int]] = []
        while True:
            start = self._at
            self._at += 1
            if text.startswith("^", self._at):
                self._at += 1
            opened.append((start, self._at))
            while text.startswith("-", self._at):
                self._at += 1
            if text.startswith("]", self._at):
                self._at += 1
                if self._at >= len(text) or "]" not in text[self._at :]:
                    opened[-1] = (start, self._at)
            if not self._members(opened):
                # A set of one character is that character.
                self.spelled |= {"\n"} if _LONE.fullmatch(text, opening, self._at) else set()
                return

    def _members(self, opened: list[tuple[int, int]]) -> bool:
        """Read members up to the next class inside, then True, or to the end of the outermost, then False."""
        text = self._text
        while True:
            if self._at >= len(text):
                self._fail("unclosed character class", opened[-1])
            char = text[self._at]
            if char == "[":
                named = _NAMED.match(text, self._at)
                if named is None:
                    return True
                self._at = named.end()
            elif char == "]":
                self._at += 1
                opened.pop()
                if not opened:
                    return False
            elif text[self._at : self._at + 2] in {"&&", "--", "~~"}:
                self._at += 2
            else:
                self._range(opened)

    def _range(self, opened: list[tuple[int, int]]) -> None:
        text, start = self._text, self._at
        low = self._member()
        first = (start, self._at)
        if text[self._at : self._at + 1] != "-" or text[self._at + 1 : self._at + 2] in {"]", "-"}:
            return
        self._at += 1
        if self._at >= len(text):
            self._fail("unclosed character class", opened[-1])
        behind = self._at
        high = self._member()
        for value, span in ((low, first), (high, (behind, self._at))):
            if value is None:
                self._fail("invalid range boundary, must be a literal", span)
        if (low or "") > (high or ""):
            self._fail("invalid character class range, the start must be <= the end", (start, self._at))

    def _member(self) -> str | None:
        char = self._text[self._at]
        if char == "\\":
            kept = set(self.spelled)
            try:
                return self._escape(inside=True)
            finally:
                self.spelled = kept
        if not self._unicode and not char.isascii():
            self._later.append(_Refused("Unicode not allowed here", (self._at, self._at + 1)))
        self._at += 1
        return char
