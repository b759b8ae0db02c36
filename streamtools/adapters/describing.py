"""What ``sgrep`` prints about its flags: help, man page and completions."""

from __future__ import annotations

from streamtools.adapters.flags import FLAGS, USAGE
from streamtools.adapters.helping import help_text, long_help


def describe(what: str, program: str) -> str:
    """Return the text of ``help_short``, ``help_long`` or a kind of ``--generate``, with its last line's end.

    ``program`` is the name that the command goes by: ``sgrep``, or ``rg`` in ripgrep's face.
    """
    usage = USAGE.replace("sgrep", program)
    if what == "help_short":
        return help_text(usage, FLAGS) + "\n"
    from streamtools.adapters.longhelp import TEXTS

    if what == "help_long":
        return long_help(usage, FLAGS, TEXTS) + "\n"
    if what == "man":
        from streamtools.adapters.manpage import man_page

        return man_page(program, FLAGS, TEXTS)
    from streamtools.adapters import completions

    shells = {
        "complete-bash": completions.bash,
        "complete-zsh": completions.zsh,
        "complete-fish": completions.fish,
        "complete-powershell": completions.powershell,
    }
    return shells[what](program, FLAGS)
