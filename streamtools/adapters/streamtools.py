"""``streamtools``: the commands that are neither Read nor Grep, each in a module of its own that is imported when it is called."""

from __future__ import annotations

import sys
from importlib import import_module

from streamtools.adapters.terminal import run, version
from streamtools.errors import InvalidArgument, printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final


#: Command -> its module, which has ``main(arguments) -> exit code``, and what it does.
_COMMANDS: Final = {
    "mcp": ("streamtools.adapters.mcp", "serve Read, Grep and Glob to an MCP client over stdin and stdout"),
    "spill": ("streamtools.adapters.spill", "list and clean up results that were too long for a conversation"),
    "status": ("streamtools.adapters.status", "show processes, their memory and sessions"),
    "workers": ("streamtools.adapters.workers", "report what workers did: status, time, memory, alerts"),
}


def main() -> int:
    """Run the command; return its exit code."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        return run("streamtools", version("streamtools"))
    return run("streamtools", _command)


def _command(arguments: list[str]) -> int:
    if arguments[:1] in ([], ["-h"], ["--help"]):
        commands = "".join(f"\n  {name:8} {words}" for name, (_, words) in _COMMANDS.items())
        print(f"usage: streamtools COMMAND ...\n{commands}\n\nstreamtools COMMAND --help says more.")  # noqa: T201 - what was asked for
        return 0
    name, *rest = arguments
    if name not in _COMMANDS:
        raise InvalidArgument(f"there is no command {printable(name)!r}; there are {', '.join(_COMMANDS)}")
    found: int = import_module(_COMMANDS[name][0]).main(rest)
    return found


if __name__ == "__main__":
    sys.exit(main())
