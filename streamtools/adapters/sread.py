"""``sread``: Read at a prompt and in scripts."""

from __future__ import annotations

import sys

from streamtools.adapters.terminal import run, version


def main() -> int:
    """Run the command; return its exit code."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        return run("sread", version("sread"))
    from streamtools.adapters.paging import command

    return run("sread", command)


if __name__ == "__main__":
    sys.exit(main())
