"""Results to the text that a model or a person reads; notices last, each in brackets at column 0.

File text never begins a line: a number, or a path and a number, stand before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, repeat
from operator import itemgetter
from typing import Final

from streamtools.events import Gap, Line
from streamtools.limits import DEFAULT, Limits
from streamtools.render.bulk import visibles
from streamtools.render.capping import cap
from streamtools.render.escape import name, visible
from streamtools.results import GlobResult, GrepResult, ReadResult

#: Lines that are made together.
_TOGETHER: Final = 64
_number: Final = itemgetter(Line._fields.index("number"))
_data: Final = itemgetter(Line._fields.index("data"))
_kind: Final = itemgetter(Line._fields.index("kind"))


def text_of(result: ReadResult | GrepResult | GlobResult, limits: Limits = DEFAULT) -> str:
    """Render a result within ``limits``: valid UTF-8, at most ``limits.bytes`` bytes.

    Read: ``number<TAB>text``. Grep: ``path:number:text`` for hits, ``path-number-text`` for
    context, ``--`` between groups; ``path``, or ``path:count``, in the other modes. Glob: one
    path a line.
    """
    if isinstance(result, ReadResult):
        lines: Iterable[str] = (f"{line.number}\t{visible(line.data)}" for line in result.lines)
    elif isinstance(result, GrepResult):
        lines = chain.from_iterable(_grep(result))
    else:
        lines = map(name, result.paths)
    return cap(lines, result.notices, limits)


def _grep(result: GrepResult) -> Iterator[Iterable[str]]:
    """Yield the lines, those that are made together together."""
    before = False
    contexts = not all(_only_hits(hit.lines) for hit in result.files)
    for hit in result.files:
        path = name(hit.path)
        if result.mode == "count":
            yield (f"{path}:{hit.count.value}",)
        elif result.mode != "content":
            yield (path,)
        if before and contexts:
            yield ("--",)
        before = bool(hit.lines)
        if contexts:
            yield ["--" if isinstance(line, Gap) else _hit(path, line) for line in hit.lines]
        else:
            yield from _hits(path, hit.lines)  # type: ignore[arg-type]


def _only_hits(lines: Sequence[Line | Gap]) -> bool:
    try:
        return {"match"}.issuperset(map(_kind, lines))  # type: ignore[arg-type]
    except TypeError:
        # a gap has no kind
        return False


def _hits(path: str, lines: Sequence[Line]) -> Iterator[Iterable[str]]:
    """Yield lines that all match, some at once."""
    head = f"{path}:"
    for at in range(0, len(lines), _TOGETHER):
        some = lines[at : at + _TOGETHER]
        numbers = list(map(_number, some))
        if all(numbers):
            texts = visibles(list(map(_data, some)))
            yield [f"{head}{number}:{text}" for number, text in zip(numbers, texts, strict=True)]
        else:
            yield map(_hit, repeat(path), some)


def _hit(path: str, line: Line) -> str:
    sign = ":" if line.kind == "match" else "-"
    number = f"{line.number}{sign}" if line.number else ""
    return f"{path}{sign}{number}{visible(line.data)}"
