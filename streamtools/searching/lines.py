"""Positions in the window to `Line` events: numbers, columns, and a window around the match in long lines."""

from __future__ import annotations

from streamtools.events import Bundle, Line
from streamtools.limits import KIB
from streamtools.render.escape import fit, width
from streamtools.searching.hits import RETURN, Hit, Tired

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final, Literal

    from streamtools.limits import Limits
    from streamtools.searching.hits import Hits, Spans
    from streamtools.text.numbers import Numbers
    from streamtools.text.window import Block, Window

    Kind = Literal["match", "before", "after"]


#: The most bytes that one byte of a file takes when it is shown.
_WIDEST: Final = 10
#: Lines of a bundle, and bytes of them: where a page ends within it, those behind are made in vain.
_BUNDLE: Final = 16
_BUNDLED: Final = 8 * KIB
#: Where most lines match so many bytes are looked at together that they hold some 64 hits, if there are as many as before.
_MANY: Final = 64
_LEAST: Final = 256
_NO_HIT: Final = Hit(0, 0, 0, [])
#: What a `Bundle` tells of a line.
_Row = tuple[tuple[tuple[int, int], ...], int, bytes, int, bytes]


class Lines:
    """Makes the events of one file.

    With ``capped``, a line shows at most ``limits.line_bytes``: from its beginning, or, where the
    first match lies behind that, from a little before the match on.

    Memory: O(1).
    """

    def __init__(self, windows: Window, numbers: Numbers | None, limits: Limits, path: str, *, capped: bool) -> None:
        self._windows = windows
        self._numbers = numbers
        self._room = limits.line_bytes if capped else None
        self._path = path

    def number(self, position: int) -> int:
        """Return the 1-based number of the line at ``position``, 0 where lines are not numbered."""
        return 0 if self._numbers is None else self._numbers.number(position)

    def make(self, start: int, end: int, stop: int, kind: Kind, spans: Spans | None = None) -> Line:
        """Make the event of a line that lies whole in the window, or of several, whole; ``spans`` count from ``start``."""
        windows, buffer = self._windows, self._windows.buffer
        matches = tuple(spans) if spans else ()
        number, offset = self.number(start), windows.offset(start)
        if self._room is None or windows.newline in buffer[start : min(end, start + self._room)]:
            return Line(number, buffer[start:end], 1, kind, matches, offset, False, buffer[end:stop], self._path)
        kept = fit(buffer[start : min(end, start + self._room + 4)], self._room)
        if matches and min(matches[0][1], end - start) > kept:
            return self.around(number, offset, start, end, matches, more=False)
        cut = kept < end - start
        shown = tuple((a, min(b, kept)) for a, b in matches if a < kept) if cut else matches
        return Line(number, buffer[start : start + kept], 1, kind, shown, offset, cut, b"" if cut else buffer[end:stop], self._path)

    def bundles(self, hits: Iterator[Hit]) -> Iterator[tuple[Bundle | Line, Hit, int]]:
        """Yield the events of hits as `make` makes them, one or several at once; one that is cut comes as a line.

        With each come the hit of the last, and how many spans there are before it. Only where lines are capped and
        the window is direct. Raises `Tired`, behind the lines before.
        """
        windows, numbers, path, room = self._windows, self._numbers, self._path, self._room or 0
        buffer, newline, base = windows.buffer, windows.newline, windows.offset(0)
        rows: list[_Row] = []
        count = windows.count
        last, at, number, told, size, found = _NO_HIT, 0, 0, 0, 0, 0
        try:
            for hit in hits:
                start, end, stop, spans = hit
                length = end - start
                cut = length * _WIDEST > room and fit(buffer[start : min(end, start + room + 4)], room) < length
                if rows and (cut or size > _BUNDLED or len(rows) == _BUNDLE):
                    self._pass(last, number - told)
                    yield Bundle(path, *zip(*rows, strict=True)), last, found - len(last.spans)
                    rows, size, found = [], 0, 0
                if cut:
                    yield self.make(start, end, stop, "match", spans), hit, 0
                    continue
                if numbers is None:
                    pass
                elif not rows:
                    number = told = numbers.number(start)
                elif start - at < KIB:
                    number += 1 + buffer[at:start].count(newline)
                else:
                    number += 1 + count(at, start)
                ending = newline if stop - end == 1 else buffer[end:stop]
                rows.append((tuple(spans), number, buffer[start:end], base + start, ending))
                at, last, size, found = stop, hit, size + length, found + len(spans)
        except Tired:
            if rows:
                self._pass(last, number - told)
                yield Bundle(path, *zip(*rows, strict=True)), last, found - len(last.spans)
            raise
        if rows:
            self._pass(last, number - told)
            yield Bundle(path, *zip(*rows, strict=True)), last, found - len(last.spans)

    def dense(self, literal: bytes, hits: Hits, start: int, stop: int) -> Iterator[tuple[Bundle | Line, Hit, int]]:
        """Yield what `bundles` makes of the hits in ``[start, stop)``, the lines that hold its literal: many at once.

        Where a line may have to be cut, they are made by `bundles`.
        """
        buffer, newline = self._windows.buffer, self._windows.newline
        begin, found, apart = start, 0, hits.apart
        while start < stop:
            behind = min(start + min(max(_MANY * apart, _LEAST), _BUNDLED), stop)
            if behind < stop:
                behind = buffer.rfind(newline, start, behind) + 1 or buffer.find(newline, behind, stop) + 1 or stop
            data = buffer[start:behind]
            if literal in data:
                made = self._many(literal, data, start) if len(data) <= 2 * _BUNDLED else None
                for event, last, spans in self.bundles(hits.literally(literal, start, behind)) if made is None else (made,):
                    found += len(event.texts) if isinstance(event, Bundle) else 1
                    yield event, last, spans
                apart = (behind - begin) // max(found, 1)
            start = behind
        hits.filled(found, stop - begin)

    def _many(self, literal: bytes, data: bytes, start: int) -> tuple[Bundle, Hit, int] | None:
        """Make the events of the lines of ``data`` that hold a literal, at ``start`` of the buffer; None where one may have to be cut."""
        windows, numbers, width = self._windows, self._numbers, len(literal)
        newline, returns = windows.newline, windows.returns and b"\r" in data
        most = (self._room or 0) // _WIDEST
        first, *parts = data.split(literal)
        low, base = first.rfind(newline) + 1, windows.offset(start)
        end, size = base + len(first), base + len(data)
        text, number = first[low:], 0 if numbers is None else numbers.number(start + low)
        low += base
        found: list[int] = []
        texts: list[bytes] = []
        offsets: list[int] = []
        #: The endings that are no newline, by the line's place.
        others: dict[int, bytes] = {}
        add_number, add_text, add_offset = found.append, texts.append, offsets.append
        for part in parts:
            rows = part.split(newline)
            text += literal + rows[0]
            end += width + len(part)
            more = len(rows) - 1
            if returns or not more:
                if not more and end < size:
                    if len(text) > most:
                        return None
                    continue
                if not more:
                    others[len(texts)] = b""
                elif text[-1] == RETURN:
                    text, others[len(texts)] = text[:-1], b"\r\n"
            add_number(number)
            add_text(text)
            add_offset(low)
            number += more
            text = rows[-1]
            low = end - len(text)
        if max(map(len, texts)) > most:
            return None
        endings = [newline] * len(texts)
        for at, ending in others.items():
            endings[at] = ending
        numbered = (0,) * len(found) if numbers is None else tuple(found)
        bundle = Bundle(self._path, literal, numbered, tuple(texts), tuple(offsets), tuple(endings))
        last = bundle.line(-1)
        low = start + last.offset - base
        hit = Hit(low, low + len(last.data), low + len(last.data) + len(last.ending), list(last.matches))
        self._pass(hit, found[-1] - found[0])
        return bundle, hit, len(parts) - len(last.matches)

    def _pass(self, last: Hit, lines: int) -> None:
        """Tell the numbers of a hit ``lines`` lines behind the one that was asked for."""
        if self._numbers is not None:
            self._numbers.passed(last.stop, lines + (last.stop > last.end))

    def around(self, number: int, offset: int, start: int, end: int, matches: tuple[tuple[int, int], ...], *, more: bool) -> Line:
        """Make the event of a long line from a little before its first match on.

        The text is ``[start, end)`` of the buffer, ``offset`` the file's byte at which the *line* begins;
        ``more`` says that the line goes on behind ``end``.
        """
        windows, buffer = self._windows, self._windows.buffer
        room = self._room or end - start
        first = start + matches[0][0]
        lead = room // 4
        if width(buffer[max(start, first - lead) : first]) > lead:
            lead //= _WIDEST
        low = windows.character(max(start, first - lead), start)
        kept = fit(buffer[low : min(end, low + room + 4)], room)
        skipped = low - start
        shown = tuple((max(a - skipped, 0), min(b - skipped, kept)) for a, b in matches if b > skipped and a - skipped < kept)
        column = windows.offset(low) - offset + 1
        return Line(number, buffer[low : low + kept], column, "match", shown, offset, more or low + kept < end, b"", self._path)

    def piece(self, block: Block, start: int, stop: int, number: int, offset: int, spans: Spans) -> Line:
        """Make the event of the part ``[start, stop)`` of a long line; ``spans`` are positions of the buffer."""
        windows, buffer = self._windows, self._windows.buffer
        _, end, stop = next(windows.lines(start, stop), (start, start, start))
        shown = tuple((max(a, start) - start, min(b, end) - start) for a, b in spans if b > start or a == b == start)
        column = windows.offset(start) - offset + 1
        return Line(number, buffer[start:end], column, "match", shown, offset, not block.tail, buffer[end:stop], self._path)

    def back(self, start: int, stop: int, lines: int) -> tuple[int, int]:
        """Find the last ``lines`` lines of ``[start, stop)``; return where they begin and how many there are."""
        found = 0
        while found < lines and stop > start:
            stop = self._windows.buffer.rfind(self._windows.newline, start, stop - 1) + 1 or start
            found += 1
        return stop, found

    def each(self, start: int, stop: int, kind: Kind) -> Iterator[tuple[Line, int]]:
        """Yield the events of the lines in ``[start, stop)``, each with the position behind it."""
        for line in self._windows.lines(start, stop):
            yield self.make(*line, kind), line[2]
