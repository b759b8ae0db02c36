"""What the sets and characters of a pattern hold of ASCII, and whether of more."""

from __future__ import annotations

import re
from functools import lru_cache

from streamtools.match.sets import contrary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final, Literal

    from streamtools.match.syntax import Set


_ASCII: Final = "".join(chr(code) for code in range(128) if code != 10)
#: The only characters beyond ASCII that `regex` takes for an ASCII letter when it ignores case (K, s, i).
ALIKE: Final = "\u212a\u017f\u0130\u0131"
_ALIKE: Final = {"k": "\u212a", "K": "\u212a", "s": "\u017f", "S": "\u017f", "i": "\u0130", "I": "\u0131"}
#: What `re` and `regex` agree on for ASCII; ``re.ASCII`` since `re` counts the separators 0x1c to 0x1f as space otherwise.
_KNOWN_SET: Final = r"\[\^?(?:[\x00-Z\]-\x7f]|\\x[0-7][0-9a-fA-F]|\\[tnrfvabdDwWsS]|\\[!-/:-@\[-`{-~])*\]"
_SIGNS: Final = ("[:", "--", "&&", "~~", "||")
_CLASSES: Final = frozenset({r"\d", r"\D", r"\w", r"\W", r"\s", r"\S"})


def spelled(members: str, more: str = "") -> str:
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
def members_of(node: Set, unicode: bool) -> tuple[str, Literal["none", "some", "all"], bool]:
    """What a set holds: of ASCII without the line break, and of the rest none, maybe some, or every character.

    And whether the part of ASCII is sure not to be too large.
    """
    text = node.text
    if text == ".":
        return _ASCII, "all", True
    known = known_set(text)
    found = _members_for_re(node) if known else _members_for_regex(node, unicode)
    plain = known and _CLASSES.isdisjoint(re.findall(r"\\.", text, re.DOTALL))
    # Searching for r"\p{Lu}" and matching it in its place differ in `regex` when case is ignored: both count.
    both = found | set("".join(found).swapcase()) if node.fold else found
    members = "".join(sorted(both))
    if not plain:
        return members, "some" if unicode or text not in {r"\d", r"\w"} else "none", both == found
    if text.startswith("[^"):
        return members, "some" if node.fold and not both.issuperset("kKsSiI") else "all", True
    return members, "some" if node.fold and not both.isdisjoint("kKsSiI") else "none", True


def known_set(text: str) -> bool:
    """Whether the standard library takes a set for the same characters of ASCII as `regex`; both compile it then."""
    if text == "." or text in _CLASSES:
        return True
    if re.fullmatch(_KNOWN_SET, text) is None or any(sign in text for sign in _SIGNS) or (text.startswith("[^") and contrary(text)):
        return False
    try:
        re.compile(text, re.DOTALL | re.ASCII)
    except re.error:
        return False
    return True


def _members_for_re(node: Set) -> set[str]:
    one = re.compile(node.text, re.DOTALL | re.ASCII | (re.IGNORECASE if node.fold else 0))
    return {char for char in _ASCII if one.match(char)}


def _members_for_regex(node: Set, unicode: bool) -> set[str]:
    import regex

    flags = regex.V0 | regex.DOTALL | (regex.IGNORECASE if node.fold else 0) | (0 if unicode else regex.ASCII)
    one = regex.compile(node.text, flags)
    return {char for char in _ASCII if one.search(char) or one.fullmatch(char)}


def alike(char: str, unicode: bool) -> str:
    """The characters beyond ASCII that match an ASCII one when case is ignored, as in `regex`."""
    return _ALIKE.get(char, "") if unicode else ""
