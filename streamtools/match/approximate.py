r"""From a pattern to an expression over raw bytes that matches in every line the pattern matches in.

The expression may match in more lines, never in fewer; where it matches in exactly the
same lines it says so. It is written in what `hyperscan` and `regex` have in common, over
the bytes of a UTF-8 line in which undecodable bytes may be:

- a character that is not ASCII is any one to four bytes from 0x80 on, unless it is known;
- what a set holds of ASCII is asked of `regex` itself; nothing matches ``\n``;
- a ``\b`` beside an ASCII word character stays: bytes beyond ASCII count as no word characters, which can only be too many borders;
- other conditions (lookarounds, a ``^`` or ``$`` inside) are dropped;
- what is optional at either end is left out, which changes no answer and saves events.
"""

from __future__ import annotations

from streamtools.match.charsets import alike, members_of, spelled
from streamtools.match.expression import LONG_TEXT, Approximation, Branch, literal
from streamtools.match.syntax import EMPTY, Alt, Blur, Edge, Repeat, Seq, Set, Stretch, Text, least, sequence, weight

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final, Literal

    from streamtools.match.plan import Plan
    from streamtools.match.syntax import Node


_HIGH: Final = r"[\x80-\xff]{1,4}"
_WORD: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
#: The shortest literal that is looked for before the whole expression.
_NEEDED: Final = 6
#: Repeats are written out up to these sizes and widened beyond: of one character, of more.
_LONG_RUN: Final = 1000
_LONG_GROUP: Final = 200
#: A set of so many ASCII characters is on nearly every line.
_COMMON: Final = 60


def approximate(made: Plan) -> Approximation | None:
    """Return the expression for the lines of a query; None where it would hit nearly every line, or isn't known."""
    tree = made.tree
    if tree is None or made.query.multiline:
        return None
    writer = _Writer(made.query.unicode)
    branches = []
    items: list[Node] = []
    nodes = tree.branches if isinstance(tree, Alt) else (tree,)
    try:
        for node in nodes:
            items = list(_items(_plain(node, False)))
            if not least(Seq(tuple(items))):
                return None
            branch = writer.branch(items)
            if branch is None:
                return None
            branches.append(branch)
    except RecursionError:
        return None
    exact = writer.exact and not any(_blurred(node, borders=True) for node in nodes)
    plain = writer.plain and not any(map(_blurred, nodes))
    gap = any(isinstance(item, Repeat) and item.high is None for item in items)
    return Approximation(tuple(branches), exact, plain, _need(items) if len(branches) == 1 else b"", gap)


def _need(items: list[Node]) -> bytes:
    """The longest literal of a row; nothing if it is short, as short ones are often everywhere."""
    texts = (item.text for item in items if isinstance(item, Text) and not item.fold and item.text.isascii())
    longest = max(texts, key=len, default="")
    return longest.encode() if _NEEDED <= len(longest) <= LONG_TEXT else b""


def _blurred(node: Node, inner: bool = False, borders: bool = False) -> bool:
    r"""Whether something of the pattern is lost: a condition, a reference, an edge inside, and with ``borders`` a ``\b``."""
    match node:
        case Blur() | Stretch():
            return True
        case Edge(where=where):
            return inner or (borders and where == "b")
        case Seq(items=nodes):
            return any(_blurred(item, inner, borders) for item in nodes)
        case Alt(branches=nodes):
            return any(_blurred(branch, True, borders) for branch in nodes)
        case Repeat(item=item):
            return _blurred(item, True, borders)
        case _:
            return False


def _items(node: Node) -> tuple[Node, ...]:
    return node.items if isinstance(node, Seq) else (node,)


def _plain(node: Node, inner: bool) -> Node:
    """Drop the conditions; rows in rows become one, an alternative that is empty makes the others optional."""
    match node:
        case Blur():
            return EMPTY
        case Edge():
            return EMPTY if inner else node
        case Seq(items=items):
            return sequence(part for item in items for part in _items(_plain(item, inner)))
        case Alt(branches=branches):
            kept = tuple(_plain(branch, True) for branch in branches)
            full = tuple(branch for branch in kept if branch != EMPTY)
            if not full:
                return EMPTY
            node = full[0] if len(full) == 1 else Alt(full)
            return node if len(full) == len(kept) else Repeat(node, 0, 1)
        case Repeat(item=item, low=low, high=high):
            item = _plain(item, True)
            return EMPTY if item == EMPTY or high == 0 else Repeat(item, low, high)
        case _:
            return node


def _trim(node: Node, side: Literal[0, -1]) -> Node:
    """The part of a node without which nothing matches, seen from an end at which anything may stand."""
    match node:
        case Repeat(item=item, low=low):
            return EMPTY if not low else _trim(item, side) if low == 1 else Repeat(item, low, low)
        case Stretch(low=low):
            return Stretch(1) if low else EMPTY
        case Seq(items=items):
            return sequence(_trim_row(list(items), side))
        case Alt(branches=branches):
            kept = tuple(_trim(branch, side) for branch in branches)
            return EMPTY if EMPTY in kept else Alt(kept)
        case _:
            return node


def _trim_row(items: list[Node], side: Literal[0, -1]) -> list[Node]:
    while items and not isinstance(items[side], Edge):
        short = _trim(items[side], side)
        if short != EMPTY:
            items[side] = short
            break
        del items[side]
    return items


class _Writer:
    """Writes branches; ``exact`` and ``plain`` as in `Approximation`, for those written so far."""

    def __init__(self, unicode: bool) -> None:
        self.unicode = unicode
        self.exact = self.plain = True

    def branch(self, items: list[Node]) -> Branch | None:
        """Write one alternative without the text it can do without; None where nearly every line has it."""
        begins = "^" in self._edges(items, "$")
        items.reverse()
        ends = "$" in self._edges(items, "^")
        items.reverse()
        self._borders(items)
        if begins and self._any_text(items[0]):
            begins = False
        if not begins:
            _trim_row(items, 0)
        if ends and self._any_text(items[-1]):
            ends = False
        if ends:
            self._vague()
        else:
            _trim_row(items, -1)
        if self._common(items) and not begins and not ends:
            return None
        return Branch("^" * begins + self._write(Seq(tuple(items))), ends)

    def _vague(self) -> None:
        """Say that what is written matches in too many lines, also of plain text."""
        self.exact = self.plain = False

    def _edges(self, items: list[Node], wrong: str) -> set[str]:
        """Take the edges from the front of a row but for a border; of those ``wrong`` at that end nothing is kept."""
        found: set[str] = set()
        while items and isinstance(edge := items[0], Edge):
            found.add(edge.where)
            del items[0]
        if wrong in found:
            self._vague()
        if "b" in found:
            items.insert(0, Edge("b"))
        return found

    def _borders(self, items: list[Node]) -> None:
        """Drop the borders that have no word character of ASCII for sure on either side."""
        for at in reversed(range(len(items))):
            if items[at] != Edge("b"):
                continue
            before, behind = items[at - 1 : at], items[at + 1 : at + 2]
            if not any(self._word(node, -1) for node in before) and not any(self._word(node, 0) for node in behind):
                del items[at]
                self.plain = False

    def _word(self, node: Node, side: Literal[0, -1]) -> bool:
        """Whether the first or the last character of a node is a word character of ASCII, whatever it matches."""
        match node:
            case Text(text=text, fold=fold):
                char = text[side]
                return char in _WORD and not (fold and self.unicode and char in "kKsSiI")
            case Set():
                members, high, _ = members_of(node, self.unicode)
                return bool(members) and high == "none" and _WORD.issuperset(members)
            case Repeat(item=item, low=low):
                return low > 0 and self._word(item, side)
            case Seq(items=items):
                return bool(items) and self._word(items[side], side)
            case Alt(branches=branches):
                return all(self._word(branch, side) for branch in branches)
            case _:
                return False

    def _any_text(self, node: Node) -> bool:
        """Whether a node is ``.*``."""
        return isinstance(node, Repeat) and not node.low and node.high is None and isinstance(node.item, Set) and node.item.text == "."

    def _common(self, items: list[Node]) -> bool:
        node = sequence(items)
        if isinstance(node, Repeat) and node.low < 3:
            node = node.item
        return isinstance(node, Stretch) or (isinstance(node, Set) and len(members_of(node, self.unicode)[0]) >= _COMMON)

    def _write(self, node: Node) -> str:
        match node:
            case Text(text=text, fold=fold):
                return self._text(text, fold)
            case Set():
                return self._set(node)
            case Seq(items=items):
                return "".join(map(self._write, items))
            case Alt(branches=branches):
                return f"(?:{'|'.join(map(self._write, branches))})"
            case Repeat():
                return self._repeat(node)
            case Stretch(low=low):
                return r"[^\n]+" if low else r"[^\n]*"
            case Edge(where="b"):
                return r"\b"
            case _:
                self._vague()
                return ""

    def _text(self, text: str, fold: bool) -> str:
        if len(text) > LONG_TEXT:
            self._vague()
            return self._text(text[: LONG_TEXT // 2], fold) + r"[^\n]*" + self._text(text[-LONG_TEXT // 2 :], fold)
        if "\r" in text:
            self.exact = False
        return "".join(map(self._folded, text)) if fold else self._literal(text)

    def _literal(self, text: str) -> str:
        try:
            return literal(text.encode())
        except UnicodeEncodeError:
            self._vague()
            return "".join(_HIGH if ord(char) > 127 else literal(char.encode()) for char in text)

    def _folded(self, char: str) -> str:
        if not char.isascii():
            return self._set(Set(char, True))
        others = [literal(other.encode()) for other in alike(char, self.unicode)]
        own = f"(?i:{char})" if char.isalpha() else literal(char.encode())
        return f"(?:{'|'.join([own, *others])})" if others else own

    def _set(self, node: Set) -> str:
        ascii_part, high, sure = members_of(node, self.unicode)
        if high != "none" or "\r" in ascii_part or not ascii_part:
            self.exact = False
        if not sure or (high == "none" and not ascii_part):
            self.plain = False
        own = spelled(ascii_part) if ascii_part else ""
        if high == "none":
            return own or r"[^\n]"
        return f"(?:{own}|{_HIGH})" if own else f"(?:{_HIGH})"

    def _repeat(self, node: Repeat) -> str:
        item, low, high = node.item, node.low, node.high
        if isinstance(item, Set):
            return self._run(item, low, high)
        size = weight(item)
        most = max(1, _LONG_GROUP // size)
        if low > most or (high is not None and high > most):
            self._vague()
            low, high = min(low, most), None
        return f"(?:{self._write(item)}){_count(low, high)}"

    def _run(self, item: Set, low: int, high: int | None) -> str:
        """A repeated set: with bytes beyond ASCII in it, counts of characters bound counts of bytes."""
        ascii_part, beyond, sure = members_of(item, self.unicode)
        self.plain = self.plain and sure
        if low > _LONG_RUN or (high is not None and high > _LONG_RUN // 4):
            self._vague()
            low, high = min(low, _LONG_RUN), None
        if beyond == "none" and ascii_part:
            if "\r" in ascii_part and (low or high is not None):
                self.exact = False
            return spelled(ascii_part) + _count(low, high)
        if beyond != "all" or low or high is not None:
            self.exact = False
        if high is not None and high <= 8:
            return f"(?:{self._set(item)}){_count(low, high)}"
        if high is not None or not ascii_part:
            self.plain = False
        return spelled(ascii_part, r"\x80-\xff") + _count(low, None if high is None else 4 * high)


def _count(low: int, high: int | None) -> str:
    if (low, high) in {(0, None), (1, None), (0, 1), (1, 1)}:
        return {(0, None): "*", (1, None): "+", (0, 1): "?", (1, 1): ""}[(low, high)]
    return f"{{{low}}}" if low == high else f"{{{low},{'' if high is None else high}}}"
