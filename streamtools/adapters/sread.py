"""``sread``: Read at a prompt and in scripts."""

from __future__ import annotations

import sys

from streamtools.adapters.terminal import begin, leave, run, version

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> int:
    """Run the command; return its exit code."""
    if _asks_for_version():
        return run("sread", version("sread"))
    from streamtools.adapters.paging import command

    return run("sread", command)


def _asks_for_version() -> bool:
    """Whether our version is asked for, which needs hardly an import."""
    return sys.argv[1:] in (["--version"], ["-V"])


def script() -> NoReturn:
    """Run the command and end the process."""
    if not _asks_for_version():
        begin("streamtools.adapters.paging")
    leave(main())


if __name__ == "__main__":
    script()
