"""The last gate: nothing leaves that is larger than the limits say.

Collectors charge every line its rendered cost, so that a result fits by construction; `cap`
joins the lines and the notices and holds the promise whatever a caller built.
"""

from __future__ import annotations

from collections.abc import Iterable

from streamtools.limits import Limits


def clip(text: str, room: int) -> str:
    """Return the beginning of ``text`` that takes at most ``room`` bytes of UTF-8, whole characters only."""
    data = text.encode("utf-8", "backslashreplace")
    return text if len(data) <= room else data[: max(room, 0)].decode("utf-8", "ignore")


def cap(lines: Iterable[str], notices: Iterable[str], limits: Limits) -> str:
    """Join rendered lines, then the notices, to at most ``limits.bytes`` bytes of UTF-8.

    Lines that don't fit are left out as a whole, and a notice says so; notices always come
    last, each in brackets on a line of its own, in at most ``limits.notice_bytes``.

    Memory: the result.
    """
    room = limits.bytes - limits.notice_bytes
    kept: list[str] = []
    used = left_out = 0
    for line in lines:
        size = len(line.encode("utf-8", "backslashreplace")) + 1
        if left_out or used + size > room or len(kept) >= limits.lines:
            left_out += 1
        else:
            kept.append(line)
            used += size
    told = list(notices)
    if left_out:
        told.append(f"{left_out} more lines did not fit into {limits.lines} lines and {limits.bytes} bytes")
    return "\n".join([*kept, *_notices(told, limits.notice_bytes)])


def _notices(notices: list[str], room: int) -> list[str]:
    """Put each notice in brackets; the last ones, which say how to go on, win where room is short."""
    shown: list[str] = []
    for notice in reversed(notices):
        text = f"[{clip(notice.replace(chr(10), ' '), room // 2)}]"
        size = len(text.encode("utf-8")) + 1
        if size > room:
            break
        shown.insert(0, text)
        room -= size
    return shown
