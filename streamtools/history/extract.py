"""Summaries without a model: what was asked, what was called, which handles and errors came of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, Protocol

from streamtools.history.turns import Call, Opaque, Result, Text, Turn, opaque_text
from streamtools.render.capping import clip
from streamtools.tokens import estimate

_SENTENCE_END: Final = re.compile(r"(?<=[.!?\u3002\uff01\uff1f])\s*\n?|\n")
_ERROR: Final = re.compile(r"(?i)\b(error|exception|failed|fatal|traceback|denied|not found|panic)\b")
_LARGEST: Final = 600
_SMALLEST: Final = 60


class Summarizer(Protocol):
    """Makes one text of many turns; a model may stand behind it."""

    def summarize(self, turns: Sequence[Turn], max_tokens: int) -> str:
        """Return a summary of at most ``max_tokens`` estimated tokens; it may raise anything, the extract is used then."""
        ...


class Extract:
    """The summariser that needs no model: the same turns always give the same text, in microseconds.

    A message gives its first and last sentence, a call its name and arguments, a result its size, its handle, and its
    lines that tell of an error or else its first line. Where ``max_tokens`` is tight, each turn gets less, and in the end
    only the newest turns are told.

    Memory: the summary, three times at most.
    """

    def summarize(self, turns: Sequence[Turn], max_tokens: int) -> str:
        """Return the extract."""
        width = _LARGEST
        while True:
            lines = [line for turn in turns for line in _told(turn, width)]
            text = "\n".join(lines)
            if estimate(text) <= max_tokens:
                return text
            if width <= _SMALLEST:
                break
            width = width * 2 // 3
        while lines and estimate(text) > max_tokens:
            lines = lines[max(len(lines) // 8, 1) :]
            text = "\n".join(["...", *lines])
        return text


def _told(turn: Turn, width: int) -> Iterator[str]:
    for part in turn.parts:
        match part:
            case Text():
                yield f"{turn.role}: {_ends(part.data, width)}"
            case Opaque():
                text = opaque_text(part)
                if text:
                    yield f"{turn.role}: {_ends(text, width)}"
            case Call():
                arguments = clip(part.arguments.decode("utf-8", "backslashreplace"), width // 2)
                result = turn.results.get(part.id)
                yield f"call {part.name} {arguments}" + (f" -> {_outcome(result, width)}" if result else "")


def _ends(data: bytes, width: int) -> str:
    """The first and the last sentence of a text."""
    text = data.decode("utf-8", "backslashreplace").strip()
    if len(text) <= width:
        return " ".join(text.split())
    sentences = [sentence.strip() for sentence in _SENTENCE_END.split(text) if sentence.strip()]
    first, last = clip(sentences[0], width // 2), clip(sentences[-1], width // 2)
    return f"{first} [...] {last}" if len(sentences) > 1 else first


def _outcome(result: Result, width: int) -> str:
    lines = [line.strip() for line in result.text.decode("utf-8", "backslashreplace").split("\n") if line.strip()]
    errors = [line for line in lines if _ERROR.search(line)]
    shown = clip(" | ".join(errors[:3] or lines[:1]), width // 2)
    where = f", {result.handle}" if result.handle else ""
    return f"{'error, ' if result.is_error else ''}{result.bytes or len(result.text):,} bytes{where}: {shown}"
