r"""ripgrep's spelling of regexes, translated to the library `regex`, token by token.

A pattern is walked once and comes out as a list of `Token`; the joined texts are what
`regex` compiles (V0 behaviour), and `streamtools.match.syntax` builds a tree from the
same tokens. What the walk doesn't know goes through as it is (kind ``OTHER``), so that
`regex` accepts or refuses it.

Translated: ``\x{41}``, ``\u{41}``, ``\U{41}``, ``\<`` and ``\>``, ``\b{start}`` and its
kin, ``\Q...\E``, ``\z``, ``\k<name>``; ``[[:alpha:]]`` and its kin are ASCII; ``(?i)`` in the middle of a group holds from there
to the end of the group; a ``{`` that begins no counted repeat stands for itself. Sets hold sets, ``&&``, ``--`` and ``~~``
(`streamtools.match.sets`); the flags ``x``, ``U``, ``R`` and ``-u`` are carried out here, ``u`` changes nothing.
"""

from __future__ import annotations

import re
from enum import Enum, auto

from streamtools.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final

    from streamtools.match.pattern import Syntax


class Kind(Enum):
    """What a token is."""

    CHAR = auto()  # one character that stands for itself: ``value``
    SET = auto()  # one character out of many; ``value`` holds the characters it spells out
    LOOK = auto()  # zero-width: ``value`` is ^, $, b (both sides), < (left), > (right)
    OPEN = auto()  # ``value`` is "", ">" (atomic), "=" or "!" (ahead), "<" (behind), or flags such as "i" and "s-i"
    CLOSE = auto()
    ALT = auto()
    REPEAT = auto()  # ``low`` and ``high``; ``value`` is "+" for a possessive one
    BACK = auto()  # what a group matched, again
    GRAPHEME = auto()  # one character or more
    NOTHING = auto()  # a comment, \K
    OTHER = auto()


class Token(NamedTuple):
    """A piece of a pattern: ``text`` as `regex` spells it, ``at`` its 0-based place in the user's pattern."""

    kind: Kind
    text: str
    at: int
    value: str = ""
    low: int = 0
    high: int | None = None


#: Forms of a pattern, compiled when the first sign of one is met: all of them take 1.5 ms.
_REPEAT: Final = r"(?a)\{\s*([0-9]+)\s*(?:(,)\s*([0-9]*)\s*)?\}|\{\s*(),\s*([0-9]+)\s*\}"
_GROUP: Final = r"""(?x)\( (?: \? (?: (?P<look> <?[=!]) | (?P<atomic> >) | (?P<name> P?<[^\W\d]\w*>)
                 | (?P<flags> [a-zA-Z]* (?:-[a-zA-Z]+)?) (?P<end> [:)]) ) )?"""
_HEX: Final = r"\\(?:x([0-9A-Fa-f]{2})|[xuU]\{([0-9A-Fa-f]{1,8})\}|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))"
_PROPERTY: Final = r"\\(?:[pP](?:[A-Za-z]|\{[^}]*\})|N\{[^}]*\})"
_EDGE: Final = r"\\b\{(start|end|start-half|end-half)\}"
_OCTAL: Final = r"\\(?:0[0-7]{0,2}|[0-7]{3})"
_BACK: Final = r"\\(?:([1-9][0-9]?)|g<([^\W\d]\w*|[0-9]+)>|k<([^\W\d]\w*)>|k\{([^\W\d]\w*)\})"
_NAMED: Final = r"\(\?P=\w+\)"
_COMMENT: Final = r"\(\?#[^)]*\)"
_POSIX: Final = r"\[:(\^?)([a-z]+):\]"
_HEX_LETTERS: Final = frozenset("xuU")
_BACK_LETTERS: Final = frozenset("gk")
_PROPERTY_LETTERS: Final = frozenset("pPN")
#: ASCII only and so not those of `regex`, as ripgrep defines them; name: members, the others.
_POSIX_SETS = {
    "alnum": (r"0-9A-Za-z", r"\x00-/:-@\[-`{-\U0010ffff"),
    "alpha": (r"A-Za-z", r"\x00-@\[-`{-\U0010ffff"),
    "ascii": (r"\x00-\x7f", r"\x80-\U0010ffff"),
    "blank": (r"\t\x20", r"\x00-\x08\x0a-\x1f!-\U0010ffff"),
    "cntrl": (r"\x00-\x1f\x7f", r"\x20-~\x80-\U0010ffff"),
    "digit": (r"0-9", r"\x00-/:-\U0010ffff"),
    "graph": (r"!-~", r"\x00-\x20\x7f-\U0010ffff"),
    "lower": (r"a-z", r"\x00-`{-\U0010ffff"),
    "print": (r"\x20-~", r"\x00-\x1f\x7f-\U0010ffff"),
    "punct": (r"!-/:-@\[-`{-~", r"\x00-\x200-9A-Za-z\x7f-\U0010ffff"),
    "space": (r"\x09-\x0d\x20", r"\x00-\x08\x0e-\x1f!-\U0010ffff"),
    "upper": (r"A-Z", r"\x00-@\[-\U0010ffff"),
    "word": (r"0-9A-Z_a-z", r"\x00-/:-@\[-\^`{-\U0010ffff"),
    "xdigit": (r"0-9A-Fa-f", r"\x00-/:-@G-`g-\U0010ffff"),
}
_CONTROL = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v", "a": "\a"}
_LOOKS = {"b": "b", "B": "b", "m": "b", "M": "b", "A": "^", "G": "^", "Z": "$", "z": "$"}
_EDGES = {
    "<": r"(?<!\w)(?=\w)",
    ">": r"(?<=\w)(?!\w)",
    "start": r"(?<!\w)(?=\w)",
    "end": r"(?<=\w)(?!\w)",
    "start-half": r"(?<!\w)",
    "end-half": r"(?!\w)",
}


def _at(form: str, pattern: str, at: int) -> re.Match[str] | None:
    """Match a form at a place of a pattern."""
    return re.compile(form).match(pattern, at)


def escape(char: str) -> str:
    """Return a character as a pattern that stands for it, inside a set as well."""
    if char.isalnum() or char == "_" or ord(char) > 127:
        return char
    return f"\\x{ord(char):02x}"


#: What the classes of letters are where Unicode is off, outside of a set and inside.
_ASCII_SETS: Final = {
    "d": ("[0-9]", "0-9"),
    "w": ("[0-9A-Z_a-z]", "0-9A-Z_a-z"),
    "s": (r"[\x09-\x0d\x20]", r"\x09-\x0d\x20"),
    "D": ("[^0-9]", _POSIX_SETS["digit"][1]),
    "W": ("[^0-9A-Z_a-z]", _POSIX_SETS["word"][1]),
    "S": (r"[^\x09-\x0d\x20]", _POSIX_SETS["space"][1]),
}
_WORD: Final = "[0-9A-Z_a-z]"
_ASCII_BOUNDS: Final = {
    "b": f"(?:(?<!{_WORD})(?={_WORD})|(?<={_WORD})(?!{_WORD}))",
    "B": f"(?:(?<!{_WORD})(?!{_WORD})|(?<={_WORD})(?={_WORD}))",
}
#: The flags that `regex` carries out; those that it doesn't know or that are done here.
_THEIRS: Final = "ims"
_OURS: Final = "xUuR"


def is_byte(pattern: str, at: int) -> bool:
    r"""Whether the escape at ``at`` is of the form ``\xNN``, which stands for a byte where Unicode is off."""
    return pattern.startswith("\\x", at) and not pattern.startswith("{", at + 2)


def walk(pattern: str, groups: int = 0, *, syntax: Syntax = "wide") -> list[Token]:
    """Cut a pattern into tokens; never raises, faulty syntax comes through for `regex` to refuse.

    ``groups`` is the number of groups of the patterns that come before this one in a
    joined alternation: numbered references are moved on by it. ``syntax`` is that of `Query`.
    """
    tokens = list(_Walk(pattern, groups, syntax).tokens())
    if syntax == "pcre" or all(token.kind is not Kind.REPEAT for token in tokens):
        return tokens
    from streamtools.match.repeats import regrouped

    return regrouped(tokens)


class _Walk:
    def __init__(self, pattern: str, groups: int, syntax: Syntax) -> None:
        self.pattern = pattern
        self.groups = groups
        self.syntax = syntax
        self.at = 0
        self.ours: list[frozenset[str]] = [frozenset("u")]  # per open group, which of our flags are on
        self.inline: list[list[str]] = [[]]  # per open group, the (?flags) that hold to its end

    def tokens(self) -> Iterator[Token]:
        pattern = self.pattern
        while (at := self.at) < len(pattern):
            char = pattern[at]
            if "x" in self.ours[-1] and (char.isspace() or char == "#"):
                end = pattern.find("\n", at) if char == "#" else at
                yield self._take((len(pattern) if end < 0 else end + 1) - at, Kind.NOTHING, "", "")
            elif char == "\\":
                yield from self._escape()
            elif char == "[":
                yield self._set()
            elif char == "(":
                yield from self._open()
            elif char in ")|":
                yield from self._close(char)
            elif char in "*+?{":
                yield self._repeat(char)
            else:
                yield self._plain(char)
        for flags in self.inline:
            yield from self._shut(len(pattern), flags)

    def _take(self, length: int, kind: Kind, value: str = "", text: str | None = None) -> Token:
        at, self.at = self.at, self.at + length
        return Token(kind, self.pattern[at : self.at] if text is None else text, at, value)

    def _plain(self, char: str) -> Token:
        if char == ".":
            return self._take(1, Kind.SET, "", r"[^\r\n]" if "R" in self.ours[-1] else None)
        if char == "$" and "R" in self.ours[-1]:
            return self._take(1, Kind.LOOK, char, r"(?:(?=\r)|(?<!\r)$)")
        if char in "^$":
            return self._take(1, Kind.LOOK, char)
        return self._take(1, Kind.CHAR, char, escape(char))

    def _repeat(self, char: str) -> Token:
        """A quantifier with its ``?`` or ``+``, or a brace that stands for itself."""
        low, high, length = {"*": (0, None, 1), "+": (1, None, 1), "?": (0, 1, 1), "{": (0, 0, 0)}[char]
        if char == "{":
            found = _at(_REPEAT, self.pattern, self.at)
            if found is None:
                return self._take(1, Kind.CHAR, char, r"\{")
            if found[1] is None:
                high = int(found[5][:20])
            else:
                low = int(found[1][:20])
                high = low if found[2] is None else int(found[3][:20]) if found[3] else None
            length = len(found[0])
        at = self.at
        after = self.pattern[at + length : at + length + 1]
        suffix = after if after and after in ("?" if self.syntax == "rust" else "?+") else ""
        self.at += length + len(suffix)
        text = "".join(self.pattern[at : self.at].split())
        if "U" in self.ours[-1] and suffix != "+":
            text = text[:-1] if suffix else text + "?"
        return Token(Kind.REPEAT, text, at, suffix, low, high)

    def _open(self) -> Iterator[Token]:
        if not self.pattern.startswith("(?", self.at):
            self.inline.append([])
            self.ours.append(self.ours[-1])
            yield self._take(1, Kind.OPEN)
            return
        if found := _at(_COMMENT, self.pattern, self.at):
            yield self._take(len(found[0]), Kind.NOTHING, "", "")
            return
        if found := _at(_NAMED, self.pattern, self.at):
            yield self._take(len(found[0]), Kind.BACK)
            return
        found = _at(_GROUP, self.pattern, self.at)
        assert found is not None
        flags = found["flags"] or ""
        if set(flags) - set(_THEIRS + _OURS + "-") or (found[0] == "(" and self.pattern.startswith("(?", self.at)):
            yield from self._unknown_group()
        elif found["end"] == ")":
            yield self._flags(flags, len(found[0]))
        else:
            kept = self._kept(flags)
            value = "<" if found["look"] in {"<=", "<!"} else found["look"] or found["atomic"] or kept
            self.inline.append([])
            self.ours.append(self._switched(flags))
            yield self._take(len(found[0]), Kind.OPEN, value, f"(?{kept}:" if flags else None)

    def _flags(self, flags: str, length: int) -> Token:
        if flags in {"", "-"}:
            return self._take(length, Kind.OTHER)
        self.ours[-1] = self._switched(flags)
        kept = self._kept(flags)
        if not kept:
            return self._take(length, Kind.NOTHING, "", "")
        self.inline[-1].append(kept)
        return self._take(length, Kind.OPEN, kept, f"(?{kept}:")

    @staticmethod
    def _kept(flags: str) -> str:
        """Return what of some flags is left to `regex`."""
        on, _, off = ("".join(flag for flag in part if flag in _THEIRS + "-") for part in flags.partition("-"))
        return on + (f"-{off}" if off else "")

    def _switched(self, flags: str) -> frozenset[str]:
        """Return which of our flags are on behind some flags."""
        on, _, off = flags.partition("-")
        return (self.ours[-1] | set(on)).difference(off) & set(_OURS)

    def _unknown_group(self) -> Iterator[Token]:
        """Conditionals, recursion, the flags we don't follow: from here on the pattern is `regex`'s own affair."""
        rest = self.pattern[self.at :]
        text = f"(?x:{rest}\n)" if "x" in self.ours[-1] else rest
        if conditional := re.match(r"\(\?\(([0-9]+)\)", rest):
            text = f"(?({int(conditional[1]) + self.groups})" + rest[conditional.end() :]
        yield self._take(len(rest), Kind.OTHER, "", text)

    def _close(self, char: str) -> Iterator[Token]:
        at = self.at
        flags = self.inline[-1]
        if char == "|":
            yield from self._shut(at, flags)
            yield self._take(1, Kind.ALT)
            for each in flags:
                yield Token(Kind.OPEN, f"(?{each}:", at, each)
        elif len(self.inline) == 1:
            yield self._take(1, Kind.OTHER)
        else:
            yield from self._shut(at, flags)
            self.inline.pop()
            self.ours.pop()
            yield self._take(1, Kind.CLOSE)

    @staticmethod
    def _shut(at: int, flags: list[str]) -> Iterator[Token]:
        for _ in flags:
            yield Token(Kind.CLOSE, ")", at)

    def _escape(self) -> Iterator[Token]:
        pattern, at = self.pattern, self.at
        letter = pattern[at + 1 : at + 2]
        if letter == "Q":
            yield from self._quoted()
        elif letter == "b" and (found := _at(_EDGE, pattern, at)):
            yield self._take(len(found[0]), Kind.LOOK, "b", _EDGES[found[1]])
        elif letter in _HEX_LETTERS and (found := _at(_HEX, pattern, at)):
            yield self._code(found)
        elif letter.isdigit() and (found := _at(_OCTAL, pattern, at)):
            yield self._take(len(found[0]), Kind.SET)
        elif (letter.isdigit() or letter in _BACK_LETTERS) and (found := _at(_BACK, pattern, at)):
            yield self._back(found)
        elif letter in _PROPERTY_LETTERS and (found := _at(_PROPERTY, pattern, at)):
            yield self._take(len(found[0]), Kind.SET)
        else:
            yield self._letter(letter)

    def _letter(self, letter: str) -> Token:
        if "u" not in self.ours[-1] and letter:
            if letter in _ASCII_SETS:
                return self._take(2, Kind.SET, "", _ASCII_SETS[letter][0])
            if letter in _ASCII_BOUNDS:
                return self._take(2, Kind.LOOK, "b", _ASCII_BOUNDS[letter])
        if letter in _CONTROL:
            return self._take(2, Kind.CHAR, _CONTROL[letter])
        if letter in _LOOKS:
            return self._take(2, Kind.LOOK, _LOOKS[letter], r"\Z" if letter == "z" else None)
        if letter and letter in "<>":
            return self._take(2, Kind.LOOK, "b", _EDGES[letter])
        if letter == "N":
            return self._take(2, Kind.SET, "", r"[^\n]")
        if letter and letter in "dDwWsShR":
            return self._take(2, Kind.SET)
        if letter == "X":
            return self._take(2, Kind.GRAPHEME)
        if letter == "K":
            return self._take(2, Kind.NOTHING)
        if not letter or (letter.isascii() and letter.isalnum()):
            return self._take(2, Kind.OTHER)
        return self._take(2, Kind.CHAR, letter, escape(letter))

    def _quoted(self) -> Iterator[Token]:
        r"""``\Q...\E``; without an end it goes on to the end of the pattern."""
        start = self.at + 2
        end = self.pattern.find("\\E", start)
        stop = len(self.pattern) if end < 0 else end
        for at in range(start, stop):
            char = self.pattern[at]
            yield Token(Kind.CHAR, escape(char), at, char)
        self.at = stop if end < 0 else stop + 2

    def _code(self, found: re.Match[str]) -> Token:
        number = int(next(digits for digits in found.groups() if digits), 16)
        if number > 0x10FFFF:
            return self._take(len(found[0]), Kind.OTHER)
        if number > 0x7F and "u" not in self.ours[-1] and is_byte(self.pattern, found.start()):
            number += 0xDC00  # how a byte that is no UTF-8 stands in the text
        return self._take(len(found[0]), Kind.CHAR, chr(number), escape(chr(number)))

    def _back(self, found: re.Match[str]) -> Token:
        number, group, *names = found.groups()
        name = group or names[0] or names[1]
        text = f"\\g<{int(number or name) + self.groups}>" if number or name.isdigit() else f"(?P={name})"
        return self._take(len(found[0]), Kind.BACK, "", text)

    def _set(self) -> Token:
        """A set up to its ``]``; one that doesn't end is left for `regex` to refuse."""
        from streamtools.match.sets import nested, plain

        found = None if self.syntax == "pcre" else nested(self.pattern, self.at, self._member)
        found = found or plain(self.pattern, self.at, self._member)
        if found is None:
            return self._take(len(self.pattern) - self.at, Kind.OTHER)
        return self._take(found.end - self.at, Kind.SET, found.spelled, found.text)

    def _member(self, at: int) -> tuple[str, int, str]:
        """One member of a set: its text for `regex`, its length in the pattern, the character it spells out."""
        pattern = self.pattern
        char = pattern[at]
        if char == "[":
            found = _at(_POSIX, pattern, at)
            if found is None:
                return r"\[", 1, char
            members = _POSIX_SETS.get(found[2])
            return members[found[1] == "^"] if members else found[0], len(found[0]), ""
        if char != "\\":
            if char.isspace() and "x" in self.ours[-1]:
                return "", 1, ""
            return (char if char in "-^" else escape(char)), 1, char
        letter = pattern[at + 1 : at + 2]
        if (
            letter in _HEX_LETTERS
            and (found := _at(_HEX, pattern, at))
            and (number := int(next(digits for digits in found.groups() if digits), 16)) <= 0x10FFFF
        ):
            return escape(chr(number)), len(found[0]), chr(number)
        if (letter in _PROPERTY_LETTERS or letter.isdigit()) and (found := _at(_PROPERTY, pattern, at) or _at(_OCTAL, pattern, at)):
            return found[0], len(found[0]), ""
        if "u" not in self.ours[-1] and letter in _ASCII_SETS:
            return _ASCII_SETS[letter][1], 2, ""
        return pattern[at : at + 2], 2, _CONTROL.get(letter, "" if letter.isalnum() else letter)
