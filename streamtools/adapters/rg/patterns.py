"""Files of patterns, as ripgrep reads them."""

from __future__ import annotations

from streamtools.adapters.argv import UsageError
from streamtools.adapters.terminal import stream


def read(path: str) -> list[str]:
    """Return the lines of a file in UTF-8, in which a byte order mark is a character. Raises `UsageError` in ripgrep's words.

    Memory: the file, as the patterns are kept in any case.
    """
    fd = stream(path)
    found: list[str] = []
    try:
        with open(path if fd is None else fd, "rb", closefd=fd is None) as file:
            for number, row in enumerate(file, 1):
                line = row.removesuffix(b"\n").removesuffix(b"\r")
                found.append(_text(line, f"{'<stdin>' if path == '-' else path}:{number}"))
    except OSError as error:
        # ripgrep opens a folder, and fails only when it reads.
        blank = "" if isinstance(error, IsADirectoryError) else " "
        raise UsageError(f"{path}:{blank}{error.strerror} (os error {error.errno})") from error
    return found


def _text(line: bytes, place: str) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        raise UsageError(f"{place}: {_invalid(line, error.start)}") from error


def _invalid(line: bytes, at: int) -> str:
    shown = line.decode("utf-8", "surrogateescape")
    escaped = "".join(f"\\x{ord(sign) - 0xDC00:02X}" if "\udc80" <= sign <= "\udcff" else sign for sign in shown)
    return (
        f"found invalid UTF-8 in pattern at byte offset {at}: {escaped} (disable Unicode mode and use hex escape sequences "
        "to match arbitrary bytes in a pattern, e.g., '(?-u)\\xFF')"
    )
