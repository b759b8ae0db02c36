"""``sread``: Read at a prompt and in scripts."""

from __future__ import annotations

import sys
from typing import NoReturn

from streamtools.adapters.terminal import leave, run, version


def main() -> int:
    """Run the command; return its exit code."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        return run("sread", version("sread"))
    from streamtools.adapters.paging import command

    return run("sread", command)


def script() -> NoReturn:
    """Run the command and end the process."""
    leave(main())


if __name__ == "__main__":
    script()
