"""From a query to what the engines need: one regex, its tree, its literals."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from streamtools.errors import BadPattern, InvalidArgument
from streamtools.match.dialect import Kind, Token, escape, is_byte, walk
from streamtools.match.pattern import Query
from streamtools.match.syntax import EMPTY, Alt, Blur, Edge, Node, Seq, Text, parse, weight

#: The most characters of all patterns together: regexes, and plain literals (an automaton takes some 100 bytes for each).
REGEX_LIMIT: Final = 256 * 1024
LITERAL_LIMIT: Final = 4 * 1024 * 1024
#: The most that a pattern may come to when its counted repeats are written out; `regex` does so while compiling.
WEIGHT_LIMIT: Final = 100_000

_META = frozenset("\\.^$*+?{}[]()|")
_LEFT = frozenset("^b<")
_RIGHT = frozenset("$b=!")


@dataclass(frozen=True)
class Plan:
    """What a query comes to.

    ``fold`` says whether case is ignored, ``tree`` is None where the syntax is not
    understood here, ``left`` and ``right`` say whether the match depends on what is
    before or behind it. ``literals`` are the alternatives if the query is nothing but a
    choice of literals (in order, those that can't ever match left out), else None.

    Memory: about 100 bytes a character of a regex, 60 a literal, up to the limits of this module.
    """

    query: Query
    fold: bool
    tree: Node | None
    left: bool
    right: bool
    literals: tuple[str, ...] | None

    @cached_property
    def text(self) -> str:
        """The pattern for `regex`, with the patterns of the query as alternatives in order."""
        query = self.query
        if not query.patterns:
            return "(?!)"
        parts: list[str] = []
        for pattern in query.patterns:
            parts.append(translate(query, pattern, _groups(parts) if "\\" in pattern or "(?(" in pattern else 0))
        joined = parts[0] if len(parts) == 1 and not (query.word or query.line) else "|".join(f"(?:{part})" for part in parts)
        if query.word:
            joined = rf"(?<!\w)(?:{joined})(?!\w)"
        if not query.line:
            return joined
        edges = _edges(query)
        return f"{edges.get('^', '^')}(?:{joined}){edges.get('$', '$')}"


def plan(query: Query) -> Plan:
    r"""Read a query.

    Raises `BadPattern` for patterns over the limits of this module and for one with a
    ``\n`` where lines are searched one by one. Other faults show when `regex` compiles.
    """
    for pattern in query.patterns:
        if not isinstance(pattern, str):
            raise InvalidArgument(f"a pattern is text, not {type(pattern).__name__}")
    plain = query.fixed or all(_META.isdisjoint(pattern) for pattern in query.patterns)
    _check_size(query, plain)
    tokens = [] if plain else [walk(pattern, pcre=query.pcre) for pattern in query.patterns]
    fold = query.ignore_case or (query.smart_case and _smart(query, tokens, plain))
    trees = [Text(pattern, fold) for pattern in query.patterns] if plain else [parse(each, fold) for each in tokens]
    if not query.unicode and tokens:
        rows = zip(tokens, trees, query.patterns, strict=True)
        trees = [None if _bytewise(row, pattern) else tree for row, tree, pattern in rows]
    _check_newlines(query, tokens)
    _check_weight(query, trees)
    looks = [token for each in tokens for token in each if token.kind in {Kind.LOOK, Kind.OPEN, Kind.OTHER}]
    wrapped = query.word or query.line
    literals = None if wrapped else _literals(trees)
    return Plan(
        query,
        fold,
        _tree(query, trees),
        wrapped or any(token.value in _LEFT or token.kind is Kind.OTHER for token in looks),
        wrapped or any(token.value in _RIGHT or token.kind is Kind.OTHER for token in looks),
        None if literals is None else _alive(literals, fold),
    )


def translate(query: Query, pattern: str, groups: int = 0) -> str:
    """Spell one pattern for `regex`; ``groups`` as in `streamtools.match.dialect.walk`."""
    if query.fixed:
        return "".join(map(escape, pattern if query.unicode else pattern.encode("utf-8", "surrogateescape").decode("latin-1")))
    tokens = walk(pattern, groups, pcre=query.pcre)
    edges = _edges(query)
    if edges or not query.unicode:
        return "".join(edges.get(token.text, token.text) if query.unicode else _raw(edges, token, pattern) for token in tokens)
    return "".join(token.text for token in tokens)


#: Where records begin and end in a text of several, which end with NUL bytes.
_RECORD_EDGES: Final = {"^": r"(?:\A|(?<=\x00))", "$": r"(?=\x00|\Z)"}


def _edges(query: Query) -> dict[str, str]:
    """Return how ``^``, ``$`` and ``.`` are spelled where they are not `regex`'s own."""
    if query.null_data:
        return _RECORD_EDGES if query.multiline else {"^": r"\A", "$": r"\Z"}
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


def _smart(query: Query, tokens: list[list[Token]], plain: bool) -> bool:
    """Whether smart case ignores case: some character stands for itself, and none is upper-case."""
    spelled = "".join(query.patterns) if plain else "".join(t.value for row in tokens for t in row if t.kind in {Kind.CHAR, Kind.SET})
    return bool(spelled) and not any(map(str.isupper, spelled))


def _tree(query: Query, trees: Sequence[Node | None]) -> Node | None:
    branches = tuple(tree for tree in trees if tree is not None)
    if len(branches) != len(query.patterns) or not branches:
        return None
    tree = branches[0] if len(branches) == 1 else Alt(branches)
    if query.word:
        tree = Seq((Blur(), tree, Blur()))
    return Seq((Edge("^"), tree, Edge("$"))) if query.line else tree


def _literals(trees: Sequence[Node | None]) -> list[Text] | None:
    """The branches, if each is a text of at least one character that UTF-8 can hold."""
    found: list[Text] = []
    for tree in trees:
        for branch in tree.branches if isinstance(tree, Alt) else (tree or EMPTY,):
            if tree is None or not isinstance(branch, Text) or not branch.text or _SURROGATE.search(branch.text):
                return None
            found.append(branch)
    return found if len({text.fold for text in found}) < 2 else None


_SURROGATE = re.compile("[\ud800-\udfff]")


def _alive(literals: list[Text], fold: bool) -> tuple[str, ...] | None:
    """Leave out what can't match because an earlier one is its beginning; None where folding isn't plain ASCII.

    Of those that are left, the longest at a place is the first that matches there.
    """
    if any(text.fold != fold for text in literals):
        return None
    texts = [text.text for text in literals]
    if fold:
        if not all(map(str.isascii, texts)):
            return None
        texts = list(map(str.lower, texts))
    seen: set[str] = set()
    lengths: list[int] = []
    alive: list[str] = []
    for text in texts:
        if text in seen or any(text[:length] in seen for length in lengths if length < len(text)):
            continue
        if len(text) not in lengths:
            lengths.append(len(text))
        seen.add(text)
        alive.append(text)
    return tuple(alive)


def _check_size(query: Query, plain: bool) -> None:
    limit = LITERAL_LIMIT if plain and not (query.word or query.line) else REGEX_LIMIT
    size = sum(map(len, query.patterns))
    if size > limit:
        kind = "literals" if plain else "regexes"
        raise BadPattern(f"the patterns have {size:,} characters, and {limit:,} is the most for {kind}; search in several calls")


def _check_newlines(query: Query, tokens: list[list[Token]]) -> None:
    if query.multiline or query.null_data:
        return
    hint = "which no single line holds; to search across lines, use multiline=True"
    for pattern in query.patterns if not tokens else ():
        if "\n" in pattern:
            at = pattern.index("\n")
            raise BadPattern(f"the pattern {quote(pattern, at)} holds a line break at character {at}, {hint}", at)
    for pattern, row in zip(query.patterns, tokens, strict=False):
        for token in row:
            if token.kind is Kind.CHAR and token.value == "\n":
                raise BadPattern(f"the pattern {quote(pattern, token.at)} holds \\n at character {token.at}, {hint}", token.at)


def _check_weight(query: Query, trees: Sequence[Node | None]) -> None:
    for pattern, tree in zip(query.patterns, trees, strict=True):
        if tree is not None and not isinstance(tree, Text):
            size = weight(tree)
        else:
            size = 1
            for count in () if isinstance(tree, Text) else re.findall(r"\{0*([1-9][0-9]*)", pattern):
                size *= int(count[:9])
                size = min(size, 10**9)
        if size > WEIGHT_LIMIT:
            raise BadPattern(f"the counted repeats in {quote(pattern, 0)} come to more than {WEIGHT_LIMIT:,} characters; lower the counts")


def quote(pattern: str, at: int) -> str:
    """Return a pattern in quotes, printable, and if it is long only some characters around ``at``."""
    start = max(0, min(at - 30, len(pattern) - 60)) if len(pattern) > 70 else 0
    stop = start + 60 if len(pattern) > 70 else len(pattern)
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in pattern[start:stop])
    return f"{'...' if start else ''}'{shown}'{'...' if stop < len(pattern) else ''}"
