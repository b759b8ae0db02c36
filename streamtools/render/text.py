"""Results to the text that a model or a person reads; notices last, each in brackets at column 0.

File text never begins a line: a number, or a path and a number, stand before it.
"""

from __future__ import annotations

from collections.abc import Iterator

from streamtools.events import Gap, Line
from streamtools.limits import DEFAULT, Limits
from streamtools.render.capping import cap
from streamtools.render.escape import name, visible
from streamtools.results import GlobResult, GrepResult, ReadResult


def text_of(result: ReadResult | GrepResult | GlobResult, limits: Limits = DEFAULT) -> str:
    """Render a result within ``limits``: valid UTF-8, at most ``limits.bytes`` bytes.

    Read: ``number<TAB>text``. Grep: ``path:number:text`` for hits, ``path-number-text`` for
    context, ``--`` between groups; ``path``, or ``path:count``, in the other modes. Glob: one
    path a line.
    """
    if isinstance(result, ReadResult):
        lines: Iterator[str] = (f"{line.number}\t{visible(line.data)}" for line in result.lines)
    elif isinstance(result, GrepResult):
        lines = _grep(result)
    else:
        lines = map(name, result.paths)
    return cap(lines, result.notices, limits)


def _grep(result: GrepResult) -> Iterator[str]:
    before = False
    contexts = any(isinstance(line, Gap) or line.kind != "match" for hit in result.files for line in hit.lines)
    for hit in result.files:
        path = name(hit.path)
        if result.mode == "count":
            yield f"{path}:{hit.count.value}"
        elif result.mode != "content":
            yield path
        if before and contexts:
            yield "--"
        before = bool(hit.lines)
        for line in hit.lines:
            yield "--" if isinstance(line, Gap) else _hit(path, line)


def _hit(path: str, line: Line) -> str:
    sign = ":" if line.kind == "match" else "-"
    number = f"{line.number}{sign}" if line.number else ""
    return f"{path}{sign}{number}{visible(line.data)}"
