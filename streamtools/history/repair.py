"""Healing of a damaged list of messages: every call has its result, every result its call, in the order that APIs take.

Providers refuse a request with an orphan on either side, and refuse it again at every later try; so this runs on whatever
was loaded from elsewhere. What is healthy comes back untouched, the same objects in the same order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from streamtools.errors import InvalidArgument
from streamtools.history.pairing import Atom, Message, Pairing, Repaired
from streamtools.history.shapes.responses import CALLS, is_output
from streamtools.history.turns import Shape, dumps

__all__ = ["ABORTED", "Repaired", "repair"]

#: What stands for a result that never came.
ABORTED: Final = "[aborted: this call was interrupted and has no result]"


def repair(messages: Iterable[Any], shape: Shape) -> tuple[list[Message], Repaired]:
    """Return healthy messages and what was done; ``repair`` of the result is the result.

    New ids depend on nothing but the messages, so the same damage is healed to the same bytes each time.
    Raises `InvalidArgument` for an unknown shape only.

    Memory: one small object a block; messages are not copied unless they change.
    """
    given = list(messages)
    match shape:
        case "anthropic":
            return _repair_anthropic(given)
        case "openai":
            return _repair_chat(given)
        case "responses":
            return _repair_responses(given)
    raise InvalidArgument(f"shape must be 'anthropic', 'openai' or 'responses', not {shape!r}")


def _repair_anthropic(given: list[Any]) -> tuple[list[Message], Repaired]:
    sound = [_sound_blocks(message) for message in given if _has_role(message) and isinstance(message.get("content"), str | list)]
    atoms = [atom for index, message in enumerate(sound) for atom in _anthropic_atoms(index, message)]

    def rename(atom: Atom, ids: tuple[str, ...]) -> Message:
        names = iter(ids)
        blocks = [{**block, "id": next(names)} if block.get("type") == "tool_use" else block for block in atom.value["content"]]
        return {**atom.value, "content": blocks}

    def answer(name: str, _: Atom, result: Message | None) -> Message:
        return {**(result or {"type": "tool_result", "content": ABORTED, "is_error": True}), "tool_use_id": name}

    pairing = Pairing(atoms, rename=rename, answer=answer, adjacent=True)
    healed = _anthropic_messages(pairing.ordered(), sound)
    blocks = sum(
        a is not b for a, b in zip(sound, (m for m in given if _has_role(m) and isinstance(m.get("content"), str | list)), strict=True)
    )
    return healed, pairing.done.plus(dropped=len(given) - len(sound) + blocks)


def _sound_blocks(message: Message) -> Message:
    """Return the message, without what is no block and with objects as arguments."""
    content = message["content"]
    if isinstance(content, str):
        return message
    blocks = [block for block in content if isinstance(block, dict) and isinstance(block.get("type"), str)]
    wrong = [block for block in blocks if block["type"] == "tool_use" and not isinstance(block.get("input"), dict)]
    if len(blocks) == len(content) and not wrong:
        return message
    return {**message, "content": [{**block, "input": {}} if block in wrong else block for block in blocks]}


def _anthropic_atoms(index: int, message: Message) -> Iterable[Atom]:
    content = message["content"]
    kinds = set() if isinstance(content, str) else {block["type"] for block in content}
    if message["role"] == "assistant" and "tool_use" in kinds:
        ids = tuple(_name(block.get("id")) for block in content if block["type"] == "tool_use")
        yield Atom(index, "calls", message, ids)
    elif "tool_result" not in kinds:
        yield Atom(index, "other", message)
    else:
        rest: list[Message] = []
        for block in content:
            if block["type"] != "tool_result":
                rest.append(block)
                continue
            if rest:
                yield Atom(index, "other", {**message, "content": rest})
                rest = []
            yield Atom(index, "result", block, (_name(block.get("tool_use_id")),))
        if rest:
            yield Atom(index, "other", {**message, "content": rest})


def _anthropic_messages(atoms: list[Atom], sound: list[Message]) -> list[Message]:
    """Join results, and what stood in one message with them, to messages; a message that is as it was is the same object."""
    out: list[Message] = []
    sources: set[int] = set()
    for atom in atoms:
        last = out[-1] if out else {}
        if atom.what == "result" and sources:
            last["content"].append(atom.value)
            sources.add(atom.source)
        elif atom.what == "result":
            out.append({"role": "user", "content": [atom.value]})
            sources = {atom.source}
        elif atom.what == "other" and atom.source in sources:
            last["content"].extend(atom.value["content"])
        else:
            out.append(atom.value)
            sources = set()
    originals = {id(atom.value): atom.value for atom in atoms}
    known = {dumps(message): message for message in sound if message["role"] == "user" and not isinstance(message["content"], str)}
    return [message if id(message) in originals else known.get(dumps(message), message) for message in out]


def _repair_chat(given: list[Any]) -> tuple[list[Message], Repaired]:
    sound = [message for message in given if _has_role(message)]
    atoms: list[Atom] = []
    for index, message in enumerate(sound):
        calls = message.get("tool_calls")
        if message["role"] == "tool":
            atoms.append(Atom(index, "result", message, (_name(message.get("tool_call_id")),)))
        elif message["role"] == "assistant" and isinstance(calls, list) and calls:
            good = [call for call in calls if isinstance(call, dict)]
            value = message if len(good) == len(calls) else {**message, "tool_calls": good}
            atoms.append(Atom(index, "calls", value, tuple(_name(call.get("id")) for call in good)))
        else:
            atoms.append(Atom(index, "other", message))

    def rename(atom: Atom, ids: tuple[str, ...]) -> Message:
        calls = [{**call, "id": name} for call, name in zip(atom.value["tool_calls"], ids, strict=True)]
        return {**atom.value, "tool_calls": calls}

    def answer(name: str, _: Atom, result: Message | None) -> Message:
        return {**(result or {"role": "tool", "content": ABORTED}), "tool_call_id": name}

    pairing = Pairing(atoms, rename=rename, answer=answer, adjacent=True)
    return [atom.value for atom in pairing.ordered()], pairing.done.plus(dropped=len(given) - len(sound))


def _repair_responses(given: list[Any]) -> tuple[list[Message], Repaired]:
    sound = [item for item in given if isinstance(item, dict) and isinstance(item.get("type", item.get("role")), str)]
    atoms: list[Atom] = []
    for index, item in enumerate(sound):
        kind = item.get("type", "message")
        what = "calls" if kind in CALLS else "result" if is_output(kind) else "other"
        atoms.append(Atom(index, what, item, () if what == "other" else (_name(item.get("call_id")),)))  # type: ignore[arg-type]

    def rename(atom: Atom, ids: tuple[str, ...]) -> Message:
        return {**atom.value, "call_id": ids[0]}

    def answer(name: str, call: Atom, result: Message | None) -> Message:
        return {**(result or {"type": f"{call.value['type']}_output", "output": ABORTED}), "call_id": name}

    pairing = Pairing(atoms, rename=rename, answer=answer, adjacent=False)
    return [atom.value for atom in pairing.ordered()], pairing.done.plus(dropped=len(given) - len(sound))


def _has_role(message: object) -> bool:
    return isinstance(message, Mapping) and isinstance(message.get("role"), str)


def _name(value: object) -> str:
    return value if isinstance(value, str) else ""
