"""The row of one spilled text while it is written."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from streamtools.errors import StateError, StreamtoolsError, file_error
from streamtools.logs import logger

if TYPE_CHECKING:
    from streamtools.history.shelf import Shelf

_log: Final = logger("history")


class Entry:
    """The row of one text while it is written, and what became of its bytes: what both writers share.

    Memory: O(1).
    """

    def __init__(self, shelf: Shelf | None, session: str, name: str, kind: str) -> None:
        self._shelf = shelf
        self._session = session
        self._name = name
        self._kind = kind
        self._granted = 0
        self._reason = ""
        self.handle = ""
        self.path = ""
        self.saved = 0

    @property
    def ended(self) -> bool:
        """Whether nothing more is to be saved."""
        return self._shelf is None or bool(self._reason)

    def begin(self) -> None:
        """Get a handle, and the name of a file that does not exist yet in ``path``."""
        assert self._shelf is not None
        self.handle = self._shelf.begin(self._session, self._name, self._kind)
        self.path = self._shelf.file(self.handle)

    def covers(self, size: int) -> bool:
        """Return whether ``size`` more bytes are granted already, so that `allow` does not ask the database."""
        return self.saved + size <= self._granted

    def allow(self, size: int) -> int:
        """Return how many of the next ``size`` bytes may be written."""
        assert self._shelf is not None
        if not self.covers(size):
            self._granted += self._shelf.reserve(self.handle, self._session, self.saved + size - self._granted)
        if not self.covers(size):
            self._reason = "a quota of the spill folder is full"
        return min(size, self._granted - self.saved)

    def failed(self, error: OSError | StateError) -> None:
        """Stop saving; the tool that writes goes on."""
        self._reason = str(error if isinstance(error, StreamtoolsError) else file_error(error, self.path or "the spill folder"))
        _log.warning("a tool's output is not saved in full: %s", self._reason)

    def close(self) -> None:
        """Enter what came to the disk; without a byte there is no handle."""
        if self._shelf is None or not self.handle:
            return
        try:
            self.saved = os.path.getsize(self.path) if os.path.exists(self.path) else 0
            if self.saved:
                self._shelf.finish(self.handle, self.saved, complete=not self._reason)
                return
        except (OSError, StateError) as error:
            self.failed(error)
        self.discard()

    def discard(self) -> None:
        """Take back the row and the file."""
        if self._shelf is None or not self.handle:
            return
        try:
            self._shelf.discard(self.handle)
        except StateError as error:
            self.failed(error)
        self.handle, self.saved = "", 0

    def told(self) -> str:
        """Say what of the output was not saved, for the reader of the result."""
        if self._shelf is None:
            return "the rest was not kept (persist=False)"
        if not self._reason:
            return ""
        return f"{f'only its first {self.saved:,} bytes were' if self.saved else 'nothing of it was'} saved: {self._reason}"
