r"""The expression of the lines that hold none of some literals: what an automaton of them does not accept.

    without([b"ab"])        # ^(?:[^a\n]|a(?:a)*[^ab\n])*(?:a(?:a)*)?\n

The automaton is that of Aho and Corasick over bytes; its states are taken out one by one, the deepest first, and what
led through them is written on the edges that are left.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final


#: The end of a line, as a state.
_END: Final = -1
#: Longer expressions are not worth it: hyperscan runs them slowly, or takes long to compile them.
_LONGEST: Final = 2000
#: More states than this give one in any case.
_STATES: Final = 40

_Edges = list[dict[int, str]]


def without(needles: Sequence[bytes]) -> str | None:
    r"""Return an expression for whole lines with their ``\n``, for raw bytes and with ``^`` at every line; None where it gets too long."""
    if not all(needles) or any(b"\n" in needle for needle in needles) or sum(map(len, needles)) > _STATES:
        return None
    edges = _edges(*_automaton(needles), b"".join(needles))
    for state in range(len(edges) - 1, 0, -1):
        _take_out(edges, state)
        if sum(len(text) for targets in edges[:state] for text in targets.values()) > _LONGEST:
            return None
    loop, end = edges[0].get(0, ""), edges[0].get(_END, "")
    return f"^{_many(loop)}{end}\\n"


def _automaton(needles: Sequence[bytes]) -> tuple[list[dict[int, int]], list[int], set[int]]:
    """Return for each state, the root first and deeper ones later: its children by byte, where it falls back to, and which are final."""
    children: list[dict[int, int]] = [{}]
    final: set[int] = set()
    at = dict.fromkeys(range(len(needles)), 0)
    for depth in range(max(map(len, needles))):
        for number, needle in enumerate(needles):
            if depth >= len(needle) or at[number] in final:
                continue
            byte = needle[depth]
            if byte not in children[at[number]]:
                children[at[number]][byte] = len(children)
                children.append({})
            at[number] = children[at[number]][byte]
            if depth == len(needle) - 1:
                final.add(at[number])
    back = [0] * len(children)
    for state, row in enumerate(children):
        for byte, child in row.items():
            back[child] = _next(children, back, back[state], byte) if state else 0
            if back[child] in final:
                final.add(child)
    return children, back, final


def _next(children: list[dict[int, int]], back: list[int], state: int, byte: int) -> int:
    while state and byte not in children[state]:
        state = back[state]
    return children[state].get(byte, 0)


def _edges(children: list[dict[int, int]], back: list[int], final: set[int], alphabet: bytes) -> _Edges:
    """Return the texts on the edges from each state; none leads to a final one, and from all others a line may end."""
    edges: _Edges = []
    for state in range(len(children)):
        ways: dict[int, set[int]] = {}
        for byte in set(alphabet):
            ways.setdefault(_next(children, back, state, byte), set()).add(byte)
        row = {target: _set(found, "") for target, found in ways.items() if target and target not in final}
        row[0] = _set(set(alphabet) - ways.get(0, set()) | {10}, "^")
        row[_END] = ""
        edges.append(row if state not in final else {})
    return edges


def _set(members: set[int], sign: str) -> str:
    return "[" + sign + "".join(f"\\x{byte:02x}" for byte in sorted(members)) + "]"


def _take_out(edges: _Edges, state: int) -> None:
    """Write what leads through a state, which no deeper one is left of, on the edges of the others."""
    ways = edges[state]
    loop = _many(ways.pop(state, ""))
    for row in edges[:state]:
        into = row.pop(state, None)
        if into is None:
            continue
        for target, text in ways.items():
            through = into + loop + text
            row[target] = _either(row[target], through) if target in row else through


def _either(one: str, other: str) -> str:
    return f"(?:{one}|{other})" if one and other else f"(?:{one or other})?" if one or other else ""


def _many(text: str) -> str:
    return f"(?:{text})*" if text else ""
