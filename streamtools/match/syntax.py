"""The tree of a pattern, and what can be told from it without running it."""

from __future__ import annotations

from streamtools.match.dialect import Kind
from streamtools.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Final

    from streamtools.match.dialect import Token


class Text(NamedTuple):
    """Characters that stand for themselves; ``fold`` where case is ignored."""

    text: str
    fold: bool


class Set(NamedTuple):
    """One character out of many, spelled as `regex` spells it."""

    text: str
    fold: bool


class Seq(NamedTuple):
    """One after the other; an empty one matches the empty string."""

    items: tuple[Node, ...]


class Alt(NamedTuple):
    """One of the branches, the earlier first."""

    branches: tuple[Node, ...]


class Repeat(NamedTuple):
    """``item`` from ``low`` to ``high`` times (None: without end)."""

    item: Node
    low: int
    high: int | None


class Edge(NamedTuple):
    """The beginning ``^`` or the end ``$`` of a line, or a border of a word ``b``."""

    where: str


class Blur(NamedTuple):
    """A condition that trees don't express; ``inner`` is the tree of a lookaround."""

    inner: Node | None = None


class Stretch(NamedTuple):
    """Any text of at least ``low`` characters: a reference to a group, a grapheme."""

    low: int


Node = Text | Set | Seq | Alt | Repeat | Edge | Blur | Stretch
EMPTY: Final = Seq(())


def sequence(items: Iterable[Node]) -> Node:
    """Return one node for several in a row; texts side by side become one."""
    row: list[Node] = []
    for item in items:
        if isinstance(item, Text) and row and isinstance(last := row[-1], Text) and last.fold == item.fold:
            row[-1] = Text(last.text + item.text, item.fold)
        else:
            row.append(item)
    return row[0] if len(row) == 1 else Seq(tuple(row))


def parse(tokens: list[Token], fold: bool) -> Node | None:
    """Build the tree; None where a token is not understood or the nesting is faulty or too deep.

    Atomic groups and possessive repeats come out as plain ones beside a `Blur`.
    """
    if any(token.kind is Kind.OTHER for token in tokens):
        return None
    try:
        reader = _Reader(tokens)
        node = reader.alternation(fold)
        return node if reader.at == len(tokens) else None
    except (IndexError, RecursionError):
        return None


class _Reader:
    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0

    def _kind(self) -> Kind | None:
        return self.tokens[self.at].kind if self.at < len(self.tokens) else None

    def alternation(self, fold: bool) -> Node:
        branches = [self._row(fold)]
        while self._kind() is Kind.ALT:
            self.at += 1
            branches.append(self._row(fold))
        return branches[0] if len(branches) == 1 else Alt(tuple(branches))

    def _row(self, fold: bool) -> Node:
        items: list[Node] = []
        while self._kind() not in {None, Kind.ALT, Kind.CLOSE}:
            token = self.tokens[self.at]
            self.at += 1
            if token.kind is Kind.REPEAT:
                items.append(_repeated(items.pop(), token))
            elif token.kind is Kind.OPEN:
                items.append(self._group(token.value, fold))
            elif token.kind is not Kind.NOTHING or token.text:
                items.append(_leaf(token, fold))
        return sequence(items)

    def _group(self, value: str, fold: bool) -> Node:
        on, _, off = value.partition("-")
        body = self.alternation((fold or "i" in on) and "i" not in off)
        if self.tokens[self.at].kind is not Kind.CLOSE:
            raise IndexError
        self.at += 1
        if value and value in "=!<":
            return Blur(body)
        return Seq((Blur(), body)) if value == ">" else body


def _leaf(token: Token, fold: bool) -> Node:
    if token.kind is Kind.CHAR:
        return Text(token.value, fold)
    if token.kind is Kind.SET:
        return Set(token.text, fold)
    if token.kind is Kind.LOOK and token.text in {"^", "$"}:
        return Edge(token.text)
    if token.kind is Kind.LOOK and token.text == r"\b":
        return Edge("b")
    if token.kind is Kind.BACK:
        return Stretch(0)
    return Stretch(1) if token.kind is Kind.GRAPHEME else Blur()


def _repeated(item: Node, token: Token) -> Node:
    repeat = Repeat(item, token.low, token.high)
    return Seq((Blur(), repeat)) if token.value == "+" else repeat


def least(node: Node) -> int:
    """The fewest characters that a match can have."""
    match node:
        case Text(text=text):
            return len(text)
        case Set():
            return 1
        case Stretch(low=low):
            return low
        case Seq(items=items):
            return sum(map(least, items))
        case Alt(branches=branches):
            return min(map(least, branches))
        case Repeat(item=item, low=low):
            return low and low * least(item)
        case _:
            return 0


def weight(node: Node) -> int:
    """How large the tree is when every repeat is written out as often as it has to match."""
    match node:
        case Text(text=text):
            return len(text)
        case Seq(items=items):
            return sum(map(weight, items))
        case Alt(branches=branches):
            return sum(map(weight, branches))
        case Repeat(item=item, low=low):
            return max(low, 1) * weight(item)
        case Blur(inner=inner):
            return weight(inner) if inner else 1
        case _:
            return 1


def steps(node: Node) -> tuple[float, int]:
    """Bound the work of a backtracking engine on ``n`` characters: ``(c, k)`` stands for ``c * n ** k`` steps.

    ``c`` is infinite where the number of ways can grow exponentially, as in ``(a|a)*``.
    """
    ways, power = _ways(node)
    return ways * (weight(node) + 1), power + 1


def _ways(node: Node) -> tuple[float, int]:
    match node:
        case Seq(items=items):
            pairs = [_ways(item) for item in items]
            product = 1.0
            for ways, _ in pairs:
                product *= ways
            return product, sum(power for _, power in pairs)
        case Alt(branches=branches):
            pairs = [_ways(branch) for branch in branches]
            return sum(ways for ways, _ in pairs), max(power for _, power in pairs)
        case Repeat(item=item, low=low, high=high):
            ways, power = _ways(item)
            if (ways, power) == (1.0, 0):
                return (1.0, 0) if low == high else (float(high - low + 1), 0) if high is not None and high < 64 else (1.0, 1)
            return (ways + 1, power) if high == 1 else (float("inf"), power)
        case Blur(inner=Seq() | Alt() | Repeat() as inner):
            return _ways(inner)
        case Stretch():
            return 1.0, 1
        case _:
            return 1.0, 0
