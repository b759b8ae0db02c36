"""The settings of sessions and their memory, read from the environment once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from streamtools.errors import InvalidArgument, printable
from streamtools.history.bounds import HistoryLimits

_PREFIX: Final = "STREAMTOOLS_"
#: Field, and what it counts.
_UNITS: Final = {
    "max_memory_mb": "megabytes",
    "max_active_messages": "messages",
    "max_conversation_history": "messages",
    "session_ttl_minutes": "minutes",
    "max_active_sessions": "sessions",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user may set: each field is the variable ``STREAMTOOLS_`` and its name in capitals.

    ``max_memory_mb`` is the memory budget of this process (None: by the machine, see `Budget`), ``max_active_messages`` bounds
    a session's history and ``max_conversation_history`` an observer's; a session is closed ``session_ttl_minutes`` after its last
    lease, and there are at most ``max_active_sessions``. All are whole numbers from 1 on.
    """

    max_memory_mb: int | None = None
    max_active_messages: int = 200
    max_conversation_history: int = 50
    session_ttl_minutes: int = 60
    max_active_sessions: int = 100

    def __post_init__(self) -> None:
        """Raise `InvalidArgument` for a number below 1."""
        for name, unit in _UNITS.items():
            value = getattr(self, name)
            if value is not None and value < 1:
                raise InvalidArgument(f"{_PREFIX}{name.upper()} must be a whole number of {unit} from 1 on, not {value}")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Return the settings that are set, defaults for those that are not or are empty; raises `InvalidArgument` naming the variable."""
        given: dict[str, int] = {}
        for name, unit in _UNITS.items():
            variable = _PREFIX + name.upper()
            text = environment.get(variable, "").strip()
            if text and not (text.isascii() and text.isdecimal() and len(text) <= 9):
                raise InvalidArgument(f"{variable} must be a whole number of {unit} from 1 on, not {printable(text[:60])!r}")
            if text:
                given[name] = int(text)
        return cls(**given)

    def history(self, *, observer: bool = False) -> HistoryLimits:
        """Return the bounds of a session's history, or an observer's."""
        return HistoryLimits(messages=self.max_conversation_history if observer else self.max_active_messages)
