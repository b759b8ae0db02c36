"""The body of ``sgrep``: flags to a request, events to standard output."""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

from streamtools.adapters.argv import Parsed, UsageError, help_text, parse
from streamtools.adapters.flags import FLAGS, USAGE
from streamtools.adapters.printing import Printer, Style
from streamtools.adapters.terminal import FAILED, FOUND, NOTHING, Progress, fail, stream, tell
from streamtools.deadline import Deadline
from streamtools.errors import FileError, printable
from streamtools.limits import DEFAULT, Limits
from streamtools.results import Begin, End, Event, Line, Runs
from streamtools.searching.request import Options, Request
from streamtools.searching.tree import Search

_MODES = {"files_with_matches", "files_without_match", "count"}


def command(arguments: list[str]) -> int:
    """Run one ``sgrep``; return its exit code."""
    try:
        parsed = parse(arguments, FLAGS)
        if parsed.get("help"):
            sys.stdout.write(help_text(USAGE, FLAGS) + "\n")
            return FOUND
        if parsed.get("mode") == "types":
            return _types()
        job = _Job(parsed)
    except UsageError as error:
        return fail("sgrep", str(error))
    return job.list_files() if parsed.get("mode") == "files" else job.run()


def _types() -> int:
    from streamtools.files.types import Types

    sys.stdout.write("".join(f"{name}: {', '.join(globs)}\n" for name, globs in Types().names().items()))
    return FOUND


class _Job:
    """One command line, understood."""

    def __init__(self, parsed: Parsed) -> None:
        self._flags = parsed
        self._begun = time.monotonic()
        patterns = _patterns(parsed)
        words = parsed.words
        if patterns is None:
            if not words and parsed.get("mode") != "files":
                raise UsageError("no pattern given; see --help")
            patterns = [words.pop(0)] if parsed.get("mode") != "files" else [""]
        self._paths = ["./" if word == "." else word for word in words] or _default_paths(parsed)
        self._streams = {path: fd for path in self._paths if (fd := stream(path)) is not None}
        self._capped = not (parsed.get("no_cap") or parsed.get("null"))
        self._terminal = sys.stdout.isatty()
        self._found = False
        self._progress = Progress()
        self._mode = str(parsed.get("mode", "content"))
        self.request = Request.of(patterns, self._paths, self._options())

    # -- what was asked ------------------------------------------------------------------

    def _options(self) -> Options:
        flags = self._flags
        options: dict[str, Any] = {
            name: flags[name]
            for name in (
                *("fixed_strings", "invert_match", "multiline", "multiline_dotall", "encoding", "text", "glob", "iglob", "type"),
                *(
                    "type_not",
                    "hidden",
                    "follow",
                    "ignore",
                    "max_depth",
                    "max_filesize",
                    "one_file_system",
                    "max_count",
                    "cursor",
                    "engine",
                ),
            )
            if name in flags
        }
        unrestricted = flags.get("unrestricted", 0)
        assert isinstance(unrestricted, int)
        levels = ((1, "ignore", False), (2, "hidden", True), (3, "text", True))
        options |= {name: value for level, name, value in levels if unrestricted >= level}
        context = flags.get("context", 0)
        options |= {"before": flags.get("before", context), "after": flags.get("after", context)}
        options |= {"ignore_case": flags.get("case") == "ignore", "smart_case": flags.get("case") == "smart"}
        options |= {"word_regexp": flags.get("bounds") == "word", "line_regexp": flags.get("bounds") == "line"}
        if flags.get("quiet") and self._mode == "content":
            options["output_mode"] = "files_with_matches"
        elif self._mode in _MODES:
            options["output_mode"] = self._mode
        options["line_numbers"] = (
            bool(flags.get("line_number", self._terminal or flags.get("column"))) or self._mode == "json" or self._capped_lines()
        )
        if flags.get("only_matching") or self._mode == "json":
            options["invert_match"] = options.get("invert_match", False)
        return options  # type: ignore[return-value]

    def _capped_lines(self) -> bool:
        """Whether a cursor may be needed, which holds a line number."""
        return self._capped and self._mode == "content" and not self._flags.get("quiet")

    def _style(self) -> Style:
        flags = self._flags
        single = len(self._paths) == 1 and (self._paths[0] in self._streams or not os.path.isdir(self._paths[0]))
        color = flags.get("color", "auto")
        return Style(
            filename=bool(flags.get("with_filename", not single)),
            heading=bool(flags.get("heading", self._terminal)),
            numbers=bool(flags.get("line_number", self._terminal or flags.get("column", False))),
            column=bool(flags.get("column")),
            color=color in {"always", "ansi"} or (color == "auto" and self._terminal and "NO_COLOR" not in os.environ),
            only_matching=bool(flags.get("only_matching")),
            null=bool(flags.get("null")),
            raw=not self._capped and not self._terminal,
            context=bool(self.request.before or self.request.after),
        )

    # -- what is done --------------------------------------------------------------------

    def list_files(self) -> int:
        """Print the files that a search would look at."""
        from streamtools.files.named import check
        from streamtools.files.tally import Tally
        from streamtools.files.walk import Walk

        style, limits = self._style(), DEFAULT if self._capped else None
        printer = Printer(sys.stdout.buffer.write, style, "files", limits)
        tally, code = Tally(), NOTHING
        for root in self._paths:
            try:
                paths = [root] if root in self._streams or check(root) == "file" else Walk(root, self.request.selection, tally)
                for path in paths:
                    code = FOUND
                    if not printer.put(printer.name(path) + (b"\0" if style.null else b"\n")):
                        tell("sgrep", f"stopped at {printer.stopped}; all with --no-cap")
                        return code
            except FileError as error:
                code = fail("sgrep", str(error))
        return code

    def run(self) -> int:
        """Search, print, and tell what was cut and skipped."""
        style, flags = self._style(), self._flags
        runs = self._mode == "content" and style.runs and "max_count" not in flags and "max_total" not in flags
        watch = _Watch(self._progress)
        self.request = replace(self.request, deadline=watch, jobs=_jobs(flags.get("jobs")), avoid=_output())
        capped = self._capped and not style.only_matching
        search = watch.search = Search(self.request, capped=capped, runs=runs, streams=self._streams, fork=True)
        printer = _Json(self) if self._mode == "json" else Printer(sys.stdout.buffer.write, style, self._mode, self._limits())
        events = search.events()
        try:
            self._consume(events, search, printer)
        finally:
            events.close()  # type: ignore[attr-defined]
            search.close()
            self._progress.clear()
        if isinstance(printer, _Json):
            printer.finish(search)
        return self._report(search, printer)

    def _limits(self) -> Limits | None:
        return DEFAULT if self._capped else None

    def _consume(self, events: Iterator[Event], search: Search, printer: Printer | _Json) -> None:
        quiet, most = self._flags.get("quiet"), self._flags.get("max_total")
        hits = 0
        for event in events:
            self._found = self._found or isinstance(event, Line | Runs) or (isinstance(event, End) and event.matches.value > 0)
            self._progress.clear()
            if quiet and (isinstance(event, Begin) or (isinstance(event, End) and event.matches.value)):
                self._found = True
                search.mark()
                return
            if isinstance(event, Line) and event.kind == "match":
                hits += 1
                if isinstance(most, int) and hits > most:
                    printer.stopped = f"{most} matching lines"
                    return
            if not printer.event(event):
                return
            if (self._capped or most is not None) and not isinstance(event, Begin):
                search.mark()

    def _report(self, search: Search, printer: Printer | _Json) -> int:
        sys.stdout.flush()
        summary = search.summary()
        if self._flags.get("messages", True):
            for sentence in summary.ledger.errors:
                tell("sgrep", sentence)
        if search.changed is not None:
            tell("sgrep", f"{printable(search.changed)} changed while it was searched")
        if printer.stopped or summary.stopped != "end":
            self._tell_stop(search, printer)
        elif not summary.matches.value and not self._flags.get("quiet"):
            self._tell_nothing(search)
        if printer.cut is not None:
            path, line = printer.cut
            way = f"sread --column {line.column} {printable(path)}:{line.number}"
            tell("sgrep", f"lines longer than {DEFAULT.line_bytes} bytes are cut around the match; see more with {way}, or --no-cap")
        if self._flags.get("stats"):
            self._tell_stats(search)
        found = self._found
        if self._mode == "files_without_match":
            found = isinstance(printer, Printer) and printer.lines > 0
        if search.tally.errors and not (self._flags.get("quiet") and found):
            return FAILED
        return FOUND if found else NOTHING

    def _tell_stop(self, search: Search, printer: Printer | _Json) -> None:
        cursor = search.going_on().arguments["cursor"]
        why = f"at {printer.stopped}" if printer.stopped else f"by {search.stopped}"
        if search.tired is not None:
            path, line = search.tired
            took = f"the pattern took longer than {self.request.limits.match_seconds:g} s there (it backtracks)"
            why = f"on line {line or '?'} of {printable(path)}: {took}"
        if self._streams:
            tell("sgrep", f"stopped {why}; a stream can't be gone on with: see all with --no-cap")
            return
        lift = ", or see all with --no-cap" if self._capped and printer.stopped and "matching" not in printer.stopped else ""
        tell("sgrep", f"stopped {why}; go on with --cursor {cursor}{lift}")

    def _tell_nothing(self, search: Search) -> None:
        from streamtools.searching.collect import skipped_words
        from streamtools.searching.diagnose import diagnose

        words = skipped_words(search.tally.ledger())
        if words:
            tell("sgrep", words)
        if sys.stderr is not None and sys.stderr.isatty() and not search.tally.errors:
            for sentence in diagnose(self.request, search):
                tell("sgrep", sentence)

    def _tell_stats(self, search: Search) -> None:
        from streamtools.searching.collect import skipped_words

        summary = search.summary()
        ledger = summary.ledger
        rows = [
            f"{summary.matches} matching lines in {summary.files_with_matches} files",
            f"{ledger.files:,} files, {ledger.bytes:,} bytes searched in {time.monotonic() - self._begun:.3f} s",
            skipped_words(ledger) or "nothing was skipped",
        ]
        for row in rows:
            tell("sgrep", row)


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
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


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


class _Json:
    """Writes ripgrep's JSON lines, within the caps."""

    def __init__(self, job: _Job) -> None:
        from streamtools.render import json

        self.stopped = ""
        self.cut: tuple[str, Line] | None = None
        self._message = json.message
        self._job = job
        self._printer = Printer(sys.stdout.buffer.write, Style(), "json", job._limits())  # noqa: SLF001 - one module
        self._path = ""
        self._begun = job._begun  # noqa: SLF001

    def event(self, event: Event) -> bool:
        """Write an event; return whether it fitted."""
        if isinstance(event, Begin):
            self._path = event.path
        if not isinstance(event, Begin | Line | End):
            return True
        return self._put(self._message(event, self._path, time.monotonic() - self._begun))

    def _put(self, text: str) -> bool:
        fitted = self._printer.put(text.encode("utf-8", "surrogateescape") + b"\n")
        self.stopped = self._printer.stopped
        return fitted

    def finish(self, search: Search) -> None:
        """Write the summary, which always fits."""
        text = self._message(search.summary(), "", time.monotonic() - self._begun)
        sys.stdout.buffer.write(text.encode("utf-8") + b"\n")


def _patterns(parsed: Parsed) -> list[str] | None:
    """Return the patterns of -e and -f, None if there are no such flags."""
    if "patterns" not in parsed and "pattern_files" not in parsed:
        return None
    patterns: list[str] = list(parsed.get("patterns", []))  # type: ignore[call-overload]
    for path in parsed.get("pattern_files", []):  # type: ignore[attr-defined]
        from streamtools.reading import iter_lines

        fd = stream(path)
        patterns += [line.text for line in iter_lines(path if fd is None else fd)]
    return patterns


def _default_paths(parsed: Parsed) -> list[str]:
    """Return what is searched when no path is given: a pipe or file on standard input, else the folder."""
    if parsed.get("mode") == "files" or sys.stdin is None or sys.stdin.isatty():
        return ["."]
    try:
        mode = os.fstat(0).st_mode
    except OSError:
        return ["."]
    return ["-"] if stat.S_ISFIFO(mode) or stat.S_ISREG(mode) or stat.S_ISSOCK(mode) else ["."]
