"""Anthropic's Messages API: content blocks; results are blocks of the next user message; system text stands apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from streamtools.history.turns import Call, Opaque, Part, Result, Text, Turn, dumps, opaque_text

_SHAPE: Final = "anthropic"
_BEGINS: Final = "[the conversation begins here]"


def to_turns(messages: Iterable[Mapping[str, Any]]) -> Iterator[Turn]:
    """Yield the turns of messages whose calls and results are paired."""
    number = 0
    turn: Turn | None = None
    for message in messages:
        found = results_of(message)
        blocks = [block for block in _blocks(message["content"]) if block.get("type") != "tool_result"]
        if turn is not None:
            for result in found:
                turn.answer(result)
        if found and not blocks:
            continue
        if turn is not None:
            yield turn
        turn = Turn(number, "assistant" if message["role"] == "assistant" else "user", tuple(_part(block) for block in blocks))
        number += 1
    if turn is not None:
        yield turn


def results_of(message: Mapping[str, Any]) -> list[Result]:
    """Return the results in a message."""
    return [_result(block) for block in _blocks(message["content"]) if block.get("type") == "tool_result"]


def of_turns(turns: Sequence[Turn]) -> list[dict[str, Any]]:
    """Return the messages; system turns are left out, since they are the request's ``system``."""
    messages: list[dict[str, Any]] = []
    for turn in turns:
        blocks = [] if turn.role == "system" else [block for part in turn.parts for block in _block(part)]
        if not blocks:
            continue
        if not messages and turn.role == "assistant":
            messages.append({"role": "user", "content": [{"type": "text", "text": _BEGINS}]})
        if messages and messages[-1]["role"] == turn.role:
            messages[-1]["content"] += blocks
        else:
            messages.append({"role": turn.role, "content": blocks})
        if turn.results:
            results = [_result_block(turn.results[call.id]) for call in turn.calls if call.id in turn.results]
            messages.append({"role": "user", "content": results})
    return messages


def _blocks(content: object) -> list[dict[str, Any]]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return list(content) if isinstance(content, list) else []


def _part(block: Mapping[str, Any]) -> Part:
    if block.get("type") == "text" and set(block) == {"type", "text"}:
        return Text(block["text"].encode("utf-8", "backslashreplace"))
    if block.get("type") == "tool_use":
        rest = {key: value for key, value in block.items() if key not in {"type", "id", "name", "input"}}
        return Call(block["id"], block["name"], dumps(block["input"]), Opaque(_SHAPE, dumps(rest)) if rest else None)
    return Opaque(_SHAPE, dumps(block))


def _result(block: Mapping[str, Any]) -> Result:
    content = block.get("content", "")
    pieces = _blocks(content)
    text = "\n".join(piece["text"] for piece in pieces if piece.get("type") == "text" and isinstance(piece.get("text"), str))
    extra = tuple(Opaque(_SHAPE, dumps(piece)) for piece in pieces if piece.get("type") != "text")
    return Result(block["tool_use_id"], text.encode("utf-8", "backslashreplace"), is_error=bool(block.get("is_error")), extra=extra)


def _block(part: Part) -> Iterator[dict[str, Any]]:
    match part:
        case Call():
            rest = part.extra.value if part.extra is not None and part.extra.shape == _SHAPE else {}
            yield {"type": "tool_use", "id": part.id, "name": part.name, "input": part.given, **rest}
        case Opaque(shape="anthropic"):
            yield part.value
        case _:
            # An empty or blank text block is refused by the API.
            data = part.data if isinstance(part, Text) else opaque_text(part)
            if data.strip():
                yield {"type": "text", "text": data.decode("utf-8", "backslashreplace")}


def _result_block(result: Result) -> dict[str, Any]:
    text = result.text.decode("utf-8", "backslashreplace")
    extra = [part.value for part in result.extra if part.shape == _SHAPE]
    content = [*([{"type": "text", "text": text}] if text.strip() else []), *extra] if extra else text
    block = {"type": "tool_result", "tool_use_id": result.call, "content": content}
    return {**block, "is_error": True} if result.is_error else block
