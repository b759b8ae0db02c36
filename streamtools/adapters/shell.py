"""File names and commands as they can be pasted into a shell."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def word(name: str) -> str:
    r"""Return an argument quoted for a shell, as one printable line.

    Line ends, control characters and undecodable bytes come as ``$'\xNN'``, which bash, zsh and ksh take.
    """
    if name.isprintable():
        import shlex

        return shlex.quote(name)
    return "$'" + "".join(map(_escaped, name)) + "'"


def file(name: str) -> str:
    """Return a file's name quoted for a shell; one that begins with ``-`` is no flag then."""
    return word(f"./{name}" if name.startswith("-") and name != "-" else name)


def sread(flags: Iterable[str], names: Sequence[str]) -> str:
    """Return an ``sread`` command; without names it reads what is piped in again."""
    words = " ".join(["sread", *flags, *map(file, names)])
    return words if names else f"... | {words}"


def _escaped(char: str) -> str:
    if char in "'\\":
        return f"\\{char}"
    if char.isprintable():
        return char
    return "".join(f"\\x{byte:02x}" for byte in os.fsencode(char))
