r"""What PCRE2 says of a pattern that it refuses, word for word.

    refusal(Query(("foo(",), syntax="pcre"))    # "PCRE2: error compiling pattern at offset 8: missing closing parenthesis"

The syntax is that of pcre2pattern(3), words and places are what ripgrep 15.2 was seen to print. Ordinary mistakes are
told; what is not known here is left to `regex`.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final, NoReturn

    from streamtools.match.pattern import Query


_COUNT: Final = re.compile(r"\{\s*(\d+)\s*(?:(,)\s*(\d*)\s*)?\}|\{\s*(,)\s*(\d+)\s*\}", re.ASCII)
_FLAGS: Final = re.compile(r"\(\?([imsxnJUaDPSTW^-]*)([:)])")
_NAME: Final = re.compile(r"[^\W\d]\w*")
_LOOKS: Final = re.compile(r"\(\?(?:<[=!]|[=!])")
_CALL: Final = re.compile(r"\(\?([+-]?)(\d+|R)\)")
_CLASS: Final = re.compile(r"\[([:.=])(\^?[^\]]*?)\1\]")
_MOST: Final = 65535
_POSIX: Final = frozenset(
    ("alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "word", "xdigit", "<", ">")
)
_VERBS: Final = frozenset(("ACCEPT", "FAIL", "F", "COMMIT", "PRUNE", "SKIP", "THEN", "MARK"))
_CLASSES: Final = frozenset("dDwWsShHvV")
_EDGES: Final = frozenset("bBAZzG")
_SPELLED: Final = dict(zip("aefnrt", "\a\x1b\f\n\r\t", strict=True))


class _Refused(Exception):
    """``at`` is the offset that is told."""

    def __init__(self, at: int, reason: str) -> None:
        super().__init__(reason)
        self.at = at


def refusal(query: Query) -> str | None:
    """Return PCRE2's complaint about patterns that it refuses; None for sound ones, and for mistakes that are not known here."""
    if query.fixed:
        return None
    text = "|".join(f"(?:{pattern})" for pattern in query.patterns)
    if query.line:
        text = f"(?m:^)(?:{text})(?m:$)"
    elif query.word:
        text = rf"(?<!\w)(?:{text})(?!\w)"
    try:
        _Parser(text).run()
    except _Refused as error:
        return f"PCRE2: error compiling pattern at offset {error.at}: {error}"
    return None


def _fail(at: int, reason: str) -> NoReturn:
    raise _Refused(at, reason)


class _Parser:
    """Walks a pattern once and raises `_Refused` at its first fault; references and lookbehinds are judged at the end."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._count = 0
        self._names: set[str] = set()
        #: Of each open group where it begins, and whether it is a lookbehind.
        self._open: list[tuple[int, bool]] = []
        self._endless: list[int] = []
        self._wanted: list[tuple[int, int | str]] = []

    def run(self) -> None:
        """Parse everything."""
        text, loose = self._text, True
        while self._at < len(text):
            char = text[self._at]
            if char == "(":
                loose = self._group()
            elif char == ")":
                if not self._open:
                    _fail(self._at, "unmatched closing parenthesis")
                self._open.pop()
                self._at, loose = self._at + 1, False
            elif char in "*+?" or (char == "{" and _COUNT.match(text, self._at)):
                self._repeat(loose)
                loose = True
            elif char == "[":
                self._set()
                loose = False
            elif char == "\\":
                loose = self._escape(inside=False) is None and text[self._at - 1] in _EDGES
            else:
                self._at, loose = self._at + 1, char in "|^$"
        if self._open:
            _fail(len(text), "missing closing parenthesis")
        for at, name in self._wanted:
            if name not in self._names if isinstance(name, str) else name > self._count:
                _fail(at, "reference to non-existent subpattern")
        if self._endless:
            _fail(min(self._endless), "length of lookbehind assertion is not limited")

    def _repeat(self, loose: bool) -> None:
        text, at = self._text, self._at
        found = _COUNT.match(text, at)
        end = found.end() if found else at + 1
        if loose:
            _fail(end - 1, "quantifier does not follow a repeatable item")
        endless = text[at] in "*+"
        if found:
            for group in (1, 3, 5):
                if found[group] and int(found[group][:9]) > _MOST:
                    _fail(found.end(group), "number too big in {} quantifier")
            if found[1] and found[3] and int(found[3]) < int(found[1]):
                _fail(end - 1, "numbers out of order in {} quantifier")
            endless = bool(found[2] and not found[3])
        if endless:
            self._endless += [start for start, behind in self._open if behind]
        self._at = end + (text[end : end + 1] in {"?", "+"})

    def _group(self) -> bool:
        """Read what begins with a parenthesis; return whether a quantifier behind it has nothing to repeat."""
        text, at = self._text, self._at
        if text.startswith("(*", at) and text[at + 2 : at + 3].isalpha():
            end = next((end for end in range(at + 2, len(text)) if not text[end].isalnum()), len(text))
            if text[at + 2 : end] not in _VERBS and text[at + 2].isupper():
                _fail(end, "(*VERB) not recognized or malformed")
            self._at = (text.find(")", end) + 1) or len(text)
            return True
        if text.startswith("(?#", at):
            self._at = (text.find(")", at) + 1) or len(text)
            return True
        if not text.startswith("(?", at):
            self._count += 1
            self._opened(1)
        elif found := _LOOKS.match(text, at):
            self._opened(len(found[0]), behind="<" in found[0])
        elif text[at + 2 : at + 3] in {"|", ">"}:
            self._opened(3)
        elif found := _CALL.match(text, at):
            if not found[1] and found[2] != "R":
                self._wanted.append((found.end() - 1, int(found[2][:9])))
            self._at = found.end()
            return False
        elif found := re.compile(r"\(\?(?:(P=|P>|&)|(P?<|'))").match(text, at):
            return self._named(found)
        elif found := _FLAGS.match(text, at):
            if found[2] == ":":
                self._opened(len(found[0]))
            self._at = found.end()
        elif text[at + 2 : at + 3] in {"(", "C"}:
            self._condition()
        elif self._flags_end(at + 2) == len(text):
            _fail(len(text), "missing closing parenthesis")
        else:
            _fail(self._flags_end(at + 2), "unrecognized character after (? or (?-")
        return True

    def _flags_end(self, at: int) -> int:
        while at < len(self._text) and self._text[at] in "imsxnJU^-":
            at += 1
        return at

    def _opened(self, length: int, *, behind: bool = False) -> None:
        self._open.append((self._at, behind))
        self._at += length

    def _named(self, found: re.Match[str]) -> bool:
        """A group with a name, or a reference to one."""
        text, start = self._text, found.end()
        end = self._word(start, ")" if found[1] else ">" if found[2].endswith("<") else "'")
        name = text[start:end]
        if found[1]:
            self._wanted.append((start, name))
            self._at = end + 1
            return False
        if name in self._names:
            _fail(end + 1, "two named subpatterns have the same name (PCRE2_DUPNAMES not set)")
        self._names.add(name)
        self._count += 1
        self._opened(end + 1 - self._at)
        return True

    def _word(self, start: int, close: str) -> int:
        """Return where the name ends that begins at ``start``."""
        name = _NAME.match(self._text, start)
        if name is None:
            digit = self._text[start : start + 1].isdigit()
            _fail(start, "subpattern name must start with a non-digit" if digit else "subpattern name expected")
        if not self._text.startswith(close, name.end()):
            _fail(name.end(), "syntax error in subpattern name (missing terminator?)")
        return name.end()

    def _condition(self) -> None:
        """``(?(1)``, ``(?(name)``, ``(?(?=`` or a callout."""
        text, at = self._text, self._at
        if text[at + 2] == "C":
            self._at = (text.find(")", at) + 1) or len(text)
            return
        if text.startswith("(?(?", at) or text.startswith("(?(DEFINE)", at) or text.startswith("(?(R", at):
            self._opened(2)
            if not text.startswith("(?", self._at):
                self._at = (text.find(")", self._at) + 1) or len(text)
            return
        found = re.compile(r"\(\?\((\d+)\)|\(\?\([<']?").match(text, at)
        assert found is not None
        if found[1]:
            self._wanted.append((at + 2, int(found[1][:9])))
            self._opened(len(found[0]))
            return
        end = self._word(found.end(), {"<": ">", "'": "'"}.get(text[found.end() - 1], ")"))
        self._wanted.append((found.end(), text[found.end() : end]))
        self._opened((text.find(")", end) + 1 or len(text)) - at)

    # -- escapes and sets ----------------------------------------------------------------

    def _escape(self, *, inside: bool) -> str | None:
        """Read an escape; return the character that it spells, ``""`` for a class, None for what is neither."""
        text, start = self._text, self._at
        letter = text[start + 1 : start + 2]
        self._at = start + 2
        if letter in _SPELLED:
            return _SPELLED[letter]
        if letter in _CLASSES:
            return ""
        if letter == "Q":
            end = text.find("\\E", self._at)
            self._at = len(text) if end < 0 else end + 2
            return ""
        if letter in {"p", "P"}:
            self._property()
            return ""
        if letter in {"x", "o", "c"}:
            return self._coded(letter)
        if letter.isdigit() and letter != "0" and not inside:
            found = re.compile(r"\d+").match(text, start + 1)
            assert found is not None
            if len(found[0]) == 1 or int(found[0][:9]) <= self._count:
                self._wanted.append((found.end() - 1, int(found[0])))
            self._at = found.end()
            return ""
        if letter in {"k", "g"} and not inside:
            self._reference(letter)
            return ""
        named = letter == "N" and text.startswith("{", self._at) and not text.startswith("{U+", self._at)
        if named or letter in {"F", "L", "l", "U", "u"}:
            _fail(self._at, r"PCRE2 does not support \F, \L, \l, \N{name}, \U, or \u")
        if inside and letter == "N":
            _fail(self._at, r"\N is not supported in a class")
        if inside and letter in {"R", "X", "B"}:
            _fail(start + 1, "escape sequence is invalid in character class")
        if letter in _EDGES | {"K", "E"}:
            return "\b" if inside else None
        if letter.isascii() and letter.isalpha() and letter not in "NRXC":
            _fail(start + 1, "unrecognized character follows \\")
        return letter if not letter.isalnum() else ""

    def _coded(self, letter: str) -> str:
        r"""``\x41``, ``\x{41}``, ``\o{101}`` or ``\cA``."""
        text, at = self._text, self._at
        if letter == "c":
            self._at += 1
            return ""
        if text[at : at + 1] != "{":
            if letter == "o":
                _fail(at, r"missing opening brace after \o")
            found = re.compile("[0-9a-fA-F]{0,2}").match(text, at)
            assert found is not None
            self._at = found.end()
            return chr(int(found[0] or "0", 16))
        digits = re.compile("[0-9a-fA-F]*" if letter == "x" else "[0-7]*").match(text, at + 1)
        assert digits is not None
        end = digits.end()
        if not digits[0] or text[end : end + 1] != "}":
            what = "hex" if letter == "x" else "octal"
            _fail(end, rf"non-{what} character in \{letter}{{}} (closing brace missing?)")
        number = int(digits[0], 16 if letter == "x" else 8)
        if number > 0x10FFFF:
            _fail(end, r"character code point value in \x{} or \o{} is too large")
        if 0xD800 <= number < 0xE000:
            _fail(end, "disallowed Unicode code point (>= 0xd800 && <= 0xdfff)")
        self._at = end + 1
        return chr(number)

    def _reference(self, letter: str) -> None:
        text, at = self._text, self._at
        found = re.compile(r"\{(-?\d+)\}|(\d+)|<-?\d+>").match(text, at) if letter == "g" else None
        if found:
            number = int((found[1] or found[2] or "0")[:9])
            if number < 0 and -number > self._count:
                _fail(at, "reference to non-existent subpattern")
            self._wanted.append((found.end() - bool(found[1]), max(number, 0)))
            self._at = found.end()
            return
        close = {"{": "}", "<": ">", "'": "'"}.get(text[at : at + 1])
        if close is None:
            number_too = "name/number or by a plain number" if letter == "g" else "name"
            _fail(at, rf"\{letter} is not followed by a braced, angle-bracketed, or quoted {number_too}")
        end = self._word(at + 1, close)
        self._wanted.append((at + 1, text[at + 1 : end]))
        self._at = end + 1

    def _property(self) -> None:
        import regex

        text, at = self._text, self._at
        found = re.compile(r"\{\s*\^?[\w\s&=:-]*\}|[A-Za-z]").match(text, at)
        if found is None:
            body = re.compile(r"\{\s*\^?[\w\s&=:-]*").match(text, at)
            _fail(min((body.end() if body else at) + 1, len(text)), r"malformed \P or \p sequence")
        self._at = found.end()
        try:
            regex.compile(rf"\p{found[0]}")
        except regex.error:
            _fail(self._at, r"unknown property after \P or \p")
        if found[0].isalpha() and found[0].upper() not in "CLMNPSZ":
            _fail(self._at, r"unknown property after \P or \p")

    def _set(self) -> None:
        text = self._text
        self._at += 1
        self._at += text.startswith("^", self._at)
        first = True
        while first or text[self._at : self._at + 1] != "]":
            if self._at >= len(text):
                _fail(len(text), "missing terminating ] for character class")
            first = False
            low = self._member()
            if text[self._at : self._at + 1] != "-" or text[self._at + 1 : self._at + 2] in {"]", ""}:
                continue
            self._at += 1
            if not low:
                _fail(self._at, "invalid range in character class")
            place = self._at
            high = self._member()
            if not high:
                _fail(self._at, "invalid range in character class")
            if high < low:
                _fail(place, "range out of order in character class")
        self._at += 1

    def _member(self) -> str:
        """Read one member of a set; return the character that it spells, ``""`` for a class."""
        text, at = self._text, self._at
        if text[at] == "\\":
            return self._escape(inside=True) or ""
        if text[at] == "[" and (found := _CLASS.match(text, at)):
            if found[1] != ":":
                _fail(found.end(), "POSIX collating elements are not supported")
            if found[2].removeprefix("^") not in _POSIX:
                _fail(found.end(), "unknown POSIX class name")
            self._at = found.end()
            return ""
        self._at += 1
        return text[at]
