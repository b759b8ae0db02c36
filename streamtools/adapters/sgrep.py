"""``sgrep``: Grep at a prompt and in scripts, with ripgrep's flags and exit codes."""

from __future__ import annotations

import os
import sys

from streamtools.adapters.terminal import begin, leave, run, version

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> int:
    """Run the command; return its exit code."""
    if _asks_for_version():
        return run("sgrep", version("sgrep"))
    from streamtools.adapters.faces import face
    from streamtools.adapters.grepping import command

    chosen = face(sys.argv[0], os.environ)
    return run(chosen.name, lambda words: command(words, face=chosen))


def _asks_for_version() -> bool:
    """Whether our own version is asked for, which needs hardly an import."""
    return sys.argv[1:] in (["--version"], ["-V"]) and "SGREP_AS_RG" not in os.environ and os.path.basename(sys.argv[0]) != "rg"


def script() -> NoReturn:
    """Run the command and end the process."""
    if not _asks_for_version():
        # Who lists files doesn't need what searches them.
        begin("streamtools.adapters.grepping", "streamtools.adapters.naming" if "--files" in sys.argv else "streamtools.searching.tree")
    leave(main())


if __name__ == "__main__":
    script()
