"""Any number of roots: walked in order, each file scanned, what was skipped told."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from streamtools.errors import FileError, file_error
from streamtools.files.named import check
from streamtools.files.tally import Tally
from streamtools.files.walk import Walk
from streamtools.match.exact import compile
from streamtools.results import Event, Next, Stopped, Summary, Total
from streamtools.searching.context import Place
from streamtools.searching.cursor import Cursor, decode
from streamtools.searching.request import Request
from streamtools.searching.scan import Scanner
from streamtools.text.source import Source, from_fd, from_path


class Search:
    """A search over all roots of a request, as a stream of events that may be left at any point.

    `events` yields them in the order of the walk; `mark` says that everything up to now was taken,
    and `cursor` gives the place behind the last mark. ``streams`` maps names that stand for
    open descriptors, such as ``"-"``.

    Memory: one `Scanner` and one `Walk`.
    """

    def __init__(self, request: Request, *, capped: bool, runs: bool = False, streams: Mapping[str, int] | None = None) -> None:
        self.request = request
        self.tally = Tally()
        self.stopped: Stopped = "end"
        self.tired: tuple[str, int] | None = None
        self.moved: str | None = None
        self._streams = streams or {}
        self._digest = request.digest()
        matcher = compile(request.query, seconds=request.limits.match_seconds, engine=request.engine)
        begin = Cursor(self._digest) if request.cursor is None else decode(request.cursor, self._digest, len(request.paths))
        self._begin = self._here = self._marked = begin
        self._scanner = Scanner(request, matcher, self.tally, capped=capped, runs=runs)
        self._scanning = False
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
        return self._marked.matches, self._marked.files

    def mark(self) -> None:
        """Say that every event up to now was taken."""
        self._marked = self._now()

    def going_on(self) -> Next:
        """Return the call that goes on behind the last mark, or where the search itself stopped."""
        cursor = (self._marked if self.stopped == "end" else self._now()).encode()
        paths = self.request.paths
        arguments: dict[str, object] = {
            "pattern": self.request.patterns[0] if len(self.request.patterns) == 1 else list(self.request.patterns)
        }
        arguments |= {"path": paths[0] if len(paths) == 1 else list(paths), "cursor": cursor}
        return Next("grep", arguments)

    def summary(self) -> Summary:
        """Return the totals of everything up to now; exact only if the search came to its end."""
        kind = "exact" if self.stopped == "end" else "at_least"
        now = self._now()
        return Summary(
            Total(now.matches, kind),  # type: ignore[arg-type]
            Total(now.files, kind),  # type: ignore[arg-type]
            self.tally.ledger(),
            self.stopped,
            None if self.stopped == "end" else self.going_on(),
            self._spans + (self._scanner.spans if self._scanning else 0),
        )

    # -- inside --------------------------------------------------------------------------

    def _now(self) -> Cursor:
        if not self._scanning:
            return self._with(self._here, matches=self._matches, files=self._files)
        place, source = self._scanner.place, self._source
        identity = source.identity if source is not None and source.identity is not None else (0, 0, 0, 0)
        here = self._here
        found = self._scanner.matches
        return Cursor(
            *(here.digest, here.root, here.done, here.path, identity[2], identity[3]),
            *(place.offset, place.line, place.after, place.shown, place.inside),
            *(self._matches + found, self._files + (found > 0 and not place_counts(self._begin, here))),
        )

    @staticmethod
    def _with(cursor: Cursor, *, matches: int, files: int) -> Cursor:
        return Cursor(cursor.digest, cursor.root, cursor.done, None, matches=matches, files=files)

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
        yield from Walk(root, self.request.selection, self.tally, after=done)

    def _file(self, path: str) -> Iterator[Event]:
        """Search one file; a failure is told to the tally and the search goes on."""
        begin, index = self._begin, self._here.root
        place = None
        if begin.path == path and index == begin.root:
            place = Place(begin.offset, begin.line, begin.after, begin.shown, begin.inside)
        try:
            source = from_fd(self._streams[path]) if path in self._streams else from_path(path, regular=True)
        except FileError as error:
            self._failed(error, path)
            return
        if place is not None and source.identity is not None and source.identity[2:] != (begin.size, begin.mtime):
            self.moved = path
        self._source, self._scanning = source, True
        self._here = Cursor(self._digest, index, self._here.done, path)
        scanner = self._scanner
        with source:
            try:
                yield from scanner.scan(source, path, place)
            except FileError as error:
                self._failed(error, path)
        self.stopped = "end" if scanner.stopped == "changed" else scanner.stopped
        if scanner.tired is not None:
            self.tired = (path, scanner.tired)
        if self.stopped != "end":
            return
        counted = place is not None and place_counts(begin, self._here)
        self._matches += scanner.matches
        self._spans += scanner.spans
        self._files += scanner.matches > 0 and not counted
        self._scanning = False
        self._here = Cursor(self._digest, index, path)

    def _failed(self, error: FileError | OSError, path: str) -> None:
        if len(self.request.paths) == 1 and path == self.request.paths[0]:
            raise error if isinstance(error, FileError) else file_error(error, path)
        if isinstance(error, FileError) and not os.path.lexists(path) and path not in self._streams:
            return
        self.tally.skip("unreadable", path)
        self.tally.error(str(error))


def place_counts(begin: Cursor, here: Cursor) -> bool:
    """Whether the file of ``here`` was counted already by the call that gave the cursor ``begin``."""
    return begin.path is not None and begin.path == here.path and begin.root == here.root and begin.shown
