"""A query's patterns read as regexes: tokens, trees, and the spelling for `regex`."""

from __future__ import annotations

import re

from streamtools.errors import BadPattern
from streamtools.match.charsets import known_set
from streamtools.match.dialect import Kind, Token, escape, is_byte, walk
from streamtools.match.pattern import quote
from streamtools.match.plan import NO_BREAK, SURE_SIZE, sound_text
from streamtools.match.syntax import EMPTY, Alt, Edge, Seq, Text, parse, weight

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from streamtools.match.pattern import Query
    from streamtools.match.syntax import Node


#: The most that a pattern may come to when its counted repeats are written out; `regex` does so while compiling.
WEIGHT_LIMIT: Final = 100_000

#: What `regex` compiles for sure, as `streamtools.match.dialect` spells it, and how deep.
_SURE_DEPTH: Final = 20
_SURE_GROUPS: Final = frozenset({"(", "(?:", "(?i:", "(?-i:"})
_SURE_REPEATED: Final = frozenset({Kind.CHAR, Kind.SET, Kind.CLOSE})
_SURE_LOOKS: Final = frozenset({"^", "$", r"\b", r"\B"})

_LEFT = frozenset("^b<")
_RIGHT = frozenset("$b=!")


class Regexes:
    """The tokens of some patterns, and what can be told from them.

    ``spelled`` are the characters that stand for themselves; ``left`` and ``right`` say whether a match
    depends on what is before or behind it. Raises `BadPattern` for a line break where lines are searched one by
    one, and for counted repeats that come to too much.

    Memory: about 100 bytes a character.
    """

    def __init__(self, query: Query) -> None:
        self._query = query
        self._tokens = tokens = [_walked(query, pattern) for pattern in query.patterns]
        self.spelled = "".join(token.value for row in tokens for token in row if token.kind in {Kind.CHAR, Kind.SET})
        looks = [token for row in tokens for token in row if token.kind in {Kind.LOOK, Kind.OPEN, Kind.OTHER}]
        self.left = any(token.value in _LEFT or token.kind is Kind.OTHER for token in looks)
        self.right = any(token.value in _RIGHT or token.kind is Kind.OTHER for token in looks)
        self._trees: list[Node | None] = []
        self._check_newlines()

    def trees(self, fold: bool) -> list[Node | None]:
        """Return the tree of each pattern, None for one that is not understood; ``fold`` where case is ignored."""
        if not self._trees:
            query = self._query
            rows = zip(self._tokens, query.patterns, strict=True)
            self._trees = [None if not query.unicode and _bytewise(row, pattern) else parse(row, fold) for row, pattern in rows]
            self._check_weight()
        return self._trees

    def literals(self, fold: bool) -> list[str] | None:
        """Return the branches, if each is a text in which case is ignored as ``fold`` says."""
        found: list[str] = []
        for tree in self.trees(fold):
            for branch in tree.branches if isinstance(tree, Alt) else (tree or EMPTY,):
                if not isinstance(branch, Text) or branch.fold != fold:
                    return None
                found.append(branch.text)
        return found

    def sound(self, fold: bool) -> bool:
        """Whether `regex` compiles them for sure; what is rare or near a limit is not sure."""
        trees = [each for each in self.trees(fold) if each is not None]
        if len(trees) != len(self._tokens) or sum(map(weight, trees)) + sum(map(len, self._tokens)) > SURE_SIZE:
            return False
        return all(map(_sound, self._tokens))

    def _check_newlines(self) -> None:
        if self._query.multiline or self._query.null_data:
            return
        for pattern, row in zip(self._query.patterns, self._tokens, strict=True):
            for token in row:
                if token.kind is Kind.CHAR and token.value == "\n":
                    raise BadPattern(f"the pattern {quote(pattern, token.at)} holds \\n at character {token.at}, {NO_BREAK}", token.at)

    def _check_weight(self) -> None:
        for pattern, tree in zip(self._query.patterns, self._trees, strict=True):
            if isinstance(tree, Text):
                continue
            size = 1 if tree is None else weight(tree)
            for count in re.findall(r"\{0*([1-9][0-9]*)", pattern) if tree is None else ():
                size = min(size * int(count[:9]), 10**9)
            if size > WEIGHT_LIMIT:
                raise BadPattern(
                    f"the counted repeats in {quote(pattern, 0)} come to more than {WEIGHT_LIMIT:,} characters; lower the counts"
                )


def tree(query: Query, fold: bool, regexes: Regexes | None) -> Node | None:
    """Return one tree for all patterns, which are plain text where ``regexes`` is None."""
    trees: Sequence[Node | None] = [Text(pattern, fold) for pattern in query.patterns] if regexes is None else regexes.trees(fold)
    branches = tuple(each for each in trees if each is not None)
    if len(branches) != len(query.patterns) or not branches:
        return None
    found = branches[0] if len(branches) == 1 else Alt(branches)
    if query.word:
        found = Seq((Edge("b"), found, Edge("b")))
    return Seq((Edge("^"), found, Edge("$"))) if query.line else found


def joined(query: Query, *, valid: bool = False) -> str:
    """Return the pattern for `regex`, with the patterns of the query as alternatives in order.

    With ``valid`` sets and ``.`` don't match the characters that stand for bytes that are not UTF-8.
    """
    if not query.patterns:
        return "(?!)"
    parts: list[str] = []
    for pattern in query.patterns:
        parts.append(translate(query, pattern, _groups(parts) if "\\" in pattern or "(?(" in pattern else 0, valid=valid))
    text = parts[0] if len(parts) == 1 and not (query.word or query.line) else "|".join(f"(?:{part})" for part in parts)
    if query.word:
        letters = r"[\w\udc80-\udcff]" if valid else r"\w"
        text = rf"(?<!{letters})(?:{text})(?!{letters})"
    if not query.line:
        return text
    edges = _edges(query)
    return f"{edges.get('^', '^')}(?:{text}){edges.get('$', '$')}"


def translate(query: Query, pattern: str, groups: int = 0, *, valid: bool = False) -> str:
    """Spell one pattern for `regex`; ``groups`` as in `streamtools.match.dialect.walk`."""
    if query.fixed:
        return "".join(map(escape, pattern if query.unicode else pattern.encode("utf-8", "surrogateescape").decode("latin-1")))
    tokens = _walked(query, pattern, groups)
    if valid:
        tokens = [token._replace(text=rf"(?:(?!\p{{Cs}}){token.text})") if token.kind is Kind.SET else token for token in tokens]
    edges = _edges(query)
    if edges or not query.unicode:
        return "".join(edges.get(token.text, token.text) if query.unicode else _raw(edges, token, pattern) for token in tokens)
    return "".join(token.text for token in tokens)


def _walked(query: Query, pattern: str, groups: int = 0) -> list[Token]:
    """Return the tokens of a pattern; in PCRE's syntax a line break that no line holds is what never matches."""
    tokens = walk(pattern, groups, syntax=query.syntax)
    if query.syntax != "pcre" or query.multiline or query.null_data:
        return tokens
    breaks = (Kind.CHAR, "\n")
    return [Token(Kind.LOOK, "(?!)", token.at) if (token.kind, token.value) == breaks else token for token in tokens]


def _sound(row: list[Token]) -> bool:
    """Whether a row of tokens that has a tree holds nothing but what `regex` surely compiles."""
    depth = 0
    before = Kind.ALT
    for token in row:
        match token.kind:
            case Kind.CHAR:
                sure = sound_text(token.value)
            case Kind.SET:
                sure = known_set(token.text)
            case Kind.LOOK:
                sure = token.text in _SURE_LOOKS
            case Kind.OPEN:
                depth += 1
                sure = token.text in _SURE_GROUPS and depth <= _SURE_DEPTH
            case Kind.REPEAT:
                least, most = token.low, token.low if token.high is None else token.high
                sure = before in _SURE_REPEATED and token.value != "+" and least <= most <= SURE_SIZE
            case kind:
                depth -= kind is Kind.CLOSE
                sure = kind in {Kind.CLOSE, Kind.ALT} or not token.text
        if not sure:
            return False
        before = token.kind
    return True


def _edges(query: Query) -> dict[str, str]:
    """Return how ``^``, ``$`` and ``.`` are spelled where they are not `regex`'s own."""
    return {"$": r"(?=\r?$)"} if query.multiline and query.crlf else {}


def _raw(edges: dict[str, str], token: Token, pattern: str) -> str:
    """Spell a token for text in which every character is one byte."""
    if token.kind is not Kind.CHAR or token.value.isascii():
        return edges.get(token.text, token.text)
    number = ord(token.value) % 0xDC00
    if is_byte(pattern, token.at):
        return escape(chr(number))
    return f"(?:{''.join(map(escape, token.value.encode('utf-8', 'surrogateescape').decode('latin-1')))})"


def _bytewise(row: list[Token], pattern: str) -> bool:
    """Whether a pattern spells a byte that is no character by its number, which no tree can say."""
    return any(token.kind is Kind.CHAR and not token.value.isascii() and is_byte(pattern, token.at) for token in row)


def _groups(parts: list[str]) -> int:
    """How many groups `regex` counts in the alternatives so far; 0 where they don't compile."""
    if not any("(" in part for part in parts):
        return 0
    import regex

    try:
        return regex.compile("|".join(f"(?:{part})" for part in parts), regex.V0).groups
    except (regex.error, ValueError, RecursionError):
        return 0
