"""About how large ripgrep's default engine makes a pattern, for ``--regex-size-limit``.

The numbers are those that ripgrep 15.2 was seen to need: a start, 32 bytes a literal byte, and what a class takes in UTF-8.
"""

from __future__ import annotations

from streamtools.match.dialect import walk
from streamtools.match.syntax import Alt, Blur, Repeat, Seq, Set, Text, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from streamtools.match.pattern import Query
    from streamtools.match.syntax import Node


_START: Final = 240
_LITERAL: Final = 32
_ASCII: Final = 40
_EDGE: Final = 32
_NEGATED: Final = 900
_CLASSES: Final = {r"\w": 49_800, r"\W": 46_600, r"\d": 5_084, r"\D": 12_660, r"\s": 620, r"\S": 1_500, r"\p": 2_150, r"\P": 4_000}


def compiled(query: Query) -> int:
    """Return the size in bytes, about; 0 for literals, which need no automaton, and for what is not understood."""
    if query.fixed:
        return 0
    trees = [parse(walk(pattern, syntax=query.syntax), query.ignore_case) for pattern in query.patterns]
    known = [tree for tree in trees if tree is not None]
    if all(isinstance(tree, Text) or (isinstance(tree, Alt) and all(isinstance(one, Text) for one in tree.branches)) for tree in known):
        return 0
    return _START + sum(_size(tree, query.unicode) for tree in known)


def _size(node: Node, unicode: bool) -> int:
    match node:
        case Text(text=text):
            return _LITERAL * len(text.encode("utf-8", "surrogateescape"))
        case Set(text=text):
            return _class(text) if unicode else _ASCII
        case Seq(items=items):
            return sum(_size(item, unicode) for item in items)
        case Alt(branches=branches):
            return sum(_size(branch, unicode) + _EDGE for branch in branches)
        case Repeat(item=item, low=low, high=high):
            return max(low, high or 0, 1) * _size(item, unicode) + _ASCII
        case Blur(inner=inner):
            return _size(inner, unicode) if inner is not None else 0
        case _:
            return _EDGE


def _class(text: str) -> int:
    found = sum(size for name, size in _CLASSES.items() if name in text)
    return found or (_NEGATED if text == "." or text.startswith("[^") or not text.isascii() else _ASCII)
