"""A conversation of any length in 80,000 tokens: head, recent turns, summaries, and a memory to search."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Self

from streamtools.database import Database, Schema
from streamtools.errors import InvalidArgument, StateError
from streamtools.history.bounds import HistoryLimits, HistoryStats
from streamtools.history.embedding import Embedder
from streamtools.history.extract import Extract, Summarizer
from streamtools.history.history import BoundedHistory
from streamtools.history.passages import Index, Passage, Passages, RecallLimits
from streamtools.history.patience import Patient
from streamtools.history.spill import SpillStore
from streamtools.history.turns import Shape, Turn, text_of
from streamtools.logs import logger
from streamtools.tokens import estimate

_SCHEMA: Final = Schema(
    "summaries",
    (
        """
        CREATE TABLE summaries(
            id INTEGER PRIMARY KEY,
            session TEXT NOT NULL,
            first INTEGER NOT NULL,
            last INTEGER NOT NULL,
            tokens INTEGER NOT NULL,
            text TEXT NOT NULL
        );
        CREATE INDEX summaries_of ON summaries(session, id)
        """,
    ),
)
_NOTE: Final = "[earlier turns of this conversation, summarised; recall(query) finds their full text]\n"
#: The oldest half is summarised, and of 15 messages 10 stay.
_LOW_TOKENS: Final = 0.5
_LOW_MESSAGES: Final = 0.67
_log: Final = logger("history")


@dataclass(frozen=True, slots=True)
class TierLimits:
    """Tokens of each tier; together they are the most that is ever in memory.

    Recent turns are summarised at ``recent_at`` of their bound, down to half of it, and above ``recent_messages``, down to two
    thirds of that: 10 to 15 messages are recent. Each time the prompt changes behind its head, so who pays for a prompt cache
    raises ``recent_messages``. Loaded summaries move to the long memory at ``mid_at`` of their bound. One summary takes at most
    ``summary`` tokens; for a summariser of your own the conversation waits at most ``summary_seconds``.
    """

    head: int = 10_000
    recent: int = 40_000
    mid: int = 20_000
    long: int = 10_000
    recent_messages: int = 15
    recent_at: float = 0.9
    mid_at: float = 0.95
    summary: int = 4_000
    summary_seconds: float = 60.0

    def __post_init__(self) -> None:
        """Raise `InvalidArgument` for tiers that can't hold what must go into them."""
        if (
            min(self.head, self.recent, self.recent_messages, self.mid, self.long, self.summary) < 1
            or not self.summary_seconds > 0
            or not 0 < self.recent_at <= 1
            or not 0 < self.mid_at <= 1
        ):
            raise InvalidArgument("tier limits must be above 0, and the shares at most 1")
        if self.summary > self.mid * self.mid_at:
            raise InvalidArgument(f"tier limits: a summary of {self.summary:,} tokens does not fit into {self.mid:,}")


class TieredMemory:
    """A `BoundedHistory` (``history``: append and show there) whose dropped turns are summarised and can be recalled.

    When recent turns reach 90 % of their tokens or pass 15 messages, the oldest are summarised into a row, their full text saved
    for `recall`, the transaction committed, and only then dropped from memory. Loaded summaries are shown behind the head; at 95 % of
    their tokens the oldest move to the long memory, down to three quarters. A crash at any point loses nothing that was
    committed or still in a saved history. A summariser that fails, hangs or gives no text is replaced by the extract for that
    time. What a session left on disk goes when nobody used it for ``kept.days``, or a quota of ``kept`` is full: this is looked after
    whenever tiers are made.

    Memory: ``head + recent + mid`` tokens at about 4 to 8 bytes each, the newest turn, and ``long`` while something is recalled.
    """

    def __init__(
        self,
        session: str,
        *,
        database: Database,
        store: SpillStore | None = None,
        limits: TierLimits | None = None,
        history: HistoryLimits | None = None,
        summarizer: Summarizer | None = None,
        embedder: Embedder | None = None,
        index: Index | None = None,
        kept: RecallLimits | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.limits = limits if limits is not None else TierLimits()
        self._session = session
        self._database = database
        self._summarizer: Summarizer = Patient(summarizer, self.limits.summary_seconds) if summarizer is not None else Extract()
        self._passages = Passages(session, database, embedder=embedder, index=index, limits=kept, clock=clock)
        database.migrate(_SCHEMA)
        self._clean_up()
        self._mid: list[tuple[int, int, bytes]] = []
        self._load_mid()
        bounds = replace(
            history if history is not None else HistoryLimits(),
            recent_messages=self.limits.recent_messages,
            tokens=int(self.limits.recent * self.limits.recent_at),
            head_tokens=self.limits.head,
            low_water=_LOW_TOKENS,
            low_messages=_LOW_MESSAGES,
        )
        self.history = BoundedHistory(
            session, store=store if store is not None else SpillStore(database=database), limits=bounds, archive=self
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def name(self) -> str:
        """Who holds this memory."""
        return f"tiers {self._session}"

    def messages(self, shape: Shape) -> list[dict[str, Any]]:
        """Return what is to be sent: head, summaries, recent turns."""
        return self.history.messages(shape)

    def recall(self, query: str, max_tokens: int | None = None) -> list[Passage]:
        """Return what was said earlier about ``query``, the best first, in at most ``max_tokens`` (10,000, and never more)."""
        most = self.limits.long if max_tokens is None else min(max_tokens, self.limits.long)
        return self._passages.search(query, most)

    def stats(self) -> HistoryStats:
        """Return what the history holds and did; see `tokens` for the summaries."""
        return self.history.stats()

    def tokens(self) -> int:
        """Return the estimated tokens in memory: head, recent turns and loaded summaries."""
        stats = self.history.stats()
        return stats.head_tokens + stats.tokens + self._mid_tokens()

    def held(self) -> int:
        """Return the bytes held."""
        return self.history.held() + sum(len(text) for _, _, text in self._mid)

    def reclaim(self, target: int, *, urgent: bool = False) -> int:
        """Summarise for memory; see `BoundedHistory.reclaim`."""
        return self.history.reclaim(target, urgent=urgent)

    def close(self) -> None:
        """Drop what is in memory; summaries and passages stay on disk for the next of this session."""
        self.history.close()

    def forget(self) -> None:
        """Remove all that this session left on disk, but its spilled texts."""
        self._passages.forget()
        self._drop_summaries(self._session)
        self._mid.clear()

    # The archive of the history

    def keep(self, turns: Sequence[Turn]) -> None:
        """Summarise and save turns for good."""
        text = self._summary(turns)
        tokens = estimate(text)
        full = [(turn.number, f"{turn.role}: " + b"\n".join(text_of(turn)).decode("utf-8", "backslashreplace")) for turn in turns]
        with self._database.transaction() as connection:
            self._passages.add(full)
            sql = "INSERT INTO summaries(session, first, last, tokens, text) VALUES (?, ?, ?, ?, ?)"
            number = connection.execute(sql, (self._session, turns[0].number, turns[-1].number, tokens, text)).lastrowid
        self._mid.append((number or 0, tokens, text.encode("utf-8", "backslashreplace")))
        self._age()

    def note(self) -> bytes:
        """Return the loaded summaries, the oldest first."""
        return _NOTE.encode() + b"\n".join(text for _, _, text in self._mid) if self._mid else b""

    def _clean_up(self) -> None:
        """Remove sessions that nobody came back to; never raises."""
        try:
            for session in self._passages.sweep():
                self._drop_summaries(session)
        except StateError as error:
            _log.warning("%s: earlier sessions were not cleaned up: %s", self.name, error)

    def _drop_summaries(self, session: str) -> None:
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM summaries WHERE session = ?", (session,))

    def _summary(self, turns: Sequence[Turn]) -> str:
        try:
            given: object = self._summarizer.summarize(turns, self.limits.summary)
        except Exception as error:  # noqa: BLE001 (a model behind a network may raise anything, and the turns must not be lost)
            _log.warning("%s: the summariser failed, the extract is used: %s", self.name, error)
        else:
            text = given.encode("utf-8", "backslashreplace").decode() if isinstance(given, str) else ""
            if text.strip() and estimate(text) <= self.limits.summary:
                return text
            _log.warning("%s: the summary was empty, too long or no text; the extract is used", self.name)
        return Extract().summarize(turns, self.limits.summary)

    def _age(self) -> None:
        """Move the oldest summaries to the long memory, once the loaded ones reach their share: commit, then drop."""
        if self._mid_tokens() <= self.limits.mid * self.limits.mid_at:
            return
        left, gone = self._mid_tokens(), []
        for entry in self._mid[:-1]:
            if left <= self.limits.mid * 0.75:
                break
            gone.append(entry)
            left -= entry[1]
        with self._database.transaction() as connection:
            for number, _, text in gone:
                connection.execute("DELETE FROM summaries WHERE id = ?", (number,))
                self._passages.add([(-1, "summary: " + text.decode("utf-8", "backslashreplace"))])
        del self._mid[: len(gone)]

    def _mid_tokens(self) -> int:
        return sum(tokens for _, tokens, _ in self._mid)

    def _load_mid(self) -> None:
        sql = "SELECT id, tokens, text FROM summaries WHERE session = ? ORDER BY id DESC LIMIT 1000"
        rows = self._database.rows(sql, (self._session,))
        self._mid = [(number, tokens, text.encode("utf-8", "backslashreplace")) for number, tokens, text in reversed(rows)]
        self._age()
