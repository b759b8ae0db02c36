"""What ``sgrep`` prints about its flags: help, man page and completions."""

from __future__ import annotations

from streamtools.adapters.flags import FLAGS, GROUPS, RG_FLAGS
from streamtools.adapters.helping import help_text, long_help

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final


_USAGE: Final = """\
usage: {0} [FLAGS] PATTERN [PATH ...]
       {0} [FLAGS] -e PATTERN ... [PATH ...]
       {0} [FLAGS] --files [PATH ...]

Search files for a pattern, in constant memory. Without PATH the current folder is searched, or
standard input if that is a pipe or a file."""
_CAPS: Final = """ Output ends at 2000 lines or 50 KiB and a line at 2000
bytes, and a line on stderr then says how to go on; --no-cap lifts that."""
_EXIT: Final = "\nExit codes: 0 found, 1 not found, 2 error."


def describe(what: str, program: str) -> str:
    """Return the text of ``help_short``, ``help_long`` or a kind of ``--generate``, with its last line's end.

    ``program`` is ``sgrep``, or ``rg`` in ripgrep's face, which has neither the caps nor flags of ours.
    """
    ours = program != "rg"
    flags = sorted(FLAGS if ours else RG_FLAGS, key=lambda flag: GROUPS.index(flag.group))
    usage = _USAGE.format(program) + (_CAPS if ours else "") + _EXIT
    if what == "help_short":
        return help_text(usage, flags) + "\n"
    from streamtools.adapters.longhelp import TEXTS

    if what == "help_long":
        return long_help(usage, flags, TEXTS) + "\n"
    if what == "man":
        from streamtools.adapters.manpage import man_page

        return man_page(program, flags, TEXTS)
    from streamtools.adapters import completions

    shells = {
        "complete-bash": completions.bash,
        "complete-zsh": completions.zsh,
        "complete-fish": completions.fish,
        "complete-powershell": completions.powershell,
    }
    return shells[what](program, flags)
