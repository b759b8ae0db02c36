"""One file block by block: its hits, the lines around them, counts, and pieces of lines that are longer than the window."""

from __future__ import annotations

from streamtools.counting import line_ends
from streamtools.events import Bundle, Runs
from streamtools.searching.context import Context, Place
from streamtools.searching.hits import Tired
from streamtools.searching.lines import Lines
from streamtools.text.numbers import Numbers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final

    from streamtools.events import Event, Line
    from streamtools.searching.hits import Hit, Hits
    from streamtools.searching.lines import Kind
    from streamtools.searching.multiline import Multiline
    from streamtools.searching.nuls import Nuls
    from streamtools.searching.request import Request
    from streamtools.text.source import Source
    from streamtools.text.window import Block, Window

#: So many hits are told together.
_BULK: Final = 4096
#: More lines than a file has.
ALL: Final = 1 << 62


def _numbers(windows: Window, source: Source, place: Place) -> Numbers:
    """Return the numbers from a place on; where it does not know its line, from the file's beginning on."""
    if place.line or source.fd is None or not windows.direct:
        return Numbers(windows, source, at=windows.first, line=place.line)
    return Numbers(windows, source, at=windows.base - windows.offset(0))


class Run:
    """The search of one file: what is found so far, and whether that is enough."""

    def __init__(
        self,
        request: Request,
        windows: Window,
        hits: Hits,
        multiline: Multiline | None,
        nuls: Nuls | None,
        source: Source,
        path: str,
        place: Place,
        *,
        capped: bool,
        runs: bool,
    ) -> None:
        self.matches, self.spans = place.taken, 0
        self.done = self.short = False
        self.tired: int | None = None
        self._request = request
        self._windows = windows
        self._hits = hits
        self._multiline = multiline
        self._nuls = nuls
        self._source = source
        self._begin = place
        self._capped = capped
        self._once = request.stop_on_nonmatch
        self._trail: int | None = None
        self._runs = runs and multiline is None and not self._once
        self._content = request.output_mode == "content"
        self._numbers = _numbers(windows, source, place) if self._content and request.line_numbers else None
        self._lines = Lines(windows, self._numbers, request.limits, path, capped=capped)
        before, after = (request.before, ALL if request.passthru else request.after) if self._content else (0, 0)
        self._joined = request.joined and multiline is not None and not request.invert_match
        self._contexts = bool(before or after or place.after)
        self.context = Context(windows, self._lines, before=before, after=after, place=place)
        self._bundles = request.bundles and capped and self._content and multiline is None and nuls is None
        self._bundles = self._bundles and not (self._contexts or self._once or request.max_count is not None)
        self._long: _Long | None = None

    @property
    def line_ends(self) -> int | None:
        """How many line ends went by, if all of the file was searched and they were counted."""
        return None if self._numbers is None or self.done else self._numbers.ends(self._windows.end)

    def stand(self, block: Block) -> None:
        """Stop before a block, at once: a number that is not at hand is left to whoever goes on."""
        self.context.taken = self.matches
        if self._long is None:
            self.context.stand(block.fresh, 0 if self._numbers is None else self._numbers.at_hand(block.fresh))

    def block(self, block: Block) -> Iterator[Event]:
        """Yield the events of a block."""
        try:
            if not block.whole:
                yield from self._piece(block)
            elif self._runs:
                yield from self._in_runs(block)
            elif self._bundles and self._windows.direct:
                yield from self._bundled(block)
            elif self._content:
                yield from self._whole(block)
            else:
                self._count(block)
        except Tired as tired:
            self._give_up(tired)
            return
        if self._numbers is not None and not self.done:
            self._numbers.leave(self._multiline.held if self._multiline is not None and block.whole else block.stop)

    def _give_up(self, tired: Tired) -> None:
        """Go on behind the line that the engine could not finish."""
        windows, source = self._windows, self._source
        if self._numbers is None and windows.direct and (source.fd is not None or not windows.base):
            self.tired = _numbers(windows, source, self._begin).number(tired.start)
        else:
            self.tired = self._lines.number(tired.start)
        inside = tired.stop <= tired.start or self._windows.open_line(tired.start, tired.stop) == 1
        offset = self._windows.offset(tired.stop)
        self.context.place = Place(offset, self.tired + 1, 0, self.context.place.shown, inside, self.matches)
        self.done = self.short = True

    def _full(self) -> bool:
        most = self._request.max_count
        return most is not None and (self.spans if self._joined else self.matches) >= most

    def _count(self, block: Block) -> None:
        most = 1 if self._request.output_mode.startswith("files") and not self._through() else self._request.max_count
        if most is None and self._multiline is None and self._hits.quick and not self._once:
            for found in self._hits.counts(block.fresh, block.stop):
                self.matches += found
            return
        position, full = block.fresh, self._trail is not None
        for hit in self._found(block):
            if full and not self._trails(position, hit):
                break
            if self._over(position, hit.start) or self._binary(hit):
                break
            self.matches += 1
            position = hit.stop
            if not full and most is not None and self.matches >= most:
                full, self._trail = True, self._request.after if self._request.trailing else 0
        full = full and not self._trails(position, None, block.stop)
        self.done = self.short = full or self._over(position, block.stop)

    def _through(self) -> bool:
        """Whether a file that may turn out to be binary is searched to its end for one line; ripgrep does so where it inverts."""
        return self._nuls is not None and self._nuls.quits and self._request.invert_match

    def _trails(self, position: int, hit: Hit | None, stop: int = 0) -> bool:
        """Whether a hit behind the last that was wanted is among the lines that would be shown as context, or some are left to come."""
        assert self._trail is not None
        self._trail -= self._windows.count(position, stop if hit is None else hit.stop)
        return self._trail > 0 if hit is None else self._trail >= 0

    def _over(self, start: int, stop: int) -> bool:
        """Whether the lines ``[start, stop)`` without a hit end the search."""
        return self._once and self.matches > 0 and start < stop

    def _binary(self, hit: Hit) -> bool:
        """Whether a hit that is counted is where a binary file is left."""
        nuls = self._nuls
        if nuls is None or not (nuls.held and nuls.quits):
            return False
        return nuls.hit(self._windows.buffer[hit.start : hit.stop], self._windows.offset(hit.start))

    def _found(self, block: Block) -> Iterator[Hit]:
        if self._multiline is not None:
            most = self._request.max_count
            left = None if most is None or not self._joined else max(most - self.spans, 0)
            return self._multiline.of(block, invert=self._request.invert_match, most=left)
        return self._hits.of(block.fresh, block.stop)

    def _in_runs(self, block: Block) -> Iterator[Event]:
        """Yield the hits of a block in bulk."""
        windows, numbers = self._windows, self._numbers
        buffer, newline = windows.buffer, windows.newline
        held = self._nuls is not None and self._nuls.held and not self._nuls.dark
        texts: list[bytes] = []
        behind: list[int] = []
        first = ends = 0
        at = block.fresh
        count = windows.count
        tired: Tired | None = None
        try:
            for start, stop in self._hits.runs(at, block.stop):
                data = buffer[start:stop]
                if held:
                    data = self._light(data, start)
                    if not data:
                        break
                if numbers is not None:
                    if texts:
                        ends += count(at, start)
                    else:
                        first = numbers.number(start)
                    if data.find(newline) == len(data) - 1:
                        behind.append(ends)
                        ends += 1
                    else:
                        lines = data.count(newline)
                        behind += range(ends, ends + lines + (not data.endswith(newline)))
                        ends += lines
                texts.append(data)
                at = stop
                if self.done:
                    break
                if len(texts) >= _BULK:
                    yield self._bulk(first, texts, behind, at, ends)
                    texts, behind, ends = [], [], 0
        except Tired as error:
            tired = error
        if texts:
            yield self._bulk(first, texts, behind, at, ends)
        if tired is not None:
            raise tired

    def _bulk(self, first: int, texts: list[bytes], behind: list[int], at: int, ends: int) -> Runs:
        """Make the event of some hits; ``ends`` line ends lie between the first of them and ``at``."""
        text = b"".join(texts)
        if self._numbers is not None:
            self._numbers.passed(at, ends)
            found = len(behind)
        else:
            found = line_ends(text, self._windows.newline) + (text[-1] != self._windows.eol)
        self.matches += found
        self.context.taken = self.matches
        return Runs(first, text, found, tuple(behind))

    def _light(self, data: bytes, start: int) -> bytes:
        """Return what stands before the line with the NUL, which is shown, and let that line be the last that counts."""
        nuls, windows = self._nuls, self._windows
        assert nuls is not None
        if not nuls.dark and nuls.hit(data, windows.offset(start)):
            self.matches, self.done = self.matches + (not nuls.quits), True
            return data[: data.rfind(windows.newline, 0, data.find(0)) + 1]
        return data

    def _bundled(self, block: Block) -> Iterator[Event]:
        """Yield the hits of a block as `_whole` does, several at once."""
        context, hits = self.context, self._hits
        literal = hits.literal(block.fresh, block.stop)
        found = self._lines.bundles(self._found(block)) if literal is None else self._lines.dense(literal, hits, block.fresh, block.stop)
        for event, last, spans in found:
            self.spans += spans + _told(last)
            if isinstance(event, Bundle):
                self.matches += len(event.texts)
                context.taken = self.matches
                context.bundle(event.numbers[-1], last.stop)
                yield event
            else:
                self.matches += 1
                context.taken = self.matches
                yield from context.match(event, last.stop)

    def _whole(self, block: Block) -> Iterator[Event]:
        position, context = block.fresh, self.context
        for hit in self._found(block):
            if self._full():
                if not (self._request.trailing and context.due):
                    break
                yield from context.between(position, hit.start, hit=False)
                position = hit.start
                if context.due:
                    yield from self._trailing(hit)
                    position = hit.stop
                continue
            if self._over(position, hit.start):
                break
            if self._contexts:
                yield from context.between(position, hit.start, hit=True)
            self.matches += self._windows.count(hit.start, hit.end) + 1 if self._joined else 1
            self.context.taken = self.matches
            self.spans += _told(hit)
            yield from context.match(self._lines.make(hit.start, hit.end, hit.stop, "match", hit.spans), hit.stop)
            position = hit.stop
        stop = block.stop if self._multiline is None else self._multiline.held
        if self._over(position, stop):
            stop = next(self._windows.lines(position, stop))[2]
            self.done = self.short = True
        if self._contexts:
            yield from context.between(position, stop, hit=False)
        if self._full() and not context.due:
            self.done = self.short = True

    def _trailing(self, hit: Hit) -> Iterator[Event]:
        """Yield a hit behind the last that was wanted, in the place of a line of context."""
        self.matches += 1
        self.context.taken = self.matches
        self.spans += _told(hit)
        yield from self.context.trailing(self._lines.make(hit.start, hit.end, hit.stop, "match", hit.spans), hit.stop)

    # -- lines longer than the window ----------------------------------------------------

    def _piece(self, block: Block) -> Iterator[Event]:
        if block.head:
            number = self._lines.number(block.start)
            self._long = _Long(number, self._windows.line_offset(block), self._lines.make(block.start, block.stop, block.stop, "before"))
        long = self._long
        assert long is not None
        if not self._full() and (not long.hit or (self._content and not self._capped)):
            spans = self._hits.piece(block)
            if spans or long.hit:
                yield from self._long_hit(block, long, spans)
        if block.tail:
            yield from self._long_end(block, long)

    def _long_hit(self, block: Block, long: _Long, spans: list[tuple[int, int]]) -> Iterator[Event]:
        first, long.hit = not long.hit, True
        self.spans += len(spans)
        if self._request.invert_match:
            return
        if not self._content:
            self.matches += first
            self.done = self.short = self._request.output_mode.startswith("files")
            return
        if first:
            self.matches += 1
            self.context.taken = self.matches
            yield from self.context.flush()
        if self._capped:
            start = block.start
            matches = tuple((a - start, b - start) for a, b in spans)
            _, end, _ = next(self._windows.lines(block.fresh, block.stop), (0, block.stop, 0))
            line = self._lines.around(long.number, long.offset, start, end, matches, more=not block.tail)
            yield from self.context.match(line, block.stop, inside=not block.tail)
            return
        windows = self._windows
        start = spans[0][0] if first else long.shown - windows.base
        stop = block.stop if block.tail else max(windows.resume, spans[-1][1] if spans else 0, start)
        long.shown = windows.base + stop
        if first:
            for line in self._before_piece(start, long):
                yield from self.context.match(line, block.stop, inside=True)
        line = self._lines.piece(block, start, stop, long.number, long.offset, spans)
        yield from self.context.match(line, block.stop, inside=not block.tail)

    def _before_piece(self, start: int, long: _Long) -> Iterator[Line]:
        """Read again what of a long line went by before its first match, where that is possible."""
        import os

        source, windows = self._source, self._windows
        at, stop = long.offset, windows.offset(start)
        while source.fd is not None and windows.direct and at < stop:
            data = os.pread(source.fd, min(self._request.limits.segment, stop - at), at)
            if not data:
                return
            yield long.line._replace(data=data, column=at - long.offset + 1, kind="match", cut=True, ending=b"")
            at += len(data)

    def _long_end(self, block: Block, long: _Long) -> Iterator[Event]:
        self._long = None
        matched = long.hit != self._request.invert_match
        over = self._once and not matched and self.matches > 0
        if matched and self._request.invert_match and not self._full():
            self.matches += 1
            self.context.taken = self.matches
            if self._content:
                yield from self.context.flush()
                yield from self.context.match(long.line._replace(kind="match"), block.stop)
        elif not matched and self._contexts:
            kind: Kind = "after" if self.context.due else "before"
            yield from self.context.long_line(long.line._replace(kind=kind), block.stop)
        if over or (self._full() and not self.context.due):
            self.done = self.short = True


def _told(hit: Hit) -> int:
    """How many matches a hit has that are told; an empty one at the end of a file without a line end is none."""
    size = hit.end - hit.start
    return len(hit.spans) - (hit.end == hit.stop and hit.spans[-1:] == [(size, size)])


class _Long:
    """A line longer than the window while it goes by: number, offset, its beginning, whether it matched, and up to where it was shown."""

    __slots__ = ("hit", "line", "number", "offset", "shown")

    def __init__(self, number: int, offset: int, line: Line) -> None:
        self.number = number
        self.offset = offset
        self.line = line
        self.shown = 0
        self.hit = False
