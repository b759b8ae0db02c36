"""A conversation in bounded memory: capped on entry, trimmed by whole turns, rarely and in large steps."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final, Self

from streamtools.errors import InvalidArgument
from streamtools.history.body import Archive, Body
from streamtools.history.bounds import HistoryLimits, HistoryStats, Reason
from streamtools.history.fitting import Fitting, handles_of
from streamtools.history.leases import Leases
from streamtools.history.repair import ABORTED, repair
from streamtools.history.shapes import of_turns, results_of, to_turns
from streamtools.history.sound import sound
from streamtools.history.spill import AsyncSpillWriter, Spilled, SpillStore, SpillWriter
from streamtools.history.trimming import Size
from streamtools.history.turns import Call, Part, Result, Shape, Text, Turn, dumps, packed, unpacked
from streamtools.logs import logger
from streamtools.results import ToolResult

__all__ = ["Archive", "BoundedHistory"]

_PENDING: Final = b"[pending: this call has no result yet]"
_log: Final = logger("history")


class BoundedHistory:
    """The messages of one session that a model is shown, within ``limits``.

    The unit is the turn: a message and, of an assistant's, the results of its calls. The oldest turns go first, in place; the
    head (system text, and the first user message if there is room in ``head_tokens``), the newest turn and turns
    with open calls stay. Results are capped before they are appended, foreign text beyond the caps is in ``store``, which is
    asked to keep what is still shown. The bounds hold except for what must stay (see `HistoryStats.over`).

    Between two compactions an export only grows at its end, byte for byte; a compaction goes down to the low-water mark, so
    they are rare. Turns go to ``archive`` before they are dropped; while it fails they stay, up to twice the bounds.
    Methods may be called from any thread, one after the other.

    Memory: ``limits.bytes`` + ``head_tokens`` * 8 bytes + the newest turn, and 600 bytes a message.
    """

    def __init__(
        self,
        session: str = "default",
        *,
        store: SpillStore | None = None,
        limits: HistoryLimits | None = None,
        archive: Archive | None = None,
    ) -> None:
        self.session = session
        self.limits = limits if limits is not None else HistoryLimits()
        self.store = store if store is not None else SpillStore(persist=False)
        self._fitting = Fitting(session, self.store, self.limits)
        self._leases = Leases(self.store, self.name)
        self._body = Body(self.name, self.limits, self._fitting, self._leases, archive)
        self._lock = threading.RLock()
        self._number = 0
        self._renamed: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def name(self) -> str:
        """Who holds this memory."""
        return f"history {self.session}"

    # Appending

    def add_system(self, text: str) -> None:
        """Append system text to the head; raises `InvalidArgument` if the head would pass ``head_tokens``."""
        self._append(Turn(0, "system", (Text(text.encode("utf-8", "backslashreplace")),)))

    def add_user(self, text: str) -> None:
        """Append a user message; above ``message_tokens`` it is shown in part and spilled."""
        self._append(Turn(0, "user", (Text(text.encode("utf-8", "backslashreplace")),)))

    def add_assistant(self, text: str = "", calls: Iterable[Call] = ()) -> None:
        """Append what the model said and the tools that it calls; each call is open until `add_result`.

        Raises `InvalidArgument` for a call id that an open call has already.
        """
        parts = (Text(text.encode("utf-8", "backslashreplace")),) if text else ()
        self._append(Turn(0, "assistant", (*parts, *calls)))

    def add_result(self, call_id: str, result: str | bytes | Spilled | ToolResult, *, is_error: bool = False) -> str:
        """Append the result of an open call and return the text that is shown of it.

        `ToolResult` is what our own tools give: never spilled. Text is foreign: made harmless, so that it can't pass for a notice (see
        `HeadTail`); large output should come as `Spilled`, written to `writer` while it was produced.
        Raises `InvalidArgument` if no open call has that id.
        """
        with self._lock:
            turn, call = self._open_call(call_id)
            return self._answer(turn, call, self._fitting.result(call, result, is_error=is_error))

    def writer(self, call_id: str) -> SpillWriter:
        """Return where a tool writes the output of a call: ``add_result(id, out.finish())`` appends it."""
        return self.store.writer(self.session, call_id, tokens=self.limits.message_tokens)

    def awriter(self, call_id: str) -> AsyncSpillWriter:
        """Return the same for an asynchronous producer."""
        return self.store.awriter(self.session, call_id, tokens=self.limits.message_tokens)

    def extend(self, messages: Iterable[dict[str, Any]], shape: Shape) -> None:
        """Append messages as a provider's API gives and takes them: the model's answer, results, user messages.

        Raises `InvalidArgument` for a result that no open call asked for, and for what is no message. What was saved elsewhere goes
        through `load`.
        """
        with self._lock:
            for given in messages:
                message = sound(given, shape)
                if message is None:
                    raise InvalidArgument(f"{self.name}: {ascii(given)[:100]} is no message of shape {shape!r}")
                for result in results_of(message, shape):
                    self._take_result(result)
                for turn in to_turns([message], shape):
                    self._append(turn, joined=shape == "responses")

    def load(self, messages: Iterable[Any], shape: Shape) -> None:
        """Append a conversation that was saved elsewhere, healed by `repair` first."""
        healed, done = repair(messages, shape)
        if done:
            _log.warning("%s: the loaded conversation was damaged and is repaired: %s", self.name, done)
        with self._lock:
            for turn in to_turns(healed, shape):
                results, turn.results = list(turn.results.values()), {}
                self._append(turn)
                for result in results:
                    self._take_result(result)

    def dump(self) -> bytes:
        """Return everything as JSON, for `restore`; the spilled texts stay leased only as long as this history is open."""
        with self._lock:
            counts = {"number": self._number, "dropped": self._body.dropped, "cleared": self._body.cleared}
            return dumps(
                {"head": [packed(turn) for turn in self._body.head], "turns": [packed(turn) for turn in self._body.turns], **counts}
            )

    def restore(self, data: bytes) -> None:
        """Take the place of the history that was dumped; calls that were open are answered as interrupted.

        Raises `InvalidArgument` for what no `dump` made.
        """
        with self._lock:
            try:
                saved = json.loads(data)
                head, turns = [unpacked(turn) for turn in saved["head"]], [unpacked(turn) for turn in saved["turns"]]
                counts = [saved[name] for name in ("number", "dropped", "cleared")]
                if any(type(count) is not int or count < 0 for count in counts):
                    raise ValueError("a count is no number")
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                raise InvalidArgument(f"{self.name}: this is no saved history: {error}") from error
            self._number, self._body.dropped, self._body.cleared = counts
            self.close()
            self._body.head, self._body.turns = head, turns
            for turn in (*head, *turns):
                self._leases.take(handles_of(turn))
            self.abort()
            self._body.make_room()

    def abort(self) -> int:
        """Give every open call a result that says it was interrupted; return how many."""
        with self._lock:
            pending = [(turn, call) for turn in self._body.turns for call in turn.calls if call.id not in turn.results]
            for turn, call in pending:
                self._answer(turn, call, Result(call.id, ABORTED.encode(), is_error=True))
            return len(pending)

    # Showing

    def messages(self, shape: Shape) -> list[dict[str, Any]]:
        """Return what is to be sent; open calls get a placeholder, so that the request is always valid.

        Anthropic takes system text apart: see `system`.
        """
        with self._lock:
            return of_turns([_answered(turn) for turn in self._body.shown()], shape)

    @property
    def system(self) -> str:
        """All system text, as Anthropic's API takes it."""
        with self._lock:
            texts = [part.data for turn in self._body.shown() if turn.role == "system" for part in turn.parts if isinstance(part, Text)]
            return b"\n\n".join(texts).decode("utf-8", "backslashreplace")

    @property
    def count(self) -> int:
        """How many messages there are, the head's too."""
        with self._lock:
            return self._body.count

    def stats(self) -> HistoryStats:
        """Return what is held and what was done."""
        with self._lock:
            return self._body.stats()

    # Giving back

    def compact(self, reason: Reason = "manual") -> int:
        """Go down to the low-water mark of every bound, by clearing old results, then by dropping the oldest turns.

        Returns the bytes that were freed. For ``manual`` and ``memory`` half of what is held is the aim where no bound is near.
        """
        with self._lock:
            low, half = self._body.low, self._body.size.times(0.5)
            return self._body.compact(reason, low.least(half) if reason in {"manual", "memory"} else low)

    def clear(self) -> None:
        """Drop all turns but the head; what is dropped is not archived."""
        with self._lock:
            self._body.dropped += sum(turn.messages for turn in self._body.turns)
            self._body.empty(head=False)
            self._renamed.clear()

    def close(self) -> None:
        """Drop everything and let go of all spilled texts; a second time does nothing."""
        with self._lock:
            self._body.empty(head=True)
            self._leases.clear()

    def held(self) -> int:
        """Return the bytes held."""
        return self._body.held()

    def reclaim(self, target: int, *, urgent: bool = False) -> int:
        """Compact for memory if ``target`` bytes are asked for; without ``urgent`` only where that wins a fifth of them."""
        if not self._lock.acquire(timeout=1):
            return 0
        try:
            if not urgent and Size.of(self._body.droppable()).bytes * 5 < target:
                return 0
            return self._body.compact("memory", self._body.size.minus(Size(0, 0, target)))
        finally:
            self._lock.release()

    # Inside

    def _append(self, turn: Turn, *, joined: bool = False) -> None:
        with self._lock:
            turn.number = self._number
            self._name_calls(turn)
            last = self._body.turns[-1] if self._body.turns else None
            if joined and last is not None and last.role == turn.role == "assistant" and not last.results:
                last.replace(last.parts + turn.parts)
                self._body.fit(last)
                self._body.make_room()
            else:
                self._body.append(turn)
                self._number += 1

    def _name_calls(self, turn: Turn) -> None:
        """Give calls whose id a closed call has already, as some servers do, an id of their own inside this history."""
        known = {call.id: other.open and call.id not in other.results for other in self._body.turns for call in other.calls}
        parts: list[Part] = []
        for part in turn.parts:
            if isinstance(part, Call):
                if not part.id or known.get(part.id):
                    raise InvalidArgument(f"call id {part.id!r} is empty or waits for its result; every open call needs an id of its own")
                given = part.id
                if given in known:
                    part = replace(part, id=f"{given}-{turn.number}")  # noqa: PLW2901 (the renamed part)
                    self._renamed[given] = part.id
                known[given] = known[part.id] = True
            parts.append(part)
        turn.replace(tuple(parts))

    def _open_call(self, call_id: str) -> tuple[Turn, Call]:
        wanted = {call_id, self._renamed.get(call_id, call_id)}
        for turn in reversed(self._body.turns):
            for call in turn.calls:
                if call.id in wanted and call.id not in turn.results:
                    self._renamed.pop(call_id, None)
                    return turn, call
        raise InvalidArgument(f"no open call has the id {call_id!r}: it was answered, or dropped, or never made")

    def _take_result(self, given: Result) -> None:
        turn, call = self._open_call(given.call)
        self._answer(turn, call, replace(self._fitting.result(call, given.text, is_error=given.is_error), extra=given.extra))

    def _answer(self, turn: Turn, call: Call, result: Result) -> str:
        self._body.answer(turn, result)
        return turn.results[call.id].text.decode("utf-8", "backslashreplace")


def _answered(turn: Turn) -> Turn:
    """Return the turn with a placeholder for each result that is not there yet."""
    if not turn.open:
        return turn
    results = {call.id: turn.results.get(call.id, Result(call.id, _PENDING)) for call in turn.calls}
    return Turn(turn.number, turn.role, turn.parts, turn.extra, results)
