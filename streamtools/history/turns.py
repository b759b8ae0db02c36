"""What a conversation is made of, whoever's API it came from: turns, each a message with all results of its calls."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, Literal

from streamtools.tokens import estimate

Shape = Literal["anthropic", "openai", "responses"]
Role = Literal["system", "user", "assistant"]

#: Tokens that a message takes beside its text, and bytes that its objects take beside theirs.
_MESSAGE_TOKENS: Final = 4
_MESSAGE_BYTES: Final = 600
#: Images and documents are paid by their size in pixels or pages; providers bound them near this.
_MEDIA_TOKENS: Final = 1600
_MEDIA: Final = frozenset({"image", "document", "image_url", "input_image", "input_file", "file", "input_audio"})


@dataclass(frozen=True, slots=True)
class Text:
    """Text as UTF-8."""

    data: bytes

    @property
    def size(self) -> int:
        """Bytes held."""
        return len(self.data)

    @property
    def tokens(self) -> int:
        """Estimated tokens."""
        return estimate(self.data)


@dataclass(frozen=True, slots=True)
class Opaque:
    """A piece that only one shape knows (reasoning, an image, a block with citations), as its JSON.

    It is given back to that shape as it came; another shape gets its text, if it has any.
    """

    shape: Shape
    data: bytes

    @property
    def value(self) -> dict[str, Any]:
        """The piece itself."""
        value: dict[str, Any] = json.loads(self.data)
        return value

    @property
    def size(self) -> int:
        """Bytes held."""
        return len(self.data)

    @property
    def tokens(self) -> int:
        """Estimated tokens."""
        return _MEDIA_TOKENS if self.size > 4 * _MEDIA_TOKENS and self.value.get("type") in _MEDIA else estimate(self.data)


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a tool: ``arguments`` is the JSON text; ``extra`` what else its shape keeps with it."""

    id: str
    name: str
    arguments: bytes
    extra: Opaque | None = None

    @property
    def size(self) -> int:
        """Bytes held."""
        return len(self.arguments) + len(self.name) + len(self.id) + (self.extra.size if self.extra else 0)

    @property
    def tokens(self) -> int:
        """Estimated tokens."""
        return estimate(self.arguments) + estimate(self.name) + _MESSAGE_TOKENS


Part = Text | Opaque | Call


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a call.

    ``text`` is what is shown, ``handle`` names the whole where that was spilled; ``bytes`` and ``lines`` count the
    whole. ``own`` results (Read, Grep, Glob) are never spilled: their text says how to go on.
    """

    call: str
    text: bytes
    handle: str = ""
    is_error: bool = False
    own: bool = False
    cleared: bool = False
    bytes: int = 0
    lines: int = 0
    extra: tuple[Opaque, ...] = ()
    _tokens: int = field(default=-1, init=False, compare=False, repr=False)

    @property
    def size(self) -> int:
        """Bytes held."""
        return len(self.text) + len(self.call) + len(self.handle) + sum(part.size for part in self.extra)

    @property
    def tokens(self) -> int:
        """Estimated tokens; counted once, since a turn with many results asks for each again and again."""
        if self._tokens < 0:
            counted = estimate(self.text) + _MESSAGE_TOKENS + sum(part.tokens for part in self.extra)
            object.__setattr__(self, "_tokens", counted)
        return self._tokens


@dataclass(slots=True)
class Turn:
    """One message and, of an assistant's, the results of its calls by call id: what is kept or dropped as a whole.

    ``number`` counts the turns of a history from 0 on. ``extra`` holds what else the shape keeps with the message;
    ``handles`` name what was spilled of the message itself.
    """

    number: int
    role: Role
    parts: tuple[Part, ...]
    extra: Opaque | None = None
    results: dict[str, Result] = field(default_factory=dict)
    handles: tuple[str, ...] = ()
    _counted: tuple[int, int] | None = None

    @property
    def calls(self) -> Iterator[Call]:
        """The calls, in order."""
        return (part for part in self.parts if isinstance(part, Call))

    @property
    def open(self) -> bool:
        """Whether a call has no result yet."""
        return any(call.id not in self.results for call in self.calls)

    @property
    def messages(self) -> int:
        """The message and one for each result."""
        return 1 + len(self.results)

    @property
    def size(self) -> int:
        """Bytes held."""
        return self._count()[0]

    @property
    def tokens(self) -> int:
        """Estimated tokens."""
        return self._count()[1]

    def answer(self, result: Result) -> None:
        """Set the result of a call."""
        self.results[result.call] = result
        self._counted = None

    def replace(self, parts: tuple[Part, ...]) -> None:
        """Set the message."""
        self.parts = parts
        self._counted = None

    def _count(self) -> tuple[int, int]:
        if self._counted is None:
            pieces = [*self.parts, *self.results.values(), *([self.extra] if self.extra else [])]
            size = sum(piece.size for piece in pieces) + _MESSAGE_BYTES * self.messages
            self._counted = size, sum(piece.tokens for piece in pieces) + _MESSAGE_TOKENS
        return self._counted


def text_of(turn: Turn) -> Iterator[bytes]:
    """All text of a turn as a reader would see it, piece by piece."""
    for part in turn.parts:
        match part:
            case Text():
                yield part.data
            case Opaque():
                yield opaque_text(part)
            case Call():
                yield f"call {part.name} ".encode() + part.arguments
                if part.id in turn.results:
                    yield turn.results[part.id].text


def opaque_text(part: Opaque) -> bytes:
    """Return the text in a piece of another shape; empty for images, and for reasoning, which is only its own model's."""
    value = part.value
    if value.get("type") in {"reasoning", "thinking", "redacted_thinking"}:
        return b""
    found = value.get("text", value.get("content", value.get("refusal")))
    if isinstance(found, list):
        texts = [piece.get("text") for piece in found if isinstance(piece, Mapping)]
        found = "\n".join(text for text in texts if isinstance(text, str))
    return found.encode("utf-8", "backslashreplace") if isinstance(found, str) else b""


def dumps(value: object) -> bytes:
    """Return the one JSON text of a value that is used everywhere here."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")


def packed(turn: Turn) -> dict[str, Any]:
    """Return a turn as plain data that JSON can hold."""
    return {
        "number": turn.number,
        "role": turn.role,
        "parts": [_packed_piece(part) for part in turn.parts],
        "extra": _packed_piece(turn.extra) if turn.extra else None,
        "results": [_packed_piece(result) for result in turn.results.values()],
        "handles": list(turn.handles),
    }


def unpacked(data: Mapping[str, Any]) -> Turn:
    """Return the turn that `packed` was given, without results that no call of it asked for.

    Raises KeyError, TypeError or ValueError for other data.
    """
    parts = tuple(_unpacked_piece(part) for part in data["parts"])
    extra = _unpacked_piece(data["extra"]) if data["extra"] else None
    asked = {part.id for part in parts if isinstance(part, Call)}
    results = {result.call: result for result in map(_unpacked_piece, data["results"]) if result.call in asked}
    return Turn(data["number"], data["role"], parts, extra, results, tuple(data["handles"]))


def _packed_piece(piece: Part | Result) -> dict[str, Any]:
    made: dict[str, Any] = {"": type(piece).__name__}
    for entry in fields(piece):
        if entry.name.startswith("_"):
            continue
        value = getattr(piece, entry.name)
        if isinstance(value, bytes):
            value = value.decode("utf-8", "backslashreplace")
        elif isinstance(value, Opaque):
            value = _packed_piece(value)
        elif isinstance(value, tuple):
            value = [_packed_piece(part) for part in value]
        made[entry.name] = value
    return made


def _unpacked_piece(data: Mapping[str, Any]) -> Any:  # noqa: ANN401 (the class is in the data)
    kind = {"Text": Text, "Opaque": Opaque, "Call": Call, "Result": Result}[data[""]]
    made: dict[str, Any] = {key: value for key, value in data.items() if key}
    for key in ("data", "arguments", "text"):
        if key in made:
            made[key] = made[key].encode()
    if made.get("extra"):
        made["extra"] = tuple(map(_unpacked_piece, made["extra"])) if kind is Result else _unpacked_piece(made["extra"])
    elif kind is Result:
        made["extra"] = ()
    return kind(**made)
