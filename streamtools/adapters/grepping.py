"""The body of ``sgrep``: flags to a request, events to standard output."""

from __future__ import annotations

import os
import stat
import sys
import time

from streamtools.adapters.argv import UsageError
from streamtools.adapters.asking import Asked
from streamtools.adapters.flags import command_line
from streamtools.adapters.printing import Printer
from streamtools.adapters.styling import rows, style
from streamtools.adapters.terminal import FAILED, FOUND, NOTHING, Progress, cores, tell
from streamtools.deadline import Deadline
from streamtools.errors import FileError, InvalidArgument
from streamtools.events import Begin, End, Line, Runs
from streamtools.limits import DEFAULT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Literal

    from streamtools.adapters.faces import Face
    from streamtools.adapters.jsonlines import JsonPrinter
    from streamtools.events import Event
    from streamtools.searching.tree import Search


def command(arguments: list[str], face: Face) -> int:
    """Run one ``sgrep``; return its exit code."""
    try:
        flags = command_line(arguments, face.variable, face.flags)
        for warning in flags.warnings:
            tell(face.name, warning)
        special = str(flags.get("special", ""))
        if special.startswith(("version", "pcre2")):
            return face.version(special)
        if special or flags.get("mode") == "generate":
            from streamtools.adapters.describing import describe

            sys.stdout.write(describe(special or str(flags["generate"]), face.name))
            return FOUND
        if flags.get("mode") == "types":
            face.check(flags, None)
            return _types(flags.get("type_changes", ()))  # type: ignore[arg-type]
        asked = Asked(flags, face, terminal=sys.stdout.isatty())
        job = _Job(asked)
    except (UsageError, InvalidArgument) as error:
        return face.refuse(error)
    request = asked.request
    if asked.mode != "files" and (request.max_count == 0 or not (request.patterns or request.invert_match)):
        return NOTHING
    if asked.mode == "files":
        from streamtools.adapters.naming import list_files

        return list_files(asked, job.printer, _jobs(asked.flags.get("jobs")))
    return job.run()


def _types(changes: Iterable[tuple[str, str]]) -> int:
    from streamtools.files.types import Types

    table = Types([change for change in changes if change[0] in {"add", "clear"}])
    sys.stdout.write("".join(f"{name}: {', '.join(globs)}\n" for name, globs in table.names().items()))
    return FOUND


class _Job:
    """One search: what was asked, who prints it, and what came of it."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._begun = time.monotonic()
        self._found = False
        self._progress = Progress(on=asked.face.name == "sgrep")
        self._style = style(asked)
        write = _writer(asked)
        limits = DEFAULT if asked.capped else None
        layout = rows(asked, self._style)
        self._json: JsonPrinter | None = None
        if asked.mode == "json":
            from streamtools.adapters.jsonlines import JsonPrinter

            self._json = JsonPrinter(write, limits, self._begun, layout)
        self.printer = Printer(write, self._style, asked.mode, limits, layout)

    def run(self) -> int:
        """Search, print, and tell what was cut and skipped."""
        from streamtools.searching.tree import Search

        asked, flags = self._asked, self._asked.flags
        limited = flags.keys() & {"max_count", "max_total"}
        runs = asked.mode == "content" and self._style.runs and not limited and not asked.quiet
        watch = _Watch(self._progress)
        request = asked.request._replace(deadline=watch, jobs=_jobs(flags.get("jobs")), avoid=_output())
        capped = asked.capped and not (self._style.only_matching or asked.counts_matches)
        search = watch.search = Search(request, capped=capped, runs=runs, streams=asked.streams, fork=True, tell=asked.face.failing(asked))
        search.tally.reading = asked.face.reading(asked)
        events, failed = search.events(), None
        try:
            self._consume(events, search)
        except FileError as error:
            failed = error
        finally:
            events.close()  # type: ignore[attr-defined]
            search.close()
            self._progress.clear()
        if self._json is not None and (failed is None or asked.face.name == "rg"):
            self._json.finish(search)
        return self._report(search, failed)

    def _consume(self, events: Iterator[Event], search: Search) -> None:
        asked = self._asked
        printer: Printer | JsonPrinter = self._json or self.printer
        most = None if asked.mode not in {"content", "json"} else asked.flags.get("max_total")
        marks = (asked.capped or most is not None) and not asked.counts_matches
        hits, last = 0, ("", -1)
        for event in events:
            found = isinstance(event, Runs) or (isinstance(event, Line) and event.kind == "match")
            if asked.mode != "files_without_match":
                self._found = self._found or found or (isinstance(event, End) and event.matches.value > 0)
            elif isinstance(event, End) and not event.matches.value:
                self._found = True
            self._progress.clear()
            if asked.quiet:
                if self._found and not asked.stats:
                    search.mark()
                    return
                continue
            if most is not None and found and isinstance(event, Line) and last != (event.path, event.offset):
                hits, last = hits + 1, (event.path, event.offset)
                if isinstance(most, int) and hits > most:
                    printer.stopped = f"{most} matching lines"
                    return
            if not printer.event(event):
                return
            if isinstance(event, End) or (marks and not isinstance(event, Begin)):
                search.mark()

    def _report(self, search: Search, failed: FileError | None) -> int:
        asked = self._asked
        sys.stdout.flush()
        errors = asked.face.report(asked, search, self._json or self.printer, self._begun, failed)
        if errors and not (asked.quiet and self._found):
            return FAILED
        return FOUND if self._found else NOTHING


def _writer(asked: Asked) -> Callable[[bytes], object]:
    """Return what writes to standard output; line by line where that is wanted."""
    out = sys.stdout.buffer
    if asked.flags.get("buffer") != "line":
        return out.write

    def write(data: bytes) -> None:
        out.write(data)
        out.flush()

    return write


def _output() -> tuple[int, int] | None:
    """Return device and inode of the file that standard output goes to, if it is one."""
    try:
        info = os.fstat(1)
    except OSError:
        return None
    return (info.st_dev, info.st_ino) if stat.S_ISREG(info.st_mode) else None


def _jobs(asked: object) -> int:
    """Return how many processes to use: all cores, unless it was said."""
    if isinstance(asked, int) and asked:
        return asked
    return cores()


class _Watch(Deadline):
    """No deadline, but asked once per window: it keeps the progress line going."""

    def __init__(self, progress: Progress) -> None:
        super().__init__()
        self.search: Search | None = None
        self._progress = progress

    def passed(self) -> Literal["deadline", "cancelled"] | None:
        if self._progress.on and self.search is not None:
            tally = self.search.tally
            self._progress.show(lambda: f"sgrep: {tally.files:,} files, {tally.bytes:,} bytes searched")
        return None
