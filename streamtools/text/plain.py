"""Whether bytes are text that needs no second look: by `stringzilla`, with the processor's vectors, or without it."""

from __future__ import annotations

import codecs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

try:
    from stringzilla import find_first_of as _vectors
except ImportError:
    _vectors = None

_first_of: Final[Callable[..., int] | None] = _vectors
_OTHERS: Final = b"\0" + bytes(range(128, 256))


def plain(data: memoryview) -> bool:
    """Whether every byte is ASCII and none a NUL.

    Memory: without `stringzilla` a copy of ``data`` for a moment.
    """
    if _first_of is not None:
        return _first_of(data, _OTHERS) < 0
    text = bytes(data)
    return text.isascii() and b"\0" not in text


def utf8(data: bytes) -> bool:
    """Whether data is UTF-8 without a NUL; a mark counts as a character.

    Memory: its text for a moment.
    """
    if b"\0" in data:
        return False
    try:
        codecs.utf_8_decode(data, "strict", True)
    except UnicodeDecodeError:
        return False
    return True
