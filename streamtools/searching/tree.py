"""Any number of roots: walked in order, each file scanned, what was skipped told."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace

from streamtools.errors import BadCursor, FileError, InvalidArgument, file_error
from streamtools.files.named import check
from streamtools.files.tally import Tally
from streamtools.files.walk import Walk
from streamtools.match.exact import compile
from streamtools.results import End, Event, Next, Stopped, Summary, Total
from streamtools.searching.context import Place
from streamtools.searching.cursor import Cursor, decode
from streamtools.searching.request import Request
from streamtools.searching.scan import Scanner
from streamtools.text.source import Source, from_fd, from_path


class Search:
    """A search over all roots of a request, as a stream of events that may be left at any point.

    `events` yields them in the order of the walk; `mark` says that everything up to now was taken,
    and `going_on` gives the call behind the last mark. ``moved`` is a file that changed since the cursor was
    made, ``changed`` one that did while it was searched. ``streams`` maps names that stand for
    open descriptors, such as ``"-"``.

    Memory: one `Scanner` and one `Walk`.
    """

    def __init__(self, request: Request, *, capped: bool, runs: bool = False, streams: Mapping[str, int] | None = None) -> None:
        self.request = request
        self.tally = Tally()
        self.stopped: Stopped = "end"
        self.tired: tuple[str, int] | None = None
        self.moved: str | None = None
        self.changed: str | None = None
        self._streams = streams or {}
        self._digest = request.digest()
        matcher = compile(request.query, seconds=request.limits.match_seconds, engine=request.engine)
        begin = Cursor(self._digest) if request.cursor is None else decode(request.cursor, self._digest, len(request.paths))
        self._begin = self._here = self._marked = begin
        self._scanner = Scanner(request, matcher, self.tally, capped=capped, runs=runs)
        self._scanning = self._ended = False
        self._matches = begin.matches
        self._files = begin.files
        self._spans = 0
        self._source: Source | None = None

    @property
    def due(self) -> int:
        """How many context lines behind the last match are still to come, if the file has them."""
        return self._scanner.place.after if self._scanning else 0

    def events(self) -> Iterator[Event]:
        """Yield the events, without a summary. Raises `FileError` if the only root can't be searched."""
        try:
            for index in range(self._begin.root, len(self.request.paths)):
                if index > self._here.root:
                    self._here = Cursor(self._digest, index)
                for path in self._files_of(index):
                    yield from self._file(path)
                    if self.stopped != "end":
                        return
        finally:
            self.close()

    def close(self) -> None:
        """Give back the window and what is open; does nothing the second time."""
        self._scanner.close()
        if self._source is not None:
            self._source.close()

    @property
    def marked(self) -> tuple[int, int]:
        """How many matches and files with matches were taken up to the last mark, earlier calls included."""
        marked = self._marked
        return marked.matches + marked.taken, marked.files + (marked.taken > 0)

    def mark(self) -> None:
        """Say that every event up to now was taken."""
        self._marked = self._now()

    def going_on(self) -> Next:
        """Return the call that goes on behind the last mark, or where the search itself stopped."""
        cursor = (self._marked if self.stopped == "end" else self._now()).encode()
        return Next("grep", self.request.arguments() | {"cursor": cursor})

    def summary(self) -> Summary:
        """Return the totals of everything up to now; exact only if the search came to its end."""
        kind = "exact" if self.stopped == "end" else "at_least"
        now = self._now()
        return Summary(
            Total(now.matches + now.taken, kind),  # type: ignore[arg-type]
            Total(now.files + (now.taken > 0), kind),  # type: ignore[arg-type]
            self.tally.ledger(),
            self.stopped,
            None if self.stopped == "end" else self.going_on(),
            self._spans + (self._scanner.spans if self._scanning else 0),
        )

    # -- inside --------------------------------------------------------------------------

    def _now(self) -> Cursor:
        here = self._here
        if not self._scanning:
            return replace(here, matches=self._matches, files=self._files)
        if self._ended:
            found = self._scanner.matches
            return Cursor(here.digest, here.root, here.path, matches=self._matches + found, files=self._files + (found > 0))
        place, source = self._scanner.place, self._source
        identity = source.identity if source is not None and source.identity is not None else (0, 0, 0, 0)
        return Cursor(
            *(here.digest, here.root, here.done, here.path, identity[2], identity[3]),
            *(place.offset, place.line, place.after, place.shown, place.inside, place.taken, place.gap),
            *(self._matches, self._files),
        )

    def _files_of(self, index: int) -> Iterator[str]:
        """Yield the paths below a root that are still to be searched."""
        root = self.request.paths[index]
        done = self._here.done
        if root in self._streams:
            if done is None:
                yield root
            return
        try:
            kind = check(root)
        except FileError as error:
            if len(self.request.paths) == 1:
                raise
            self.tally.skip("unreadable", root)
            self.tally.error(str(error))
            return
        if kind == "file":
            if done is None:
                yield root
            return
        try:
            walk = Walk(root, self.request.selection, self.tally, after=done)
        except InvalidArgument as error:
            if done is None:
                raise
            raise BadCursor("the cursor points to another folder; give the one it was returned with, or search without it") from error
        yield from walk

    def _file(self, path: str) -> Iterator[Event]:
        """Search one file; a failure is told to the tally and the search goes on."""
        begin, index = self._begin, self._here.root
        place = None
        if begin.path == path and index == begin.root:
            place = Place(begin.offset, begin.line, begin.after, begin.shown, begin.inside, begin.taken, begin.gap)
        try:
            source = (
                from_fd(self._streams[path], path="<stdin>" if path == "-" else path)
                if path in self._streams
                else from_path(path, regular=True)
            )
        except FileError as error:
            self._failed(error, path)
            return
        if place is not None and source.identity is not None and source.identity[2:] != (begin.size, begin.mtime):
            self.moved = path
        self._source, self._scanning, self._ended = source, True, False
        self._here = Cursor(self._digest, index, self._here.done, path)
        scanner = self._scanner
        with source:
            try:
                for event in scanner.scan(source, path, place):
                    if isinstance(event, End):
                        self._ended = scanner.stopped in {"end", "changed"}
                        self.changed = path if event.changed else self.changed
                    yield event
            except FileError as error:
                self._failed(error, path)
        self.stopped = "end" if scanner.stopped == "changed" else scanner.stopped
        if scanner.tired is not None:
            self.tired = (path, scanner.tired)
        if self.stopped != "end":
            return
        self._matches += scanner.matches
        self._spans += scanner.spans
        self._files += scanner.matches > 0
        self._scanning = False
        self._here = Cursor(self._digest, index, path)

    def _failed(self, error: FileError | OSError, path: str) -> None:
        if len(self.request.paths) == 1 and path == self.request.paths[0]:
            raise error if isinstance(error, FileError) else file_error(error, path)
        if isinstance(error, FileError) and not os.path.lexists(path) and path not in self._streams:
            return
        self.tally.skip("unreadable", path)
        self.tally.error(str(error))
