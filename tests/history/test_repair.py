"""Damaged conversations are healed, healthy ones are left alone."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtools.errors import InvalidArgument
from streamtools.history.repair import ABORTED, Repaired, repair
from streamtools.history.turns import Shape

SHAPES: tuple[Shape, ...] = ("anthropic", "openai", "responses")
IDS = st.sampled_from(["a", "b", "c", ""])


def anthropic(kinds: list[tuple[str, list[str]]]) -> list[dict[str, Any]]:
    """Make messages of (kind, ids)."""
    made: list[dict[str, Any]] = []
    for kind, ids in kinds:
        if kind == "calls":
            blocks = [{"type": "tool_use", "id": name, "name": "t", "input": {}} for name in ids]
            made.append({"role": "assistant", "content": [{"type": "text", "text": "so"}, *blocks]})
        elif kind == "results":
            made.append({"role": "user", "content": [{"type": "tool_result", "tool_use_id": name, "content": "r"} for name in ids]})
        elif kind == "mixed":
            results = [{"type": "tool_result", "tool_use_id": name, "content": "m"} for name in ids]
            made.append({"role": "user", "content": [{"type": "text", "text": "and"}, *results, {"type": "text", "text": "then"}]})
        else:
            made.append({"role": "user" if kind == "user" else "assistant", "content": kind})
    return made


def openai(kinds: list[tuple[str, list[str]]]) -> list[dict[str, Any]]:
    """Make messages of (kind, ids)."""
    made: list[dict[str, Any]] = [{"role": "system", "content": "you"}]
    for kind, ids in kinds:
        if kind == "calls" and ids:
            calls = [{"id": name, "type": "function", "function": {"name": "t", "arguments": "{}"}} for name in ids]
            made.append({"role": "assistant", "content": None, "tool_calls": calls})
        elif kind in {"results", "mixed"}:
            made += [{"role": "tool", "tool_call_id": name, "content": "r"} for name in ids]
        else:
            made.append({"role": "user" if kind == "user" else "assistant", "content": kind})
    return made


def responses(kinds: list[tuple[str, list[str]]]) -> list[dict[str, Any]]:
    """Make items of (kind, ids)."""
    made: list[dict[str, Any]] = []
    for kind, ids in kinds:
        if kind == "calls":
            made += [{"type": "function_call", "call_id": name, "name": "t", "arguments": "{}"} for name in ids]
        elif kind in {"results", "mixed"}:
            made += [{"type": "function_call_output", "call_id": name, "output": "r"} for name in ids]
        else:
            made.append({"role": "user" if kind == "user" else "assistant", "content": kind})
    return made


MAKE = {"anthropic": anthropic, "openai": openai, "responses": responses}
KINDS = st.lists(
    st.tuples(st.sampled_from(["calls", "calls", "results", "results", "mixed", "user", "assistant"]), st.lists(IDS, max_size=3)),
    max_size=10,
)


def check_paired(messages: list[dict[str, Any]], shape: Shape) -> None:
    """The rule of each API, told again: what a server would refuse fails here."""
    if shape == "anthropic":
        wanted: list[str] = []
        seen: set[str] = set()
        for message in messages:
            blocks = [] if isinstance(message["content"], str) else message["content"]
            kinds = [block["type"] for block in blocks]
            results = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
            assert sorted(results) == sorted(wanted)
            assert kinds[: len(results)] == ["tool_result"] * len(results)
            wanted = [block["id"] for block in blocks if block["type"] == "tool_use"]
            assert "" not in wanted
            assert len(set(wanted) | seen) == len(wanted) + len(seen)
            seen |= set(wanted)
        assert not wanted
    elif shape == "openai":
        open_calls: list[str] = []
        for message in messages:
            if message["role"] == "tool":
                open_calls.remove(message["tool_call_id"])
            else:
                assert not open_calls
                open_calls = [call["id"] for call in message.get("tool_calls", [])]
        assert not open_calls
    else:
        calls = [item["call_id"] for item in messages if item.get("type") == "function_call"]
        outputs = [item["call_id"] for item in messages if item.get("type") == "function_call_output"]
        assert sorted(calls) == sorted(outputs)
        assert len(set(calls)) == len(calls)
        for name in calls:
            where = [item.get("type") for item in messages if item.get("call_id") == name]
            assert where == ["function_call", "function_call_output"]


@pytest.mark.parametrize("shape", SHAPES)
@given(kinds=KINDS, data=st.data())
def test_any_damage_is_healed_once(shape: Shape, kinds: list[tuple[str, list[str]]], data: st.DataObject) -> None:
    """H3: whatever is lost, doubled or moved, the result is what the API takes, and repairing it again changes nothing."""
    messages = MAKE[shape](kinds)
    if data.draw(st.booleans()) and messages:
        damage: Any = data.draw(st.sampled_from([None, 3, {}, {"role": None}]))
        messages.insert(data.draw(st.integers(0, len(messages))), damage)
    given_messages = copy.deepcopy(messages)
    healed, done = repair(messages, shape)
    assert messages == given_messages
    check_paired(healed, shape)
    again, nothing = repair(healed, shape)
    assert again == healed
    assert not nothing
    assert repair(given_messages, shape) == (healed, done)
    if not done:
        assert healed == messages


@pytest.mark.parametrize("shape", SHAPES)
@given(counts=st.lists(st.integers(0, 4), max_size=8))
def test_what_is_healthy_stays_the_same_object(shape: Shape, counts: list[int]) -> None:
    """H3: repair(x) is x for healthy x, message by message, with parallel calls too."""
    kinds: list[tuple[str, list[str]]] = [("user", [])]
    for turn, count in enumerate(counts):
        ids = [f"c{turn}-{number}" for number in range(count)]
        kinds += [("calls", ids), ("results", ids[::-1])] if ids else [("assistant", []), ("user", [])]
    messages = MAKE[shape](kinds)
    healed, done = repair(messages, shape)
    assert not done
    assert len(healed) == len(messages)
    assert all(a is b for a, b in zip(healed, messages, strict=True))


def test_parallel_calls_that_were_trimmed_in_the_middle() -> None:
    """A of the field reports: of three parallel calls one result was trimmed, and one result lost its call."""
    messages = anthropic([("results", ["old"]), ("user", []), ("calls", ["a", "b", "c"]), ("results", ["c", "a"]), ("assistant", [])])
    healed, done = repair(messages, "anthropic")
    assert done == Repaired(orphans=1, aborted=1)
    assert healed[0] == {"role": "user", "content": "user"}
    assert [(block["tool_use_id"], block["content"]) for block in healed[2]["content"]] == [("c", "r"), ("a", "r"), ("b", ABORTED)]


def test_a_mixed_message_keeps_its_text_behind_the_results() -> None:
    """A of the field reports: text before a tool_result in one message is refused; it is kept, behind."""
    healed, done = repair(anthropic([("calls", ["a"]), ("mixed", ["a"])]), "anthropic")
    assert done == Repaired(moved=1)
    assert [block["type"] for block in healed[1]["content"]] == ["tool_result", "text", "text"]


def test_a_user_message_between_call_and_result_is_put_behind() -> None:
    """A of the field reports: the user interrupted; the result goes to its call and is not lost."""
    healed, done = repair(openai([("calls", ["a"]), ("user", []), ("results", ["a"])]), "openai")
    assert done == Repaired(moved=1)
    assert [message["role"] for message in healed] == ["system", "assistant", "tool", "user"]


def test_ids_that_repeat_get_names_of_their_own() -> None:
    """H3: some servers call every call call_0; each keeps its own result under an id that is the same at every repair."""
    messages = openai([("calls", ["a"]), ("results", ["a"]), ("calls", ["a"]), ("results", ["a"])])
    messages[2]["content"], messages[4]["content"] = "first", "second"
    healed, done = repair(messages, "openai")
    assert done == Repaired(renamed=1)
    assert [message["content"] for message in healed if message["role"] == "tool"] == ["first", "second"]
    assert json.dumps(healed) == json.dumps(repair(messages, "openai")[0])


def test_an_unknown_shape_is_told() -> None:
    """T15: one clear sentence."""
    with pytest.raises(InvalidArgument, match="'anthropic', 'openai' or 'responses'"):
        repair([], "gemini")  # type: ignore[arg-type]
