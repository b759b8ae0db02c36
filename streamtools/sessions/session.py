"""One session of an agent: its history, its state, what is still to be done in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Literal

from streamtools.held import Reclaimable
from streamtools.logs import logger

if TYPE_CHECKING:
    from streamtools.history.history import BoundedHistory
    from streamtools.history.tiers import TieredMemory
    from streamtools.sessions.leasing import Reason

#: ``completed`` and ``failed`` sessions are closed when their last lease ends, unless something is pending.
Status = Literal["active", "completed", "failed"]
Hook = Callable[["Session", "Reason"], object]
_log: Final = logger("sessions")


class Session:
    """What a lease of `SessionManager` gives; it is saved when its last lease ends, and resumed as it was saved.

    ``history`` is the conversation; with tiers, ``tiers`` is around it. ``state`` (a dictionary) and ``pending`` (a list: what is
    still to be done, the next first) hold what JSON can hold, and are the host's. It sets ``status`` to ``"completed"`` or ``"failed"``
    when the agent is done: without pending work the session is then closed at once.

    Memory: the history's, and what the host puts into ``state`` and ``pending``.
    """

    def __init__(self, id: str, *, observer: bool, history: BoundedHistory, tiers: TieredMemory | None = None) -> None:
        self.id = id
        self.observer = observer
        self.history = history
        self.tiers = tiers
        self.state: dict[str, Any] = {}
        self.pending: list[Any] = []
        self.status: Status = "active"
        #: Set by the manager: it was done with work pending, and its host is to be told.
        self.restart = False
        self._hooks: list[Hook] = []

    @property
    def memory(self) -> Reclaimable:
        """The conversation as an owner of memory."""
        return self.history if self.tiers is None else self.tiers

    def on_close(self, hook: Hook) -> None:
        """Let ``hook(session, reason)`` run once, before the session is dropped from memory, the last one first.

        What it changes of the session is saved. Its errors are logged. It must not lease this session.
        """
        self._hooks.append(hook)

    def run_hooks(self, reason: Reason) -> None:
        """Run the hooks and forget them; never raises."""
        while self._hooks:
            try:
                self._hooks.pop()(self, reason)
            except Exception:  # noqa: BLE001 (a hook is the host's, and the session must be closed)
                _log.exception("session %s: a hook failed while it was closed", self.id)

    def drop(self) -> None:
        """Give up what is in memory."""
        (self.history if self.tiers is None else self.tiers).close()
