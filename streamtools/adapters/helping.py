"""The help of a command line, short and long, from its table of flags."""

from __future__ import annotations

import textwrap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from streamtools.adapters.argv import Flag


def help_text(usage: str, flags: Sequence[Flag]) -> str:
    """Return the short help: the usage, then the flags by group, a line or two each."""
    return _grouped(usage, flags, _short)


def long_help(usage: str, flags: Sequence[Flag], texts: dict[str, str]) -> str:
    """Return the long help: also what ``texts`` says of each flag by its long name, and how it is undone."""

    def long(flag: Flag) -> list[str]:
        rows = [f"  {_names(flag)}"]
        for paragraph in (flag.help, *described(flag, texts)):
            rows += textwrap.wrap(paragraph, 92, initial_indent=" " * 8, subsequent_indent=" " * 8, break_on_hyphens=False)
        return [*rows, ""]

    return _grouped(usage, flags, long).rstrip()


def described(flag: Flag, texts: dict[str, str]) -> list[str]:
    """Return the paragraphs of a flag's long text, its choices and its opposite among them."""
    said = texts.get(flag.long, "").split("\n\n") if flag.long in texts else []
    if flag.choices:
        said.append(f"{flag.value} is one of {', '.join(flag.choices)}.")
    if flag.aliases:
        said.append(f"Also written --{', --'.join(flag.aliases)}.")
    if flag.undo:
        said.append(f"Undone by --{flag.undo}.")
    return said


def grouped(flags: Sequence[Flag]) -> dict[str, list[Flag]]:
    """Return the flags that are not hidden by group, in the table's order."""
    groups: dict[str, list[Flag]] = {}
    for flag in flags:
        if not flag.hidden:
            groups.setdefault(flag.group, []).append(flag)
    return groups


def _grouped(usage: str, flags: Sequence[Flag], show: Callable[[Flag], list[str]]) -> str:
    rows = [usage.rstrip()]
    for group, members in grouped(flags).items():
        rows.append(f"\n{group}:")
        for flag in members:
            rows += show(flag)
    return "\n".join(rows)


def _names(flag: Flag) -> str:
    return " ".join(
        (", ".join(name for name in (flag.short and f"-{flag.short}", flag.long and f"--{flag.long}") if name), flag.value)
    ).rstrip()


def _short(flag: Flag) -> list[str]:
    rows, left = [], f"  {_names(flag)}"
    text = textwrap.wrap(flag.help, 70)
    if len(left) > 28:
        rows.append(left)
        left = ""
    rows.append(f"{left:<30}{text[0]}")
    return rows + [" " * 30 + more for more in text[1:]]
