"""``sread``: Read at a prompt and in scripts."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command; return its exit code."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from streamtools import __version__

        print(f"sread {__version__} (streamtools)")  # noqa: T201 - it is the command's output
        return 0
    from streamtools.adapters.paging import command
    from streamtools.adapters.terminal import run

    return run("sread", command)


if __name__ == "__main__":
    sys.exit(main())
