"""What of one message can be understood at all: what is no message, block or call is left out, and nothing else is touched.

Stores are damaged, and models write arguments that are no JSON; whatever comes out of here can be read as its shape.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from streamtools.history.shapes.responses import CALLS, is_output
from streamtools.history.turns import Shape, dumps

Message = dict[str, Any]

_CHAT_ROLES: Final = frozenset({"system", "developer", "user", "assistant", "tool", "function"})
_ROLES: Final = frozenset({"system", "developer", "user", "assistant"})


def sound(message: object, shape: Shape) -> Message | None:
    """Return the message, the same object if nothing is wrong with it; None for what is none.

    Ids are not looked at: that is `repair`'s.
    """
    if not isinstance(message, Mapping):
        return None
    given = cast("Message", message)
    made = {"anthropic": _anthropic, "openai": _chat, "responses": _item}[shape](given)
    return given if made == given else made


def _anthropic(message: Message) -> Message | None:
    role, content = message.get("role"), message.get("content")
    if not isinstance(role, str) or not isinstance(content, str | list):
        return None
    blocks = content if isinstance(content, str) else _pieces(content, _block)
    if blocks == [] and content:
        return None
    if role not in _ROLES:
        calls = not isinstance(blocks, str) and any(block["type"] == "tool_use" for block in blocks)
        role = "assistant" if calls else "user"
    return {**message, "role": role, "content": blocks}


def _block(block: Message) -> Message | None:
    if block["type"] == "tool_use":
        given = block.get("input")
        return {**block, "input": given if isinstance(given, dict) else {}} if _named(block) else None
    if block["type"] == "tool_result" and block.get("content") is not None:
        content = block["content"]
        return {**block, "content": content if isinstance(content, str) else _pieces(content, lambda piece: piece)}
    return block


def _chat(message: Message) -> Message | None:
    role, content, calls = message.get("role"), message.get("content"), message.get("tool_calls")
    if not isinstance(role, str):
        return None
    found = _pieces(calls, _call, typed=False)
    if role not in _CHAT_ROLES:
        role = "assistant" if found else "user"
    made = {**message, "role": role}
    if content is not None and not isinstance(content, str):
        made["content"] = _pieces(content, lambda piece: piece) or ""
    if calls is not None:
        del made["tool_calls"]
        if found and role == "assistant":
            made["tool_calls"] = found
    return made


def _call(call: Message) -> Message | None:
    kind = "custom" if call.get("type") == "custom" else "function"
    inner = call.get(kind)
    if not isinstance(inner, Mapping) or not _named(inner):
        return None
    key = "input" if kind == "custom" else "arguments"
    made = {**call, kind: {**inner, key: _text(inner.get(key))}}
    return {**made, "type": kind} if "type" in call else made


def _item(item: Message) -> Message | None:
    kind = item.get("type", "message")
    if not isinstance(kind, str):
        return None
    if kind == "message":
        role, content = item.get("role"), item.get("content")
        if not isinstance(role, str) or not isinstance(content, str | list):
            return None
        found = content if isinstance(content, str) else _pieces(content, lambda piece: piece)
        return None if found == [] and content else {**item, "role": role if role in _ROLES else "user", "content": found}
    if kind in CALLS:
        return {**item, CALLS[kind]: _text(item.get(CALLS[kind]))} if _named(item) else None
    if is_output(kind):
        output = item.get("output", "")
        return {**item, "output": output if isinstance(output, str) else _pieces(output, lambda piece: piece) or ""}
    return item


def _pieces(content: object, part: Callable[[Message], Message | None], *, typed: bool = True) -> list[Message]:
    """Return the parts of a content that are parts, each made sound by ``part``."""
    found = content if isinstance(content, list) else []
    pieces = [piece for piece in found if isinstance(piece, Mapping) and (not typed or _typed(piece))]
    return [made for piece in pieces if (made := part(cast("Message", piece))) is not None]


def _typed(piece: Mapping[str, Any]) -> bool:
    kind = piece.get("type")
    texts = kind in {"text", "input_text", "output_text"} if isinstance(kind, str) else False
    return isinstance(kind, str) and (not texts or isinstance(piece.get("text"), str))


def _named(call: Mapping[str, Any]) -> bool:
    return bool(word(call.get("name")))


def word(value: object) -> str:
    """Return a name or an id, ``""`` for what is none: no text, or text that can't be sent."""
    if not isinstance(value, str):
        return ""
    return value if value.isascii() or not any("\ud800" <= char <= "\udfff" for char in value) else ""


def _text(given: object) -> str:
    """Return a call's arguments as text, as some servers don't give them."""
    return given if isinstance(given, str) else "{}" if given is None else dumps(given).decode()
