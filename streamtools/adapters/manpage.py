"""The man page, in the ``man`` macros of roff (man(7))."""

from __future__ import annotations

from streamtools.adapters.helping import described, grouped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtools.adapters.argv import Flag


_SYNOPSIS = (
    "[FLAGS] PATTERN [PATH ...]",
    "[FLAGS] -e PATTERN ... [PATH ...]",
    "[FLAGS] --files [PATH ...]",
    "[FLAGS] --type-list",
)
_ABOUT = """\
Searches files for a pattern, in constant memory, with ripgrep's flags, outputs and exit codes. Without PATH the
current folder is searched, or standard input if that is a pipe or a file. Folders are walked in the order of paths;
what .gitignore, .ignore and .rgignore name is left out, and so are hidden and binary files.

Output ends at 2000 lines or 50 KiB and a line at 2000 bytes; a line on standard error then says how to go on.
--no-cap lifts that, and there are no caps in ripgrep's face: under the name rg, or with SGREP_AS_RG=1."""
_EXIT = """\
0 if something was found, 1 if not, 2 after an error. With -q a match goes before an error."""
_CONFIGURATION = """\
The file that STREAMTOOLS_CONFIG_PATH names (in ripgrep's face: RIPGREP_CONFIG_PATH) holds flags that stand before
those of every command line, one argument a line. Blanks around a line are dropped; blank lines and those that begin with # are
left out. Nothing is quoted or expanded. --no-config leaves the file unread."""


def man_page(program: str, flags: Sequence[Flag], texts: dict[str, str]) -> str:
    """Return the whole page for section 1."""
    rows = [f'.TH {program.upper()} 1 "" "streamtools" "User Commands"', ".SH NAME", rf"{program} \- search files for a pattern"]
    rows.append(".SH SYNOPSIS")
    for line in _SYNOPSIS:
        rows += [f"\\fB{program}\\fR {_roff(line)}", ".br"]
    rows += [".SH DESCRIPTION", *_paragraphs(_ABOUT), ".SH OPTIONS"]
    for group, members in grouped(flags).items():
        rows.append(f'.SS "{_roff(group)}"')
        for flag in members:
            rows += [".TP", _names(flag), _line(flag.help)]
            for paragraph in described(flag, texts):
                rows += [".IP", _line(paragraph)]
    rows += [".SH EXIT STATUS", *_paragraphs(_EXIT), ".SH CONFIGURATION FILE", *_paragraphs(_CONFIGURATION)]
    return "\n".join(rows) + "\n"


def _names(flag: Flag) -> str:
    names = [f"\\fB{_roff(name)}\\fR" for name in (flag.short and f"-{flag.short}", flag.long and f"--{flag.long}") if name]
    return ", ".join(names) + (f" \\fI{_roff(flag.value)}\\fR" if flag.value else "")


def _paragraphs(text: str) -> list[str]:
    rows: list[str] = []
    for paragraph in text.split("\n\n"):
        rows += [".PP", _line(" ".join(paragraph.split()))]
    return rows


def _line(text: str) -> str:
    """Return one line of text, which must not begin as a request does."""
    made = _roff(text)
    return rf"\&{made}" if made[:1] in {".", "'"} else made


def _roff(text: str) -> str:
    return text.replace("\\", "\\e").replace("-", "\\-")
