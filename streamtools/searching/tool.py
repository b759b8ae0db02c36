"""The Grep tool: a bounded collection of the events of a search, and the stream itself."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Unpack

from streamtools.events import Event
from streamtools.files.listings import LISTINGS
from streamtools.results import GrepResult
from streamtools.searching.collect import Collector
from streamtools.searching.diagnose import diagnose
from streamtools.searching.options import Names, Options
from streamtools.searching.request import Request
from streamtools.searching.tree import Search

Paths = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]


def grep(pattern: Names, path: Paths = ".", **options: Unpack[Options]) -> GrepResult:
    """Search files for a pattern (or several) and return at most one page of hits.

    ``options`` are those of `Options`. The order is that of the walk: entries of a folder by name, files and
    folders interleaved. ``head_limit`` is 250 hits by default; the result holds at most
    ``limits.lines`` lines and, rendered, ``limits.bytes`` bytes. The search stops as soon as
    that is full; ``next`` then holds the cursor that goes on, and following it to the end gives every
    hit once. Nothing found: the notices say what a search with other options would have found, from a
    second look of at most 64 MiB or 2000 files.

    A file that can't be read is told in the ledger and the rest goes on. Raises `BadPattern`,
    `BadCursor`, `InvalidArgument`, and a `FileError` if the only path can't be searched.

    Memory: one window, one line as text, and the result.
    """
    request = Request.of(pattern, path, options, bundles=True)
    collector = Collector(request)
    search = Search(request, capped=True, known=LISTINGS)
    events = search.events()
    try:
        for event in events:
            if not collector.add(event, search):
                break
    finally:
        events.close()  # type: ignore[attr-defined]
        search.close()
    found = () if collector.matches or request.cursor is not None else diagnose(request, search)
    return collector.result(search, found)


async def agrep(pattern: Names, path: Paths = ".", **options: Unpack[Options]) -> GrepResult:
    """Do what `grep` does without blocking the event loop; a cancelled call stops at its next window."""
    import asyncio

    from streamtools.deadline import Deadline

    deadline = options.get("deadline") or Deadline()
    options["deadline"] = deadline
    try:
        return await asyncio.to_thread(grep, pattern, path, **options)
    except asyncio.CancelledError:
        deadline.cancel()
        raise


def search(pattern: Names, path: Paths = ".", **options: Unpack[Options]) -> Iterator[Event]:
    """Yield the events of a search, without caps and in constant memory, and a `Summary` at the end.

    Lines come whole; one that is longer than the window comes in pieces with the same number and
    rising columns, ``cut`` on all but the last. ``head_limit`` has no effect here: leave the iterator when
    there is enough; closing it closes the file. Raises as `grep` does.

    Memory: one window and one line as text.
    """
    request = Request.of(pattern, path, options)
    running = Search(request, capped=False, known=LISTINGS)

    def events() -> Iterator[Event]:
        yield from running.events()
        yield running.summary()

    return events()
