r"""Any encoding to UTF-8, piece by piece, with a way back to byte offsets of the file.

    transcoder = Transcoder("utf-16-le", offset=2)
    data = transcoder.feed(raw)             # UTF-8; undecodable bytes stay as they are
    transcoder.offset(5)                    # where byte 5 of `data` stands in the file

Undecodable bytes from 0x80 up stay in the output as they are, which makes them invalid UTF-8,
so that a renderer shows them as ``\xNN``; those below are ASCII in any case. A lone UTF-16
surrogate becomes the three bytes that UTF-8 would give it, invalid as well.
"""

from __future__ import annotations

import codecs
from bisect import bisect_right

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final


_KEEP: Final = "streamtools.keep"
_ESCAPED: Final = range(0xDC80, 0xDD00)


def _keep(error: UnicodeError) -> tuple[str | bytes, int]:
    """Error handler of both directions: bytes come through a round trip unchanged."""
    if isinstance(error, UnicodeDecodeError):
        bad = error.object[error.start : error.end]
        if error.encoding.startswith("utf-16") and len(bad) == 2:
            return chr(int.from_bytes(bad, "little" if error.encoding.endswith("le") else "big")), error.end
        return "".join(chr(0xDC00 + byte) if byte >= 0x80 else chr(byte) for byte in bad), error.end
    if isinstance(error, UnicodeEncodeError):
        return b"".join(_kept(char, error.encoding) for char in error.object[error.start : error.end]), error.end
    raise error


def _kept(char: str, encoding: str) -> bytes:
    if encoding.startswith("utf-16"):
        return char.encode(encoding, "surrogatepass")
    if ord(char) in _ESCAPED:
        return bytes([ord(char) - 0xDC00])
    return char.encode("utf-8", "surrogatepass")


codecs.register_error(_KEEP, _keep)


class Transcoder:
    """Decode one encoding incrementally and give UTF-8.

    ``offset`` is the byte of the file at which the first fed byte stands. ``undecodable``
    counts the bytes (for UTF-16 the units) that no character stands for.

    Memory: one mark of 16 bytes a piece of ``piece`` raw bytes that is still remembered
    (`forget`), and the decoded text of one call of `feed`.
    """

    def __init__(self, encoding: str, *, offset: int = 0, piece: int = 4096) -> None:
        self.encoding = encoding
        self.undecodable = 0
        self._decoder = codecs.getincrementaldecoder(encoding)(_KEEP)
        self._piece = piece
        self._produced: list[int] = []
        self._offsets: list[int] = []
        self._fed = offset
        self._output = 0

    def feed(self, raw: bytes | memoryview, *, final: bool = False) -> bytes:
        """Return the UTF-8 of all characters that are complete; ``final`` flushes the rest."""
        parts = [self._step(bytes(raw[at : at + self._piece])) for at in range(0, len(raw), self._piece)]
        if final:
            parts.append(self._step(b"", final=True))
        return b"".join(parts)

    def _step(self, raw: bytes, *, final: bool = False) -> bytes:
        pending = self._decoder.getstate()[0]
        self._produced.append(self._output)
        self._offsets.append(self._fed - len(pending))
        text = self._decoder.decode(raw, final)
        self._fed += len(raw)
        try:
            data = text.encode("utf-8")
        except UnicodeEncodeError:
            self.undecodable += sum("\ud800" <= char <= "\udfff" for char in text)
            data = text.encode("utf-8", _KEEP)
        self._output += len(data)
        return data

    def anchor(self, position: int) -> tuple[int, int]:
        """Return the last mark at or before output byte ``position``: (output byte, file byte)."""
        at = max(bisect_right(self._produced, position) - 1, 0)
        return self._produced[at], self._offsets[at]

    def width(self, data: bytes) -> int:
        """Return how many bytes of the file the UTF-8 ``data`` stands for."""
        if data.isascii() and not self.encoding.startswith("utf"):
            return len(data)
        try:
            text = data.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            text = data.decode("utf-8", "surrogateescape")
        return len(text.encode(self.encoding, _KEEP))

    def forget(self, position: int) -> None:
        """Drop the marks that no output byte from ``position`` on needs."""
        at = bisect_right(self._produced, position) - 1
        if at > 0:
            del self._produced[:at]
            del self._offsets[:at]
