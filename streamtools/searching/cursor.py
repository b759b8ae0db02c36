"""Where a search stopped: a place that a later call goes on from; see `identity` for the word it becomes."""

from __future__ import annotations

from streamtools.tuples import NamedTuple


class Cursor(NamedTuple):
    """A place in a search: in root number ``root``, behind the file ``done``, within the file ``path``.

    Either may be None: nothing is done yet, or a new file begins. See `Place` for ``offset`` to ``gap``, and ``nul``;
    ``matches`` and ``files`` count what was found in files that are done.
    """

    root: int = 0
    done: str | None = None
    path: str | None = None
    size: int = 0
    mtime: int = 0
    offset: int = 0
    line: int = 1
    after: int = 0
    shown: bool = False
    inside: bool = False
    taken: int = 0
    gap: bool = False
    matches: int = 0
    files: int = 0
    nul: int | None = None
