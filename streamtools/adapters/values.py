r"""What the values of ``sgrep``'s flags may be: ripgrep's syntax, checked while the command line is read.

Every converter raises `BadValue`: our sentence, and ripgrep's text (15.2, as it prints them).
"""

from __future__ import annotations

from streamtools.adapters.argv import FORGET, BadValue, lossy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final


_LARGEST: Final = (1 << 64) - 1
_ESCAPES: Final = {"n": b"\n", "r": b"\r", "t": b"\t", "0": b"\0", "\\": b"\\"}


def raw(text: str) -> str:
    """A file's or a command's name: any bytes."""
    return text


def text(value: str) -> str:
    """Text: refused where it is not UTF-8."""
    if not is_text(value):
        raise BadValue("the value is not valid UTF-8", "value is not valid UTF-8")
    return value


def is_text(value: str) -> bool:
    """Whether a word of the command line is UTF-8."""
    return value.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in value)


def number(value: str) -> int:
    """A whole number from 0 to 2**64-1; a ``+`` may stand before it."""
    digits = text(value).removeprefix("+")
    if digits.isascii() and digits.isdigit():
        if (converted := _digits(digits)) <= _LARGEST:
            return converted
        why = "number too large to fit in target type"
    else:
        why = "invalid digit found in string" if value else "cannot parse integer from empty string"
    raise BadValue(f"{lossy(value)!r} is not a whole number", f"value is not a valid number: {why}")


def limit(value: str) -> object:
    """A number of which 0 means none."""
    return number(value) or FORGET


def size(value: str) -> int:
    """A size in bytes with an optional suffix K, M or G (1024-based)."""
    digits = text(value)
    factor = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}.get(value[-1:], 1)
    if factor > 1:
        digits = value[:-1]
    if not digits.isascii() or not digits.isdigit():
        raise BadValue(
            f"{value!r} is not a size: a whole number, and K, M or G behind it for larger units",
            f"invalid size: invalid format for size '{value}', which should be a non-empty sequence of digits "
            "followed by an optional 'K', 'M' or 'G' suffix",
        )
    if (count := _digits(digits)) > _LARGEST:
        why = f"invalid integer found in size '{value}': number too large to fit in target type"
    elif count * factor > _LARGEST:
        why = f"size too big in '{value}'"
    else:
        return count * factor
    raise BadValue(f"{value!r} is too large", f"invalid size: {why}")


def _digits(digits: str) -> int:
    """Return the number; what is too long for a 64-bit number is not computed."""
    return int(digits) if len(digits.lstrip("0")) <= 20 else _LARGEST + 1


def choice(*names: str) -> Callable[[str], str]:
    """One of some words."""

    def convert(value: str) -> str:
        if text(value) not in names:
            raise BadValue(f"{value!r} is none of {', '.join(names)}", f"choice '{value}' is unrecognized")
        return value

    return convert


def engine(value: str) -> str:
    """One of ripgrep's engines."""
    if text(value) not in {"default", "pcre2", "auto"}:
        raise BadValue(f"{value!r} is none of default, pcre2, auto", f"unrecognized regex engine '{value}'")
    return value


def nothing_if_empty(value: str) -> object:
    """A name, where the empty one means none."""
    return value or FORGET


def escaped(value: str) -> str:
    r"""A separator of any bytes, where ``\n \r \t \0 \\ \xHH`` are escapes and any other backslash is itself.

    Returned as `os.fsdecode` would: bytes that are not UTF-8 are lone surrogates.
    """
    if not is_text(value):
        said = "separator must be valid UTF-8 (use escape sequences to provide a separator that is not valid UTF-8)"
        raise BadValue(r"a separator must be UTF-8; write other bytes as \xHH", said)
    return _unescaped(value).decode("utf-8", "surrogateescape")


def _unescaped(value: str) -> bytes:
    first, *parts = value.split("\\")
    made, at = [first.encode()], 0
    while at < len(parts):
        part = parts[at]
        at += 1
        if not part and at < len(parts):
            made.append(b"\\" + parts[at].encode())
            at += 1
        elif part[:1] in _ESCAPES and part:
            made.append(_ESCAPES[part[0]] + part[1:].encode())
        elif part[:1] == "x" and len(part) > 2 and all(digit in "0123456789abcdefABCDEF" for digit in part[1:3]):
            made.append(bytes([int(part[1:3], 16)]) + part[3:].encode())
        else:
            made.append(b"\\" + part.encode())
    return b"".join(made)


def path_separator(value: str) -> object:
    """One byte, escapes as in `escaped`; the empty one means the system's."""
    made = _unescaped(text(value))
    if not made:
        return FORGET
    if len(made) > 1:
        raise BadValue(
            f"a path separator is one byte, and {value!r} is {len(made)}",
            f"A path separator must be exactly one byte, but the given separator is {len(made)} bytes: {value}\n"
            "In some shells on Windows '/' is automatically expanded. Use '//' instead.",
        )
    return made.decode("utf-8", "surrogateescape")


def encoding(value: str) -> object:
    """An encoding's label, as Python knows it; ``auto`` is as if it had not been given."""
    if text(value) == "auto":
        return FORGET
    if value == "none":
        return value
    from streamtools.adapters.labels import codec
    from streamtools.errors import UnknownEncoding
    from streamtools.text.encoding import codec_name

    try:
        codec_name(label := codec(value))
    except UnknownEncoding as error:
        raise BadValue(str(error), f"grep config error: unknown encoding: {value}") from error
    return label


def colors(value: str) -> str:
    """A specification as ``path:fg:blue``, checked."""
    from streamtools.adapters.looks import check_colors

    check_colors(text(value))
    return value


def hyperlink(value: str) -> str:
    """A format of links, or one of its aliases resolved; ``""`` is none."""
    from streamtools.adapters.looks import link_format

    return link_format(text(value))
