"""The flags of ``sgrep``: ripgrep 15.2's names, order and meanings, and four of ours.

`command_line` gives `Parsed`: dest -> value, only for what was given; "forgotten" means the key is absent again.

==================================================  ====================================================================
``patterns pattern_files glob iglob type type_not   list[str]
ignore_file pre_glob colors``
``type_changes``                                    list[tuple["add"|"clear"|"select"|"negate", str]] in order
``mode``                                            the last of files, types, generate, count, count_matches, json,
                                                    files_with_matches, files_without_match; absent: lines. Settled:
                                                    -c -o is count_matches, and with -v count_matches is count
``special``                                         the last of help_short help_long version_short version_long
                                                    pcre2_version: goes before any mode
``generate``                                        man, complete-bash, -zsh, -fish, -powershell
``case bounds``                                     ignore | sensitive | smart; word | line
``before after context max_depth max_count          int
max_filesize jobs unrestricted max_total
dfa_size_limit regex_size_limit``
``max_columns``                                     int, never 0
``ignore ignore_dot ignore_exclude ignore_files     bool; all hold at once: ``--no-ignore`` clears ``ignore`` and five
ignore_global ignore_parent ignore_vcs``            of them, ``--ignore-x`` after it sets ``ignore`` and that one
``text binary``                                     bool, never both True; ``null_data`` sets text, -uuu sets binary
``sort``                                            (path | modified | accessed | created | none, reverse: bool)
``engine_name``                                     default | pcre2 | auto
``color buffer``                                    auto | always | ansi | never; line | block
``encoding``                                        a label or "none"; auto and --no-encoding forget it
``pre``                                             str, never ""
``context_separator``                               str, or None for --no-context-separator
``field_match_separator field_context_separator     str; bytes that are not UTF-8 as lone surrogates (`os.fsencode`)
path_separator``
``hyperlink_format``                                str, aliases resolved, "" for none
``replace hostname_bin cursor engine``              str (engine: ours, by --match-engine)
any other                                           bool
==================================================  ====================================================================
"""

from __future__ import annotations

from streamtools.adapters import values
from streamtools.adapters.argv import FORGET, BadValue, Flag, UsageError, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Final

    from streamtools.adapters.argv import Parsed

    _Converter = Callable[[str], object]


INPUT: Final = "Input"
SEARCH: Final = "Search"
FILTER: Final = "Filter"
OUTPUT: Final = "Output"
MODES: Final = "Output modes"
LOGGING: Final = "Logging"
LIMITS: Final = "Limits (not in ripgrep)"
OTHER: Final = "Other"
#: In the order of the help.
GROUPS: Final = (INPUT, SEARCH, FILTER, OUTPUT, MODES, LIMITS, LOGGING, OTHER)

_IGNORES: Final = ("ignore_dot", "ignore_exclude", "ignore_global", "ignore_parent", "ignore_vcs")
_KINDS: Final = ("man", "complete-bash", "complete-zsh", "complete-fish", "complete-powershell")
_SORTS: Final = ("none", "path", "modified", "accessed", "created")
_ENGINES: Final = ("default", "pcre2", "auto")


def _s(group: str, long: str, short: str, text: str, undo: str = "", **more: object) -> Flag:
    """Return a switch; its dest is its name, and the opposite of True is False."""
    row = {"dest": long.replace("-", "_"), **more}
    return Flag(long, short, help=text, group=group, undo=undo, **row)  # type: ignore[arg-type]


def _v(group: str, long: str, short: str, value: str, text: str, convert: _Converter = values.text, **more: object) -> Flag:
    """Return a flag with a value; undoing forgets it."""
    row = {"dest": long.replace("-", "_"), "undone": FORGET, **more}
    return Flag(long, short, help=text, group=group, value=value, convert=convert, **row)  # type: ignore[arg-type]


def _c(group: str, long: str, value: str, text: str, *names: str, **more: object) -> Flag:
    """Return a flag whose value is one of some words."""
    return _v(group, long, "", value, text, values.choice(*names), choices=names, **more)


def _no(group: str, long: str, text: str, **more: object) -> Flag:
    """Return a switch ``--no-x`` that stands in the table itself: it clears x, and its opposite is ``--x``."""
    name = long.removeprefix("no-")
    row = {"dest": name.replace("-", "_"), **more}
    return _s(group, long, "", text, name, const=False, undone=True, **row)


def _mode(group: str, long: str, short: str, text: str, name: str = "") -> Flag:
    return _s(group, long, short, text, dest="mode", const=name or long.replace("-", "_"))


def _json(parsed: Parsed, on: object) -> None:
    if on:
        parsed["mode"] = "json"
    elif parsed.get("mode") == "json":
        del parsed["mode"]


def _noted(what: str) -> Callable[[Parsed, object], None]:
    return lambda parsed, name: parsed.append("type_changes", (what, name))


def _change(what: str) -> _Converter:
    return lambda value: (what, values.text(value))


def _sorted(*, reverse: bool) -> _Converter:
    one = values.choice(*_SORTS)
    return lambda value: (one(value), reverse)


def _unrestrict(parsed: Parsed, times: object) -> None:
    if times == 1:
        parsed.update(dict.fromkeys(("ignore", *_IGNORES), False))
    elif times == 2:
        parsed["hidden"] = True
    elif times == 3:
        parsed.update(binary=True, text=False)
    else:
        raise BadValue("the flag can be repeated up to 3 times", "flag can only be repeated up to 3 times")


_NO_CONTEXT: Final = (("before", FORGET), ("after", FORGET), ("context", FORGET))
_NO_PASSTHRU: Final = (("passthru", FORGET),)
_NO_TEXT: Final = (("text", False),)
_NO_BINARY: Final = (("binary", False),)
_AGAIN: Final = (("ignore", True),)
_ALL_ON: Final = tuple((name, True) for name in _IGNORES)
_ALL_OFF: Final = tuple((name, False) for name in _IGNORES)

FLAGS: Final[tuple[Flag, ...]] = (
    _v(INPUT, "regexp", "e", "PATTERN", "A pattern; may be given several times.", dest="patterns", many=True),
    _v(INPUT, "file", "f", "FILE", "Patterns from a file, one a line.", values.raw, dest="pattern_files", many=True),
    _v(OUTPUT, "after-context", "A", "NUM", "Show so many lines after each match.", values.number, dest="after", also=_NO_PASSTHRU),
    _v(OUTPUT, "before-context", "B", "NUM", "Show so many lines before each match.", values.number, dest="before", also=_NO_PASSTHRU),
    _s(FILTER, "binary", "", "Search binary files.", "no-binary", also=_NO_TEXT, undo_also=_NO_TEXT),
    _s(OUTPUT, "block-buffered", "", "Write in blocks.", "no-block-buffered", dest="buffer", const="block", undone=FORGET),
    _s(OUTPUT, "byte-offset", "b", "Show where each line begins, in bytes.", "no-byte-offset"),
    _s(SEARCH, "case-sensitive", "s", "Mind case (default).", dest="case", const="sensitive"),
    _c(OUTPUT, "color", "WHEN", "When to use colors.", "auto", "always", "ansi", "never"),
    _v(OUTPUT, "colors", "", "SPEC", "Set a color or style.", values.colors, many=True),
    _s(OUTPUT, "column", "", "Show the column of the first match, in bytes.", "no-column"),
    _v(OUTPUT, "context", "C", "NUM", "Show so many lines around each match.", values.number, also=_NO_PASSTHRU),
    _v(OUTPUT, "context-separator", "", "SEP", "What stands between groups.", values.escaped, undo="no-context-separator", undone=None),
    _mode(MODES, "count", "c", "Count the matching lines of each file."),
    _mode(MODES, "count-matches", "", "Count the matches of each file."),
    _s(SEARCH, "crlf", "", r"Take \r\n for a line's end.", "no-crlf", also=(("null_data", False),)),
    _s(LOGGING, "debug", "", "Tell what is done, for bug reports."),
    _v(SEARCH, "dfa-size-limit", "", "NUM", "Accepted; without effect.", values.size),
    _v(SEARCH, "encoding", "E", "LABEL", "The encoding of all files.", values.encoding, undo="no-encoding"),
    _v(SEARCH, "engine", "", "ENGINE", "default, pcre2 or auto.", values.engine, dest="engine_name", choices=_ENGINES),
    _v(OUTPUT, "field-context-separator", "", "SEP", "What stands between fields in context lines.", values.escaped),
    _v(OUTPUT, "field-match-separator", "", "SEP", "What stands between fields in matching lines.", values.escaped),
    _mode(OTHER, "files", "", "List the files that would be searched."),
    _mode(MODES, "files-with-matches", "l", "List files with a match."),
    _mode(MODES, "files-without-match", "", "List files without a match."),
    _s(SEARCH, "fixed-strings", "F", "Take patterns as they are, not as regexes.", "no-fixed-strings"),
    _s(FILTER, "follow", "L", "Follow symbolic links.", "no-follow"),
    _c(OTHER, "generate", "KIND", "Write a man page or completions.", *_KINDS, also=(("mode", "generate"),)),
    _v(FILTER, "glob", "g", "GLOB", "Only files that match; ! excludes.", many=True),
    _s(FILTER, "glob-case-insensitive", "", "Globs of -g ignore case.", "no-glob-case-insensitive"),
    _s(OUTPUT, "heading", "", "Show each file's name once, above its lines.", "no-heading"),
    _s(OUTPUT, "help", "h", "Show help: -h short, --help long.", dest="special", const="help_long", letter_const="help_short"),
    _s(FILTER, "hidden", ".", "Search hidden files and folders.", "no-hidden"),
    _v(OUTPUT, "hostname-bin", "", "COMMAND", "A program that prints the host's name.", values.raw),
    _v(OUTPUT, "hyperlink-format", "", "FORMAT", "Make file names links.", values.hyperlink),
    _v(FILTER, "iglob", "", "GLOB", "As -g, ignoring case.", many=True),
    _s(SEARCH, "ignore-case", "i", "Ignore case.", dest="case", const="ignore"),
    _v(FILTER, "ignore-file", "", "PATH", "One more file of ignore rules.", values.raw, many=True),
    _s(FILTER, "ignore-file-case-insensitive", "", "Ignore rules ignore case.", "no-ignore-file-case-insensitive"),
    _s(OUTPUT, "include-zero", "", "Show counts of zero.", "no-include-zero"),
    _s(SEARCH, "invert-match", "v", "Show lines that do not match.", "no-invert-match"),
    _s(MODES, "json", "", "Write JSON lines.", "no-json", dest="", act=_json),
    _s(OUTPUT, "line-buffered", "", "Write line by line.", "no-line-buffered", dest="buffer", const="line", undone=FORGET),
    _s(OUTPUT, "line-number", "n", "Show line numbers."),
    _s(OUTPUT, "no-line-number", "N", "Show no line numbers.", dest="line_number", const=False),
    _s(SEARCH, "line-regexp", "x", "Match whole lines only.", dest="bounds", const="line"),
    _v(OUTPUT, "max-columns", "M", "NUM", "Leave out lines longer than so many bytes.", values.limit),
    _s(OUTPUT, "max-columns-preview", "", "Show the beginning of lines left out.", "no-max-columns-preview"),
    _v(SEARCH, "max-count", "m", "NUM", "At most so many matching lines a file.", values.number),
    _v(FILTER, "max-depth", "d", "NUM", "Go at most so many folders deep.", values.number, aliases=("maxdepth",)),
    _v(FILTER, "max-filesize", "", "NUM", "Leave out files larger than so much.", values.size),
    _s(SEARCH, "mmap", "", "Accepted; without effect.", "no-mmap"),
    _s(SEARCH, "multiline", "U", "Let matches cross lines.", "no-multiline", also=(("stop_on_nonmatch", False),)),
    _s(SEARCH, "multiline-dotall", "", "With -U, let . match line ends.", "no-multiline-dotall"),
    _s(OTHER, "no-config", "", "Read no configuration file."),
    _no(FILTER, "no-ignore", "Obey no ignore files.", also=_ALL_OFF, undo_also=_ALL_ON),
    _no(FILTER, "no-ignore-dot", "Obey no .ignore and .rgignore files.", undo_also=_AGAIN),
    _no(FILTER, "no-ignore-exclude", "Obey no .git/info/exclude.", undo_also=_AGAIN),
    _no(FILTER, "no-ignore-files", "Obey no --ignore-file."),
    _no(FILTER, "no-ignore-global", "Obey no global ignore file of git.", undo_also=_AGAIN),
    _no(LOGGING, "no-ignore-messages", "Do not tell of bad ignore rules."),
    _no(FILTER, "no-ignore-parent", "Obey no ignore files above.", undo_also=_AGAIN),
    _no(FILTER, "no-ignore-vcs", "Obey no .gitignore files.", undo_also=_AGAIN),
    _no(LOGGING, "no-messages", "Do not tell of files that can't be read."),
    _no(FILTER, "no-require-git", "Obey .gitignore outside of repositories too."),
    _no(SEARCH, "no-unicode", "Match bytes and ASCII classes."),
    _s(OUTPUT, "null", "0", "End file names with a NUL byte."),
    _s(SEARCH, "null-data", "", "Lines end with NUL bytes.", also=(("crlf", False),)),
    _s(FILTER, "one-file-system", "", "Stay on one file system.", "no-one-file-system"),
    _s(OUTPUT, "only-matching", "o", "Show only what matched."),
    _v(OUTPUT, "path-separator", "", "SEP", "What stands for / in file names.", values.path_separator),
    _s(OUTPUT, "passthru", "", "Show all lines.", aliases=("passthrough",), also=_NO_CONTEXT),
    _s(SEARCH, "pcre2", "P", "Use PCRE2's syntax.", "no-pcre2", dest="engine_name", const="pcre2", undone="default"),
    _s(OTHER, "pcre2-version", "", "Tell about PCRE2.", dest="special", const="pcre2_version"),
    _v(
        INPUT,
        "pre",
        "",
        "COMMAND",
        "Search what a command makes of each file.",
        values.nothing_if_empty,
        undo="no-pre",
        also=(("search_zip", False),),
    ),
    _v(INPUT, "pre-glob", "", "GLOB", "The files that --pre is for.", many=True),
    _s(OUTPUT, "pretty", "p", "Colors, headings, line numbers.", also=(("color", "always"), ("heading", True), ("line_number", True))),
    _s(OUTPUT, "quiet", "q", "Print nothing; the exit code tells."),
    _v(SEARCH, "regex-size-limit", "", "NUM", "Accepted; without effect.", values.size),
    _v(OUTPUT, "replace", "r", "TEXT", "Show matches replaced."),
    _s(INPUT, "search-zip", "z", "Search in compressed files.", "no-search-zip", also=(("pre", FORGET),)),
    _s(SEARCH, "smart-case", "S", "Ignore case unless there is a capital letter.", dest="case", const="smart"),
    _v(OUTPUT, "sort", "", "KEY", "Sort files by a key, ascending.", _sorted(reverse=False), choices=_SORTS),
    _v(OUTPUT, "sortr", "", "KEY", "Sort files by a key, descending.", _sorted(reverse=True), dest="sort", choices=_SORTS),
    _s(LOGGING, "stats", "", "Tell at the end what was searched.", "no-stats"),
    _s(SEARCH, "stop-on-nonmatch", "", "Stop at a line without a match behind one with.", also=(("multiline", False),)),
    _s(SEARCH, "text", "a", "Search binary files as text.", "no-text", also=_NO_BINARY, undo_also=_NO_BINARY),
    _v(SEARCH, "threads", "j", "NUM", "How many processes to use; 0: all cores.", values.number, dest="jobs"),
    _s(LOGGING, "trace", "", "Tell even more than --debug.", also=(("debug", True),)),
    _s(OUTPUT, "trim", "", "Leave out blanks before each line.", "no-trim"),
    _v(FILTER, "type", "t", "TYPE", "Only files of a type.", many=True, act=_noted("select")),
    _v(FILTER, "type-not", "T", "TYPE", "No files of a type.", many=True, act=_noted("negate")),
    _v(FILTER, "type-add", "", "SPEC", "Add a glob to a type.", _change("add"), dest="type_changes", many=True),
    _v(FILTER, "type-clear", "", "TYPE", "Clear the globs of a type.", _change("clear"), dest="type_changes", many=True),
    _mode(OTHER, "type-list", "", "List all file types.", "types"),
    _s(FILTER, "unrestricted", "u", "-u --no-ignore, -uu also --hidden, -uuu also --binary.", many=True, act=_unrestrict),
    _s(OTHER, "version", "V", "Show the version.", dest="special", const="version_long", letter_const="version_short"),
    _s(OUTPUT, "vimgrep", "", "Show every match on a line of its own, for vim."),
    _s(OUTPUT, "with-filename", "H", "Show the file's name."),
    _s(OUTPUT, "no-filename", "I", "Show no file names.", dest="with_filename", const=False),
    _s(SEARCH, "word-regexp", "w", "Match whole words only.", dest="bounds", const="word"),
    _s(
        SEARCH,
        "auto-hybrid-regex",
        "",
        "(Deprecated) As --engine=auto.",
        "no-auto-hybrid-regex",
        dest="engine_name",
        const="auto",
        undone="default",
    ),
    _no(SEARCH, "no-pcre2-unicode", "(Deprecated) As --no-unicode.", dest="unicode"),
    _s(OUTPUT, "sort-files", "", "(Deprecated) As --sort=path.", "no-sort-files", dest="sort", const=("path", False), undone=FORGET),
    _v(LIMITS, "max-total", "", "NUM", "At most so many matching lines in all.", values.number),
    _v(LIMITS, "cursor", "", "CURSOR", "Go on where an earlier call stopped."),
    _s(LIMITS, "no-cap", "", "Lift the caps of 2000 lines, 50 KiB and 2000 bytes a line."),
    _v(LIMITS, "match-engine", "", "NAME", "Force a matching engine (for tests).", dest="engine", hidden=True),
)

#: The flags in ripgrep's own face.
RG_FLAGS: Final = tuple(flag for flag in FLAGS if flag.group != LIMITS)


def command_line(arguments: Sequence[str], variable: str, flags: Sequence[Flag] = FLAGS) -> Parsed:
    """Parse a command line, behind the flags of the configuration file that the environment's ``variable`` names.

    ``flags`` is `FLAGS`, or `RG_FLAGS` in ripgrep's face. Raises `UsageError`. The command line is parsed alone first:
    its mistakes are told before the file's, and ``--no-config`` and what only prints (``special``) leave the file unread.
    """
    import os

    parsed = parse(arguments, flags)
    path = os.environ.get(variable)
    if path and "special" not in parsed and not parsed.get("no_config"):
        from streamtools.adapters.config import configured

        lines, warnings = configured(path, variable)
        if lines:
            parsed = parse([*lines, *arguments], flags)
        parsed.warnings += warnings if parsed.get("messages", True) else []
    _settle(parsed)
    return parsed


def _settle(parsed: Parsed) -> None:
    mode = parsed.get("mode")
    if mode == "count" and parsed.get("only_matching"):
        mode = "count_matches"
    if mode == "count_matches" and parsed.get("invert_match"):
        mode = "count"
    if mode:
        parsed["mode"] = mode
    if parsed.get("null_data"):
        parsed["text"] = True
        parsed.pop("binary", None)
    words = (
        parsed.words if mode not in {"files", "types", "generate"} and not parsed.keys() & {"patterns", "pattern_files", "special"} else []
    )
    if words and not values.is_text(words[0]):
        raise UsageError("the pattern is not valid UTF-8; write bytes as \\xHH", "pattern given is not valid UTF-8")
