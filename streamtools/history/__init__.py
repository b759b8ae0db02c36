"""A conversation that stays bounded: results capped and spilled, whole turns trimmed, tiers, event streams.

    from streamtools.history import BoundedHistory, SpillStore
    history = BoundedHistory("s1", store=SpillStore())

Names are imported at their first use, as those of ``streamtools``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamtools.history.bounds import HistoryLimits
    from streamtools.history.events import bounded_events
    from streamtools.history.history import BoundedHistory
    from streamtools.history.spill import SpillStore
    from streamtools.history.tiers import TieredMemory, TierLimits
    from streamtools.history.turns import Call

__all__ = ["BoundedHistory", "Call", "HistoryLimits", "SpillStore", "TierLimits", "TieredMemory", "bounded_events"]

_WHERE = {
    "BoundedHistory": "history",
    "Call": "turns",
    "HistoryLimits": "bounds",
    "SpillStore": "spill",
    "TierLimits": "tiers",
    "TieredMemory": "tiers",
    "bounded_events": "events",
}


def __getattr__(name: str) -> object:
    """Import a public name from where it lives."""
    if name not in _WHERE:
        raise AttributeError(f"module 'streamtools.history' has no attribute {name!r}")
    import importlib

    value: object = getattr(importlib.import_module(f"streamtools.history.{_WHERE[name]}"), name)
    return value
