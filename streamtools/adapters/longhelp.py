"""The long text of each flag, for ``--help`` and the man page; apart from the table, because hardly a start needs it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final


#: Long name -> paragraphs, apart by a blank line. What the one-line help, the choices and the undoing flag say is not repeated.
TEXTS: Final[dict[str, str]] = {
    "regexp": "All patterns given by -e and -f are searched, and a line matches where one of them does. All words of the command line "
    "are then files. Also for a pattern that begins with a dash.",
    "file": "- is standard input. An empty line in the file matches every line. All words of the command line are then files.",
    "after-context": "Goes before -C, wherever it stands; undoes --passthru.",
    "before-context": "Goes before -C, wherever it stands; undoes --passthru.",
    "binary": "A file is binary that has a NUL byte. One found while walking is otherwise left at that byte; with this flag it is "
    "searched to the first match or its end, and a message stands for its lines. Undoes -a.",
    "block-buffered": "The default for pipes and files.",
    "byte-offset": "The first byte is 0. With -o it is where the match begins.",
    "case-sensitive": "Undoes -i and -S; (?i) in a pattern still holds.",
    "color": "auto is for terminals, and never where NO_COLOR is set or TERM is dumb or unset.",
    "colors": "SPEC is {path|line|column|match|highlight}:{fg|bg|style}:VALUE, or a part and :none. A color is black, blue, green, "
    "red, cyan, magenta, yellow, white, a number from 0 to 255, or three with commas between; a style is bold, intense, underline, "
    "italic or one of these behind no. May be repeated.",
    "column": "The first column is 1, one byte is one column. Shows line numbers too. With -o of every match.",
    "context": "As -B and -A with the same number; undoes --passthru.",
    "context-separator": r"-- if it is not given. \n, \r, \t, \0, \\ and \xHH are escapes. An empty one still makes an empty line.",
    "count": "A file without a match is left out (see --include-zero), and the name where a single file is searched. With -o, and "
    "with -U where matches cross lines, matches are counted.",
    "count-matches": "As -c, but all matches of a line count.",
    "crlf": r"$ then matches before \r\n. Undoes --null-data.",
    "dfa-size-limit": "There is no such automaton here. NUM is checked: a whole number, and K, M or G behind it.",
    "encoding": "auto: a byte order mark decides, and without one sgrep finds the encoding by itself (ripgrep, and sgrep under its name, "
    "take UTF-8). none: bytes as they are, marks too.",
    "engine": "auto takes PCRE2 for patterns that need it. Here one engine does both, so the choice makes little difference.",
    "field-context-separator": r"- if it is not given. \n, \r, \t, \0, \\ and \xHH are escapes.",
    "field-match-separator": r": if it is not given. \n, \r, \t, \0, \\ and \xHH are escapes.",
    "files": "Nothing is searched, and no pattern taken.",
    "files-without-match": "Found is then a file without a match.",
    "fixed-strings": "No character is special.",
    "follow": "Loops are found and told, as are links to nothing.",
    "generate": "Written to standard output.",
    "glob": "As a line of .gitignore turned around, above all other rules. May be repeated: the last one that matches decides. "
    "{a,b} is either.",
    "heading": "The default at a terminal.",
    "hidden": "Hidden is what has a name that begins with a dot, unless it was named on the command line.",
    "hostname-bin": "For the {host} of --hyperlink-format; run without arguments.",
    "hyperlink-format": "A URL with {path}, and perhaps {line}, {column}, {host} and {wslprefix}, or one of default, none, cursor, file, "
    "grep+, kitty, macvim, textmate, vscode, vscode-insiders, vscodium. Only where there are colors.",
    "ignore-case": "By Unicode's simple rules; (?-i) in a pattern still holds. Undoes -s and -S.",
    "ignore-file": "As .gitignore, relative to the current folder, below all rules found in folders. May be repeated; later ones go first.",
    "include-zero": "For -c and --count-matches.",
    "invert-match": "By lines. With -l: files with a line that does not match.",
    "json": "One object a line: begin, match, context, end, and at last summary. Text that is not UTF-8 is base64 under bytes. "
    "Flags that change how lines look have no effect.",
    "line-buffered": "The default at a terminal.",
    "line-number": "The first line is 1. The default at a terminal.",
    "line-regexp": "As ^(?:PATTERN)$. Undoes -w.",
    "max-columns": "A sentence stands for them. 0 is no limit.",
    "max-columns-preview": "With -M.",
    "max-count": "With -U a match over several lines counts once. Context behind the last one may show more.",
    "max-depth": "0 is the named files only, 1 also what stands directly in named folders.",
    "max-filesize": "In bytes, or with K, M or G behind the number. Folders do not count.",
    "mmap": "Files are never mapped into memory here: one that shrinks would end the program.",
    "multiline": r"\n may then be matched. sgrep finds matches up to 64 KiB long, in constant memory. Undoes --stop-on-nonmatch.",
    "no-config": "The file is named by STREAMTOOLS_CONFIG_PATH (under ripgrep's name by RIPGREP_CONFIG_PATH): one argument a line, "
    "lines that begin with # are left out.",
    "no-ignore": "As --no-ignore-dot --no-ignore-exclude --no-ignore-global --no-ignore-parent --no-ignore-vcs. --ignore-file still holds.",
    "no-ignore-dot": "Hidden files are another matter: see --hidden.",
    "no-ignore-files": "Wherever it stands.",
    "no-ignore-global": "That is core.excludesFile, by default $HOME/.config/git/ignore.",
    "no-ignore-vcs": "Nor those above.",
    "no-messages": "Mistakes in patterns are still told, and the exit code stays.",
    "no-unicode": r". is then one byte, and \w \d \s \b and -i know ASCII only.",
    "null": "For xargs -0. Lifts the caps of sgrep.",
    "null-data": "Takes binary files for text. Undoes --crlf.",
    "one-file-system": "Seen from each named folder.",
    "only-matching": "Each match on a line of its own; empty ones are left out.",
    "path-separator": r"One byte, or \xHH. The empty one is the system's own.",
    "passthru": "Matches are still marked. Undoes -A, -B and -C.",
    "pcre2": "Lookaround and backreferences work without it as well.",
    "pre": "COMMAND is run for each file with its name as the argument and the file as standard input; what it writes is searched. "
    "No shell is used. The empty COMMAND is none. Undoes -z.",
    "pre-glob": "As with -g; others are searched as they are. May be repeated.",
    "quiet": "Ends at the first match, or with --files at the first file.",
    "regex-size-limit": "NUM is checked: a whole number, and K, M or G behind it.",
    "replace": "$1 and ${1} are groups, $name and ${name} named ones, $0 is the match, $$ a dollar. No file is changed.",
    "search-zip": "gzip, bzip2, xz, lzma, zstd, lz4 and brotli, as far as there is a library or program for it. Undoes --pre.",
    "smart-case": "In a pattern; what is escaped, as \\S, is no capital letter. Undoes -s and -i.",
    "sort": "sgrep's order is that of paths unless something else is asked for. Overrides --sortr.",
    "sortr": "Overrides --sort.",
    "stats": "Has no effect with -l and --files.",
    "stop-on-nonmatch": "For sorted files. Undoes -U.",
    "text": "NUL bytes and what else is in them may be shown. Undoes --binary.",
    "type": "May be repeated; all is every type. See --type-list.",
    "type-not": "May be repeated; all is every type. See --type-list.",
    "type-add": "As name:GLOB, or name:include:other,other. Holds for this call only.",
    "type-clear": "Globs may be added again behind it.",
    "type-list": "With --type-add and --type-clear taken into account.",
    "vimgrep": "With name, line and column; a line with two matches is shown twice.",
    "with-filename": "The default where more than one file is searched.",
    "no-filename": "The default where a single file is searched.",
    "word-regexp": r"As \b{start-half}(?:PATTERN)\b{end-half}. Undoes -x.",
    "max-total": "Over all files; the search ends there, and a line on stderr says how to go on.",
    "cursor": "As that line said it.",
    "no-cap": "A cut is told in one line on stderr. Under ripgrep's name there are no caps.",
}
