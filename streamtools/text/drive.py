"""The loop that joins a source and a window; an async reader writes its own around the same stages."""

from __future__ import annotations

from streamtools.limits import KIB
from streamtools.text.encoding import detect
from streamtools.text.windows import Windows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtools.events import Encoding
    from streamtools.text.source import Source
    from streamtools.text.window import Block


def blocks(source: Source, windows: Windows) -> Iterator[Block]:
    """Yield the blocks of a source until its end; each is valid until the next is asked for."""
    count = -1
    while count:
        count = source.readinto(windows.room())
        windows.fed(count)
        yield from windows.blocks()


def whole(source: Source, most: int) -> bytes | None:
    """Return all of a source as UTF-8, whatever its encoding; None if that is more than ``most`` bytes.

    Memory: twice ``most``, and a window.
    """
    parts: list[bytes] = []
    room = most
    with Windows(size=64 * KIB) as windows:
        for block in blocks(source, windows):
            parts.append(windows.buffer[block.fresh : block.stop])
            room -= len(parts[-1])
            if room < 0:
                return None
    return b"".join(parts)


def exactly(source: Source, size: int) -> bytes:
    """Read ``size`` bytes, fewer only at the end of the source."""
    data = bytearray(size)
    view = memoryview(data)
    filled = 0
    while filled < size:
        count = source.readinto(view[filled:])
        if not count:
            break
        filled += count
    return bytes(view[:filled])


def head_encoding(source: Source, *, detect_bytes: int, label: str | None, guess: bool = True) -> Encoding:
    """Decide a seekable source's encoding from its head, see `detect`; leaves the position behind the head."""
    source.seek(0)
    head = exactly(source, detect_bytes)
    return detect(head, complete=source.size is not None and len(head) >= source.size, label=label, guess=guess)


def after_line(source: Source, offset: int, encoding: Encoding) -> int:
    """Return the byte behind the next line end at or behind ``offset``, or the end of the source."""
    unit = 4 if encoding.name.startswith("utf-32") else 2 if encoding.name.startswith("utf-16") else 1
    newline = b"\n" if unit == 1 else "\n".encode(encoding.name)
    offset -= (offset - encoding.mark) % unit
    source.seek(offset)
    while data := exactly(source, 64 * KIB):
        at = data.find(newline)
        while at > 0 and at % unit:
            at = data.find(newline, at + 1)
        if at >= 0:
            return offset + at + unit
        offset += len(data)
    return offset
