"""Where the last lines of a file begin, found from its end."""

from __future__ import annotations

from streamtools.counting import line_ends
from streamtools.limits import KIB
from streamtools.text.drive import exactly, head_encoding
from streamtools.text.lineindex import Start

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from streamtools.text.source import Source


_BLOCK: Final = 64 * KIB


def find(source: Source, lines: int, *, label: str | None, detect_bytes: int, count_up_to: int) -> Start:
    """Find the line that is the ``lines``-th from the end of a seekable source.

    Reads blocks of 64 KiB backwards. What lies before the line is counted, so that its number
    is known, if that is at most ``count_up_to`` bytes. With fewer lines, it is the first one.

    Memory: two blocks.
    """
    encoding = head_encoding(source, detect_bytes=detect_bytes, label=label)
    size = source.size or 0
    unit = 4 if encoding.name.startswith("utf-32") else 2 if encoding.name.startswith("utf-16") else 1
    newline = b"\n" if unit == 1 else "\n".encode(encoding.name)
    begin, found = _backwards(source, encoding.mark, size, newline, lines)
    if begin == encoding.mark:
        return Start(0, 1, encoding)
    if begin > count_up_to:
        return Start(begin, -found, encoding)
    return Start(begin, 1 + _count(source, encoding.mark, begin, newline), encoding)


def _backwards(source: Source, floor: int, size: int, newline: bytes, lines: int) -> tuple[int, int]:
    """Return (offset of the line, how many lines there are from it to the end)."""
    unit = len(newline)
    end = size - (size - floor) % unit
    found = 0
    last = True
    while end > floor:
        begin = max(floor, end - _BLOCK)
        source.seek(begin)
        data = exactly(source, end - begin)
        if last:
            found = int(not data.endswith(newline))
            last = False
        here = _occurrences(data, newline)
        if found + here <= lines:
            found += here
            end = begin
            continue
        at = len(data)
        while True:
            at = _rfind(data, newline, at)
            if found == lines:
                return begin + at + unit, found
            found += 1
    return floor, found


def _occurrences(data: bytes, newline: bytes) -> int:
    if len(newline) == 1:
        return line_ends(data, newline)
    found, at = 0, len(data)
    while (at := _rfind(data, newline, at)) >= 0:
        found += 1
    return found


def _rfind(data: bytes, newline: bytes, stop: int) -> int:
    """Return the last position before ``stop`` of a line end that lies on a unit's border, or -1."""
    at = data.rfind(newline, 0, stop)
    while at > 0 and at % len(newline):
        at = data.rfind(newline, 0, at + len(newline) - 1)
    return at


def _count(source: Source, begin: int, end: int, newline: bytes) -> int:
    found = 0
    source.seek(begin)
    while begin < end:
        data = exactly(source, min(_BLOCK, end - begin))
        if not data:
            break
        found += _occurrences(data, newline)
        begin += len(data)
    return found
