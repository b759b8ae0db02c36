"""What the approximation takes for granted of `regex`, asked of every character there is."""

from __future__ import annotations

import regex

from streamtools.match.approximate import ALIKE, _members
from streamtools.match.syntax import Set

EVERY = "".join(chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xDC80)


def test_letters_alike() -> None:
    """T2: the characters beyond ASCII that match an ASCII one without case are those that we know of."""
    found = set(regex.findall(r"(?i)[\x00-\x7f]", EVERY))
    for letter in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ":
        found |= set(regex.findall(f"(?i){letter}", EVERY))
    assert {char for char in found if ord(char) > 127} == set(ALIKE)


def test_members_of_sets() -> None:
    """T2: a set said to hold nothing beyond ASCII holds nothing there, and one said to hold all lacks nothing."""
    high = EVERY[128:]
    for text in ("[a-z]", "[^k]", "[0-9_]", "[^\\x22]", r"[\.\-\t ]", "[^]a]", r"[^\s]", "."):
        for fold in (False, True):
            ascii_part, beyond = _members(Set(text, fold), True)
            flags = regex.V0 | regex.DOTALL | (regex.IGNORECASE if fold else 0)
            assert set(ascii_part) == set(regex.findall(text, EVERY[:128], flags)) - {"\n"}
            number = sum(map(len, regex.findall(f"{text}+", high, flags)))
            assert {"none": number == 0, "all": number == len(high), "some": True}[beyond], (text, fold, number)
