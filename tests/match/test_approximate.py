"""What the approximation takes for granted of `regex`, asked of every character there is."""

from __future__ import annotations

import regex

from streamtools.match.charsets import ALIKE, members_of
from streamtools.match.syntax import Set

EVERY = "".join(chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xDC80)


def test_letters_alike() -> None:
    """T2: the characters beyond ASCII that match an ASCII one without case are those that we know of."""
    found = set(regex.findall(r"(?i)[\x00-\x7f]", EVERY))
    for letter in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ":
        found |= set(regex.findall(f"(?i){letter}", EVERY))
    assert {char for char in found if ord(char) > 127} == set(ALIKE)


def test_members_of_sets() -> None:
    """T2: a set said to hold nothing beyond ASCII holds nothing there, one said to hold all lacks nothing, and what of ASCII is sure is right."""
    high = EVERY[128:]
    for text in (
        "[a-z]",
        "[^k]",
        "[0-9_]",
        "[^\\x22]",
        r"[\.\-\t ]",
        "[^]a]",
        r"[^\s]",
        r"\d",
        r"\w",
        r"\s",
        r"\W",
        r"\p{Lu}",
        r"[[:alpha:]]",
        ".",
    ):
        for fold in (False, True):
            ascii_part, beyond, sure = members_of(Set(text, fold), True)
            flags = regex.V0 | regex.DOTALL | (regex.IGNORECASE if fold else 0)
            held = set(regex.findall(text, EVERY[:128], flags)) - {"\n"}
            assert (set(ascii_part) == held) if sure else (set(ascii_part) > held)
            number = sum(map(len, regex.findall(f"{text}+", high, flags)))
            assert {"none": number == 0, "all": number == len(high), "some": True}[beyond], (text, fold, number)
