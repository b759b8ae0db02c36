"""The flags of ``sgrep``: ripgrep's names and meanings; one table for parser, help and docs."""

from __future__ import annotations

from typing import Final

from streamtools.adapters.argv import Flag, size, whole

_WHAT: Final = "What matches"
_WHERE: Final = "Which files"
_SHOWN: Final = "What is shown"
_LIMITS: Final = "Limits"
_OTHER: Final = "Other"


def _switch(long: str, short: str, dest: str, text: str, group: str, const: object = True) -> Flag:
    return Flag(long, short, dest, text, group, const=const)


def _choice(*names: str) -> object:
    def convert(text: str) -> str:
        if text not in names:
            raise ValueError(f"{text!r} is none of {', '.join(names)}")
        return text

    return convert


FLAGS: Final[tuple[Flag, ...]] = (
    Flag("regexp", "e", "patterns", "A pattern; may be given several times.", _WHAT, "PATTERN", many=True),
    Flag("file", "f", "pattern_files", "Patterns from a file, one a line; - is standard input.", _WHAT, "FILE", many=True),
    _switch("fixed-strings", "F", "fixed_strings", "Take patterns as they are, not as regexes.", _WHAT),
    _switch("no-fixed-strings", "", "fixed_strings", "Undo -F.", _WHAT, const=False),
    _switch("ignore-case", "i", "case", "Ignore case.", _WHAT, "ignore"),
    _switch("case-sensitive", "s", "case", "Mind case (default).", _WHAT, "sensitive"),
    _switch("smart-case", "S", "case", "Ignore case unless the pattern has a capital letter.", _WHAT, "smart"),
    _switch("word-regexp", "w", "bounds", "Match whole words only.", _WHAT, "word"),
    _switch("line-regexp", "x", "bounds", "Match whole lines only.", _WHAT, "line"),
    _switch("invert-match", "v", "invert_match", "Show lines that do not match.", _WHAT),
    _switch("no-invert-match", "", "invert_match", "Undo -v.", _WHAT, const=False),
    _switch("multiline", "U", "multiline", "Let matches cross lines, within 64 KiB.", _WHAT),
    _switch("no-multiline", "", "multiline", "Undo -U.", _WHAT, const=False),
    _switch("multiline-dotall", "", "multiline_dotall", "With -U, let . match line ends too.", _WHAT),
    Flag("encoding", "E", "encoding", "The encoding of all files; found by itself otherwise.", _WHAT, "LABEL"),
    _switch("text", "a", "text", "Search binary files as text.", _WHAT),
    Flag("glob", "g", "glob", "Only files that match; ! in front excludes. May be repeated.", _WHERE, "GLOB", many=True),
    Flag("iglob", "", "iglob", "As -g, ignoring case.", _WHERE, "GLOB", many=True),
    Flag("type", "t", "type", "Only files of a type, such as py or rust.", _WHERE, "TYPE", many=True),
    Flag("type-not", "T", "type_not", "No files of a type.", _WHERE, "TYPE", many=True),
    _switch("type-list", "", "mode", "List all file types.", _WHERE, "types"),
    _switch("hidden", ".", "hidden", "Search hidden files and folders too.", _WHERE),
    _switch("no-hidden", "", "hidden", "Undo --hidden.", _WHERE, const=False),
    _switch("follow", "L", "follow", "Follow symbolic links.", _WHERE),
    _switch("no-follow", "", "follow", "Undo -L.", _WHERE, const=False),
    _switch("no-ignore", "", "ignore", "Obey no ignore files (.gitignore, .ignore ...).", _WHERE, const=False),
    _switch("ignore", "", "ignore", "Undo --no-ignore.", _WHERE),
    Flag("unrestricted", "u", "unrestricted", "-u is --no-ignore, -uu also --hidden, -uuu also --text.", _WHERE, many=True),
    Flag("max-depth", "d", "max_depth", "Go at most so many folders deep.", _WHERE, "N", convert=whole),
    Flag("max-filesize", "", "max_filesize", "Leave out larger files; suffixes K, M, G.", _WHERE, "SIZE", convert=size),
    _switch("one-file-system", "", "one_file_system", "Do not cross into other file systems.", _WHERE),
    _switch("files", "", "mode", "List the files that would be searched.", _WHERE, "files"),
    _switch("count", "c", "mode", "Show how many lines of each file match.", _SHOWN, "count"),
    _switch("files-with-matches", "l", "mode", "Show only names of files with a match.", _SHOWN, "files_with_matches"),
    _switch("files-without-match", "", "mode", "Show only names of files without one.", _SHOWN, "files_without_match"),
    _switch("json", "", "mode", "Write ripgrep's JSON lines.", _SHOWN, "json"),
    _switch("only-matching", "o", "only_matching", "Show only what matched, each on a line.", _SHOWN),
    _switch("line-number", "n", "line_number", "Show line numbers (default at a terminal).", _SHOWN),
    _switch("no-line-number", "N", "line_number", "Show no line numbers.", _SHOWN, const=False),
    _switch("with-filename", "H", "with_filename", "Show the file's name (default with several files).", _SHOWN),
    _switch("no-filename", "I", "with_filename", "Show no file names.", _SHOWN, const=False),
    _switch("column", "", "column", "Show the column of the first match, in bytes.", _SHOWN),
    Flag("after-context", "A", "after", "Show so many lines behind each match.", _SHOWN, "N", convert=whole),
    Flag("before-context", "B", "before", "Show so many lines before each match.", _SHOWN, "N", convert=whole),
    Flag("context", "C", "context", "Show so many lines around each match.", _SHOWN, "N", convert=whole),
    _switch("heading", "", "heading", "Show each file's name once, above its lines (default at a terminal).", _SHOWN),
    _switch("no-heading", "", "heading", "Show the file's name on every line.", _SHOWN, const=False),
    Flag("color", "", "color", "auto, always, ansi or never.", _SHOWN, "WHEN", convert=_choice("auto", "always", "ansi", "never")),  # type: ignore[arg-type]
    _switch("null", "0", "null", "End file names with a NUL byte. Lifts the caps.", _SHOWN),
    _switch("quiet", "q", "quiet", "Print nothing; the exit code tells.", _SHOWN),
    _switch("stats", "", "stats", "Tell at the end what was searched and what was not.", _SHOWN),
    Flag("sort", "", "sort", "path or none: the order is that of paths either way.", _SHOWN, "BY", convert=_choice("path", "none")),  # type: ignore[arg-type]
    Flag("max-count", "m", "max_count", "At most so many matching lines a file.", _LIMITS, "N", convert=whole),
    Flag("max-total", "", "max_total", "At most so many matching lines in all.", _LIMITS, "N", convert=whole),
    Flag("cursor", "", "cursor", "Go on where an earlier call stopped.", _LIMITS, "CURSOR"),
    _switch("no-cap", "", "no_cap", "Lift the caps of 2000 lines, 50 KiB and 2000 bytes a line.", _LIMITS),
    Flag("threads", "j", "jobs", "How many processes to use.", _LIMITS, "N", convert=whole),
    Flag("engine", "", "engine", "Force a matching engine (for tests).", _OTHER, "NAME", hidden=True),
    _switch("no-messages", "", "messages", "Do not tell of files that can't be read.", _OTHER, const=False),
    _switch("messages", "", "messages", "Undo --no-messages.", _OTHER),
    _switch("help", "h", "help", "Show this help.", _OTHER),
    _switch("version", "V", "version", "Show the version.", _OTHER),
)

USAGE: Final = """\
usage: sgrep [FLAGS] PATTERN [PATH ...]
       sgrep [FLAGS] -e PATTERN ... [PATH ...]
       sgrep [FLAGS] --files [PATH ...]

Search files for a pattern, in constant memory. Without PATH the current folder is searched, or
standard input if that is a pipe or a file. Output ends at 2000 lines or 50 KiB and a line at 2000
bytes, and a line on stderr then says how to go on; --no-cap lifts that.
Exit codes: 0 found, 1 not found, 2 error."""
