"""Who holds memory, and can give it back: the one protocol between owners and the pressure monitor."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class Reclaimable(Protocol):
    """Something that owns memory: a history, a cache, a ring of events.

    Every byte that outlives a call belongs to exactly one of these. Methods may be called from
    any thread.
    """

    @property
    def name(self) -> str:
        """Who this is, for logs and reports: ``"history s1"``."""
        ...

    def held(self) -> int:
        """Return how many bytes are held now; cheap, an estimate within a factor of two."""
        ...

    def reclaim(self, target: int, *, urgent: bool = False) -> int:
        """Give back ``target`` bytes if possible and return how many were freed, 0 if none; never raises.

        Without ``urgent`` only what is cheap to get again is given up.
        """
        ...
