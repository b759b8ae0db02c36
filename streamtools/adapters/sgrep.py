"""``sgrep``: Grep at a prompt and in scripts, with ripgrep's flags and exit codes."""

from __future__ import annotations

import sys

from streamtools.adapters.terminal import run, version


def main() -> int:
    """Run the command; return its exit code."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        return run("sgrep", version("sgrep"))
    from streamtools.adapters.grepping import command

    return run("sgrep", command)


if __name__ == "__main__":
    sys.exit(main())
