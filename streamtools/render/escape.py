r"""File text made visible: no byte of a file can steer a terminal or hide from a reader.

Tabs stay. Other control characters, ANSI escapes, bidirectional overrides, zero-width and tag
characters and the separators U+0085, U+2028 and U+2029 are written as ``\x1b``, ``\u202e`` or
``\U000e0041``, undecodable bytes as ``\xNN``. U+200C and U+200D stay: Persian, Hindi and emoji
need them. Sources: Unicode Technical Report 36, "Trojan Source" (CVE-2021-42574).
"""

from __future__ import annotations

from streamtools.errors import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final


def _escape(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


_HIDDEN: Final = (
    *(code for code in range(0x20) if code != ord("\t")),
    *range(0x7F, 0xA0),
    *(0xAD, 0x61C, 0x180E, 0x200B, 0x200E, 0x200F),
    *range(0x2028, 0x202F),
    *range(0x2060, 0x2070),
    *(0xFEFF, 0xFFF9, 0xFFFA, 0xFFFB),
    *range(0xE0000, 0xE0080),
)
_TABLE: Final = {code: _escape(code) for code in _HIDDEN}
#: Those of them that are one byte.
ASCII_HIDDEN: Final = bytes(code for code in _HIDDEN if code < 0x80)


def _plain(data: bytes) -> bool:
    return data.isascii() and len(data.translate(None, ASCII_HIDDEN)) == len(data)


def visible(data: bytes) -> str:
    """Return UTF-8 bytes of a file as harmless text."""
    return data.decode("ascii") if _plain(data) else data.decode("utf-8", "backslashreplace").translate(_TABLE)


def width(data: bytes) -> int:
    """Return how many bytes of UTF-8 `visible` makes of ``data``."""
    if _plain(data):
        return len(data)
    shown = visible(data)
    return len(shown) if shown.isascii() else len(shown.encode("utf-8"))


def fit(data: bytes, room: int) -> int:
    """Return how many bytes of ``data`` can be shown in ``room`` bytes, whole characters only."""
    head = data[:room]
    if _plain(head):
        return len(head)
    if len(head) == len(data) and width(data) <= room:
        return len(data)
    used = taken = 0
    for char in data[: room + 3].decode("utf-8", "surrogateescape"):
        shown = _TABLE.get(ord(char), char)
        raw = "\ud800" <= char <= "\udfff"
        used += 4 if raw else len(shown.encode("utf-8"))
        if used > room:
            break
        taken += 1 if raw else len(char.encode("utf-8"))
    return min(taken, len(data))


def name(path: str) -> str:
    """Return a file name as one line that can't pass for a notice: those begin with a bracket."""
    shown = printable(path)
    return f"./{shown}" if shown.startswith("[") else shown
