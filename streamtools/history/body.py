"""The turns of a history within their bounds: what stays, what goes, and when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final, Protocol

from streamtools.errors import InvalidArgument, StreamtoolsError
from streamtools.history.bounds import HistoryLimits, HistoryStats, Reason
from streamtools.history.fitting import Fitting, handles_of
from streamtools.history.leases import Leases
from streamtools.history.trimming import Size, fair_share, to_clear, to_drop
from streamtools.history.turns import Result, Text, Turn
from streamtools.logs import logger

_MANY: Final = 8
_NOTHING: Final = Size(0, 0, 0)
_log: Final = logger("history")


class Archive(Protocol):
    """Where turns go before they are dropped."""

    def keep(self, turns: Sequence[Turn]) -> None:
        """Save turns for good before it returns; if it raises a `StreamtoolsError`, the turns are not dropped."""
        ...

    def note(self) -> bytes:
        """Return the text that stands for all dropped turns; it may change in `keep` only."""
        ...


class Body:
    """Turns that were fitted, and the head, which always stays; see `BoundedHistory`, which owns it and its lock.

    Memory: the turns.
    """

    def __init__(self, name: str, limits: HistoryLimits, fitting: Fitting, leases: Leases, archive: Archive | None) -> None:
        self._name = name
        self.limits = limits
        self._fitting = fitting
        self._leases = leases
        self._archive = archive
        self.head: list[Turn] = []
        self.turns: list[Turn] = []
        self.dropped = self.cleared = 0
        self._unarchived = self._futile = self._in_vain = 0
        self._latched_at = -1
        self._compactions: Counter[str] = Counter()
        self._last_reason: Reason | None = None

    def shown(self) -> list[Turn]:
        """Return the head, what stands for dropped turns, and the turns."""
        note = self._archive.note() if self._archive is not None else b""
        if self.dropped and not note:
            note = f"[{self.dropped} earlier messages are left out]".encode()
        return [*self.head, *([Turn(-1, "user", (Text(note),))] if note else []), *self.turns]

    def append(self, turn: Turn) -> None:
        """Take a turn, to the head if it belongs there; raises `InvalidArgument` for system text beyond the head's bound."""
        if turn.role != "system":
            self.fit(turn)
        if not self._take_as_head(turn):
            self.make_room(Size.of([turn]))
            self.turns.append(turn)
            self.make_room()

    def fit(self, turn: Turn) -> None:
        """Bring a turn's message within its bound."""
        self._leases.take(self._fitting.parts(turn))

    def answer(self, turn: Turn, result: Result) -> None:
        """Take the result of a call."""
        self.make_room(Size(1, result.tokens, result.size))
        turn.answer(result)
        self._leases.take([result.handle] if result.handle else [])
        self._share(turn)
        self.make_room()

    def empty(self, *, head: bool) -> None:
        """Forget all turns, and the head too if so asked."""
        for turn in (*self.turns, *(self.head if head else ())):
            self._leases.drop(handles_of(turn))
        self.turns.clear()
        if head:
            self.head.clear()

    def held(self) -> int:
        """Return the bytes held."""
        return sum(turn.size for turn in (*self.head, *self.turns))

    @property
    def count(self) -> int:
        """How many messages there are."""
        return sum([turn.messages for turn in [*self.head, *self.turns]])

    def stats(self) -> HistoryStats:
        """Return what is held and what was done."""
        return HistoryStats(
            messages=sum(turn.messages for turn in (*self.head, *self.turns)),
            turns=len(self.head) + len(self.turns),
            tokens=self.size.tokens,
            head_tokens=sum(turn.tokens for turn in self.head),
            bytes=self.held(),
            over={name: value for name, value in self.size.minus(self.bounds)._asdict().items() if value},
            compactions=dict(self._compactions),
            futile=self._futile,
            dropped=self.dropped,
            cleared=self.cleared,
            spilled=self._leases.taken,
            unarchived=self._unarchived,
            last_reason=self._last_reason,
        )

    @property
    def bounds(self) -> Size:
        """What the turns may take; the head's messages count too, its tokens and bytes have a bound of their own."""
        limits = self.limits
        room = limits.messages - sum(turn.messages for turn in self.head)
        return Size(max(min(room, limits.recent_messages), 0), limits.tokens, limits.bytes)

    @property
    def low(self) -> Size:
        """Down to what a compaction goes."""
        messages, tokens, bytes_ = self.bounds
        share = self.limits.low_water
        return Size(int(messages * self.limits.low_messages), int(tokens * share), int(bytes_ * share))

    @property
    def size(self) -> Size:
        """What the turns take."""
        return Size.of(self.turns)

    def droppable(self, *, newest: bool = False) -> list[Turn]:
        """Return the turns that may go, with or without the newest."""
        return [turn for turn in (self.turns if newest else self.turns[:-1]) if not turn.open]

    def make_room(self, more: Size = _NOTHING) -> None:
        """Compact if ``more`` would pass a bound, unless the last two tries freed nothing and nothing else can go since."""
        bounds = self.bounds
        wanted = self.size.plus(more)
        if wanted.within(bounds):
            return
        # The newest turn stays, unless its calls are answered and a newer one is on its way.
        newest = more.messages > 0 and bool(self.turns) and not self.turns[-1].open
        able = len(self.droppable(newest=newest))
        if self._in_vain >= 2 and able == self._latched_at:
            return
        self._latched_at = able
        reason: Reason = "messages" if wanted.messages > bounds.messages else "tokens" if wanted.tokens > bounds.tokens else "memory"
        self.compact(reason, self.low.minus(more), newest=newest)

    def compact(self, reason: Reason, aim: Size, *, newest: bool = False) -> int:
        """Free down to ``aim``: clear results where that wins enough, then drop turns; return the bytes freed."""
        before = self.size
        if reason != "messages" and self._archive is None:
            self._clear_results(aim, at_least=1 if reason in {"manual", "memory"} else self.limits.clear_at_least)
        self._drop(to_drop(self.turns, aim, newest=newest))
        freed = before.bytes - self.size.bytes
        if freed > 0:
            self._in_vain = 0
            self._compactions[reason] += 1
            self._last_reason = reason
            _log.info("%s: compacted for %s, %d bytes freed", self._name, reason, freed)
        elif not before.within(aim):
            self._in_vain += 1
            self._futile += 1
        return freed

    def _take_as_head(self, turn: Turn) -> bool:
        used = sum(head.tokens for head in self.head)
        if turn.role == "system" and used + turn.tokens > self.limits.head_tokens:
            wanted = f"would take {used + turn.tokens:,}; shorten the system text or raise head_tokens"
            raise InvalidArgument(f"the head may take {self.limits.head_tokens:,} tokens and {wanted}")
        first = turn.role == "user" and not self.turns and not self.dropped and all(head.role == "system" for head in self.head)
        if turn.role != "system" and not (first and used + turn.tokens <= self.limits.head_tokens):
            return False
        self.head.append(turn)
        return True

    def _share(self, turn: Turn) -> None:
        """Bring all results of a turn within ``turn_bytes`` and ``turn_tokens`` together: the largest are cut, to one size."""
        sizes = [len(result.text) for result in turn.results.values()]
        tokens = sum(result.tokens for result in turn.results.values())
        room = self.limits.turn_bytes
        if tokens > self.limits.turn_tokens:
            room = min(room, sum(sizes) * self.limits.turn_tokens // tokens)
        # With many results each new one lowers the share of all: cutting deeper then keeps the cuts of each few.
        share = fair_share(sizes, room if len(sizes) <= _MANY or sum(sizes) <= room else room * 3 // 4)
        if share is None:
            return
        for call in turn.calls:
            result = turn.results.get(call.id)
            if result is not None and len(result.text) > share:
                self._replace(turn, result, self._fitting.shrunk(call, result, share))

    def _replace(self, turn: Turn, old: Result, new: Result) -> None:
        turn.answer(new)
        self._leases.take([new.handle] if new.handle and not old.handle else [])

    def _clear_results(self, aim: Size, *, at_least: int) -> None:
        """Replace old results by placeholders, all at once, or none if that wins less than ``at_least`` tokens."""
        plan = to_clear(self.turns, aim, self._fitting.worth_clearing, newest=self.limits.keep_results)
        if sum(result.tokens for _, _, result in plan) < at_least:
            return
        for turn, call, result in plan:
            self._replace(turn, result, self._fitting.cleared(call, result))
        self.cleared += len(plan)

    def _drop(self, gone: list[Turn]) -> None:
        if not gone or not self._archived(gone):
            return
        numbers = {turn.number for turn in gone}
        self.turns[:] = [turn for turn in self.turns if turn.number not in numbers]
        self.dropped += sum(turn.messages for turn in gone)
        for turn in gone:
            self._leases.drop(handles_of(turn))

    def _archived(self, turns: list[Turn]) -> bool:
        """Save turns; whether they may be dropped."""
        if self._archive is None:
            return True
        try:
            self._archive.keep(turns)
        except StreamtoolsError as error:
            if self.size.within(self.bounds.times(2)):
                _log.warning("%s: %d turns stay in memory, since they can't be saved: %s", self._name, len(turns), error)
                return False
            self._unarchived += len(turns)
            _log.error("%s: %d turns are lost, since they can't be saved: %s", self._name, len(turns), error)
        return True
