"""A session's history from what was saved, healed where it was damaged."""

from __future__ import annotations

import json
from typing import Any, Final

from streamtools.errors import InvalidArgument
from streamtools.history.history import BoundedHistory
from streamtools.history.repair import repair
from streamtools.history.shapes import of_turns
from streamtools.history.turns import unpacked
from streamtools.logs import logger

_log: Final = logger("sessions")
_SHAPE: Final = "openai"


def resume(history: BoundedHistory, saved: bytes) -> bool:
    """Fill an empty history from its `dump`; return whether it was whole.

    Calls that were open are answered as interrupted. Of a damaged one all turns that can be read are loaded, through `repair`, so
    that every call has its result and every result its call; what can't be read is logged. Never raises for any bytes.
    """
    try:
        history.restore(saved)
        messages = history.messages(_SHAPE)
    except (InvalidArgument, ValueError, TypeError, KeyError, AttributeError) as error:
        _log.error("%s: the saved history is damaged, what can be read of it is loaded: %s", history.name, error)
        history.close()
        history.load(_readable(saved), _SHAPE)
        return False
    healed, done = repair(messages, _SHAPE)
    if done:
        history.close()
        history.load(healed, _SHAPE)
        _log.warning("%s: the saved history was repaired: %s", history.name, done)
    return not done


def _readable(saved: bytes) -> list[dict[str, Any]]:
    """Return the messages of the turns that can be read."""
    found: list[dict[str, Any]] = []
    for turn in _turns(saved):
        try:
            found += of_turns([unpacked(turn)], _SHAPE)
        except (ValueError, TypeError, KeyError, AttributeError):
            continue
    return [message for message in found if isinstance(message.get("role"), str)]


def _turns(saved: bytes) -> list[Any]:
    """Return the turns in a dump, however it ends."""
    text = saved.decode("utf-8", "replace")
    try:
        whole = json.loads(text)
        return [turn for part in ("head", "turns") for turn in whole.get(part) or ()] if isinstance(whole, dict) else []
    except (ValueError, TypeError, RecursionError):
        pass
    # It ends early or holds nonsense: turns are objects that begin alike, and each is read by itself.
    decoder, turns = json.JSONDecoder(), []
    at = text.find('{"number":')
    while at >= 0:
        try:
            turn, end = decoder.raw_decode(text, at)
            turns.append(turn)
        except (ValueError, RecursionError):
            end = at + 1
        at = text.find('{"number":', end)
    return turns
