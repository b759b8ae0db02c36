"""What enters a history is made to fit first: shown in part, its whole text spilled."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from streamtools.errors import FileError, StateError
from streamtools.history.bounds import HistoryLimits
from streamtools.history.spill import Spilled, SpillStore
from streamtools.history.turns import Call, Opaque, Part, Result, Text, Turn, dumps
from streamtools.limits import CAPS, DEFAULT, Limits
from streamtools.render.capping import HeadTail, clip
from streamtools.render.escape import visible
from streamtools.results import ToolResult

#: A result no longer than this is not worth clearing: its placeholder is hardly shorter.
_SMALL: Final = 600
_SHOWN_ARGUMENTS: Final = 200
#: In less room no notice fits; that many results in one turn are cut without.
_LEAST: Final = 600
#: Longer strings in the arguments of a call that is too large are cut to this.
_SHOWN_STRING: Final = 1000


class Fitting:
    """Cuts messages and results down to the limits of one history, and spills what was cut.

    Memory: the text that is fitted, four times at most.
    """

    def __init__(self, session: str, store: SpillStore, limits: HistoryLimits) -> None:
        self._session = session
        self._store = store
        self._limits = limits

    def result(self, call: Call, given: str | bytes | Spilled | ToolResult, *, is_error: bool) -> Result:
        """Return a result within the caps; foreign text beyond them is spilled, that of our own tools says how to go on."""
        if isinstance(given, ToolResult):
            shown = HeadTail(DEFAULT, notices=True)
            shown.feed(given.text.encode("utf-8", "backslashreplace"))
            text = shown.finish(remark="call the tool again for less at a time").text.encode()
            return Result(call.id, text, own=True, is_error=is_error or given.is_error, bytes=len(text))
        if not isinstance(given, Spilled):
            with self._store.writer(self._session, call.id, tokens=self._limits.message_tokens) as out:
                out.write(given)
                given = out.finish()
        text = given.text.encode("utf-8", "backslashreplace")
        result = Result(call.id, text, given.handle, is_error=is_error, bytes=given.bytes, lines=given.lines)
        return result if result.tokens <= self._limits.message_tokens + 8 else self.shrunk(call, result, self._limits.turn_bytes)

    def shrunk(self, call: Call, result: Result, room: int) -> Result:
        """Return the result in at most ``room`` bytes of text; a foreign one is spilled first, if it was not."""
        if room < _LEAST:
            return replace(result, text=clip(result.text.decode("utf-8", "backslashreplace"), room).encode())
        limits = DEFAULT.lowered(bytes=min(room, CAPS["bytes"]), notice_bytes=min(DEFAULT.notice_bytes, room // 2))
        if result.own:
            return replace(
                result, text=_cut(result.text, limits, f"all results of one turn are too large together; call {call.name} again alone")
            )
        if not result.handle:
            saved = self._store.save(self._session, call.id, result.text, limits=limits, tokens=self._limits.message_tokens)
            return replace(result, text=saved.text.encode(), handle=saved.handle, bytes=saved.bytes, lines=saved.lines)
        shown = self._reopened(result, limits)
        if shown is None:
            return replace(result, text=_cut(result.text, limits, f"more of it is behind {result.handle}"))
        return replace(result, text=shown.finish(result.handle).text.encode())

    def cleared(self, call: Call, result: Result) -> Result:
        """Return the placeholder of a result: the same bytes each time; what was not spilled is saved first."""
        handle = result.handle
        if not handle and not result.own:
            handle = self._store.save(self._session, call.id, result.text).handle
        arguments = clip(visible(call.arguments), _SHOWN_ARGUMENTS)
        again = f"read(path='{handle}') shows it" if handle else f"call {call.name} again to see it"
        text = f"[cleared: {call.name} {arguments}, {result.bytes or len(result.text):,} bytes; {again}]"
        return replace(result, text=text.encode(), handle=handle, cleared=True, extra=())

    def worth_clearing(self, result: Result) -> bool:
        """Return whether clearing a result wins anything."""
        return not result.cleared and result.size > _SMALL

    def parts(self, turn: Turn) -> list[str]:
        """Bring a turn's message within ``message_tokens``: long texts and arguments are spilled; return their handles."""
        if turn.tokens <= self._limits.message_tokens:
            return []
        handles: list[str] = []
        fixed = sum(part.tokens for part in turn.parts if isinstance(part, Opaque))
        room = max((self._limits.message_tokens - fixed) // max(len(turn.parts), 1), 500)
        parts = tuple(self._part(part, f"message-{turn.number}-{index}", room, handles) for index, part in enumerate(turn.parts))
        turn.handles = (*turn.handles, *handles)
        turn.replace(parts)
        return handles

    def _part(self, part: Part, name: str, room: int, handles: list[str]) -> Part:
        if part.tokens <= room or isinstance(part, Opaque):
            return part
        if isinstance(part, Text):
            saved = self._store.save(self._session, name, part.data, tokens=room, kind="message")
            if saved.handle:
                handles.append(saved.handle)
            return Text(saved.text.encode("utf-8", "backslashreplace"))
        saved = self._store.save(self._session, name, part.arguments, kind="arguments")
        if saved.handle:
            handles.append(saved.handle)
        where = f"; read(path='{saved.handle}') shows the whole call" if saved.handle else ""
        return replace(part, arguments=_shorter(part.arguments, where), extra=None)

    def _reopened(self, result: Result, limits: Limits) -> HeadTail | None:
        """Return both ends of a text that was spilled whole, else None."""
        try:
            with open(self._store.path(result.handle), "rb") as file:
                size = os.fstat(file.fileno()).st_size
                if size != result.bytes:
                    return None
                head = file.read(limits.bytes)
                file.seek(max(size - limits.bytes, len(head)))
                tail = file.read(limits.bytes)
        except (OSError, FileError, StateError):
            return None
        if size <= len(head) + len(tail):
            shown = HeadTail(limits, tokens=self._limits.message_tokens)
            shown.feed(head + tail)
            return shown
        return HeadTail.of_ends(head, tail, bytes=size, lines=result.lines, limits=limits, tokens=self._limits.message_tokens)


def handles_of(turn: Turn) -> Iterable[str]:
    """All handles that a turn shows."""
    return (*turn.handles, *(result.handle for result in turn.results.values() if result.handle))


def _cut(text: bytes, limits: Limits, remark: str) -> bytes:
    """Return both ends of a text that was fitted before."""
    shown = HeadTail(limits, notices=True)
    shown.feed(text)
    return shown.finish(remark=remark).text.encode()


def _shorter(arguments: bytes, where: str) -> bytes:
    """Return JSON arguments with long strings cut, still JSON; what is no object becomes one."""

    def cut(value: object) -> object:
        match value:
            case str() if len(value) > _SHOWN_STRING:
                return f"{value[:_SHOWN_STRING]}[cut: {len(value):,} characters{where}]"
            case list():
                return [cut(entry) for entry in value[:50]]
            case dict():
                return {key: cut(entry) for key, entry in list(value.items())[:50]}
            case _:
                return value

    try:
        short = cut(json.loads(arguments))
    except (ValueError, RecursionError):
        short = cut(arguments.decode("utf-8", "backslashreplace"))
    made = dumps(short if isinstance(short, dict) else {"cut": short})
    # Nesting can still hold much; then only the beginning of the text is shown, as one string.
    return made if len(made) <= 50 * _SHOWN_STRING else dumps({"cut": f"{made[:_SHOWN_STRING].decode('utf-8', 'ignore')}{where}"})
