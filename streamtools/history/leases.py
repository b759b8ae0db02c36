"""Which spilled texts a history still shows, told to the store so that it keeps them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

from streamtools.errors import NotFound, StreamtoolsError
from streamtools.history.spill import SpillStore
from streamtools.logs import logger

_log: Final = logger("history")


class Leases:
    """The handles that ``holder`` shows, counted; the store is told of the first and of the last showing of each.

    A database that can't be used is logged, never raised: a text then lives its days from its last use on. ``taken`` counts all
    handles that ever came.

    Memory: one entry a handle that is shown.
    """

    def __init__(self, store: SpillStore, holder: str) -> None:
        self._store = store
        self._holder = holder
        self._shown: Counter[str] = Counter()
        self.taken = 0

    def take(self, handles: Iterable[str]) -> None:
        """Keep texts, since their handles are shown once more."""
        for handle in handles:
            self.taken += 1
            self._shown[handle] += 1
            if self._shown[handle] == 1:
                self._quietly(self._store.lease, handle, self._holder)

    def drop(self, handles: Iterable[str]) -> None:
        """Let texts go whose handles are shown once less."""
        for handle in handles:
            self._shown[handle] -= 1
            if self._shown[handle] <= 0:
                del self._shown[handle]
                self._quietly(self._store.release, self._holder, handle)

    def clear(self) -> None:
        """Let all go."""
        if self._shown:
            self._shown.clear()
            self._quietly(self._store.release, self._holder)

    def _quietly(self, act: Callable[..., None], *names: str) -> None:
        try:
            act(*names)
        except NotFound:
            pass
        except StreamtoolsError as error:
            _log.warning("%s: %s", self._holder, error)
