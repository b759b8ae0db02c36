"""Events as ripgrep's JSON lines (``rg --json``; the format is that of its ``printer`` crate).

Text that is not UTF-8 comes as base64 under ``bytes``. Where a line is shown in part,
``line_truncated`` says so and ``line_offset`` is the 0-based byte of the line at which it begins.
"""

from __future__ import annotations

import os

from streamtools.events import Begin, End, Line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from streamtools.events import Summary


def data_of(data: bytes) -> dict[str, str]:
    """Return bytes as ``{"text": ...}`` or, when not UTF-8, ``{"bytes": base64}``."""
    try:
        return {"text": data.decode("utf-8")}
    except UnicodeDecodeError:
        import base64

        return {"bytes": base64.b64encode(data).decode("ascii")}


def message(event: Begin | Line | End | Summary, path: str, elapsed: float = 0.0, printed: int = 0, texts: Sequence[bytes] = ()) -> str:
    """Return one line of JSON for an event; ``path`` is the file it belongs to, ``texts`` what replaces the matches of a line."""
    import json

    name = data_of(os.fsencode(path))
    if isinstance(event, Begin):
        kind, body = "begin", {"path": name}
    elif isinstance(event, Line):
        kind, body = "match" if event.kind == "match" else "context", _line(event, name, texts)
    elif isinstance(event, End):
        kind, body = "end", _end(event, name, elapsed, printed)
    else:
        record = {"data": _summary(event, elapsed, printed), "type": "summary"}
        return json.dumps(record, separators=(",", ":"), ensure_ascii=False, sort_keys=True)
    return json.dumps({"type": kind, "data": body}, separators=(",", ":"), ensure_ascii=False)


def _line(line: Line, name: dict[str, str], texts: Sequence[bytes]) -> dict[str, Any]:
    body: dict[str, Any] = {
        "path": name,
        "lines": data_of(line.data + line.ending),
        "line_number": line.number or None,
        "absolute_offset": line.offset,
        "submatches": _matches(line, texts),
    }
    if line.cut or line.column > 1:
        body |= {"line_truncated": line.cut, "line_offset": line.column - 1}
    return body


def _matches(line: Line, texts: Sequence[bytes]) -> list[dict[str, Any]]:
    if not texts:
        return [{"match": _piece(line, a, b), "start": a, "end": b} for a, b in line.matches]
    return [
        {"match": _piece(line, a, b), "replacement": data_of(text), "start": a, "end": b}
        for (a, b), text in zip(line.matches, texts, strict=True)
    ]


def _piece(line: Line, start: int, end: int) -> dict[str, str]:
    """Return a match, which may reach into the line's ending."""
    held = len(line.data)
    return data_of(line.data[start:end] if end <= held else line.data[start:] + line.ending[: end - held])


def _end(end: End, name: dict[str, str], elapsed: float, printed: int) -> dict[str, Any]:
    stats = _stats(elapsed, 1, int(end.matches.value > 0), end.bytes, printed, end.matches.value, end.spans)
    return {"path": name, "binary_offset": end.binary_at, "stats": stats}


def _summary(summary: Summary, elapsed: float, printed: int) -> dict[str, Any]:
    ledger = summary.ledger
    stats = _stats(elapsed, ledger.files, summary.files_with_matches.value, ledger.bytes, printed, summary.matches.value, summary.spans)
    return {"elapsed_total": stats["elapsed"], "stats": stats}


def _stats(elapsed: float, searches: int, hits: int, searched: int, printed: int, lines: int, spans: int) -> dict[str, Any]:
    return {
        "elapsed": {"secs": int(elapsed), "nanos": int(elapsed % 1 * 1e9), "human": f"{elapsed:.6f}s"},
        "searches": searches,
        "searches_with_match": hits,
        "bytes_searched": searched,
        "bytes_printed": printed,
        "matched_lines": lines,
        "matches": spans,
    }
