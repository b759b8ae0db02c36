"""What a conversation is made of, whoever's API it came from: turns, each a message with all results of its calls."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, Literal, get_args

from streamtools.tokens import estimate

Shape = Literal["anthropic", "openai", "responses"]
Role = Literal["system", "user", "assistant"]

#: Made once: each one is a circle of objects that waits for the garbage collection.
_DECODER: Final = json.JSONDecoder(parse_constant=str)
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
        value: dict[str, Any] = loads(self.data)
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
    def given(self) -> dict[str, Any]:
        """The arguments; what a model wrote that is no JSON object is the text under ``arguments``."""
        try:
            value = loads(self.arguments or b"{}")
        except (ValueError, RecursionError):
            value = None
        return value if isinstance(value, dict) else {"arguments": self.arguments.decode("utf-8", "backslashreplace")}

    @property
    def size(self) -> int:
        """Bytes held."""
        return len(self.arguments) + len(self.name) + len(self.id) + (self.extra.size if self.extra else 0)

    @property
    def tokens(self) -> int:
        """Estimated tokens."""
        return estimate(self.arguments) + estimate(self.name) + _MESSAGE_TOKENS


Part = Text | Opaque | Call
#: The fields of pieces as they are saved.
_KINDS: Final = {"str": str, "bytes": str, "Shape": str, "bool": bool, "int": int}


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


def loads(data: bytes) -> Any:  # noqa: ANN401 (any JSON)
    """Return the value of a JSON text as it can be sent: half a character becomes its escape, and NaN a word."""
    value = _DECODER.decode(data.decode(json.detect_encoding(data), "surrogatepass"))
    return _sendable(value) if b"\\u" in data else value


def _sendable(value: Any) -> Any:  # noqa: ANN401 (any JSON)
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, list):
        return [_sendable(one) for one in value]
    if isinstance(value, dict):
        return {_sendable(name): _sendable(one) for name, one in value.items()}
    return value


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
    parts = tuple(_unpacked_piece(part, Part) for part in data["parts"])
    extra = _unpacked_piece(data["extra"], Opaque) if data["extra"] is not None else None
    asked = {part.id for part in parts if isinstance(part, Call)}
    results = {result.call: result for result in (_unpacked_piece(one, Result) for one in data["results"]) if result.call in asked}
    handles = tuple(data["handles"])
    if type(data["number"]) is not int or data["role"] not in get_args(Role) or not all(isinstance(one, str) for one in handles):
        raise ValueError("a turn of another kind")
    return Turn(data["number"], data["role"], parts, extra, results, handles)


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


def _unpacked_piece(data: Mapping[str, Any], wanted: Any) -> Any:  # noqa: ANN401 (the class is in the data)
    kind = {"Text": Text, "Opaque": Opaque, "Call": Call, "Result": Result}[data[""]]
    if not issubclass(kind, wanted):
        raise TypeError(f"a {kind.__name__} is out of its place")
    made: dict[str, Any] = {}
    for entry in fields(kind):
        if entry.name.startswith("_"):
            continue
        value = data[entry.name]
        if entry.name == "extra":
            pieces = value if kind is Result else [value] if value is not None else []
            found = tuple(_unpacked_piece(piece, Opaque) for piece in pieces)
            value = found if kind is Result else next(iter(found), None)
        elif type(value) is not _KINDS[str(entry.type)]:
            raise ValueError(f"{entry.name} is {type(value).__name__}")
        made[entry.name] = value.encode() if entry.type == "bytes" else value
    piece = kind(**made)
    if isinstance(piece, Opaque) and not (piece.shape in get_args(Shape) and isinstance(piece.value, dict)):
        raise ValueError("a piece of an unknown shape")
    return piece
