"""One line event to the rows that are written for it: prefixes, matches in colour, replacements, what is too long."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from operator import itemgetter

from streamtools.render.escape import fit, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Final

    from streamtools.adapters.colors import Paint
    from streamtools.adapters.style import Style
    from streamtools.events import Line
    from streamtools.match.replacing import Replacement

    Spans = Sequence[tuple[int, int]]

_RESET: Final = b"\x1b[0m"


class Rows:
    """Lays out the lines of one file after another in one style; ``shortened`` says that a match was not shown whole.

    ``replacement`` is needed where matches come replaced; ``again`` finds the matches in context lines, which have some
    where the search is inverted.

    Memory: one line.
    """

    def __init__(self, style: Style, replacement: Replacement | None = None, again: Callable[[bytes], Spans] | None = None) -> None:
        self._style = style
        self._replacement = replacement
        self._again = again if style.inverted and style.spans else None
        self.shortened = False
        self._prefix = b""
        palette = style.palette
        self._match = palette.match if palette and not palette.match.none else None
        self._on = self._match.start() if self._match else b""
        self._light = palette.highlight.start() if palette and not palette.highlight.none else b""
        self._link = style.links if palette else None
        self._newline = b"\0" if style.terminator == b"\0" else b"\n"

    def file(self, path: bytes, name: str) -> None:
        """Lay out the lines of a file from now on; ``path`` is its name as it is written, painted."""
        self._prefix = path if self._style.filename and not self._style.heading else b""
        if self._link is not None:
            self._link.file(name)

    def of(self, line: Line, *, going_on: bool = False, more: int = 0) -> Iterator[bytes]:
        """Yield the rows of a line, each with its ending.

        ``going_on`` says that the row before had its beginning; ``more`` matches of it are in parts that come later.
        """
        style = self._style
        spans = self._spans(line)
        if style.only_matching and not spans and (line.cut or line.column > 1) and not style.inverted:
            return
        data, found = line.data + line.ending if self._many(line) else line.data, len(spans) + more
        if self._replacement is not None and spans:
            data, spans, _ = self._replacement.of(data, spans)
        if not style.spans:
            spans, found = (), 0
        text = _Text(line, data, spans, found)
        if spans and style.only_matching:
            yield from self._matches(text)
        elif self._many(line):
            yield from self._each_of_many(text) if spans and style.each else self._lines(text)
        elif spans and style.each:
            for span in spans:
                head = self._head(line, span[0], 0, span[0])
                yield head + self._body(text, 0, len(data), [span] if self._match else spans)
        else:
            head = b"" if going_on else self._head(line, 0, 0, spans[0][0] if spans else None)
            yield head + self._body(text, 0, len(data), spans)

    def known(self, line: Line) -> tuple[Line, tuple[bytes, ...]]:
        """Return a line with all its matches, and what is to stand for each of them, if anything."""
        spans = tuple(self._spans(line))
        line = line if spans == line.matches else line._replace(matches=spans)
        return line, self._replacement.of(line.data, spans).texts if self._replacement is not None else ()

    def _spans(self, line: Line) -> Spans:
        again = self._again if line.kind != "match" and not line.cut else None
        return told(line) if again is None else again(line.data)

    def _many(self, line: Line) -> bool:
        """Whether the event may hold several lines."""
        return self._style.multiline and line.kind == "match"

    # -- a line, or a match over several lines ----------------------------------------------

    def _matches(self, text: _Text) -> Iterator[bytes]:
        """Yield each match as a row, one over several lines as a row for each."""
        line, data, style = text.line, text.data, self._style
        if not self._many(line):
            for start, end in text.spans:
                part = [(start, end)] if self._match or not style.preview else text.spans
                yield self._head(line, start, 0, start) + self._body(text, start, self._fitting(data, start, end), part)
            return
        for number, (begin, stop) in enumerate(_lines(data, self._newline)):
            row = data[begin:stop]
            end = stop - (2 if style.terminator == b"\r\n" and row.endswith(b"\r\n") else row.endswith(self._newline))
            first = self._trimmed(data, begin, end)
            for start, close in _within(text.spans, first, end):
                low, high = max(start, first), min(close, end)
                if low < high:
                    yield self._head(line, start, number, start) + self._body(text, low, self._fitting(data, low, high), text.spans)

    def _fitting(self, data: bytes, start: int, end: int) -> int:
        longest = self._style.longest
        if longest is None or end - start <= longest:
            return end
        self.shortened = True
        return start + fit(data[start:end], longest)

    def _lines(self, text: _Text) -> Iterator[bytes]:
        first = text.spans[0][0] if text.spans else None
        for number, (start, end) in enumerate(_lines(text.data, self._newline)):
            yield self._head(text.line, start, number, first) + self._body(text, start, end, text.spans)

    def _each_of_many(self, text: _Text) -> Iterator[bytes]:
        """Yield, for each match, the first of its lines."""
        lines = list(_lines(text.data, self._newline))
        for span in text.spans if lines else ():
            number = bisect_right(lines, span[0], key=itemgetter(0)) - 1
            start, end = lines[number]
            if start >= span[1] or span[0] >= end:
                continue  # ripgrep tells of no empty match where a line begins, or where the text ends
            yield self._head(text.line, start, number, span[0] - start) + self._body(text, start, end, [span], light=False)

    # -- pieces of a row ---------------------------------------------------------------------

    def _head(self, line: Line, offset: int, number: int, column: int | None) -> bytes:
        """Return the prefix of a row ``offset`` bytes and ``number`` lines behind where the line begins; columns count from 0 here."""
        style = self._style
        sign = style.match_sign if line.kind == "match" else style.context_sign
        place = line.number + number
        fields = [self._prefix] if self._prefix else []
        palette = style.palette
        if style.numbers:
            fields.append(_painted(palette.line if palette else None, b"%d" % place))
        if style.column and column is not None:
            fields.append(_painted(palette.column if palette else None, b"%d" % (line.column + column)))
        if style.byte_offset:
            fields.append(_painted(palette.column if palette else None, b"%d" % (line.offset + line.column - 1 + offset)))
        if not fields:
            return b""
        link = self._link
        if link is not None and style.filename and (self._prefix or (link.by_line and style.numbers)):
            opened = link.start(place if style.numbers else 0, 0 if column is None else line.column + column)
        else:
            opened = b""
        closed = link.end if link is not None and opened else b""
        if self._prefix and style.null:
            joined = fields[0] + b"\0" + sign.join(fields[1:])
            return opened + joined + closed + (sign if len(fields) > 1 else b"")
        return opened + sign.join(fields) + closed + sign

    def _body(self, text: _Text, start: int, end: int, spans: Spans, *, light: bool = True) -> bytes:
        """Return what is shown of ``[start, end)`` with its ending."""
        style, data, line = self._style, text.data, text.line
        last, ending = self._ending(text, start, end)
        begin = self._trimmed(data, start, last)
        if style.max_columns is not None:
            plain = self._many(line) or not self._match
            own = len(line.ending) if end == len(data) and not (style.only_matching and text.spans) else 0
            if self._many(line):
                own = last - end if style.each else 0
            if end - (begin if plain else start) + own > style.max_columns:
                return self._too_long(text, begin, last, spans) + (style.terminator if style.raw else b"\n")
        if self._match is not None and spans and style.terminator == b"\r\n" and ending == b"\n":
            ending = style.terminator
        return self._painted(data, begin, last, spans, light and line.kind == "match") + ending

    def _ending(self, text: _Text, start: int, end: int) -> tuple[int, bytes]:
        """Return where the text of ``[start, end)`` ends, and what is to end its row."""
        style, data, line = self._style, text.data, text.line
        new = style.terminator if style.raw else b"\n"
        if self._many(line):
            if not data[start:end].endswith(self._newline):
                return end, new
            if not style.raw:
                return end - 1 - data[start : end - 1].endswith(b"\r"), new
            if style.terminator == b"\r\n" and text.spans:
                return end - 1 - data[start : end - 1].endswith(b"\r"), new
            return end - 1, self._newline
        if not style.raw or end < len(data) or (style.only_matching and text.spans):
            return end, new
        return end, b"" if line.cut else line.ending or new

    def _trimmed(self, data: bytes, start: int, end: int) -> int:
        """Return where the text behind leading blanks begins, if those are to go."""
        if not self._style.trim:
            return start
        return end - len(data[start:end].lstrip(b" \t\n\x0b\x0c\r"))

    def _too_long(self, text: _Text, start: int, end: int, spans: Spans) -> bytes:
        style, most = self._style, self._style.max_columns
        assert most is not None
        context = text.line.kind != "match"
        if style.preview:
            cut = start + _graphemes(text.data[start:end], most)
            shown = self._painted(text.data, start, cut, spans, not context)
            if not text.spans:
                return shown + b" [... omitted end of long line]"
            # a match may begin where the line ends, an empty one or one of its line break, which is a column too
            ending = b"\n" if text.data[end : end + 1] == b"\n" or text.line.ending else b""
            cut = start + _graphemes(text.data[start:end] + ending, most)
            behind = end + len(ending)
            more = sum(cut <= low < behind for low, _ in _within(spans, cut, behind))
            return shown + b" [... %d more %b]" % (more, b"match" if more == 1 else b"matches")
        if not text.found or style.only_matching:
            return b"[Omitted long context line]" if context else b"[Omitted long matching line]"
        return b"[Omitted long line with %d matches]" % text.found

    def _painted(self, data: bytes, start: int, end: int, spans: Spans, light: bool) -> bytes:
        """Return ``[start, end)`` with its matches in colour; matches that touch get one colour; ``light`` for the whole line's."""
        if not self._on or not spans:
            return self._plain(data[start:end])
        back = self._light if light else b""
        parts, at = [back], start
        for low, high in _joined(spans, start, end):
            parts += [self._plain(data[at:low]), self._on, self._plain(data[low:high]), back or _RESET]
            at = high
        return b"".join([*parts, self._plain(data[at:end]), _RESET if back else b""])

    def _plain(self, data: bytes) -> bytes:
        return data if self._style.raw else visible(data).encode("utf-8")


def told(line: Line) -> Spans:
    """Return the matches that ripgrep tells of a line: an empty one at the end of a file that has no line end there is none."""
    spans, end = line.matches, len(line.data)
    return spans[:-1] if spans and not line.ending and not line.cut and spans[-1] == (end, end) else spans


class _Text:
    """A line as it is to be shown: its text, maybe with replacements, the spans in that, and how many matches it had."""

    __slots__ = ("data", "found", "line", "spans")

    def __init__(self, line: Line, data: bytes, spans: Spans, found: int) -> None:
        self.line = line
        self.data = data
        self.spans = spans
        self.found = found


def _painted(paint: Paint | None, text: bytes) -> bytes:
    return text if paint is None else paint.start() + text + _RESET


def _lines(data: bytes, newline: bytes) -> Iterator[tuple[int, int]]:
    """Yield the lines of a text with their endings."""
    start = 0
    while (end := data.find(newline, start) + 1) and end < len(data):
        yield start, end
        start = end
    if data:
        yield start, len(data)


def _within(spans: Spans, start: int, end: int) -> Spans:
    """Return the spans that begin before ``end`` and end behind ``start``; a unit of many lines may have many."""
    return spans[bisect_right(spans, start, key=itemgetter(1)) : bisect_left(spans, end, key=itemgetter(0))]


def _joined(spans: Spans, start: int, end: int) -> list[tuple[int, int]]:
    """Return the spans within ``[start, end)`` that are not empty, those that touch as one."""
    found: list[tuple[int, int]] = []
    for begin, stop in _within(spans, start, end):
        low, high = max(begin, start), min(stop, end)
        if low >= high:
            continue
        if found and low == found[-1][1]:
            found[-1] = (found[-1][0], high)
        else:
            found.append((low, high))
    return found


def _graphemes(data: bytes, most: int) -> int:
    """Return how many bytes the first ``most`` characters take, as a reader counts them."""
    head = data[: most + 1]
    if head.isascii() and b"\r\n" not in head:
        return min(most, len(data))
    import regex

    text = data[: most * 64].decode("utf-8", "surrogateescape")
    shown = regex.match(rf"\X{{0,{most}}}", text)
    return len(shown[0].encode("utf-8", "surrogateescape")) if shown else 0
