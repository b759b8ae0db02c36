"""What is exported is what the providers' own packages say that they take."""

from __future__ import annotations

import copy
import functools
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant

from streamtools.errors import InvalidArgument
from streamtools.history.history import BoundedHistory
from streamtools.history.repair import Repaired, repair
from streamtools.history.shapes import of_turns, to_turns
from streamtools.history.turns import Call, Shape
from tests.history.test_history import Conversation

#: Importing and compiling the providers' types takes seconds.
pytestmark = pytest.mark.slow
SHAPES: tuple[Shape, ...] = ("anthropic", "openai", "responses")


@functools.cache
def adapter(shape: Shape) -> Any:  # noqa: ANN401 (pydantic is imported late)
    """Make the validator of a list of messages from the types of the real ``anthropic`` and ``openai`` packages."""
    pydantic = pytest.importorskip("pydantic")
    if shape == "anthropic":
        types = pytest.importorskip("anthropic.types")
        wanted: Any = types.MessageParam
    elif shape == "openai":
        wanted = pytest.importorskip("openai.types.chat").ChatCompletionMessageParam
    else:
        wanted = pytest.importorskip("openai.types.responses").ResponseInputItemParam
    return pydantic.TypeAdapter(list.__class_getitem__(wanted))


def accept(messages: list[dict[str, Any]], shape: Shape) -> None:
    """Validate all of a request's messages."""
    exhaust(adapter(shape).validate_python(json.loads(json.dumps(messages))))


def exhaust(value: object) -> None:
    """Read all of a validated value: iterables in these types are validated only while they are read."""
    if isinstance(value, dict):
        for entry in value.values():
            exhaust(entry)
    elif hasattr(value, "__iter__") and not isinstance(value, str | bytes):
        for entry in value:
            exhaust(entry)


NATIVE: dict[Shape, list[dict[str, Any]]] = {
    "anthropic": [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "look"},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBO"}},
            ],
        },
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "hm", "signature": "c2ln"},
                {"type": "text", "text": "I read it."},
                {"type": "tool_use", "id": "t1", "name": "read", "input": {"path": "ä"}},
                {"type": "tool_use", "id": "t2", "name": "shot", "input": {}, "cache_control": {"type": "ephemeral"}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "t1", "content": "text", "is_error": True},
                {
                    "type": "tool_result",
                    "tool_use_id": "t2",
                    "content": [{"type": "text", "text": "see"}, {"type": "image", "source": {"type": "url", "url": "https://x/y.png"}}],
                },
                {"type": "text", "text": "go on"},
            ],
        },
        {"role": "assistant", "content": [{"type": "text", "text": "Done."}]},
    ],
    "openai": [
        {"role": "system", "content": "you are"},
        {"role": "user", "content": [{"type": "text", "text": "look"}, {"type": "image_url", "image_url": {"url": "https://x/y.png"}}]},
        {
            "role": "assistant",
            "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "read", "arguments": '{"path": "ä"}'}},
                {"id": "c2", "type": "custom", "custom": {"name": "patch", "input": "free text"}},
            ],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "one"},
        {"role": "tool", "tool_call_id": "c2", "content": "two"},
        {"role": "assistant", "content": "Done."},
    ],
    "responses": [
        {"role": "system", "content": "you are"},
        {"role": "user", "content": "look"},
        {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "hm"}], "encrypted_content": "abc"},
        {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "read", "arguments": "{}", "status": "completed"},
        {"type": "custom_tool_call", "call_id": "c2", "name": "patch", "input": "free text"},
        {"type": "function_call_output", "call_id": "c1", "output": "one"},
        {"type": "custom_tool_call_output", "call_id": "c2", "output": "two"},
        {
            "type": "message",
            "id": "msg_1",
            "role": "assistant",
            "status": "completed",
            "content": [{"type": "output_text", "text": "Done.", "annotations": []}],
        },
    ],
}


def same(a: object, b: object) -> bool:
    """Compare without the order of keys."""
    return json.dumps(a, sort_keys=True) == json.dumps(b, sort_keys=True)


@pytest.mark.parametrize("shape", SHAPES)
def test_what_comes_in_goes_out_to_its_own_shape(shape: Shape) -> None:
    """H3: reasoning with its signature, images, ids and parallel calls come back to their own API as they were."""
    accept(NATIVE[shape], shape)
    out = of_turns(to_turns(NATIVE[shape], shape), shape)
    assert same(out, NATIVE[shape])
    assert repair(out, shape)[0] == out


@pytest.mark.parametrize("given_shape", SHAPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_goes_to_every_other(given_shape: Shape, shape: Shape) -> None:
    """H3: a conversation of one API is accepted by the types of the others, with calls, results and text."""
    history = BoundedHistory("s1")
    history.load(NATIVE[given_shape], given_shape)
    out = history.messages(shape)
    accept(out, shape)
    assert not repair(out, shape)[1]
    text = json.dumps(out, ensure_ascii=False)
    assert "look" in text
    assert "Done." in text
    assert "aborted" not in text


@pytest.mark.parametrize("shape", SHAPES)
def test_extend_takes_what_the_model_answers(shape: Shape) -> None:
    """H1: appended message by message, as an agent loop does, it is the same as loaded at once."""
    at_once, one_by_one = BoundedHistory("s1"), BoundedHistory("s1")
    at_once.load(NATIVE[shape], shape)
    for message in NATIVE[shape]:
        one_by_one.extend([message], shape)
    assert at_once.messages(shape) == one_by_one.messages(shape)


@pytest.mark.parametrize("shape", SHAPES)
def test_open_calls_are_valid_too(shape: Shape) -> None:
    """H3: exported in the middle of two calls, one answered, the request is still one that the API takes."""
    history = BoundedHistory("s1")
    history.add_user("go")
    history.add_assistant("", [Call("a", "t", b"{}"), Call("b", "t", b'{"x":[1]}')])
    history.add_result("b", "done")
    out = history.messages(shape)
    accept(out, shape)
    assert not repair(out, shape)[1]
    assert "[pending" in json.dumps(out)
    history.add_result("a", "late")
    assert "[pending" not in json.dumps(history.messages(shape))


@pytest.mark.parametrize("shape", SHAPES)
@given(text=st.text(max_size=30), blank=st.sampled_from(["", " ", "\n"]))
def test_any_text_can_be_sent(shape: Shape, text: str, blank: str) -> None:
    """T3: lone surrogates, NULs and blank messages never make a request that can't be sent."""
    history = BoundedHistory("s1")
    history.add_assistant(text)
    history.add_user(blank)
    history.add_assistant(blank, [Call("a", "t", json.dumps({"x": text}).encode())])
    history.add_result("a", text)
    out = history.messages(shape)
    accept(out, shape)
    assert not repair(out, shape)[1]
    json.dumps(out, ensure_ascii=False).encode()


_GONE = object()


def damaged(value: Any) -> Iterator[Any]:  # noqa: ANN401 (any JSON)
    """Yield all that becomes of a value when one thing in it is missing or of another kind."""
    entries = list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    for key, entry in entries:
        for other in (_GONE, None, 5, "x", "", "\ud800", [], [None], [{}], [{"type": "text", "text": 5}], {}, {"a": 1}, *damaged(entry)):
            made = copy.copy(value)
            if other is _GONE:
                del made[key]
            else:
                made[key] = other
            yield made


@pytest.mark.parametrize("given_shape", SHAPES)
def test_whatever_is_damaged_is_loaded(given_shape: Shape) -> None:
    """H3: one thing missing or of another kind: it loads, nothing is orphaned, it can be sent, and the types of the other APIs take it."""
    count = 0
    for messages in damaged(NATIVE[given_shape]):
        count += 1
        healed, _ = repair(messages, given_shape)
        assert repair(healed, given_shape) == (healed, Repaired())
        history = BoundedHistory("s1")
        history.load(messages, given_shape)
        for shape in SHAPES:
            out = history.messages(shape)
            assert not repair(out, shape)[1]
            json.dumps(out, ensure_ascii=False, allow_nan=False).encode()
            if shape != given_shape and count % 7 == 0:
                accept(out, shape)
    assert count > 400


@pytest.mark.parametrize("arguments", ["", "{", "null", "[1]", '"x"', '{"a": NaN}', '{"a": "\\ud83d"}', "[" * 100_000, "\ud800"])
def test_arguments_that_are_no_json_can_be_sent(arguments: str) -> None:
    """H3: a model's arguments that are cut off, no object or half a character never make a history that no API takes any more."""
    history = BoundedHistory("s1")
    call = {"id": "a", "type": "function", "function": {"name": "t", "arguments": arguments}}
    history.extend([{"role": "user", "content": "go"}, {"role": "assistant", "tool_calls": [call]}], "openai")
    history.add_result("a", "wrong arguments")
    for shape in SHAPES:
        out = history.messages(shape)
        accept(out, shape)
        json.dumps(out, ensure_ascii=False, allow_nan=False).encode()
    block = history.messages("anthropic")[1]["content"][0]
    assert isinstance(block["input"], dict)
    assert arguments != "{" or block["input"] == {"arguments": "{"}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("message", [None, 5, "x", [], {}, {"role": 5}, {"type": []}])
def test_what_is_no_message_is_refused(shape: Shape, message: Any) -> None:  # noqa: ANN401 (anything)
    """T15: appended, it is an error of the caller's, and nothing is appended."""
    history = BoundedHistory("s1")
    with pytest.raises(InvalidArgument, match="is no message of shape"):
        history.extend([message], shape)
    assert history.messages(shape) == []


@pytest.mark.parametrize("shape", SHAPES)
def test_the_validators_are_strict(shape: Shape) -> None:
    """H3: the check above can fail: a result without its id, a call without its name and an unknown block are refused."""
    for find, put in (
        ('"tool_use_id": "t1", ', ""),
        ('"tool_call_id": "c1", ', ""),
        ('"name": "read", ', ""),
        ('"type": "thinking"', '"type": "thoughts"'),
    ):
        text = json.dumps(NATIVE[shape])
        if find in text:
            with pytest.raises(Exception, match="validation error"):
                accept(json.loads(text.replace(find, put)), shape)


class Accepted(Conversation):
    """The same conversations, held against the providers' types after every step."""

    @invariant()
    def accepted(self) -> None:
        """Every request could be sent."""
        for shape in SHAPES:
            accept(self.history.messages(shape), shape)


TestAccepted = Accepted.TestCase
TestAccepted.settings = settings(max_examples=8, stateful_step_count=20)
TestAccepted.__doc__ = (
    """H1, H3: after any operation (append, parallel calls, trim, clear, compact, crash, reload) the export is accepted."""
)
