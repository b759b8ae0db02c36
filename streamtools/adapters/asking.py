"""The flags of ``sgrep`` to a request: patterns, paths, and the options of the search."""

from __future__ import annotations

import os
import stat
import sys

from streamtools.adapters.argv import UsageError
from streamtools.adapters.handles import SCHEME, file_of
from streamtools.adapters.terminal import stream
from streamtools.searching.request import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    from streamtools.adapters.argv import Parsed
    from streamtools.adapters.faces import Face
    from streamtools.searching.options import Options


#: Modes of the command line that are modes of the search; in all others it tells of lines.
_MODES: Final = {"files_with_matches", "files_without_match", "count"}
#: Flags that mean the same to the search.
_SAME: Final = (
    *("fixed_strings", "invert_match", "multiline", "multiline_dotall", "encoding", "text", "glob", "iglob", "type", "type_not"),
    *("hidden", "follow", "ignore", "max_depth", "max_filesize", "one_file_system", "max_count", "cursor", "engine", "passthru"),
    *("crlf", "null_data", "unicode", "stop_on_nonmatch", "search_zip", "pre", "pre_glob", "type_changes"),
    *("ignore_file", "ignore_dot", "ignore_exclude", "ignore_files", "ignore_global", "ignore_parent", "ignore_vcs", "require_git"),
    *("ignore_file_case_insensitive", "glob_case_insensitive"),
)


class Asked:
    """A command line, understood: ``mode``, ``paths``, ``streams`` (the paths that stand for open descriptors) and ``request``.

    ``capped`` says that output ends at our limits. Raises `UsageError`, and what `Request.of` raises.
    """

    def __init__(self, flags: Parsed, face: Face, *, terminal: bool) -> None:
        self.flags = flags
        self.face = face
        self.terminal = terminal
        self.mode = str(flags.get("mode", "content"))
        patterns = _patterns(flags, face)
        words = list(flags.words)
        if patterns is None:
            if not words and self.mode != "files":
                raise UsageError("no pattern given; see --help", "ripgrep requires at least one pattern to execute a search")
            patterns = [words.pop(0)] if self.mode != "files" else [""]
        self.implicit = not words
        self.paths = ["./" if word == "." else word for word in words] or _default_paths(flags)
        self.streams = {path: fd for path in self.paths if (fd := _opened(path, face)) is not None}
        if _reads_patterns(flags) and "-" in self.paths:
            both = "attempted to read patterns from stdin while also searching stdin"
            raise UsageError(f"{both}; give one of them as a file", f"error: {both}")
        self.capped = face.capped(flags)
        crossing = bool(flags.get("multiline"))
        self._settle_multiline(patterns)
        self.request = Request.of(patterns, self.paths, self._options(patterns))
        face.check(flags, self.request.query._replace(multiline=crossing))
        self.request.check_selection()

    @property
    def quiet(self) -> bool:
        """Whether nothing but the exit code and statistics are wanted."""
        return bool(self.flags.get("quiet"))

    @property
    def stats(self) -> bool:
        """Whether totals are wanted that need the whole search."""
        return bool(self.flags.get("stats")) or self.mode == "json"

    @property
    def counts_matches(self) -> bool:
        """Whether matches are counted and not lines, which only a search that tells of lines can do."""
        return self.mode == "count_matches"

    def _settle_multiline(self, patterns: list[str]) -> None:
        """Take -U as not given where no match can cross lines; with it, -c counts matches, as ripgrep's does."""
        flags = self.flags
        if not flags.get("multiline"):
            return
        from streamtools.match.crossing import crosses
        from streamtools.match.pattern import Query

        whole, dotall = flags.get("bounds") == "line", bool(flags.get("multiline_dotall"))
        query = Query(tuple(patterns), fixed=bool(flags.get("fixed_strings")), line=whole, dotall=dotall)
        if not crosses(query):
            flags["multiline"] = False
        elif self.mode == "count" and not flags.get("invert_match"):
            self.mode = "count_matches"

    def _options(self, patterns: list[str]) -> Options:
        flags = self.flags
        options: dict[str, Any] = {name: flags[name] for name in _SAME if name in flags}
        options |= self.face.options(flags, self.paths)
        context = flags.get("context", 0)
        options |= {"before": flags.get("before", context), "after": flags.get("after", context)}
        options |= {"ignore_case": flags.get("case") == "ignore", "smart_case": flags.get("case") == "smart"}
        options |= {"word_regexp": flags.get("bounds") == "word", "line_regexp": flags.get("bounds") == "line"}
        if flags.get("multiline"):
            options["joined"] = True
        if not flags.get("fixed_strings") and patterns and all(pattern.startswith("(?-u)") for pattern in patterns):
            options["unicode"] = False
        if "sort" in flags:
            options |= dict(zip(("sort", "reverse"), flags["sort"], strict=True))  # type: ignore[call-overload]
        if self.mode in {"count", "count_matches"}:
            options["include_zero"] = bool(flags.get("include_zero"))
        options["binary_lines"] = self.mode != "content" or self.quiet
        if self.counts_matches:
            options |= {"before": 0, "after": 0, "passthru": False}
        elif self.mode in _MODES and not self.stats:
            options["output_mode"] = self.mode
        elif self.mode == "files_without_match":
            options["include_zero"] = True
        elif self.quiet and not self.stats:
            options["output_mode"] = "files_with_matches"
        shown = flags.get("line_number", self.terminal or flags.get("column") or flags.get("vimgrep"))
        options["line_numbers"] = bool(shown) or (self.mode == "json" and "line_number" not in flags) or self._resumes()
        return {name: value for name, value in options.items() if name in _KNOWN}  # type: ignore[return-value]

    def _resumes(self) -> bool:
        """Whether a cursor may be needed, which holds a line number."""
        return self.capped and self.mode == "content" and not self.quiet


#: The options of a search.
_KNOWN: Final = frozenset(Request._fields) - {"patterns", "paths", "avoid", "bundles"} | {"context"}


def _opened(path: str, face: Face) -> int | None:
    """Return the descriptor that a name stands for: a stream, or in our face a spilled text, which is shown by its handle."""
    if not path.startswith(SCHEME) or face.name != "sgrep":
        return stream(path)
    return os.open(file_of(path), os.O_RDONLY | os.O_CLOEXEC)


def _patterns(flags: Parsed, face: Face) -> list[str] | None:
    """Return the patterns of -e and -f, None if there are no such flags."""
    if "patterns" not in flags and "pattern_files" not in flags:
        return None
    patterns: list[str] = list(flags.get("patterns", []))  # type: ignore[call-overload]
    for path in flags.get("pattern_files", []):  # type: ignore[attr-defined]
        patterns += face.patterns(path)
    return patterns


def _reads_patterns(flags: Parsed) -> bool:
    """Whether standard input holds patterns."""
    return any(path != os.devnull and stream(path) == 0 for path in flags.get("pattern_files", []))  # type: ignore[attr-defined]


def _default_paths(flags: Parsed) -> list[str]:
    """Return what is searched when no path is given: a pipe or file on standard input, else the folder."""
    if flags.get("mode") == "files" or sys.stdin is None or sys.stdin.isatty():
        return ["."]
    if _reads_patterns(flags):
        return ["."]
    try:
        mode = os.fstat(0).st_mode
    except OSError:
        return ["."]
    return ["-"] if stat.S_ISFIFO(mode) or stat.S_ISREG(mode) or stat.S_ISSOCK(mode) else ["."]
