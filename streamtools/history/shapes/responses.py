"""OpenAI's Responses API: a flat list of items; what an assistant says between two inputs is one turn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from streamtools.history.turns import Call, Opaque, Part, Result, Role, Text, Turn, dumps, loads, opaque_text

_SHAPE: Final = "responses"
_ROLES: Final[Mapping[str, Role]] = {"system": "system", "developer": "system", "assistant": "assistant"}
#: The kinds of calls that the client answers with text -> the name of the field that holds what they are given.
CALLS: Final = {"function_call": "arguments", "custom_tool_call": "input"}


def to_turns(items: Iterable[Mapping[str, Any]]) -> Iterator[Turn]:
    """Yield the turns of items whose calls and results are paired."""
    number = 0
    turn: Turn | None = None
    by_call: dict[str, Turn] = {}
    for item in items:
        kind = item.get("type", "message")
        for result in results_of(item):
            if result.call in by_call:
                by_call[result.call].answer(result)
        if is_output(kind):
            continue
        role = _ROLES.get(item["role"], "user") if kind == "message" else "assistant"
        if turn is not None and (role != "assistant" or turn.role != "assistant" or turn.results):
            yield turn
            turn = None
        if turn is None:
            turn = Turn(number, role, ())
            number += 1
        part = tuple(_parts(item, kind))
        turn.replace(turn.parts + part)
        by_call.update({call.id: turn for call in part if isinstance(call, Call)})
    if turn is not None:
        yield turn


def is_output(kind: str) -> bool:
    """Return whether items of a kind are results that the client gives."""
    return kind.endswith("_output") and kind.removesuffix("_output") in CALLS


def results_of(item: Mapping[str, Any]) -> list[Result]:
    """Return the result that an item is, if it is one."""
    return [_result(item)] if is_output(item.get("type", "message")) else []


def of_turns(turns: Sequence[Turn]) -> list[dict[str, Any]]:
    """Return the items, system messages included."""
    items: list[dict[str, Any]] = []
    for turn in turns:
        for part in turn.parts:
            items.extend(_items(part, turn.role))
        items.extend(_output(call, turn.results[call.id]) for call in turn.calls if call.id in turn.results)
    return items


def _parts(item: Mapping[str, Any], kind: str) -> Iterator[Part]:
    if kind in CALLS:
        rest = {
            key: value
            for key, value in item.items()
            if key not in {"call_id", "name", CALLS[kind]} and (key, value) != ("type", "function_call")
        }
        given = item[CALLS[kind]].encode("utf-8", "backslashreplace")
        yield Call(
            item["call_id"],
            item["name"],
            given if kind == "function_call" else dumps(item["input"]),
            Opaque(_SHAPE, dumps(rest)) if rest else None,
        )
    elif (
        kind == "message"
        and isinstance(item.get("content"), str)
        and set(item) <= {"type", "role", "content"}
        and item["role"] != "developer"
    ):
        yield Text(item["content"].encode("utf-8", "backslashreplace"))
    else:
        yield Opaque(_SHAPE, dumps(item))


def _result(item: Mapping[str, Any]) -> Result:
    output = item.get("output", "")
    pieces = [{"type": "input_text", "text": output}] if isinstance(output, str) else list(output or [])
    text = "\n".join(piece["text"] for piece in pieces if piece.get("type") == "input_text")
    extra = tuple(Opaque(_SHAPE, dumps(piece)) for piece in pieces if piece.get("type") != "input_text")
    return Result(item["call_id"], text.encode("utf-8", "backslashreplace"), extra=extra)


def _items(part: Part, role: Role) -> Iterator[dict[str, Any]]:
    match part:
        case Call():
            rest = part.extra.value if part.extra is not None and part.extra.shape == _SHAPE else {}
            kind = rest.get("type", "function_call")
            given = part.arguments.decode("utf-8", "backslashreplace") if kind == "function_call" else loads(part.arguments)
            yield {"type": kind, "call_id": part.id, "name": part.name, CALLS[kind]: given, **rest}
        case Opaque(shape="responses"):
            yield part.value
        case _:
            data = part.data if isinstance(part, Text) else opaque_text(part)
            if data:
                yield {"role": role, "content": data.decode("utf-8", "backslashreplace")}


def _output(call: Call, result: Result) -> dict[str, Any]:
    kind = call.extra.value.get("type", "function_call") if call.extra is not None and call.extra.shape == _SHAPE else "function_call"
    text = result.text.decode("utf-8", "backslashreplace")
    extra = [part.value for part in result.extra if part.shape == _SHAPE]
    output: object = [{"type": "input_text", "text": text}, *extra] if extra else text
    return {"type": f"{kind}_output", "call_id": result.call, "output": output}
