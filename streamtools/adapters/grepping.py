"""The body of ``sgrep``: flags to a request, events to standard output."""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

from streamtools.adapters.argv import Parsed, UsageError
from streamtools.adapters.flags import command_line
from streamtools.adapters.jsonlines import JsonPrinter
from streamtools.adapters.printing import Printer, Style
from streamtools.adapters.telling import Report
from streamtools.adapters.terminal import FAILED, FOUND, NOTHING, Progress, fail, stream, tell, version
from streamtools.deadline import Deadline
from streamtools.errors import FileError
from streamtools.limits import DEFAULT, Limits
from streamtools.results import Begin, End, Event, Line, Runs
from streamtools.searching.request import Options, Request
from streamtools.searching.tree import Search

_MODES = {"files_with_matches", "files_without_match", "count"}


def command(arguments: list[str]) -> int:
    """Run one ``sgrep``; return its exit code."""
    try:
        parsed = command_line(arguments, "STREAMTOOLS_CONFIG_PATH")
        for warning in parsed.warnings:
            tell("sgrep", warning)
        special = str(parsed.get("special", ""))
        if special.startswith("version"):
            return version("sgrep")(arguments)
        if special.startswith("help") or parsed.get("mode") == "generate":
            from streamtools.adapters.describing import describe

            sys.stdout.write(describe(special or str(parsed["generate"]), "sgrep"))
            return FOUND
        if parsed.get("mode") == "count_matches":
            parsed.update(mode="count", only_matching=True)
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
        if parsed.keys() & {"glob", "iglob", "type", "type_not"}:
            from streamtools.files.selection import Sieve

            Sieve(self.request.selection, ".")

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
        if self._spans:
            options |= {"before": 0, "after": 0}
        elif flags.get("quiet") and self._mode == "content":
            options["output_mode"] = "files_with_matches"
        elif self._mode in _MODES:
            options["output_mode"] = self._mode
        options["line_numbers"] = (
            bool(flags.get("line_number", self._terminal or flags.get("column"))) or self._mode == "json" or self._capped_lines()
        )
        return options  # type: ignore[return-value]

    @property
    def _spans(self) -> bool:
        """Whether -c counts matches, as ripgrep's -c -o does; a search that only counts does not tell them."""
        flags = self._flags
        return self._mode == "count" and bool(flags.get("only_matching")) and not flags.get("invert_match")

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
            only_matching=self._mode in {"content", "count"} and bool(flags.get("only_matching")) and not flags.get("invert_match"),
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
        json = self._mode == "json"
        printer = JsonPrinter(self._limits(), self._begun) if json else Printer(sys.stdout.buffer.write, style, self._mode, self._limits())
        events = search.events()
        try:
            self._consume(events, search, printer)
        finally:
            events.close()  # type: ignore[attr-defined]
            search.close()
            self._progress.clear()
        if isinstance(printer, JsonPrinter):
            printer.finish(search)
        return self._report(search, printer)

    def _limits(self) -> Limits | None:
        return DEFAULT if self._capped else None

    def _consume(self, events: Iterator[Event], search: Search, printer: Printer | JsonPrinter) -> None:
        quiet, most = self._flags.get("quiet"), None if self._mode in _MODES else self._flags.get("max_total")
        hits, last = 0, ("", 0)
        for event in events:
            self._found = self._found or isinstance(event, Line | Runs) or (isinstance(event, End) and event.matches.value > 0)
            self._progress.clear()
            if quiet and (isinstance(event, Begin) or (isinstance(event, End) and event.matches.value)):
                self._found = True
                search.mark()
                return
            if isinstance(event, Line) and event.kind == "match" and last != (event.path, event.number):
                hits, last = hits + 1, (event.path, event.number)
                if isinstance(most, int) and hits > most:
                    printer.stopped = f"{most} matching lines"
                    return
            if not printer.event(event):
                return
            if (self._capped or most is not None) and (isinstance(event, End) or not (self._spans or isinstance(event, Begin))):
                search.mark()

    def _report(self, search: Search, printer: Printer | JsonPrinter) -> int:
        sys.stdout.flush()
        Report(self._flags, self.request, capped=self._capped, begun=self._begun).tell(search, printer)
        found = self._found
        if self._mode == "files_without_match":
            found = isinstance(printer, Printer) and printer.lines > 0
        if search.tally.errors and not (self._flags.get("quiet") and found):
            return FAILED
        return FOUND if found else NOTHING


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
    if any(path != os.devnull and stream(path) == 0 for path in parsed.get("pattern_files", [])):  # type: ignore[attr-defined]
        return ["."]
    try:
        mode = os.fstat(0).st_mode
    except OSError:
        return ["."]
    return ["-"] if stat.S_ISFIFO(mode) or stat.S_ISREG(mode) or stat.S_ISSOCK(mode) else ["."]
