"""The file of flags that stand before every command line: one argument a line, as ripgrep has it.

Blanks around a line are dropped, blank lines and lines that begin with ``#`` are left out; nothing is
quoted and nothing expanded.
"""

from __future__ import annotations

import os

from streamtools.adapters.argv import lossy


def configured(path: str, variable: str) -> tuple[list[str], list[str]]:
    """Return the arguments in the file at ``path``, and a warning (ripgrep's text) where it can't be read."""
    try:
        with open(path, "rb") as file:
            return [os.fsdecode(line) for row in file if (line := row.strip()) and not line.startswith(b"#")], []
    except OSError as error:
        # ripgrep names the file where opening fails, and a folder fails only when it is read.
        named = "" if isinstance(error, IsADirectoryError) else f"{lossy(path)}: "
        return [], [f"failed to read the file specified in {variable}: {named}{error.strerror} (os error {error.errno})"]
