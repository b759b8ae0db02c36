"""A source as UTF-8 before anything looks at it, as ripgrep reads files: byte offsets are those of the decoded text."""

from __future__ import annotations

import codecs
from typing import Final

from streamtools.limits import KIB
from streamtools.text.drive import exactly
from streamtools.text.encoding import detect
from streamtools.text.source import Source, derived

_HEAD: Final = 4
_STEP: Final = 16 * KIB


def decoded(source: Source, label: str | None) -> Source:
    """Return what a source holds as UTF-8: decoded by its byte order mark, else by ``label``, else as it is.

    A mark is no part of the text. What can't be decoded comes as U+FFFD; UTF-8 is not checked. Raises `UnknownEncoding`.

    Memory: 16 KiB of raw bytes and what they decode to.
    """
    head = exactly(source, _HEAD)
    encoding = detect(head, complete=False, label=label, guess=False)
    if encoding.name != "utf-8":
        return _transcoded(source, head[encoding.mark :], encoding.name)
    if not encoding.mark and source.seekable:
        source.seek(0)
        return source
    return derived(source, source.readinto, behind=head[encoding.mark :])


def _transcoded(source: Source, head: bytes, encoding: str) -> Source:
    """Return the rest of a source behind ``head``, decoded."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
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
