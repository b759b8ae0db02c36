r"""Which two characters of a literal hyperscan looks for first.

For one literal it takes the last eight characters, and of these the first two neighbours that differ: ``er`` of ``error``, which is
everywhere, so that the scan stops all the time and is two to three times slower than with ``ro``. It can't be told, but it
looks for no part of an expression that is a set of more than two characters. So characters before a rarer pair become
sets, with bytes that never occur in UTF-8 in them.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final


#: Characters of text, code and logs, whatever their case, the frequent ones first; others are rarer.
_FREQUENT: Final = " e0a1ton2irs-l:3d4u5c6h.7m8p9g_f=b/ykwv,\"'()xz[]jq"
_SEEN: Final = 8
#: So many characters must be left; with fewer hyperscan may look for something else.
_LEFT: Final = 4
#: It must be so many times rarer, as this is a guess.
_WORTH: Final = 1.5
_NEVER: Final = r"\xf8-\xff"
_CHAR: Final = r"\(\?i:(?P<any>[A-Za-z])\)|(?P<plain>[A-Za-z0-9])|\\x(?P<code>[2-7][0-9a-f])"


def steered(expression: str) -> str:
    r"""Return an expression (of `approximate` or `literal`) that begins with a literal so that its rarest characters are looked for.

    It matches what ``expression`` does, and more only where bytes from 0xF8 on are, which are not UTF-8.
    """
    border = r"\b" if expression.startswith(r"\b") else ""
    tokens = []
    at = len(border)
    token = re.compile(_CHAR)
    while found := token.match(expression, at):
        tokens.append(found)
        at = found.end()
    if tokens and expression[at : at + 1] in tuple("*+?{"):
        del tokens[-1]
    chars = [_char(found) for found in tokens]
    first = min(range(max(len(chars) - _LEFT, 0) + 1), key=lambda start: (_often(chars, start), start))
    if _often(chars, first) * _WORTH > _often(chars, 0):
        return expression
    sets = [f"[{_members(found)}{_NEVER}]" for found in tokens[:first]]
    return border + "".join(sets) + expression[tokens[first].start() :]


def _char(found: re.Match[str]) -> str:
    return chr(int(found["code"], 16)) if found["code"] else (found["any"] or found["plain"]).lower()


def _members(found: re.Match[str]) -> str:
    char = found["any"]
    return f"{char.lower()}{char.upper()}" if char else found[0]


def _often(chars: list[str], start: int) -> float:
    """Return how often the pair is met that hyperscan looks for in a literal that begins at ``start``, as a guess."""
    often = 1.0
    for one, other in zip(chars[(begin := max(start, len(chars) - _SEEN)) :], chars[begin + 1 :], strict=False):
        often = _share(one) * _share(other)
        if one != other:
            break
    return often


def _share(char: str) -> float:
    place = _FREQUENT.find(char)
    return 1 / (2 + (place if place >= 0 else len(_FREQUENT)))
