"""How much a history may hold, and what it says about itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Literal

from streamtools.errors import InvalidArgument
from streamtools.limits import MIB

Reason = Literal["messages", "tokens", "memory", "manual"]


@dataclass(frozen=True, slots=True)
class HistoryLimits:
    """The bounds of one history.

    ``messages`` counts a turn's message and each of its results, the head's too. ``recent_messages``, ``tokens`` and ``bytes`` bound the
    turns behind the head, ``head_tokens`` the head (system text and first user message). ``turn_bytes`` and ``turn_tokens`` bound all
    results of one turn, ``message_tokens`` any message but our own tools' results. A compaction goes down to ``low_water`` of the
    bounds in tokens and bytes and to ``low_messages`` of that in messages; old results are cleared instead of dropped only where that
    wins ``clear_at_least`` tokens, and never those of the newest ``keep_results`` turns that have any.
    """

    messages: int = 200
    recent_messages: int = 200
    tokens: int = 70_000
    bytes: int = 2 * MIB
    head_tokens: int = 10_000
    turn_bytes: int = 100_000
    turn_tokens: int = 30_000
    message_tokens: int = 10_000
    low_water: float = 0.75
    low_messages: float = 0.75
    clear_at_least: int = 20_000
    keep_results: int = 3

    def __post_init__(self) -> None:
        """Raise `InvalidArgument` for numbers that bound nothing."""
        for entry in fields(self):
            if getattr(self, entry.name) <= 0:
                raise InvalidArgument(f"history limits: {entry.name} must be above 0, not {getattr(self, entry.name)}")
        for name in ("low_water", "low_messages"):
            if getattr(self, name) >= 1:
                raise InvalidArgument(
                    f"history limits: {name} must be below 1, not {getattr(self, name)}, or every turn would compact again"
                )


@dataclass(frozen=True, slots=True)
class HistoryStats:
    """What a history holds and did.

    ``over`` tells by how much a bound is passed now, by its name: only the newest turn, turns with open calls and an archive that
    fails can do that. ``compactions`` counts by reason, ``futile`` those that freed nothing. ``dropped`` counts messages,
    ``cleared`` results; ``unarchived`` turns that were dropped although the archive failed.
    """

    messages: int = 0
    turns: int = 0
    tokens: int = 0
    head_tokens: int = 0
    bytes: int = 0
    over: Mapping[str, int] = field(default_factory=dict)
    compactions: Mapping[str, int] = field(default_factory=dict)
    futile: int = 0
    dropped: int = 0
    cleared: int = 0
    spilled: int = 0
    unarchived: int = 0
    last_reason: Reason | None = None
