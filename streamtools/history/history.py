"""A conversation in bounded memory: capped on entry, trimmed by whole turns, rarely and in large steps."""

from __future__ import annotations

import json
import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Final, Protocol

from streamtools.errors import InvalidArgument, NotFound, StreamtoolsError
from streamtools.history.bounds import HistoryLimits, HistoryStats, Reason
from streamtools.history.fitting import Fitting, handles_of
from streamtools.history.repair import ABORTED, repair
from streamtools.history.shapes import of_turns, results_of, to_turns
from streamtools.history.spill import AsyncSpillWriter, Spilled, SpillStore, SpillWriter
from streamtools.history.turns import Call, Part, Result, Shape, Text, Turn, dumps, packed, unpacked
from streamtools.results import ToolResult

_PENDING: Final = b"[pending: this call has no result yet]"
_log: Final = logging.getLogger("streamtools.history")


class Archive(Protocol):
    """Where turns go before they are dropped."""

    def keep(self, turns: Sequence[Turn]) -> None:
        """Save turns for good before it returns; if it raises a `StreamtoolsError`, the turns are not dropped."""
        ...

    def note(self) -> bytes:
        """Return the text that stands for all dropped turns; it may change in `keep` only."""
        ...


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
        self._archive = archive
        self._lock = threading.RLock()
        self._head: list[Turn] = []
        self._turns: list[Turn] = []
        self._number = 0
        self._leases: Counter[str] = Counter()
        self._renamed: dict[str, str] = {}
        self._compactions: Counter[str] = Counter()
        self._dropped = self._cleared = self._spilled = self._unarchived = self._futile = 0
        self._in_vain = 0
        self._latched_at = -1
        self._last_reason: Reason | None = None

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

        `ToolResult` is what our own tools give: never spilled. Text is foreign; large output should come as `Spilled`, written
        to `writer` while it was produced. Raises `InvalidArgument` if no open call has that id.
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

        Raises `InvalidArgument` for a result that no open call asked for. What was saved elsewhere goes through `load`.
        """
        with self._lock:
            for message in messages:
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
            counts = {"number": self._number, "dropped": self._dropped, "cleared": self._cleared}
            return dumps({"head": [packed(turn) for turn in self._head], "turns": [packed(turn) for turn in self._turns], **counts})

    def restore(self, data: bytes) -> None:
        """Take the place of the history that was dumped; calls that were open are answered as interrupted.

        Raises `InvalidArgument` for what no `dump` made.
        """
        with self._lock:
            try:
                saved = json.loads(data)
                head, turns = [unpacked(turn) for turn in saved["head"]], [unpacked(turn) for turn in saved["turns"]]
                self._number, self._dropped, self._cleared = saved["number"], saved["dropped"], saved["cleared"]
            except (ValueError, KeyError, TypeError) as error:
                raise InvalidArgument(f"{self.name}: this is no saved history: {error}") from error
            self.close()
            self._head, self._turns = head, turns
            for turn in (*head, *turns):
                self._lease(handles_of(turn))
            self.abort()
            self._make_room(0, 0, 0)

    def abort(self) -> int:
        """Give every open call a result that says it was interrupted; return how many."""
        with self._lock:
            pending = [(turn, call) for turn in self._turns for call in turn.calls if call.id not in turn.results]
            for turn, call in pending:
                self._answer(turn, call, Result(call.id, ABORTED.encode(), is_error=True))
            return len(pending)

    # Showing

    def messages(self, shape: Shape) -> list[dict[str, Any]]:
        """Return what is to be sent; open calls get a placeholder, so that the request is always valid.

        Anthropic takes system text apart: see `system`.
        """
        with self._lock:
            return of_turns([_answered(turn) for turn in self._shown()], shape)

    @property
    def system(self) -> str:
        """All system text, as Anthropic's API takes it."""
        with self._lock:
            texts = [part.data for turn in self._shown() if turn.role == "system" for part in turn.parts if isinstance(part, Text)]
            return b"\n\n".join(texts).decode("utf-8", "backslashreplace")

    def stats(self) -> HistoryStats:
        """Return what is held and what was done."""
        with self._lock:
            messages, tokens, size = self._size()
            bounds = {
                "messages": (messages, self.limits.messages),
                "tokens": (tokens, self.limits.tokens),
                "bytes": (size, self.limits.bytes),
            }
            return HistoryStats(
                messages=messages,
                turns=len(self._head) + len(self._turns),
                tokens=tokens,
                head_tokens=sum(turn.tokens for turn in self._head),
                bytes=self.held(),
                over={name: value - bound for name, (value, bound) in bounds.items() if value > bound},
                compactions=dict(self._compactions),
                futile=self._futile,
                dropped=self._dropped,
                cleared=self._cleared,
                spilled=self._spilled,
                unarchived=self._unarchived,
                last_reason=self._last_reason,
            )

    # Giving back

    def compact(self, reason: Reason = "manual") -> int:
        """Go down to the low-water mark of every bound, by clearing old results, then by dropping the oldest turns.

        Returns the bytes that were freed. For ``manual`` and ``memory`` half of what is held is the aim where no bound is near.
        """
        with self._lock:
            aim = tuple(int(bound * self.limits.low_water) for bound in self._bounds())
            if reason in {"manual", "memory"}:
                aim = tuple(min(bound, held // 2) for bound, held in zip(aim, self._size(), strict=True))
            return self._compact(reason, aim)

    def clear(self) -> None:
        """Drop all turns but the head; what is dropped is not archived."""
        with self._lock:
            for turn in self._turns:
                self._release(turn)
            self._dropped += sum(turn.messages for turn in self._turns)
            self._turns.clear()

    def close(self) -> None:
        """Drop everything and let go of all spilled texts; a second time does nothing."""
        with self._lock:
            self._head.clear()
            self._turns.clear()
            self._leases.clear()
            self._quietly(self.store.release, self.name)

    def held(self) -> int:
        """Return the bytes held."""
        return sum(turn.size for turn in (*self._head, *self._turns))

    def reclaim(self, target: int, *, urgent: bool = False) -> int:
        """Compact for memory if ``target`` bytes are asked for; without ``urgent`` only where that wins a fifth of them."""
        if not self._lock.acquire(timeout=1):
            return 0
        try:
            size = self._size()
            wanted = max(size[2] - target, 0)
            if not urgent and sum(turn.size for turn in self._droppable()) * 5 < target:
                return 0
            return self._compact("memory", (size[0], size[1], wanted))
        finally:
            self._lock.release()

    # Inside

    def _shown(self) -> list[Turn]:
        note = self._archive.note() if self._archive is not None else b""
        if self._dropped and not note:
            note = f"[{self._dropped} earlier messages are left out]".encode()
        return [*self._head, *([Turn(-1, "user", (Text(note),))] if note else []), *self._turns]

    def _append(self, turn: Turn, *, joined: bool = False) -> Turn:
        with self._lock:
            turn.number = self._number
            self._name_calls(turn)
            last = self._turns[-1] if self._turns else None
            if joined and last is not None and last.role == turn.role == "assistant" and not last.results:
                last.replace(last.parts + turn.parts)
                turn = last
                self._fit(turn)
            else:
                self._number += 1
                self._fit(turn)
                if not self._take_as_head(turn):
                    self._make_room(turn.messages, turn.tokens, turn.size)
                    self._turns.append(turn)
            self._make_room(0, 0, 0)
            return turn

    def _fit(self, turn: Turn) -> None:
        if turn.role != "system":
            self._fitting.parts(turn)
            self._lease(turn.handles)

    def _take_as_head(self, turn: Turn) -> bool:
        used = sum(head.tokens for head in self._head)
        if turn.role == "system" and used + turn.tokens > self.limits.head_tokens:
            wanted = f"would take {used + turn.tokens:,}; shorten the system text or raise head_tokens"
            raise InvalidArgument(f"the head may take {self.limits.head_tokens:,} tokens and {wanted}")
        first = turn.role == "user" and not self._turns and not self._dropped and all(head.role == "system" for head in self._head)
        if turn.role != "system" and not (first and used + turn.tokens <= self.limits.head_tokens):
            return False
        self._head.append(turn)
        return True

    def _name_calls(self, turn: Turn) -> None:
        """Give calls whose id a closed call has already, as some servers do, an id of their own inside this history."""
        known = {call.id: other.open and call.id not in other.results for other in self._turns for call in other.calls}
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
        for turn in reversed(self._turns):
            for call in turn.calls:
                if call.id in wanted and call.id not in turn.results:
                    self._renamed.pop(call_id, None)
                    return turn, call
        raise InvalidArgument(f"no open call has the id {call_id!r}: it was answered, or dropped, or never made")

    def _take_result(self, given: Result) -> None:
        turn, call = self._open_call(given.call)
        self._answer(turn, call, replace(self._fitting.result(call, given.text, is_error=given.is_error), extra=given.extra))

    def _answer(self, turn: Turn, call: Call, result: Result) -> str:
        self._make_room(1, result.tokens, result.size)
        turn.answer(result)
        self._lease([result.handle] if result.handle else [])
        self._share(turn)
        self._make_room(0, 0, 0)
        return turn.results[call.id].text.decode("utf-8", "backslashreplace")

    def _share(self, turn: Turn) -> None:
        """Bring all results of a turn within ``turn_bytes`` together: the largest are cut first, to one size."""
        calls = {call.id: call for call in turn.calls}
        sizes = sorted(len(result.text) for result in turn.results.values())
        tokens = sum(result.tokens for result in turn.results.values())
        left = self.limits.turn_bytes
        if tokens > self.limits.turn_tokens:
            left = min(left, sum(sizes) * self.limits.turn_tokens // tokens)
        if sum(sizes) <= left:
            return
        for index, size in enumerate(sizes):
            room = left // (len(sizes) - index)
            if size > room:
                break
            left -= size
        else:
            return
        for result in list(turn.results.values()):
            if len(result.text) > room:
                had = result.handle
                turn.answer(self._fitting.shrunk(calls[result.call], result, room))
                new = turn.results[result.call].handle
                self._lease([new] if new and not had else [])

    def _bounds(self) -> tuple[int, int, int]:
        return self.limits.messages, self.limits.tokens, self.limits.bytes

    def _size(self) -> tuple[int, int, int]:
        """Messages with the head; tokens and bytes without."""
        turns = self._turns
        messages = sum(turn.messages for turn in self._head) + sum(turn.messages for turn in turns)
        return messages, sum(turn.tokens for turn in turns), sum(turn.size for turn in turns)

    def _droppable(self) -> list[Turn]:
        return [turn for turn in self._turns[:-1] if not turn.open]

    def _make_room(self, messages: int, tokens: int, size: int) -> None:
        """Compact if so much more would pass a bound, unless the last two tries freed nothing and nothing changed since."""
        more = (messages, tokens, size)
        sums = [held + new for held, new in zip(self._size(), more, strict=True)]
        over = [total > bound for total, bound in zip(sums, self._bounds(), strict=True)]
        if not any(over):
            return
        newest = bool(messages) and bool(self._turns) and not self._turns[-1].open
        able = len(self._droppable()) + newest
        if self._in_vain >= 2 and able == self._latched_at:
            return
        reason: Reason = "messages" if over[0] else "tokens" if over[1] else "memory"
        aim = tuple(max(int(bound * self.limits.low_water) - new, 0) for bound, new in zip(self._bounds(), more, strict=True))
        self._compact(reason, aim, newest=newest)
        self._latched_at = able

    def _compact(self, reason: Reason, aim: Sequence[int], *, newest: bool = False) -> int:
        """Free down to ``aim`` (messages, tokens, bytes); with ``newest`` the newest turn may go, since a newer one is on its way."""
        before = self._size()
        if reason != "messages":
            self._clear_results(aim, at_least=1 if reason in {"manual", "memory"} else self.limits.clear_at_least)
        self._drop_oldest(aim, newest=newest)
        freed = before[2] - self._size()[2]
        if freed > 0:
            self._in_vain = 0
            self._compactions[reason] += 1
            self._last_reason = reason
            _log.info("%s: compacted for %s, %d bytes freed", self.name, reason, freed)
        elif any(held > wanted for held, wanted in zip(before, aim, strict=True)):
            self._in_vain += 1
            self._futile += 1
        return freed

    def _clear_results(self, aim: Sequence[int], *, at_least: int) -> None:
        """Replace old results by placeholders, oldest first, until the aim is met; all at once, or not at all."""
        with_results = [turn for turn in self._turns if turn.results and not turn.open]
        _, tokens, size = self._size()
        plan: list[tuple[Turn, Result]] = []
        won = 0
        for turn in with_results[: -self.limits.keep_results]:
            for result in turn.results.values():
                if (tokens > aim[1] or size > aim[2]) and self._fitting.worth_clearing(result):
                    plan.append((turn, result))
                    won += result.tokens
                    tokens -= result.tokens
                    size -= result.size
        if won < at_least or self._archive is not None:
            return
        for turn, result in plan:
            call = next(call for call in turn.calls if call.id == result.call)
            cleared = self._fitting.cleared(call, result)
            turn.answer(cleared)
            if cleared.handle and not result.handle:
                self._lease([cleared.handle])
        self._cleared += len(plan)

    def _drop_oldest(self, aim: Sequence[int], *, newest: bool) -> None:
        messages, tokens, size = self._size()
        gone: list[Turn] = []
        for turn in self._turns if newest else self._turns[:-1]:
            if messages <= aim[0] and tokens <= aim[1] and size <= aim[2]:
                break
            if not turn.open:
                gone.append(turn)
                messages, tokens, size = messages - turn.messages, tokens - turn.tokens, size - turn.size
        if not gone or not self._archived(gone):
            return
        dropped = {turn.number for turn in gone}
        self._turns[:] = [turn for turn in self._turns if turn.number not in dropped]
        self._dropped += sum(turn.messages for turn in gone)
        for turn in gone:
            self._release(turn)

    def _archived(self, turns: list[Turn]) -> bool:
        """Save turns; whether they may be dropped."""
        if self._archive is None:
            return True
        try:
            self._archive.keep(turns)
        except StreamtoolsError as error:
            if all(held <= 2 * bound for held, bound in zip(self._size(), self._bounds(), strict=True)):
                _log.warning("%s: %d turns stay in memory, since they can't be saved: %s", self.name, len(turns), error)
                return False
            self._unarchived += len(turns)
            _log.error("%s: %d turns are lost, since they can't be saved: %s", self.name, len(turns), error)
        return True

    def _lease(self, handles: Iterable[str]) -> None:
        for handle in handles:
            self._leases[handle] += 1
            self._spilled += 1
            if self._leases[handle] == 1:
                self._quietly(self.store.lease, handle, self.name)

    def _release(self, turn: Turn) -> None:
        for handle in handles_of(turn):
            self._leases[handle] -= 1
            if self._leases[handle] <= 0:
                del self._leases[handle]
                self._quietly(self.store.release, self.name, handle)

    def _quietly(self, act: Callable[..., None], *names: str) -> None:
        try:
            act(*names)
        except NotFound:
            pass
        except StreamtoolsError as error:
            _log.warning("%s: %s", self.name, error)


def _answered(turn: Turn) -> Turn:
    """Return the turn with a placeholder for each result that is not there yet."""
    if not turn.open:
        return turn
    results = {call.id: turn.results.get(call.id, Result(call.id, _PENDING)) for call in turn.calls}
    return Turn(turn.number, turn.role, turn.parts, turn.extra, results)
