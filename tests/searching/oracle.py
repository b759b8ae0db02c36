"""Grep in twenty lines, on whole texts: what the streamed answer must equal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from streamtools.results import Event, Gap, GrepResult, Line
from streamtools.searching import grep

#: ``(path, number, sign, data)``; the sign is ``:`` for a hit, ``-`` for context, a gap is ``("", 0, "--", b"")``.
Row = tuple[str, int, str, bytes]
GAP: Row = ("", 0, "--", b"")


def split(data: bytes) -> list[bytes]:
    r"""The lines of a text without their endings: only ``\n`` and ``\r\n`` end a line (T7)."""
    parts = data.split(b"\n")
    last = parts.pop()
    return [part.removesuffix(b"\r") for part in parts] + ([last] if last else [])


def answer(
    data: bytes, hit: Callable[[bytes], bool], *, before: int = 0, after: int = 0, invert: bool = False, most: int | None = None
) -> list[Row]:
    """The rows of one file; ``most`` is ``max_count``."""
    lines = split(data)
    hits = [index for index, line in enumerate(lines) if hit(line) != invert][:most]
    shown = sorted({near for index in hits for near in range(max(index - before, 0), min(index + after + 1, len(lines)))})
    rows: list[Row] = []
    for at, index in enumerate(shown):
        if at and shown[at - 1] != index - 1 and (before or after):
            rows.append(GAP)
        rows.append(("", index + 1, ":" if index in set(hits) else "-", lines[index]))
    return rows


def rows(events: Sequence[Event], *, path: bool = False) -> list[Row]:
    """Events as rows."""
    return list(_rows(events, path=path))


def _rows(events: Sequence[Event], *, path: bool) -> Iterator[Row]:
    for event in events:
        if isinstance(event, Gap):
            yield GAP
        elif isinstance(event, Line):
            yield (event.path if path else "", event.number, ":" if event.kind == "match" else "-", event.data)


def follow(pattern: str | Sequence[str], path: str | Sequence[str], **options: object) -> list[GrepResult]:
    """Page after page, with the same options and the cursor of the page before, until nothing follows."""
    pages = [grep(pattern, path, **options)]  # type: ignore[arg-type]
    while (going_on := pages[-1].next) is not None:
        pages.append(grep(pattern, path, **{**options, "cursor": going_on.arguments["cursor"]}))  # type: ignore[arg-type]
        assert len(pages) < 2000, "the pages do not come to an end"
    return pages


def rows_of(pages: Sequence[GrepResult]) -> list[Row]:
    """The rows of all pages, each with its path."""
    return [row for page in pages for found in page.files for row in rows(found.lines, path=True)]
