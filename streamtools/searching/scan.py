"""One file: source, windows, hits and context joined to a stream of events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from streamtools.events import Begin, Encoding, End, Event, Line, Runs, Stopped, Total
from streamtools.files.tally import Tally
from streamtools.match.exact import Matcher
from streamtools.searching.context import Context, Place
from streamtools.searching.hits import Hit, Hits, Tired
from streamtools.searching.lines import Kind, Lines
from streamtools.searching.multiline import Multiline
from streamtools.searching.nuls import Nuls
from streamtools.searching.opening import plain
from streamtools.searching.request import Request
from streamtools.text.drive import after_line, blocks, exactly, head_encoding
from streamtools.text.encoding import MARKS, NONE, detect
from streamtools.text.numbers import Numbers
from streamtools.text.source import Source, derived
from streamtools.text.windows import Block, Windows

#: More lines than a file has.
_ALL: Final = 1 << 62


class Scanner:
    """Searches one file after another with one window.

    Behind a file, ``matches`` and ``spans`` count what was found in it, ``stopped`` says why it
    ended, ``place`` where to go on behind the last event that was taken, ``tired`` is the
    number of the line on which the exact engine gave up, and ``line_ends`` how many line ends there are if all
    were counted. ``capped`` shortens long lines to what a result shows of them; ``runs`` gives neighbouring hits
    as `Runs`, without spans and context.

    Memory: one window, and ``before`` lines of context, each at most a window long.
    """

    def __init__(self, request: Request, matcher: Matcher, tally: Tally, *, capped: bool, runs: bool = False) -> None:
        limits = request.limits
        self.matches = self.spans = 0
        self.stopped: Stopped = "end"
        self.tired: int | None = None
        self.line_ends: int | None = None
        self._request = request
        self.tally = tally
        self._capped = capped
        self._runs = runs
        self._content = request.output_mode == "content"
        label, eol = request.encoding if request.detect else NONE, 0 if request.null_data else 10
        sizes = {"size": limits.window, "overlap": limits.overlap, "detect_bytes": limits.detect_bytes}
        self._windows = Windows(**sizes, label=label, eol=eol, crlf=request.crlf is not False)
        self._hits = Hits(self._windows, matcher, limits, spans=self._content and not runs, invert=request.invert_match)
        joined = (limits.line_bytes if capped else limits.window) if request.joined else 0
        self._multiline = Multiline(self._windows, matcher, limits, joined=joined) if request.multiline else None
        self._context: Context | None = None
        self._every = request.output_mode == "files_without_match" or request.include_zero
        self._nuls: Nuls | None = None
        skips = not (request.invert_match or request.encoding or request.passthru or self._every)
        self._quick = matcher.finder if skips else None

    @property
    def place(self) -> Place:
        """Where to go on in the file that was searched last."""
        return Place() if self._context is None else self._context.place

    @property
    def binary_at(self) -> int | None:
        """Where in the file that was searched last the first NUL is, if it is searched as a binary one."""
        return None if self._nuls is None or not self._nuls.dark else self._nuls.at

    def close(self) -> None:
        """Give the window back."""
        self._windows.close()

    def nothing_in(self, path: str) -> int | None:
        """Return the size of a small file in which nothing can match, None where `scan` must look.

        Most files of a tree are such; for them nothing is made but the read and the look.
        """
        finder = self._quick
        if finder is None or not plain(self._request, path):
            return None
        try:
            text = self._windows.load(path, self._request.within)
        except OSError:
            return None
        if text is None:
            return None
        with text:
            size = len(text)
            return None if finder.holds(text) or not self._simple(size, path) else size

    def _simple(self, size: int, path: str) -> bool:
        """Whether what was looked at is all that there is to search in a file."""
        if self._request.detect:
            return self._windows.plain(size)
        buffer = self._windows.buffer
        if any(buffer.find(mark, 0, len(mark)) == 0 for mark, _ in MARKS):
            return False
        return self._request.text or self._quits(path) or buffer.find(b"\0", 0, size) < 0

    def _quits(self, path: str) -> bool:
        return self._request.binary == "quit" and path not in self._request.paths

    def _watch(self, source: Source, path: str, start: int) -> Nuls | None:
        request = self._request
        if not request.watches_nuls:
            return None
        held = request.multiline or (request.mapped and source.fd is not None)
        return Nuls(source, quits=self._quits(path), held=held, counted=request.binary_lines, start=start)

    def scan(self, source: Source, path: str, place: Place | None = None) -> Iterator[Event]:
        """Yield the events of one file, if it has any, from ``place`` on; the caller closes the source.

        Raises `FileError` when reading fails in the middle.
        """
        place = place or Place(after=_ALL if self._request.passthru else 0)
        self.matches, self.spans = place.taken, 0
        self.stopped, self.tired, self.line_ends = "end", None, None
        source, start = self._start(source, place)
        nuls = self._nuls = self._watch(source, path, start)
        source = source if nuls is None else nuls.source
        options = {"capped": self._capped, "runs": self._runs}
        run = _Run(self._request, self._windows, self._hits, self._multiline, nuls, source, path, place, **options)
        self._context = run.context
        many = begun = False
        for block in blocks(source, self._windows):
            encoding = self._windows.encoding or Encoding()
            if nuls is not None and nuls.dark and nuls.quits:
                break
            if encoding.binary and not self._request.text and nuls is None:
                self.tally.skip("binary", path)
                return
            stopped = self._request.deadline.passed()
            if stopped is not None:
                self.stopped = stopped
                run.stand(block)
                break
            for event in run.block(block) if nuls is None else self._shown(run, block, nuls):
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
        self.line_ends = run.line_ends
        changed = (many or self.matches > 0) and source.changed()
        self._account(source, start, changed=changed)
        if begun or self.matches or self._every:
            if not begun:
                yield Begin(path, self._windows.encoding or Encoding())
            yield self._end(path, run, changed=changed)

    def _shown(self, run: _Run, block: Block, nuls: Nuls) -> Iterator[Event]:
        """Yield the events of a block that may be binary: a hit is counted and not shown there, and ends the search."""
        dark, hidden = nuls.dark, not self._request.binary_lines
        for event in run.block(block):
            if isinstance(event, Line | Runs):
                here = isinstance(event, Line) and nuls.hit(event.data, event.offset + event.column - 1)
                if (here and nuls.quits) or ((here or dark) and hidden):
                    hit = isinstance(event, Runs) or event.kind == "match"
                    run.matches = self.matches + (hit and not (here and nuls.quits))
                    run.done = True
                    return
            yield event

    def _start(self, source: Source, place: Place) -> tuple[Source, int]:
        """Stand source and window at a place; return the source to read from and the byte that is."""
        windows, request = self._windows, self._request
        if not place.offset:
            windows.start(0, Encoding("utf-8", "given") if windows.label == NONE else None)
            return source, 0
        if not source.seekable and not place.inside:
            return self._passed(source, place.offset), place.offset
        encoding = head_encoding(source, detect_bytes=request.limits.detect_bytes, label=windows.label)
        offset = place.offset if source.size is None else min(place.offset, source.size)
        offset = after_line(source, offset, encoding) if place.inside else offset
        source.seek(offset)
        windows.start(offset, Encoding(encoding.name, encoding.how))
        return source, offset

    def _passed(self, source: Source, offset: int) -> Source:
        """Return what a stream holds from ``offset`` on."""
        size = self._request.limits.detect_bytes
        head = exactly(source, size)
        encoding = detect(head, complete=len(head) < size, label=self._windows.label)
        self._windows.start(offset, Encoding(encoding.name, encoding.how))
        at = len(head)
        while at < offset and exactly(source, min(size, offset - at)):
            at += min(size, offset - at)
        return derived(source, source.readinto, behind=head[offset:])

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
        return End(path, total, self.spans, windows.offset(windows.end), self.stopped, changed, self.binary_at)


class _Run:
    """The search of one file: what is found so far, and whether that is enough."""

    def __init__(
        self,
        request: Request,
        windows: Windows,
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
        self._capped = capped
        self._once = request.stop_on_nonmatch
        self._trail: int | None = None
        self._runs = runs and multiline is None and not self._once
        self._content = request.output_mode == "content"
        self._numbers = Numbers(windows, source, line=place.line) if self._content and request.line_numbers else None
        self._lines = Lines(windows, self._numbers, request.limits, path, capped=capped)
        before, after = (request.before, _ALL if request.passthru else request.after) if self._content else (0, 0)
        self._joined = request.joined and multiline is not None and not request.invert_match
        self._contexts = bool(before or after or place.after)
        self.context = Context(windows, self._lines, before=before, after=after, place=place)
        self._long: _Long | None = None

    @property
    def line_ends(self) -> int | None:
        """How many line ends went by, if all of the file was searched and they were counted."""
        return None if self._numbers is None or self.done else self._numbers.ends(self._windows.end)

    def stand(self, block: Block) -> None:
        """Stop before a block."""
        self.context.taken = self.matches
        if self._long is None:
            self.context.stand(block.fresh, self._lines.number(block.fresh))

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
        """Yield the hits of a block in one event."""
        windows, numbers, nuls = self._windows, self._numbers, self._nuls
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
                if nuls is not None and nuls.held and not nuls.dark and nuls.hit(data, windows.offset(start)):
                    # what stands before the line with the NUL is shown, and that line is the last that counts
                    data = data[: data.rfind(newline, 0, data.find(0)) + 1]
                    self.matches, self.done = self.matches + (not nuls.quits), True
                    if not data:
                        break
                ends = data.count(newline)
                runs.append((behind, data))
                behind += ends
                found += ends + (data[-1] != windows.eol)
                at = stop
                if self.done:
                    break
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
            self.spans += len(hit.spans)
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
        self.spans += len(hit.spans)
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


class _Long:
    """A line longer than the window while it goes by: number, offset, its beginning, whether it matched, and up to where it was shown."""

    __slots__ = ("hit", "line", "number", "offset", "shown")

    def __init__(self, number: int, offset: int, line: Line) -> None:
        self.number = number
        self.offset = offset
        self.line = line
        self.shown = 0
        self.hit = False
