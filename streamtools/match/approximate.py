r"""From a pattern to an expression over raw bytes that matches in every line the pattern matches in.

The expression may match in more lines, never in fewer; where it matches in exactly the
same lines it says so. It is written in what `hyperscan` and `regex` have in common, over
the bytes of a UTF-8 line in which undecodable bytes may be:

- a character that is not ASCII is any one to four bytes from 0x80 on, unless it is known;
- what a set holds of ASCII is asked of `regex` itself; nothing matches ``\n``;
- conditions (``\b``, lookarounds, a ``^`` or ``$`` inside) are dropped;
- what is optional at either end is left out, which changes no answer and saves events.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal

from streamtools.match.expression import LONG_TEXT, Approximation, Branch, literal
from streamtools.match.plan import Plan
from streamtools.match.syntax import EMPTY, Alt, Blur, Edge, Node, Repeat, Seq, Set, Stretch, Text, least, sequence, weight

_ASCII: Final = "".join(chr(code) for code in range(128) if code != 10)
_HIGH: Final = r"[\x80-\xff]{1,4}"
#: The only characters beyond ASCII that `regex` takes for an ASCII letter when it ignores case (K, s, i).
ALIKE: Final = "\u212a\u017f\u0130\u0131"
_PLAIN_SET = re.compile(r"\[\^?(?:[^\\\[\x80-\U0010ffff]|\\x[0-7][0-9a-fA-F]|\\[tnrfvab]|\\[!-/:-@\[-`{-~])*\]", re.DOTALL)
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
    return Approximation(tuple(branches), writer.exact and not any(map(_blurred, nodes)))


def _blurred(node: Node, inner: bool = False) -> bool:
    """Whether something of the pattern is lost: a condition, a reference, an edge inside."""
    match node:
        case Blur() | Stretch():
            return True
        case Edge():
            return inner
        case Seq(items=nodes):
            return any(_blurred(item, inner) for item in nodes)
        case Alt(branches=nodes):
            return any(_blurred(branch, True) for branch in nodes)
        case Repeat(item=item):
            return _blurred(item, True)
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
    def __init__(self, unicode: bool) -> None:
        self.unicode = unicode
        self.exact = True

    def branch(self, items: list[Node]) -> Branch | None:
        """Write one alternative without the text it can do without; None where nearly every line has it."""
        begins = ends = False
        while items and isinstance(items[0], Edge):
            begins = begins or items[0].where == "^"
            self.exact = self.exact and items[0].where == "^"
            del items[0]
        while items and isinstance(items[-1], Edge):
            ends = ends or items[-1].where == "$"
            items.pop()
        if begins and self._any_text(items[0]):
            begins = False
        items = items if begins else _trim_row(items, 0)
        if ends and self._any_text(items[-1]):
            ends = False
        self.exact = self.exact and not ends
        items = items if ends else _trim_row(items, -1)
        if self._common(items) and not begins and not ends:
            return None
        return Branch("^" * begins + self._write(sequence(items)), ends)

    def _any_text(self, node: Node) -> bool:
        """Whether a node is ``.*``."""
        return isinstance(node, Repeat) and not node.low and node.high is None and isinstance(node.item, Set) and node.item.text == "."

    def _common(self, items: list[Node]) -> bool:
        node = sequence(items)
        if isinstance(node, Repeat) and node.low < 3:
            node = node.item
        return isinstance(node, Stretch) or (isinstance(node, Set) and len(_members(node, self.unicode)[0]) >= _COMMON)

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
            case _:
                self.exact = False
                return ""

    def _text(self, text: str, fold: bool) -> str:
        if len(text) > LONG_TEXT:
            self.exact = False
            return self._text(text[: LONG_TEXT // 2], fold) + r"[^\n]*" + self._text(text[-LONG_TEXT // 2 :], fold)
        if "\r" in text:
            self.exact = False
        return "".join(map(self._folded, text)) if fold else self._literal(text)

    def _literal(self, text: str) -> str:
        try:
            return literal(text.encode())
        except UnicodeEncodeError:
            self.exact = False
            return "".join(_HIGH if ord(char) > 127 else literal(char.encode()) for char in text)

    def _folded(self, char: str) -> str:
        if not char.isascii():
            return self._set(Set(char, True))
        alike = [literal(other.encode()) for other in _alike(char, self.unicode)]
        own = f"(?i:{char})" if char.isalpha() else literal(char.encode())
        return f"(?:{'|'.join([own, *alike])})" if alike else own

    def _set(self, node: Set) -> str:
        ascii_part, high = _members(node, self.unicode)
        if high != "none" or "\r" in ascii_part or not ascii_part:
            self.exact = False
        own = _class(ascii_part) if ascii_part else ""
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
            self.exact = False
            low, high = min(low, most), None
        return f"(?:{self._write(item)}){_count(low, high)}"

    def _run(self, item: Set, low: int, high: int | None) -> str:
        """A repeated set: with bytes beyond ASCII in it, counts of characters bound counts of bytes."""
        ascii_part, beyond = _members(item, self.unicode)
        if low > _LONG_RUN or (high is not None and high > _LONG_RUN // 4):
            self.exact = False
            low, high = min(low, _LONG_RUN), None
        if beyond == "none" and ascii_part:
            if "\r" in ascii_part and (low or high is not None):
                self.exact = False
            return _class(ascii_part) + _count(low, high)
        if beyond != "all" or low or high is not None:
            self.exact = False
        if high is not None and high <= 8:
            return f"(?:{self._set(item)}){_count(low, high)}"
        return _class(ascii_part, r"\x80-\xff") + _count(low, None if high is None else 4 * high)


def _count(low: int, high: int | None) -> str:
    if (low, high) in {(0, None), (1, None), (0, 1), (1, 1)}:
        return {(0, None): "*", (1, None): "+", (0, 1): "?", (1, 1): ""}[(low, high)]
    return f"{{{low}}}" if low == high else f"{{{low},{'' if high is None else high}}}"


def _class(members: str, more: str = "") -> str:
    """Spell a set of ASCII characters (no line break in it) as ranges of bytes."""
    ranges: list[list[int]] = []
    for code in sorted(map(ord, members)):
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    spelled = [f"\\x{a:02x}" if a == b else f"\\x{a:02x}-\\x{b:02x}" for a, b in ranges]
    return f"[{''.join(spelled)}{more}]"


@lru_cache(maxsize=512)
def _members(node: Set, unicode: bool) -> tuple[str, Literal["none", "some", "all"]]:
    """What a set holds: of ASCII without the line break, and of the rest none, maybe some, or every character."""
    import regex

    flags = regex.V0 | regex.DOTALL | (regex.IGNORECASE if node.fold else 0) | (0 if unicode else regex.ASCII)
    one = regex.compile(node.text, flags)
    found = {char for char in _ASCII if one.search(char) or one.fullmatch(char)}
    if node.fold:
        # Searching for r"\p{Lu}" and matching it in its place differ in `regex` when case is ignored: both count.
        found |= set("".join(found).swapcase())
    ascii_part = "".join(sorted(found))
    if node.text == ".":
        return ascii_part, "all"
    if not _PLAIN_SET.fullmatch(node.text) or "[:" in node.text:
        return ascii_part, "some"
    if node.text.startswith("[^"):
        return ascii_part, "some" if node.fold and not set("kKsSiI") <= set(ascii_part) else "all"
    return ascii_part, "some" if node.fold and set("kKsSiI") & set(ascii_part) else "none"


@lru_cache(maxsize=256)
def _alike(char: str, unicode: bool) -> str:
    """The characters beyond ASCII that match an ASCII one when case is ignored."""
    import regex

    flags = regex.V0 | regex.IGNORECASE | (0 if unicode else regex.ASCII)
    return "".join(regex.findall(char, ALIKE, flags)) if char.isalpha() else ""
