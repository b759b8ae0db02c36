"""Expressions over raw bytes, in what `hyperscan` and `regex` have in common."""

from __future__ import annotations

from streamtools.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final


#: Of a longer text only the beginning and the end are looked for.
LONG_TEXT: Final = 256


class Branch(NamedTuple):
    """One alternative: ``text`` is ASCII; ``ends`` says that the line must end behind it."""

    text: str
    ends: bool


class Approximation(NamedTuple):
    r"""The alternatives, and whether together they match in no line too many.

    ``exact`` holds for every line, ``plain`` for those of ASCII without a ``\r``. ``need`` is a literal without which there is no match;
    ``gap`` says that the expression has one, so that looking for the literal first is worth it, however it is found.
    """

    branches: tuple[Branch, ...]
    exact: bool
    plain: bool = False
    need: bytes = b""
    gap: bool = False


def literal(text: bytes) -> str:
    """Return an expression for these bytes."""
    return "".join(chr(byte) if chr(byte).isalnum() and byte < 128 else f"\\x{byte:02x}" for byte in text)


def expressible(needles: Sequence[bytes]) -> bool:
    r"""Whether an expression can say exactly where some literals are: none is too long or holds a ``\r``."""
    return not any(len(needle) > LONG_TEXT or b"\r" in needle for needle in needles)


def of_needles(needles: Sequence[bytes]) -> Approximation | None:
    """Return the exact expression for some literals; None where they are not `expressible`."""
    if not expressible(needles):
        return None
    return Approximation(tuple(Branch(literal(needle), False) for needle in needles), True)
