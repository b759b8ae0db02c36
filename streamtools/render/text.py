"""Results to the text that a model or a person reads; notices last, each in brackets at column 0.

File text never begins a line: a number, or a path and a number, stand before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from streamtools.events import Bundle, Gap, Line
from streamtools.limits import DEFAULT, Limits
from streamtools.render.bulk import visibles
from streamtools.render.capping import cap
from streamtools.render.escape import name, visible
from streamtools.results import GlobResult, GrepResult, ReadResult

#: Lines that are made together.
_TOGETHER: Final = 64


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
    contexts = any(
        not isinstance(one, Bundle) and (isinstance(one, Gap) or one.kind != "match") for hit in result.files for one in hit.found
    )
    for hit in result.files:
        path = name(hit.path)
        if result.mode == "count":
            yield (f"{path}:{hit.count.value}",)
        elif result.mode != "content":
            yield (path,)
        if before and contexts:
            yield ("--",)
        before = bool(hit.found)
        for one in hit.found:
            if isinstance(one, Bundle):
                yield from _hits(path, one)
            else:
                yield ("--" if isinstance(one, Gap) else _hit(path, one),)


def _hits(path: str, some: Bundle) -> Iterator[Iterable[str]]:
    """Yield lines that all match, many at once."""
    head = f"{path}:"
    for at in range(0, len(some.texts), _TOGETHER):
        numbers = some.numbers[at : at + _TOGETHER]
        texts = visibles(some.texts[at : at + _TOGETHER])
        if numbers[0]:
            yield [f"{head}{number}:{text}" for number, text in zip(numbers, texts, strict=True)]
        else:
            yield [head + text for text in texts]


def _hit(path: str, line: Line) -> str:
    sign = ":" if line.kind == "match" else "-"
    number = f"{line.number}{sign}" if line.number else ""
    return f"{path}{sign}{number}{visible(line.data)}"
