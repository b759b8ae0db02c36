r"""What encoding a file is in, decided once from its first 64 KiB.

The order is: explicit label, byte order mark, UTF-8, UTF-16 without a mark, chardet. A file
whose head is plain ASCII is UTF-8. Text with a few stray NULs is text; what is neither valid
in any encoding nor free of control bytes is binary.

Python's own codecs decode (for the legacy multibyte ones they differ in part of the table from
the WHATWG decoders of browsers and ripgrep).
"""

from __future__ import annotations

import codecs

from streamtools.errors import UnknownEncoding
from streamtools.events import Encoding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final


#: The label of a file whose bytes are taken as they are.
NONE: Final = "none"
BINARY: Final = Encoding("binary", "guess")

#: Byte order marks, the longer of two that begin alike first.
MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: Codecs that turn text into other text, or need a whole string: not encodings of a file.
_NOT_TEXT: Final = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem", "utf-7"}
#: chardet names a subset; the superset decodes the same text and more of it.
_WIDER: Final = {"gb2312": "gb18030", "gbk": "gb18030", "euc_kr": "cp949", "shift_jis": "cp932", "ascii": "utf-8"}
#: Beginnings of common binary formats that hold few NULs or none in their first bytes.
_MAGIC: Final = (
    b"\x89PNG",
    b"\x1f\x8b",
    b"PK\x03\x04",
    b"\x7fELF",
    b"BZh9",
    b"\xfd7zXZ\x00",
    b"\x28\xb5\x2f\xfd",
    b"\xff\xd8\xff",
    b"GIF8",
    b"%PDF-",
)
_CONTROLS: Final = bytes(set(range(32)) - set(b"\t\n\r\f\b\x1b"))
_SAMPLE: Final = 8192
#: Labels are shown up to so many characters.
_LABEL: Final = 40


def detect(head: bytes, *, complete: bool, label: str | None = None, guess: bool = True) -> Encoding:
    """Decide how a file that begins with ``head`` is to be decoded.

    ``complete`` says that ``head`` is the whole file; otherwise a character cut at its end
    does not count against an encoding. With ``guess=False`` only a mark of UTF-8 or UTF-16 decides, and what has none
    is taken as it is, as with the label ``"none"``. Raises `UnknownEncoding` for a label without a codec.
    """
    if label == NONE:
        return Encoding("utf-8", "given")
    if not guess:
        return _marked(head, label)
    if label is not None:
        return _given(label, head)
    for mark, name in MARKS:
        if head.startswith(mark):
            return Encoding(name, "bom", len(mark))
    if head.isascii() and 0 not in head:
        return Encoding("utf-8", "ascii")
    if head.startswith(_MAGIC):
        return BINARY
    if 0 in head:
        return _with_nuls(head, complete=complete)
    if _errors(head, complete=complete) == 0:
        return Encoding("utf-8", "valid")
    return _guess(head, complete=complete)


def _marked(head: bytes, label: str | None) -> Encoding:
    """As ripgrep decides: a mark of UTF-8 or UTF-16 wins over a label."""
    for mark, name in MARKS:
        if head.startswith(mark) and not name.startswith("utf-32"):
            return Encoding(name, "bom", len(mark))
    return Encoding("utf-8", "guess") if label is None else _given(label, head)


def codec_name(label: str) -> str:
    """Return Python's name for an encoding label. Raises `UnknownEncoding`, with near-miss names."""
    try:
        info = codecs.lookup(label)
    except (LookupError, ValueError) as error:
        shown = label if len(label) <= _LABEL else label[:_LABEL] + "..."
        raise UnknownEncoding(f"unknown encoding {shown!r}{_near(label[:_LABEL])}") from error
    name = info.name.replace("_", "-") if info.name.startswith("utf") else info.name
    if not getattr(info, "_is_text_encoding", True) or info.name.replace("_", "-") in _NOT_TEXT:
        raise UnknownEncoding(f"{label!r} is no encoding of text files; try utf-8, utf-16, latin-1 or gb18030")
    return "utf-8" if name == "utf-8-sig" else name


def _near(label: str) -> str:
    import difflib
    from encodings.aliases import aliases

    names = difflib.get_close_matches(label.lower().replace("-", "_"), {*aliases, *aliases.values()}, 3)
    return f"; did you mean {', '.join(names)}?" if names else "; try utf-8, utf-16, latin-1, gb18030 or shift_jis"


def _given(label: str, head: bytes) -> Encoding:
    name = codec_name(label)
    if name in {"utf-16", "utf-32"}:
        found = next(((mark, found) for mark, found in MARKS if found.startswith(name) and head.startswith(mark)), None)
        return Encoding(f"{name}-le", "given") if found is None else Encoding(found[1], "given", len(found[0]))
    mark = next((mark for mark, found in MARKS if found == name and head.startswith(mark)), b"")
    return Encoding(name, "given", len(mark))


def _errors(head: bytes, *, complete: bool) -> int:
    """Count the places, up to 2048, at which ``head`` is not UTF-8; a character cut at its end is none."""
    view = memoryview(head)
    position = 0
    for count in range(2048):
        try:
            codecs.utf_8_decode(view[position:], "strict", complete)
        except UnicodeDecodeError as error:
            position += max(error.end, 1)
        else:
            return count
    return 2048


def _with_nuls(head: bytes, *, complete: bool) -> Encoding:
    for name in ("utf-16-le", "utf-16-be"):
        if _is_utf16(head, name):
            return Encoding(name, "guess")
    others = len(head) - len(head.translate(None, _CONTROLS))
    if head.count(0) <= max(4, len(head) // 20) and others <= max(2, len(head) // 25) and _errors(head, complete=complete) == 0:
        return Encoding("utf-8", "ascii" if head.isascii() else "valid")
    return BINARY


def _is_utf16(head: bytes, name: str) -> bool:
    """Whether ``head`` reads as text in that byte order: blanks or line ends, and no odd characters."""
    import unicodedata

    sample = head[: min(len(head), 2 * _SAMPLE) & ~1]
    if len(sample) < 4:
        return False
    text = sample.decode(name, "replace")
    text = text.removesuffix("\ufffd")
    if not any(mark in text for mark in " \n\r\t\u3000\u3002"):
        return False
    odd = sum(unicodedata.category(char) in {"Cc", "Cn", "Co", "Cs"} and char not in "\t\n\r\f\x1b" for char in text) + text.count("\ufffd")
    ascii_share = sum(char < "\x80" for char in text)
    swapped = sum(ord(char) & 0xFF == 0 for char in text)
    return odd * 100 <= len(text) and (swapped * 10 <= len(text) or ascii_share * 2 > len(text))


def _guess(head: bytes, *, complete: bool) -> Encoding:
    """Choose among UTF-8 with a few bad bytes, a legacy encoding, and binary."""
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if controls > max(1, len(head) // 50):
        return BINARY
    errors = _errors(head, complete=complete)
    whole = sum(byte >= 0xC2 for byte in head[: 4 * _SAMPLE])
    if whole - errors >= 3 * errors:
        return Encoding("utf-8", "guess")
    import chardet

    found = chardet.detect(head)["encoding"]
    if found is None:
        return Encoding("utf-8", "guess")
    name = codec_name(found)
    name = _WIDER.get(name, name)
    return Encoding(name, "guess")
