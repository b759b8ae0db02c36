r"""What ripgrep's default engine says of a pattern that it refuses, word for word.

    refusal(Query(("foo(",)))    # "regex parse error:\n    (?:foo()\n    ^\nerror: unclosed group"

The syntax is that of Rust's ``regex`` crate (https://docs.rs/regex/#syntax), the words are what ripgrep 15.2 was seen to
print. Only whether a pattern is well-formed is told here; what it means is `streamtools.match.dialect`'s.
"""

from __future__ import annotations

import re

from streamtools.match.rustescapes import HINT, Reading, Refused, escape
from streamtools.match.rustsets import bracketed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from streamtools.match.pattern import Query


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
_MOST: Final = 0xFFFFFFFF


def refusal(query: Query, *, binary: bool = False) -> str | None:
    """Return ripgrep's complaint, without its ``rg: ``, about patterns that its default engine refuses; None for sound ones.

    ``binary`` says that NUL bytes are taken for the sign of a binary file, so that no pattern may hold one.
    """
    joined = "|".join(f"(?:{pattern})" for pattern in query.patterns)
    spelled: set[str] = set()
    if query.fixed:
        spelled = set(joined)
    else:
        reading = Reading(joined, query.unicode)
        try:
            _Parser(reading).run()
        except Refused as error:
            return f"regex parse error:\n{_underlined(joined, error.spans)}\nerror: {error.reason}"
        spelled = reading.spelled
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
    """Walks a pattern once and raises `Refused` at its first fault."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._names: dict[str, tuple[int, int]] = {}
        self._groups: list[tuple[int, int, bool, bool]] = []

    def run(self) -> None:
        """Parse everything."""
        operand = False
        while self._reading.skip_blanks() < len(self._reading.text):
            char = self._reading.text[self._reading.at]
            if char == "(":
                self._open()
                operand = False
            elif char == ")":
                self._close()
                operand = True
            elif char == "|":
                self._reading.at += 1
                operand = False
            elif char in "*+?":
                self._need(operand)
                self._reading.at += 2 if self._reading.text.startswith("?", self._reading.at + 1) else 1
            elif char == "{":
                self._counted(operand)
            else:
                self._primitive(char)
                operand = True
        if self._groups:
            start, stop, *_ = self._groups[-1]
            self._reading.fail("unclosed group", (start, stop))
        if self._reading.later:
            raise self._reading.later[0]

    def _primitive(self, char: str) -> None:
        if char == "[":
            bracketed(self._reading)
        elif char == "\\":
            escape(self._reading, inside=False)
        else:
            self._reading.at += 1
            if char not in ".^$":
                self._reading.spelled.add(char)

    # -- groups and repeats --------------------------------------------------------------

    def _open(self) -> None:
        """A group begins, or flags that hold from here on."""
        text, at = self._reading.text, self._reading.at
        for look in ("(?=", "(?!", "(?<=", "(?<!"):
            if text.startswith(look, at):
                self._reading.fail("look-around, including look-ahead and look-behind, is not supported" + HINT, (at, at + len(look)))
        outer = (at, at + 1, self._reading.extended, self._reading.unicode)
        self._reading.at = at + 1
        if text.startswith("?", self._reading.at):
            named = next((head for head in ("?P<", "?<") if text.startswith(head, self._reading.at)), None)
            if named:
                self._reading.at += len(named)
                self._name()
            elif self._flags(at):
                return
        self._groups.append(outer)

    def _name(self) -> None:
        text, start = self._reading.text, self._reading.at
        while self._reading.at < len(text) and text[self._reading.at] != ">":
            char = text[self._reading.at]
            if not (char == "_" or char.isalpha() or (self._reading.at > start and (char.isalnum() or char in ".[]"))):
                self._reading.fail("invalid capture group character", (self._reading.at, self._reading.at + 1))
            self._reading.at += 1
        if self._reading.at >= len(text):
            self._reading.fail("unclosed capture group name", (self._reading.at, self._reading.at))
        name = text[start : self._reading.at]
        if not name:
            self._reading.fail("empty capture group name", (start, start))
        if name in self._names:
            self._reading.fail("duplicate capture group name", (start, self._reading.at), self._names[name])
        self._names[name] = (start, self._reading.at)
        self._reading.at += 1

    def _flags(self, start: int) -> bool:
        """``(?flags)`` or ``(?flags:``; return whether it was the former."""
        text = self._reading.text
        self._reading.at += 1
        if text[self._reading.at : self._reading.at + 1] == ")":
            self._reading.fail("repetition operator missing expression", (self._reading.at - 1, self._reading.at))
        seen: dict[str, int] = {}
        negated: int | None = None
        while True:
            char = text[self._reading.at : self._reading.at + 1]
            if char in {":", ")"} or not char:
                break
            if char == "-":
                if negated is not None:
                    self._reading.fail("flag negation operator repeated", (self._reading.at, self._reading.at + 1), (negated, negated + 1))
                negated = self._reading.at
            elif char not in "imsUuRx":
                self._reading.fail("unrecognized flag", (self._reading.at, self._reading.at + 1))
            elif char in seen:
                self._reading.fail("duplicate flag", (self._reading.at, self._reading.at + 1), (seen[char], seen[char] + 1))
            else:
                seen[char] = self._reading.at
            self._reading.at += 1
        if negated == self._reading.at - 1:
            self._reading.fail("dangling flag negation operator", (negated, negated + 1))
        if self._reading.at >= len(text):
            self._reading.fail("unclosed group", (start, start + 1))
        on = {flag: negated is None or at < negated for flag, at in seen.items()}
        self._reading.extended, self._reading.unicode = on.get("x", self._reading.extended), on.get("u", self._reading.unicode)
        self._reading.at += 1
        return text[self._reading.at - 1] == ")"

    def _close(self) -> None:
        if not self._groups:
            self._reading.fail("unopened group", (self._reading.at, self._reading.at + 1))
        _, _, self._reading.extended, self._reading.unicode = self._groups.pop()
        self._reading.at += 1

    def _need(self, operand: bool) -> None:
        if not operand:
            self._reading.fail("repetition operator missing expression", (self._reading.at, self._reading.at + 1))

    def _counted(self, operand: bool) -> None:
        self._need(operand)
        start = self._reading.at
        self._reading.at += 1
        low = self._decimal(start, optional=False)
        high = low
        if self._reading.text[self._reading.at : self._reading.at + 1] == ",":
            self._reading.at += 1
            high = None if self._reading.text[self._reading.at : self._reading.at + 1] == "}" else self._decimal(start, optional=True)
        if self._reading.text[self._reading.at : self._reading.at + 1] != "}":
            self._reading.fail("unclosed counted repetition", (start, self._reading.at))
        self._reading.at += 1
        if high is not None and high < (low or 0):
            self._reading.fail("invalid repetition count range, the start must be <= the end", (start, self._reading.at))
        if self._reading.text.startswith("?", self._reading.at):
            self._reading.at += 1

    def _decimal(self, start: int, *, optional: bool) -> int | None:
        found = re.compile(r"\s*([0-9]*)\s*").match(self._reading.text, self._reading.at)
        assert found is not None
        if not found[1]:
            if optional and self._reading.text[self._reading.at : self._reading.at + 1] == "}":
                return None
            if self._reading.at >= len(self._reading.text):
                self._reading.fail("unclosed counted repetition", (start, self._reading.at))
            self._reading.fail("repetition quantifier expects a valid decimal", (self._reading.at, self._reading.at))
        self._reading.at = found.end()
        if int(found[1][:11]) > _MOST:
            self._reading.fail("decimal literal invalid", found.span(1))
        return int(found[1])
