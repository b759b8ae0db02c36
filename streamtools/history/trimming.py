"""What has to go to meet a bound: plans only, over turns that stay as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Self

from streamtools.history.turns import Call, Result, Turn
from streamtools.tuples import NamedTuple


class Size(NamedTuple):
    """How much something holds, or may hold: messages, estimated tokens, bytes."""

    messages: int
    tokens: int
    bytes: int

    @classmethod
    def of(cls, turns: Iterable[Turn]) -> Self:
        """Add up turns."""
        sizes = [(turn.messages, turn.tokens, turn.size) for turn in turns]
        return cls(*(sum(column) for column in zip(*sizes, strict=True))) if sizes else cls(0, 0, 0)

    def plus(self, other: Size) -> Size:
        """Return the sum."""
        return Size(*(one + two for one, two in zip(self, other, strict=True)))

    def minus(self, other: Size) -> Size:
        """Return the difference, never below 0."""
        return Size(*(max(one - two, 0) for one, two in zip(self, other, strict=True)))

    def times(self, share: float) -> Size:
        """Return a share of each."""
        return Size(*(int(one * share) for one in self))

    def least(self, other: Size) -> Size:
        """Return the smaller of each."""
        return Size(*(min(one, two) for one, two in zip(self, other, strict=True)))

    def within(self, bound: Size) -> bool:
        """Return whether none is above its bound."""
        return all(one <= two for one, two in zip(self, bound, strict=True))


def to_drop(turns: Sequence[Turn], aim: Size, *, newest: bool) -> list[Turn]:
    """Return the oldest turns that have to go until the rest is within ``aim``; never one with an open call, the newest only if it may."""
    left = Size.of(turns)
    gone: list[Turn] = []
    for turn in turns if newest else turns[:-1]:
        if left.within(aim):
            break
        if not turn.open:
            gone.append(turn)
            left = left.minus(Size.of([turn]))
    return gone


def to_clear(turns: Sequence[Turn], aim: Size, worth: Callable[[Result], bool], *, newest: int) -> list[tuple[Turn, Call, Result]]:
    """Return the oldest results that have to be cleared until tokens and bytes are within ``aim``.

    Those of the ``newest`` turns with results stay, and those of turns with open calls.
    """
    left = Size.of(turns)
    plan: list[tuple[Turn, Call, Result]] = []
    for turn in [turn for turn in turns if turn.results and not turn.open][:-newest]:
        for call in turn.calls:
            result = turn.results[call.id]
            if (left.tokens > aim.tokens or left.bytes > aim.bytes) and worth(result):
                plan.append((turn, call, result))
                left = left.minus(Size(0, result.tokens, result.size))
    return plan


def fair_share(sizes: Iterable[int], room: int) -> int | None:
    """Return the size to which the largest have to be cut so that all fit into ``room``; None if they fit."""
    ordered = sorted(sizes)
    for index, size in enumerate(ordered):
        share = room // (len(ordered) - index)
        if size > share:
            return share
        room -= size
    return None
