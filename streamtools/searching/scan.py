"""One file: source, windows, hits and context joined to a stream of events."""

from __future__ import annotations

from streamtools.events import Begin, Encoding, End, Line, Runs, Total
from streamtools.searching.context import Place
from streamtools.searching.hits import Hits
from streamtools.searching.opening import plain
from streamtools.searching.run import ALL, Run
from streamtools.text.drive import after_line, blocks, exactly, head_encoding
from streamtools.text.encoding import MARKS, NONE, detect
from streamtools.text.source import derived
from streamtools.text.whole import Whole
from streamtools.text.windows import Windows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtools.events import Event
    from streamtools.files.tally import Tally
    from streamtools.match.exact import Matcher
    from streamtools.searching.context import Context
    from streamtools.searching.multiline import Multiline
    from streamtools.searching.nuls import Nuls
    from streamtools.searching.request import Request
    from streamtools.text.mapped import Mapped
    from streamtools.text.source import Source
    from streamtools.text.window import Block, Window
    from streamtools.words import Stopped


class Scanner:
    """Searches one file after another with one window.

    Behind a file, ``matches`` and ``spans`` count what was found in it, ``stopped`` says why it
    ended, ``place`` where to go on behind the last event that was taken, ``tired`` is the
    number of the line on which the exact engine gave up, and ``line_ends`` how many line ends there are if all
    were counted. ``capped`` shortens long lines to what a result shows of them; ``runs`` gives neighbouring hits
    as `Runs`, without spans and context.

    Memory: one window, one text of less than a window that was in memory, and ``before`` lines of context, each at most a window long.
    """

    def __init__(self, request: Request, matcher: Matcher, tally: Tally, *, capped: bool, runs: bool = False) -> None:
        self.matches = self.spans = 0
        self.stopped: Stopped = "end"
        self.tired: int | None = None
        self.line_ends: int | None = None
        self._request = request
        self._matcher = matcher
        self.tally = tally
        self._capped = capped
        self._runs = runs
        self._content = request.output_mode == "content"
        self._label = request.encoding if request.detect else NONE
        #: Where what is read goes, and where what is in memory is looked at; most searches need one of them.
        self._reading: tuple[Windows, Hits] | None = None
        self._whole = Whole(crlf=request.crlf is not False)
        self._window: Window = self._whole
        self._in_whole = self._hits(self._whole)
        self._multiline = _multiline(self._windows, matcher, request, capped=capped) if request.multiline else None
        self._context: Context | None = None
        self._every = request.output_mode == "files_without_match" or request.include_zero
        self._nuls: Nuls | None = None
        skips = not (request.invert_match or request.encoding or request.passthru or self._every)
        self._quick = matcher.finder if skips else None
        self._holds = not (request.multiline or request.null_data or request.watches_nuls)

    @property
    def place(self) -> Place:
        """Where to go on in the file that was searched last."""
        place, nul = Place() if self._context is None else self._context.place, self.binary_at
        return place if nul is None else place._replace(nul=nul)

    @property
    def binary_at(self) -> int | None:
        """Where in the file that was searched last the first NUL is, if it is searched as a binary one."""
        return None if self._nuls is None or not self._nuls.dark else self._nuls.at

    def close(self) -> None:
        """Give the window back."""
        if self._reading is not None:
            self._reading[0].close()

    @property
    def _windows(self) -> Windows:
        return self._read_into()[0]

    def _read_into(self) -> tuple[Windows, Hits]:
        """Return the window that files are read into, and the hits in it."""
        if self._reading is None:
            request, limits = self._request, self._request.limits
            sizes = {"size": limits.window, "overlap": limits.overlap, "detect_bytes": limits.detect_bytes}
            windows = Windows(**sizes, label=self._label, eol=0 if request.null_data else 10, crlf=request.crlf is not False)
            self._reading = windows, self._hits(windows)
        return self._reading

    def _hits(self, window: Window) -> Hits:
        spans = self._content and not self._runs
        return Hits(window, self._matcher, self._request.limits, spans=spans, invert=self._request.invert_match)

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

    def _watch(self, source: Source, path: str, place: Place) -> Nuls | None:
        request = self._request
        if not request.watches_nuls:
            return None
        from streamtools.searching.nuls import Nuls

        held = request.multiline or (request.mapped and source.fd is not None and plain(request, path))
        return Nuls(source, quits=self._quits(path), held=held, counted=request.binary_lines, known=place.nul)

    def scan(self, source: Source, path: str, place: Place | None = None) -> Iterator[Event]:
        """Yield the events of one file, if it has any, from ``place`` on; the caller closes the source.

        Raises `FileError` when reading fails in the middle.
        """
        place = place or Place(after=ALL if self._request.passthru else 0)
        nuls = self._nuls = self._watch(source, path, place)
        held = None if source.data is None or place.offset or not self._holds else self._hold(source.data)
        if held is not None:
            run = self._run(source, path, place, held, self._in_whole)
            yield from self._searched(run, source, path, 0, held.blocks())
            return
        source, start = self._start(source if nuls is None else nuls.source, place)
        windows, hits = self._read_into()
        run = self._run(source, path, place, windows, hits)
        yield from self._searched(run, source, path, start, blocks(source, windows))

    def _hold(self, data: bytes) -> Whole | None:
        """Look at a text where it is; None if it has to be put into a window: it is large, or not UTF-8."""
        limits = self._request.limits
        if len(data) >= limits.window:
            return None
        complete = len(data) <= limits.detect_bytes
        encoding = detect(data if complete else data[: limits.detect_bytes], complete=complete, label=self._label)
        if encoding.name != "utf-8" or encoding.mark:
            return None
        self._whole.hold(data, encoding)
        return self._whole

    def scan_map(self, source: Source, path: str, start: int) -> Iterator[Event] | None:
        """Return what `scan` would yield from byte ``start`` on, without reading; None where that can't be done.

        Only in a child whose work is done again if it dies, see `Mapped`, for a text in UTF-8; ``start`` begins a line.
        """
        from streamtools.text.mapped import Mapped

        request = self._request
        if self._multiline is not None or request.watches_nuls or request.null_data:
            return None
        encoding = head_encoding(source, detect_bytes=request.limits.detect_bytes, label=self._label)
        mapped = Mapped.of(source, start, encoding, longest=request.limits.window, crlf=request.crlf is not False)
        return None if mapped is None else self._mapped(source, path, Place(start), mapped)

    def _mapped(self, source: Source, path: str, place: Place, mapped: Mapped) -> Iterator[Event]:
        self._nuls = None
        with mapped:
            run = self._run(source, path, place, mapped, self._hits(mapped))
            yield from self._searched(run, source, path, place.offset, mapped.blocks())

    def _run(self, source: Source, path: str, place: Place, window: Window, hits: Hits) -> Run:
        self._window = window
        self.matches, self.spans = place.taken, 0
        self.stopped, self.tired, self.line_ends = "end", None, None
        options = {"capped": self._capped, "runs": self._runs}
        run = Run(self._request, window, hits, self._multiline, self._nuls, source, path, place, **options)
        self._context = run.context
        return run

    def _searched(self, run: Run, source: Source, path: str, start: int, blocks: Iterator[Block]) -> Iterator[Event]:
        window, nuls = self._window, self._nuls
        many = begun = False
        for block in blocks:
            encoding = window.encoding or Encoding()
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
            many = many or not window.ended
        self.line_ends = run.line_ends
        changed = (many or self.matches > 0) and source.changed()
        self._account(source, start, changed=changed)
        if begun or self.matches or self._every:
            if not begun:
                yield Begin(path, window.encoding or Encoding())
            yield self._end(path, run, changed=changed)

    def _shown(self, run: Run, block: Block, nuls: Nuls) -> Iterator[Event]:
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
        windows, tally = self._window, self.tally
        read = windows.offset(windows.end)
        tally.files += 1
        tally.bytes += read - start
        if windows.transcoder is not None:
            tally.undecodable += windows.transcoder.undecodable
        if changed and self.stopped == "end" and windows.ended and source.size is not None and read < source.size:
            self.stopped = "changed"

    def _end(self, path: str, run: Run, *, changed: bool) -> End:
        total = Total(self.matches, "exact" if self.stopped == "end" and not run.short else "at_least")
        windows = self._window
        return End(path, total, self.spans, windows.offset(windows.end), self.stopped, changed, self.binary_at)


def _multiline(windows: Windows, matcher: Matcher, request: Request, *, capped: bool) -> Multiline:
    from streamtools.searching.multiline import Multiline

    limits = request.limits
    joined = (limits.line_bytes if capped else limits.window) if request.joined else 0
    return Multiline(windows, matcher, limits, joined=joined)
