"""Many texts made visible, or measured, with one look at all of them: by `stringzilla`, with the processor's vectors, or without it."""

from __future__ import annotations

from streamtools.render.escape import ASCII_HIDDEN, visible, width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Final

try:
    from stringzilla import find_first_of as _vectors
except ImportError:
    _vectors = None

_first_of: Final[Callable[..., int] | None] = _vectors
_LINE_END: Final = b"\n"
#: What may be hidden, or is not one character a byte.
_OTHERS: Final = ASCII_HIDDEN + bytes(range(0x80, 0x100))
_OTHERS_IN_LINES: Final = _OTHERS.replace(_LINE_END, b"")


def _holds(data: bytes, others: bytes) -> bool:
    return _first_of(data, others) >= 0 if _first_of is not None else len(data.translate(None, others)) < len(data)


def visibles(texts: Sequence[bytes]) -> list[str]:
    """Return `visible` of each.

    Memory: three times the texts.
    """
    whole = _LINE_END.join(texts)
    if not _holds(whole, _OTHERS_IN_LINES):
        shown = whole.decode("ascii").split("\n")
        # a line end in one of them has to be hidden, too
        if len(shown) == len(texts):
            return shown
    return [visible(data) for data in texts]


def widths(texts: Sequence[bytes]) -> int:
    """Return the `width` of all together.

    Memory: the texts once more, without `stringzilla` twice.
    """
    whole = b"".join(texts)
    return sum(map(width, texts)) if _holds(whole, _OTHERS) else len(whole)
