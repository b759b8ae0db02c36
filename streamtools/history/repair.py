"""Healing of a damaged list of messages: every call has its result, every result its call, in the order that APIs take.

Providers refuse a request with an orphan on either side, and refuse it again at every later try; so this runs on whatever
was loaded from elsewhere. What is healthy comes back untouched, the same objects in the same order.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from streamtools.errors import InvalidArgument
from streamtools.history.pairing import Atom, Message, Pairing, Repaired
from streamtools.history.shapes.responses import CALLS, is_output
from streamtools.history.sound import sound, word
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
    if shape not in _REPAIRS:
        raise InvalidArgument(f"shape must be 'anthropic', 'openai' or 'responses', not {shape!r}")
    given = list(messages)
    whole = [(message, sound(message, shape)) for message in given]
    wrong = sum(after is None or before is not after for before, after in whole)
    healed, done = _REPAIRS[shape]([after for _, after in whole if after is not None])
    return healed, done.plus(dropped=wrong)


def _repair_anthropic(given: list[Message]) -> tuple[list[Message], Repaired]:
    atoms = [atom for index, message in enumerate(given) for atom in _anthropic_atoms(index, message)]

    def rename(atom: Atom, ids: tuple[str, ...]) -> Message:
        names = iter(ids)
        blocks = [{**block, "id": next(names)} if block.get("type") == "tool_use" else block for block in atom.value["content"]]
        return {**atom.value, "content": blocks}

    def answer(name: str, _: Atom, result: Message | None) -> Message:
        return {**(result or {"type": "tool_result", "content": ABORTED, "is_error": True}), "tool_use_id": name}

    pairing = Pairing(atoms, rename=rename, answer=answer, adjacent=True)
    return _anthropic_messages(pairing.ordered(), given), pairing.done


def _anthropic_atoms(index: int, message: Message) -> Iterable[Atom]:
    content = message["content"]
    kinds = set() if isinstance(content, str) else {block["type"] for block in content}
    if message["role"] == "assistant" and "tool_use" in kinds:
        ids = tuple(word(block.get("id")) for block in content if block["type"] == "tool_use")
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
            yield Atom(index, "result", block, (word(block.get("tool_use_id")),))
        if rest:
            yield Atom(index, "other", {**message, "content": rest})


def _anthropic_messages(atoms: list[Atom], given: list[Message]) -> list[Message]:
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
    known = {dumps(message): message for message in given if message["role"] == "user" and not isinstance(message["content"], str)}
    return [message if id(message) in originals else known.get(dumps(message), message) for message in out]


def _repair_chat(given: list[Message]) -> tuple[list[Message], Repaired]:
    atoms: list[Atom] = []
    for index, message in enumerate(given):
        calls = message.get("tool_calls")
        if message["role"] == "tool":
            atoms.append(Atom(index, "result", message, (word(message.get("tool_call_id")),)))
        elif calls:
            atoms.append(Atom(index, "calls", message, tuple(word(call.get("id")) for call in calls)))
        else:
            atoms.append(Atom(index, "other", message))

    def rename(atom: Atom, ids: tuple[str, ...]) -> Message:
        calls = [{**call, "id": name} for call, name in zip(atom.value["tool_calls"], ids, strict=True)]
        return {**atom.value, "tool_calls": calls}

    def answer(name: str, _: Atom, result: Message | None) -> Message:
        return {**(result or {"role": "tool", "content": ABORTED}), "tool_call_id": name}

    pairing = Pairing(atoms, rename=rename, answer=answer, adjacent=True)
    return [atom.value for atom in pairing.ordered()], pairing.done


def _repair_responses(given: list[Message]) -> tuple[list[Message], Repaired]:
    atoms: list[Atom] = []
    for index, item in enumerate(given):
        kind = item.get("type", "message")
        what = "calls" if kind in CALLS else "result" if is_output(kind) else "other"
        atoms.append(Atom(index, what, item, () if what == "other" else (word(item.get("call_id")),)))  # type: ignore[arg-type]

    def rename(atom: Atom, ids: tuple[str, ...]) -> Message:
        return {**atom.value, "call_id": ids[0]}

    def answer(name: str, call: Atom, result: Message | None) -> Message:
        return {**(result or {"type": f"{call.value['type']}_output", "output": ABORTED}), "call_id": name}

    pairing = Pairing(atoms, rename=rename, answer=answer, adjacent=False)
    return [atom.value for atom in pairing.ordered()], pairing.done


_REPAIRS: Final = {"anthropic": _repair_anthropic, "openai": _repair_chat, "responses": _repair_responses}
