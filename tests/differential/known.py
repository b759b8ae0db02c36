"""Where ``sgrep`` and ripgrep 15.2 differ on purpose, or for good reason; one by one, each with a command line that shows it."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

Which = Literal["ours", "rg", "both"]


class Difference(NamedTuple):
    """In which face, what is different and why, and a command line over the files of `FILES` that shows it."""

    face: Which
    what: str
    why: str
    command: tuple[str, ...]


FILES: Final = {
    "five": b"foo 1\nfoo 2\nbar\nfoo 3\nend\n",
    "umlaut": "gr\u00f6\u00dfe\n".encode(),
    "crlf": b"foo\r\nbar\r\n",
    "nul": b"foo\nb\0r\nfoo\n",
    "sjis": "\u6f22\u5b57\u306e\u30c6\u30b9\u30c8\u3067\u3059\u3002\u3053\u308c\u306f\u65e5\u672c\u8a9e\u306e\u6587\u7ae0\u3067\u3059\u3002\n".encode(
        "shift_jis"
    ),
    "bad": b"foo \xff\xfe bar\n",
    "Upper": b"foo\n",
    "{x": b"foo\n",
    ".ignore": b"[[:upper:]]pp*\n{x\n",
    "long": b"x" * 5000 + b"foo" + b"y" * 5000 + b"\n",
}

DIFFERENCES: Final = (
    Difference(
        "ours",
        "-m N -A M: lines behind the Nth that match are context",
        "as grep has it; N lines and no more are matches",
        ("-m1", "-A2", "-n", "foo", "five"),
    ),
    Difference(
        "ours",
        "a CR before the line end is no text of the line",
        "`foo$` finds `foo` in a file from Windows without --crlf",
        ("-c", "foo$", "crlf"),
    ),
    Difference("ours", "a text file with a stray NUL is shown as text", "one NUL must not hide a source file", ("foo", "nul")),
    Difference(
        "ours",
        "encodings are found without a byte order mark",
        "Shift JIS, GBK, UTF-16 and others are searched as what they are",
        ("-c", "日本", "sjis"),
    ),
    Difference(
        "ours",
        "lines over 2000 bytes are shown around their first match",
        "one line must not fill the output; --no-cap lifts it",
        ("foo", "long"),
    ),
    Difference(
        "ours", "output ends at 2000 lines or 50 KiB", "a line on stderr tells how to go on; --no-cap lifts it", ("-o", "x", "long")
    ),
    Difference(
        "both",
        "an empty match never lies inside a character",
        "ripgrep reports one between the bytes of ö for patterns that match nothing at all",
        ("-o", "-b", "x?", "umlaut"),
    ),
    Difference(
        "both",
        "(?-u:.) is a character, not a byte",
        "only --no-unicode for the whole pattern searches bytes",
        ("-o", "(?-u:.)+", "bad"),
    ),
    Difference(
        "ours",
        "replaced rows of a multi-line search keep their own line ends with --crlf",
        "ripgrep ends them with CR LF, also in a file that has none",
        ("-U", "--crlf", "-r", "X", "\\w+$", "five"),
    ),
    Difference(
        "both",
        "bytes searched are told in whole windows where a search ends early",
        "ripgrep tells up to where it looked",
        ("-m1", "--json", "foo", "five"),
    ),
    Difference(
        "both",
        "ignore files mean what they mean to git: POSIX classes, a brace is a brace",
        "what is ignored must not depend on who searches; ripgrep reads a class of letters, and complains of the brace",
        ("--files", "./"),
    ),
    Difference("both", "POSIX classes in -g", "globs are those of ignore files", ("--files", "-g", "[[:upper:]]pp*", "./")),
    Difference("both", "-g '!' leaves out nothing", "no name is empty; to ripgrep it leaves out everything", ("--files", "-g", "!", "./")),
)
