"""What ripgrep says about what it could not read."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from streamtools.adapters.terminal import cores, tell
from streamtools.events import Failure

if TYPE_CHECKING:
    from streamtools.adapters.asking import Asked


class Teller:
    """Says what went wrong as it happens; ``errors`` counts all of it, ``unread`` the files that could not be opened."""

    def __init__(self, asked: Asked) -> None:
        self.errors = self.unread = 0
        self._asked = asked
        self._messages = bool(asked.flags.get("messages", True))
        self._alone = _alone(asked)

    def __call__(self, failure: Failure) -> None:
        """Say it."""
        self.errors += 1
        self.unread += not failure.walked
        if self._messages:
            tell("rg", self._sentence(failure))

    def nothing_searched(self) -> None:
        """Say that no file was searched, which is an error."""
        self.errors += 1
        if self._messages:
            tell(
                "rg",
                "No files were searched, which means ripgrep probably applied a filter you didn't expect.\n"
                "Running with --debug will show why files are being skipped.",
            )

    def _sentence(self, failure: Failure) -> str:
        """Return ripgrep's sentence; it differs in what its walk meets on one thread or on several."""
        if failure.text:
            return failure.text
        reason = f"{os.strerror(failure.errno)} (os error {failure.errno})"
        if not failure.walked:
            return f"{failure.path}: {reason}"
        path = self._shown(failure.path)
        if failure.ancestor:
            return f"File system loop found: {path} points to an ancestor {self._shown(failure.ancestor)}"
        return f"{path}: IO error for operation on {path}: {reason}" if self._alone else f"{path}: {reason}"

    def _shown(self, path: str) -> str:
        return f"./{path}" if self._asked.implicit and path != "." and not path.startswith("./") else path


def _alone(asked: Asked) -> bool:
    """Whether ripgrep would use one thread."""
    single = len(asked.paths) == 1 and not os.path.isdir(asked.paths[0])
    jobs = asked.flags.get("jobs") or cores()
    return single or jobs == 1 or ("sort" in asked.flags and asked.request.sort != "none")
