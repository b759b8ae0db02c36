"""One file: source, windows, hits and context joined to a stream of events."""

from __future__ import annotations

from collections.abc import Iterator

from streamtools.files.tally import Tally
from streamtools.match.exact import Matcher
from streamtools.results import Begin, Encoding, End, Event, Line, Runs, Stopped, Total
from streamtools.searching.context import Context, Place
from streamtools.searching.hits import Hit, Hits, Tired
from streamtools.searching.lines import Kind, Lines
from streamtools.searching.multiline import Multiline
from streamtools.searching.request import Request
from streamtools.text.drive import after_line, blocks, head_encoding
from streamtools.text.numbers import Numbers
from streamtools.text.source import Source
from streamtools.text.windows import Block, Windows


class Scanner:
    """Searches one file after another with one window.

    Behind a file, ``matches`` and ``spans`` count what was found in it, ``stopped`` says why it
    ended, ``place`` where to go on behind the last event that was taken, and ``tired`` is the
    number of the line on which the exact engine gave up. ``capped`` shortens long lines to what
    a result shows of them; ``runs`` gives neighbouring hits as `Runs`, without spans and context.

    Memory: one window, and ``before`` lines of context, each at most a window long.
    """

    def __init__(self, request: Request, matcher: Matcher, tally: Tally, *, capped: bool, runs: bool = False) -> None:
        limits = request.limits
        self.matches = self.spans = 0
        self.stopped: Stopped = "end"
        self.tired: int | None = None
        self._request = request
        self.tally = tally
        self._capped = capped
        self._runs = runs
        self._content = request.output_mode == "content"
        self._windows = Windows(size=limits.window, overlap=limits.overlap, detect_bytes=limits.detect_bytes, label=request.encoding)
        self._hits = Hits(self._windows, matcher, limits, spans=self._content and not runs, invert=request.invert_match)
        self._multiline = Multiline(self._windows, matcher, limits) if request.multiline else None
        self._context: Context | None = None
        skips = not (request.invert_match or request.encoding or request.output_mode == "files_without_match")
        self._quick = matcher.finder if skips else None

    @property
    def place(self) -> Place:
        """Where to go on in the file that was searched last."""
        return Place() if self._context is None else self._context.place

    def close(self) -> None:
        """Give the window back."""
        self._windows.close()

    def nothing_in(self, path: str) -> int | None:
        """Return the size of a small file in which nothing can match, None where `scan` must look.

        Most files of a tree are such; for them nothing is made but the read and the look.
        """
        finder = self._quick
        if finder is None:
            return None
        try:
            size = self._windows.load(path, self._request.within)
        except OSError:
            return None
        if size is None or finder.any(self._windows.buffer, 0, size) or not self._windows.plain(size):
            return None
        return size

    def scan(self, source: Source, path: str, place: Place | None = None) -> Iterator[Event]:
        """Yield the events of one file, if it has any, from ``place`` on; the caller closes the source.

        Raises `FileError` when reading fails in the middle.
        """
        place = place or Place()
        self.matches, self.spans = place.taken, 0
        self.stopped, self.tired = "end", None
        start = self._start(source, place)
        run = _Run(self._request, self._windows, self._hits, self._multiline, source, path, place, capped=self._capped, runs=self._runs)
        self._context = run.context
        many = begun = False
        for block in blocks(source, self._windows):
            encoding = self._windows.encoding or Encoding()
            if encoding.binary and not self._request.text:
                self.tally.skip("binary", path)
                return
            stopped = self._request.deadline.passed()
            if stopped is not None:
                self.stopped = stopped
                run.stand(block)
                break
            for event in run.block(block):
                if not begun:
                    begun = True
                    yield Begin(path, encoding)
                self.matches, self.spans = run.matches, run.spans
                yield event
            self.matches, self.spans = run.matches, run.spans
            if run.tired is not None:
                self.stopped, self.tired = "deadline", run.tired
            if run.done:
                break
            many = many or not self._windows.ended
        changed = (many or self.matches > 0) and source.changed()
        self._account(source, start, changed=changed)
        if begun or self.matches or self._request.output_mode == "files_without_match":
            if not begun:
                yield Begin(path, self._windows.encoding or Encoding())
            yield self._end(path, run, changed=changed)

    def _start(self, source: Source, place: Place) -> int:
        """Stand source and window at a place; return the byte that is."""
        windows, request = self._windows, self._request
        if not place.offset:
            windows.start()
            return 0
        encoding = head_encoding(source, detect_bytes=request.limits.detect_bytes, label=request.encoding)
        offset = place.offset if source.size is None else min(place.offset, source.size)
        offset = after_line(source, offset, encoding) if place.inside else offset
        source.seek(offset)
        windows.start(offset, Encoding(encoding.name, encoding.how))
        return offset

    def _account(self, source: Source, start: int, *, changed: bool) -> None:
        windows, tally = self._windows, self.tally
        read = windows.offset(windows.end)
        tally.files += 1
        tally.bytes += read - start
        if windows.transcoder is not None:
            tally.undecodable += windows.transcoder.undecodable
        if changed and self.stopped == "end" and windows.ended and source.size is not None and read < source.size:
            self.stopped = "changed"

    def _end(self, path: str, run: _Run, *, changed: bool) -> End:
        total = Total(self.matches, "exact" if self.stopped == "end" and not run.short else "at_least")
        windows = self._windows
        return End(path, total, self.spans, windows.offset(windows.end), self.stopped, changed)


def _numbers(windows: Windows, source: Source, place: Place) -> Numbers:
    """Return the numbers from a place on; where it does not know its line, from the file's beginning on."""
    if place.line or source.fd is None or not windows.direct:
        return Numbers(windows, source, line=place.line)
    return Numbers(windows, source, at=-windows.offset(0))


class _Run:
    """The search of one file: what is found so far, and whether that is enough."""

    def __init__(
        self,
        request: Request,
        windows: Windows,
        hits: Hits,
        multiline: Multiline | None,
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
        self._source = source
        self._capped = capped
        self._runs = runs and multiline is None
        self._content = request.output_mode == "content"
        self._numbers = _numbers(windows, source, place) if self._content and request.line_numbers else None
        self._lines = Lines(windows, self._numbers, request.limits, path, capped=capped)
        before, after = (request.before, request.after) if self._content else (0, 0)
        self._contexts = bool(before or after or place.after)
        self.context = Context(windows, self._lines, before=before, after=after, place=place)
        self._long: _Long | None = None

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
        if self._numbers is None and windows.direct and source.fd is not None:
            self.tired = Numbers(windows, source).number(tired.start)
        else:
            self.tired = self._lines.number(tired.start)
        inside = tired.stop <= tired.start or self._windows.open_line(tired.start, tired.stop) == 1
        offset = self._windows.offset(tired.stop)
        self.context.place = Place(offset, self.tired + 1, 0, self.context.place.shown, inside, self.matches)
        self.done = self.short = True

    def _full(self) -> bool:
        most = self._request.max_count
        return most is not None and self.matches >= most

    def _count(self, block: Block) -> None:
        most = 1 if self._request.output_mode.startswith("files") else self._request.max_count
        if most is None and self._multiline is None and self._hits.exact:
            self.matches += self._hits.count(block.fresh, block.stop)
            return
        for _ in self._found(block):
            if most is not None and self.matches >= most:
                break
            self.matches += 1
        self.done = self.short = most is not None and self.matches >= most

    def _found(self, block: Block) -> Iterator[Hit]:
        if self._multiline is not None:
            return self._multiline.of(block, invert=self._request.invert_match)
        return self._hits.of(block.fresh, block.stop)

    def _in_runs(self, block: Block) -> Iterator[Event]:
        """Yield the hits of a block in one event."""
        windows, numbers = self._windows, self._numbers
        buffer, newline = windows.buffer, windows.newline
        runs: list[tuple[int, bytes]] = []
        first = behind = found = 0
        at = block.fresh
        tired: Tired | None = None
        try:
            for start, stop in self._hits.runs(at, block.stop):
                if numbers is not None:
                    if runs:
                        behind += buffer[at:start].count(newline)
                    else:
                        first = numbers.number(start)
                data = buffer[start:stop]
                ends = data.count(newline)
                runs.append((behind, data))
                behind += ends
                found += ends + (data[-1] != windows.eol)
                at = stop
        except Tired as error:
            tired = error
        if runs:
            if numbers is not None:
                numbers.passed(at, behind)
            self.matches += found
            self.context.taken = self.matches
            yield Runs(first, tuple(runs), found)
        if tired is not None:
            raise tired

    def _whole(self, block: Block) -> Iterator[Event]:
        position, context = block.fresh, self.context
        for hit in self._found(block):
            if self._full():
                break
            if self._contexts:
                yield from context.between(position, hit.start, hit=True)
            self.matches += 1
            self.context.taken = self.matches
            self.spans += len(hit.spans)
            yield from context.match(self._lines.make(hit.start, hit.end, hit.stop, "match", hit.spans), hit.stop)
            position = hit.stop
        stop = block.stop if self._multiline is None else self._multiline.held
        if self._contexts:
            yield from context.between(position, stop, hit=False)
        if self._full() and not context.due:
            self.done = self.short = True

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
        from dataclasses import replace

        source, windows = self._source, self._windows
        at, stop = long.offset, windows.offset(start)
        while source.fd is not None and windows.direct and at < stop:
            data = os.pread(source.fd, min(self._request.limits.segment, stop - at), at)
            if not data:
                return
            yield replace(long.line, data=data, column=at - long.offset + 1, kind="match", cut=True, ending=b"")
            at += len(data)

    def _long_end(self, block: Block, long: _Long) -> Iterator[Event]:
        from dataclasses import replace

        self._long = None
        matched = long.hit != self._request.invert_match
        if matched and self._request.invert_match and not self._full():
            self.matches += 1
            self.context.taken = self.matches
            if self._content:
                yield from self.context.flush()
                yield from self.context.match(replace(long.line, kind="match"), block.stop)
        elif not matched and self._contexts:
            kind: Kind = "after" if self.context.due else "before"
            yield from self.context.long_line(replace(long.line, kind=kind), block.stop)
        if self._full() and not self.context.due:
            self.done = self.short = True


class _Long:
    """A line longer than the window while it goes by: number, offset, its beginning, whether it matched, and up to where it was shown."""

    __slots__ = ("hit", "line", "number", "offset", "shown")

    def __init__(self, number: int, offset: int, line: Line) -> None:
        self.number = number
        self.offset = offset
        self.line = line
        self.shown = 0
        self.hit = False
