"""A source as UTF-8 before anything looks at it, as ripgrep reads files: byte offsets are those of the decoded text."""

from __future__ import annotations

import codecs

from streamtools.limits import KIB
from streamtools.text.drive import exactly
from streamtools.text.encoding import detect
from streamtools.text.source import derived

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from streamtools.text.source import Source


_HEAD: Final = 4
_STEP: Final = 16 * KIB
#: What the web takes for Windows-1252, in which five bytes stand for nothing and are taken as they are.
_WESTERN: Final = {"latin-1", "iso8859-1", "ascii", "cp1252"}
_SAME: Final = "streamtools.same"


def _same(error: UnicodeError) -> tuple[str, int]:
    """Error handler of a decoder: bytes without a character are the code points of their numbers."""
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error(_SAME, _same)


def decoded(source: Source, label: str | None) -> Source:
    """Return what a source holds as UTF-8: decoded by its byte order mark, else by ``label``, else as it is.

    A mark is no part of the text. What can't be decoded comes as U+FFFD, where anything is decoded. Latin-1 is Windows-1252 here,
    as the web has it. Raises `UnknownEncoding`.

    Memory: 16 KiB of raw bytes and what they decode to.
    """
    head = exactly(source, _HEAD)
    encoding = detect(head, complete=False, label=label, guess=False)
    name = encoding.name
    if label is not None and name == "utf-8":
        # its mark is none of the label's, and goes all the same
        name = detect(head[encoding.mark :], complete=False, label=label).name
    if name != "utf-8" or label is not None:
        return _transcoded(source, head[encoding.mark :], name)
    if not encoding.mark and source.seekable:
        source.seek(0)
        return source
    return derived(source, source.readinto, behind=head[encoding.mark :])


def _transcoded(source: Source, head: bytes, encoding: str) -> Source:
    """Return the rest of a source behind ``head``, decoded."""
    western = encoding in _WESTERN
    decoder = codecs.getincrementaldecoder("cp1252" if western else encoding)(_SAME if western else "replace")
    room = memoryview(bytearray(_STEP))
    ready = decoder.decode(head).encode("utf-8", "replace")
    ended = False

    def readinto(view: memoryview) -> int:
        nonlocal ready, ended
        while not ready and not ended:
            count = source.readinto(room)
            ended = not count
            ready = decoder.decode(bytes(room[:count]), ended).encode("utf-8", "replace")
        count = min(len(view), len(ready))
        view[:count], ready = ready[:count], ready[count:]
        return count

    return derived(source, readinto)
