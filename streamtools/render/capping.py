"""The last gate: nothing leaves that is larger than the limits say.

Collectors charge every line its rendered cost, so that a result fits by construction; `cap`
joins the lines and the notices and holds the promise whatever a caller built. What foreign tools
(a shell, an MCP server) write goes through `HeadTail` while it is produced.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from streamtools.limits import DEFAULT
from streamtools.render.escape import fit, visible, width
from streamtools.tokens import estimate
from streamtools.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Final

    from streamtools.limits import Limits


_CUT: Final = "[...]"
#: Lines that are measured together.
_TOGETHER: Final = 64


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
    used = taken = left_out = 0
    left = iter(lines)
    while some := list(islice(left, _TOGETHER)):
        whole = "\n".join(some)
        size = _length(whole) + 1
        if not left_out and used + size <= room and taken + len(some) <= limits.lines:
            kept.append(whole)
            used, taken = used + size, taken + len(some)
            continue
        for line in some:
            size = _length(line) + 1
            if left_out or used + size > room or taken >= limits.lines:
                left_out += 1
            else:
                kept.append(line)
                used, taken = used + size, taken + 1
    told = list(notices)
    if left_out:
        told.append(f"{left_out} more lines did not fit into {limits.lines} lines and {limits.bytes} bytes")
    return "\n".join([*kept, *_notices(told, limits.notice_bytes)])


def _length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "backslashreplace"))


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


@dataclass(frozen=True, slots=True)
class Capped:
    """What is shown of a foreign output.

    ``whole`` says that all of it is shown in ``text``; else a notice ends the text. ``bytes`` and ``lines`` count the output
    itself; a last line without its ending counts.
    """

    text: str
    whole: bool
    bytes: int
    lines: int


class HeadTail:
    r"""The beginning and the end of an output that streams by, within ``limits``.

    The shown text, notice included, takes at most ``limits.bytes`` bytes of UTF-8 and ``limits.lines`` lines, none over
    ``limits.line_bytes``, and with ``tokens`` it is also estimated at no more than so many; half of the room goes to the head, half to
    the tail. No character is cut.

    The output can't pass for ours (T16): control characters and the like are made visible as Read does, ``\r\n`` ends a line, and a
    line that begins with a bracket gets a blank in front, since notices begin with one. With ``notices`` the text is our own, and
    its notices stay.

    Memory: ``3 * limits.bytes`` and the piece that is fed; while `finish` runs ``12 * limits.bytes`` more.
    """

    def __init__(self, limits: Limits = DEFAULT, *, tokens: int | None = None, notices: bool = False) -> None:
        self._limits = limits
        self._tokens = tokens
        self._notices = notices
        self._kept = limits.bytes
        self._head = bytearray()
        self._tail = bytearray()
        self._newlines = 0
        self._last = b""
        self.bytes = 0

    @classmethod
    def of_ends(cls, head: bytes, tail: bytes, *, bytes: int, lines: int, limits: Limits, tokens: int | None = None) -> HeadTail:
        """Return what fed an output of ``bytes`` bytes and ``lines`` lines would be, of which only the ends are at hand.

        ``head`` and ``tail`` must not overlap; if something lies between, each must hold ``limits.bytes`` at least.
        """
        made = cls(limits, tokens=tokens)
        made.feed(head)
        if bytes > len(head) + len(tail):
            made._tail.clear()
        made.feed(tail)
        made.bytes = bytes
        made._newlines = lines - (made._last != b"\n")
        return made

    @property
    def begin(self) -> bytes:
        """All bytes so far, up to the first ``limits.bytes`` of them."""
        return bytes(self._head)

    def feed(self, data: bytes) -> None:
        """Take the next piece of the output."""
        if not data:
            return
        room = self._kept
        self.bytes += len(data)
        self._newlines += data.count(b"\n")
        self._last = data[-1:]
        free = room - len(self._head)
        if free > 0:
            self._head += data[:free]
            data = data[free:]
        self._tail += data[-room:]
        if len(self._tail) > 2 * room:
            del self._tail[:-room]

    def finish(self, path: str = "", remark: str = "") -> Capped:
        """Return what is shown; the notice of a cut names the call that reads on in ``path``, then says ``remark``."""
        given = self._limits
        try:
            while True:
                capped = self._finished(path, remark)
                if self._tokens is None or (taken := estimate(capped.text)) <= self._tokens or self._limits.bytes <= 2 * given.notice_bytes:
                    return capped
                smaller = len(capped.text.encode()) * self._tokens * 9 // (taken * 10)
                self._limits = given.lowered(bytes=max(min(smaller, self._limits.bytes - 1), 2 * given.notice_bytes))
        finally:
            self._limits = given

    def _finished(self, path: str, remark: str) -> Capped:
        lines = self._newlines + (bool(self.bytes) and self._last != b"\n")
        gap = self.bytes > 2 * self._kept
        known = (bytes(self._head) if gap else bytes(self._head + self._tail)).replace(b"\r\n", b"\n")
        if not gap and lines <= self._limits.lines and len(known) <= self._limits.bytes:
            shown = [self._shown(row) for row in known.split(b"\n")]
            if self._fits(shown):
                return Capped("\n".join(shown), whole=True, bytes=self.bytes, lines=lines)
        if not gap:
            known = known.removesuffix(b"\n")
        head = self._take(known.split(b"\n", self._most_rows), open_end=gap)
        tail = self._last_rows() if gap else self._take(known.rsplit(b"\n", self._most_rows)[::-1][: lines - len(head)])
        left_out = lines - len(head) - len(tail)
        middle = [_CUT] if gap or left_out > 0 else []
        notice = _told(head, left_out, lines, self.bytes, path) + (f"; {remark}" if remark else "")
        text = cap([row.text for row in head] + middle + [row.text for row in reversed(tail)], [notice], self._limits)
        return Capped(text, whole=False, bytes=self.bytes, lines=lines)

    def _fits(self, shown: list[str]) -> bool:
        sizes = [_size(row) for row in shown]
        return sum(sizes) + len(sizes) - 1 <= self._limits.bytes and max(sizes) <= self._limits.line_bytes

    @property
    def _room(self) -> int:
        """Bytes for the head, and as many for the tail."""
        return (self._limits.bytes - self._limits.notice_bytes - len(_CUT) - 1) // 2

    @property
    def _row_room(self) -> int:
        """Bytes for one line."""
        return min(self._limits.line_bytes, self._room - 1)

    @property
    def _most_rows(self) -> int:
        """Lines for the head, and as many for the tail."""
        return max((self._limits.lines - 2) // 2, 1)

    def _shown(self, row: bytes) -> str:
        text = visible(row)
        return f" {text}" if text.startswith("[") and not self._notices else text

    def _take(self, rows: list[bytes], *, open_end: bool = False) -> list[_Row]:
        """Show the first of ``rows``, as many as fit; what is behind `_most_rows` is a rest; with ``open_end`` the last goes on unseen."""
        taken: list[_Row] = []
        room, most = self._room, self._row_room
        for number, row in enumerate(rows[: self._most_rows]):
            cut = None
            text = self._shown(row) if len(row) <= most else ""
            if len(row) > most or _size(text) > most or (open_end and number == len(rows) - 1):
                cut = fit(row, most - len(_CUT) - 1)
                text = self._shown(row[:cut]) + _CUT
            room -= _size(text) + 1
            if room < 0:
                break
            taken.append(_Row(text, cut))
        return taken

    def _last_rows(self) -> list[_Row]:
        """Show the last rows, the last one first; of an output without line ends its last bytes."""
        rows = bytes(self._tail[-self._kept :]).replace(b"\r\n", b"\n").removesuffix(b"\n").rsplit(b"\n", self._most_rows)
        if len(rows) > 1:
            return self._take(rows[:0:-1])
        room = self._row_room - len(_CUT)
        end = _behind(rows[0], len(rows[0]) - room)
        while (over := width(end) - room) > 0:
            # A byte is shown as at most six.
            end = _behind(end, over // 6 + 1)
        return [_Row(_CUT + visible(end), None)]


class _Row(NamedTuple):
    """A line as it is shown, and how many bytes of it, if that is not all."""

    text: str
    cut: int | None


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def _told(head: list[_Row], left_out: int, lines: int, size: int, path: str) -> str:
    if left_out > 0:
        what = f"lines {len(head) + 1:,} to {len(head) + left_out:,}"
        onward = f"offset={len(head) + 1}"
    else:
        what = "parts of long lines"
        number, cut = next(((number, row.cut) for number, row in enumerate(head, 1) if row.cut is not None), (1, 0))
        onward = f"offset={number}, column={cut + 1}"
    go_on = f"; read(path='{path}', {onward}) goes on" if path else ""
    return f"cut: {what} of {lines:,} lines, {size:,} bytes, are left out{go_on}"


def _behind(data: bytes, position: int) -> bytes:
    """Return ``data`` from ``position`` on, or from the next start of a UTF-8 character."""
    begin = max(position, 0)
    while begin < len(data) and begin < position + 3 and data[begin] & 0xC0 == 0x80:
        begin += 1
    return data[begin:]
