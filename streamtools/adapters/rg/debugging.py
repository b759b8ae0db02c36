"""What ``--debug`` tells: lines of ripgrep's form, in words of our own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from streamtools.adapters.terminal import cores, tell

if TYPE_CHECKING:
    from streamtools.adapters.asking import Asked
    from streamtools.searching.tree import Search


def before(asked: Asked) -> None:
    """Say how the command line was understood."""
    path = os.environ.get("RIPGREP_CONFIG_PATH", "")
    read = (
        f"flags are read from {path}"
        if path
        else "RIPGREP_CONFIG_PATH environment variable is not set, therefore not reading any config file"
    )
    _say("rg::flags::config", read)
    _say("rg::flags::hiargs", f"read CWD from environment: {os.getcwd()}")
    _say("rg::flags::hiargs", f"number of paths given to search: {0 if asked.implicit else len(asked.paths)}")
    _say("rg::flags::hiargs", f"using {asked.flags.get('jobs') or cores()} thread(s)")
    if asked.mode != "files":
        _say("grep_regex::matcher", f"final regex: {'|'.join(f'(?:{pattern})' for pattern in asked.request.patterns)!r}")


def after(search: Search) -> None:
    """Say what was left out, with the first names of each reason."""
    ledger = search.tally.ledger()
    for reason, count in ledger.skipped.items():
        for name in ledger.examples.get(reason, ()):
            _say("ignore::walk", f"ignoring {name}: {reason}")
        _say("ignore::walk", f"{reason}: {count} left out in all")


def _say(place: str, what: str) -> None:
    tell("rg", f"DEBUG|{place}|{what}")
