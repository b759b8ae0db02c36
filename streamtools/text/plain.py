"""Whether bytes are text that needs no second look: by `stringzilla`, with the processor's vectors, or without it."""

from __future__ import annotations

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
