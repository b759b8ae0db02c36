"""OpenAI's Chat Completions API: a message a result, with the role ``tool``; arguments are JSON text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from streamtools.history.turns import Call, Opaque, Part, Result, Role, Text, Turn, dumps, loads, opaque_text

_SHAPE: Final = "openai"
_ROLES: Final[Mapping[str, Role]] = {"system": "system", "developer": "system", "assistant": "assistant"}


def to_turns(messages: Iterable[Mapping[str, Any]]) -> Iterator[Turn]:
    """Yield the turns of messages whose calls and results are paired."""
    number = 0
    turn: Turn | None = None
    for message in messages:
        found = results_of(message)
        if found:
            if turn is not None:
                turn.answer(found[0])
            continue
        if turn is not None:
            yield turn
        turn = _turn(number, message)
        number += 1
    if turn is not None:
        yield turn


def results_of(message: Mapping[str, Any]) -> list[Result]:
    """Return the results in a message: one or none."""
    return [Result(message["tool_call_id"], _text(message.get("content")))] if message["role"] == "tool" else []


def of_turns(turns: Sequence[Turn]) -> list[dict[str, Any]]:
    """Return the messages, system messages included."""
    messages: list[dict[str, Any]] = []
    for turn in turns:
        message: dict[str, Any] = {"role": turn.role}
        if turn.extra is not None and turn.extra.shape == _SHAPE:
            message.update(turn.extra.value)
        content = [piece for part in turn.parts for piece in _content(part)]
        calls = [_call(call) for call in turn.calls]
        if all(piece.get("type") == "text" and set(piece) == {"type", "text"} for piece in content):
            text = "\n".join(piece["text"] for piece in content)
            if text or not calls:
                message["content"] = text
        else:
            message["content"] = content
        if calls:
            message["tool_calls"] = calls
        if content or calls or turn.role != "assistant":
            messages.append(message)
        for call in turn.calls:
            if call.id in turn.results:
                text = turn.results[call.id].text.decode("utf-8", "backslashreplace")
                messages.append({"role": "tool", "tool_call_id": call.id, "content": text})
    return messages


def _turn(number: int, message: Mapping[str, Any]) -> Turn:
    content = message.get("content")
    pieces = [{"type": "text", "text": content}] if isinstance(content, str) else list(content or [])
    parts: list[Part] = [_part(piece) for piece in pieces]
    parts.extend(_to_call(call) for call in message.get("tool_calls") or ())
    role = _ROLES.get(message["role"], "user")
    rest = {key: value for key, value in message.items() if key not in {"content", "tool_calls"} and value is not None}
    plain = rest == {"role": role}
    return Turn(number, role, tuple(parts), None if plain else Opaque(_SHAPE, dumps(rest)))


def _part(piece: Mapping[str, Any]) -> Part:
    if piece.get("type") == "text" and set(piece) == {"type", "text"}:
        return Text(piece["text"].encode("utf-8", "backslashreplace"))
    return Opaque(_SHAPE, dumps(piece))


def _to_call(call: Mapping[str, Any]) -> Call:
    if call.get("type", "function") == "function":
        function = call["function"]
        return Call(call["id"], function["name"], str(function["arguments"]).encode("utf-8", "backslashreplace"))
    custom = call["custom"]
    return Call(call["id"], custom["name"], dumps(custom["input"]), Opaque(_SHAPE, dumps({"type": "custom"})))


def _call(call: Call) -> dict[str, Any]:
    if call.extra is not None and call.extra.shape == _SHAPE:
        return {"id": call.id, "type": "custom", "custom": {"name": call.name, "input": loads(call.arguments)}}
    return {
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": call.arguments.decode("utf-8", "backslashreplace")},
    }


def _content(part: Part) -> Iterator[dict[str, Any]]:
    match part:
        case Call():
            return
        case Opaque(shape="openai"):
            yield part.value
        case _:
            data = part.data if isinstance(part, Text) else opaque_text(part)
            if data:
                yield {"type": "text", "text": data.decode("utf-8", "backslashreplace")}


def _text(content: object) -> bytes:
    if isinstance(content, list):
        content = "\n".join(piece.get("text", "") for piece in content if isinstance(piece, Mapping))
    return content.encode("utf-8", "backslashreplace") if isinstance(content, str) else b""
