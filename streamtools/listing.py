"""Glob: files by pattern through the same walk as Grep, in path order or newest first.

result = glob("*.py", "src", sort="modified")
result.paths
"""

from __future__ import annotations

import contextlib
import heapq
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Literal, get_args

from streamtools.deadline import Deadline
from streamtools.errors import BadCursor, InvalidArgument, NotRegular, printable
from streamtools.events import Ledger, Next, Total
from streamtools.files.confine import Roots
from streamtools.files.named import check
from streamtools.files.selection import Selection
from streamtools.files.tally import Tally
from streamtools.files.walk import Walk
from streamtools.limits import DEFAULT, Limits
from streamtools.render.escape import name
from streamtools.results import GlobResult
from streamtools.searching.cursor import Cursor
from streamtools.searching.identity import decode, encode
from streamtools.tuples import NamedTuple
from streamtools.words import Stopped

Order = Literal["path", "modified"]
_LIMIT = 100


class _Asked(NamedTuple):
    pattern: tuple[str, ...]
    path: str
    sort: Order
    head_limit: int | None
    limit: int
    selection: Selection
    digest: str
    cursor: Cursor
    stat: Callable[[str], os.stat_result]


def glob(
    pattern: str | Sequence[str] = (),
    path: str | os.PathLike[str] = ".",
    *,
    type: str | Sequence[str] = (),
    exclude: str | Sequence[str] = (),
    hidden: bool = False,
    ignore: bool = True,
    follow: bool = False,
    max_depth: int | None = None,
    sort: Order = "path",
    head_limit: int | None = None,
    cursor: str | None = None,
    limits: Limits = DEFAULT,
    deadline: Deadline | None = None,
    within: Roots | None = None,
) -> GlobResult:
    """List regular files below ``path`` whose names match; no pattern means all of them.

    ``pattern`` is a gitignore-style glob (``*.py``, ``src/**/*.md``; ``!`` in front excludes), several are
    alternatives. The order is that of paths, or with ``sort="modified"`` newest first. At most ``head_limit``
    names (100 by default, at most ``limits.lines``) and ``limits.bytes`` bytes of them come back; ``next`` goes
    on behind the last one. A listing by time is made anew at every call. ``within`` are the allowed folders: only
    what lies in them, and no deny rule names, is listed.

    Raises `InvalidArgument`, `BadCursor`, or a `FileError` if ``path`` is no folder.

    Memory: the names of the result, and those of one folder.
    """
    asked = _checked(pattern, os.fspath(path), type, exclude, hidden, ignore, follow, max_depth, sort, head_limit, cursor, limits, within)
    tally = Tally()
    after = asked.cursor.done if sort == "path" else None
    try:
        walk = iter(Walk(asked.path, asked.selection, tally, after=after, within=within))
    except InvalidArgument as error:
        raise error if after is None else BadCursor("the cursor points to another folder; list without it") from error
    stopped: Stopped = "end"
    deadline = deadline or Deadline()
    if sort == "path":
        names, stopped, found, ledger = _in_order(walk, asked, limits, deadline, tally)
        kind = "exact" if stopped == "end" else "at_least"
    else:
        names, found, passed = _newest(walk, asked, deadline)
        names, stopped = _fitting(iter(names), asked.limit, limits)
        kind = "exact" if passed is None else "at_least"
        stopped = passed or stopped
        ledger = tally.ledger()
    total = Total(asked.cursor.files + found if sort == "path" else found, kind)  # type: ignore[arg-type]
    going_on = None if stopped == "end" else _next(asked, names)
    notices = _notices(ledger, names, total, stopped, going_on)
    return GlobResult(tuple(names), total, ledger, stopped, going_on, tuple(notices))


def _checked(
    pattern: str | Sequence[str],
    path: str,
    types: str | Sequence[str],
    exclude: str | Sequence[str],
    hidden: bool,
    ignore: bool,
    follow: bool,
    max_depth: int | None,
    sort: Order,
    head_limit: int | None,
    cursor: str | None,
    limits: Limits,
    within: Roots | None,
) -> _Asked:
    import hashlib

    if sort not in get_args(Order):
        raise InvalidArgument(f"sort is path or modified, not {sort!r}")
    if head_limit is not None and head_limit < 1:
        raise InvalidArgument(f"head_limit must be at least 1, not {head_limit!r}")
    if check(path, within) == "file":
        raise NotRegular(f"{printable(path)} is a file; give the folder it is in, or read it", path)
    names = (pattern,) if isinstance(pattern, str) else tuple(pattern)
    selection = Selection(
        hidden=hidden,
        ignore=ignore,
        follow=follow,
        max_depth=max_depth,
        globs=names,
        exclude=(exclude,) if isinstance(exclude, str) else tuple(exclude),
        types=(types,) if isinstance(types, str) else tuple(types),
    )
    roots = within.folders if within is not None else ()
    digest = hashlib.blake2b(repr((path, sort, selection, roots)).encode("utf-8", "surrogatepass"), digest_size=9).hexdigest()
    begin = Cursor() if cursor is None else decode(cursor, digest, 1)
    look = os.stat if within is None else within.stat
    return _Asked(names, path, sort, head_limit, min(head_limit or _LIMIT, limits.lines), selection, digest, begin, look)


def _in_order(
    walk: Iterator[str], asked: _Asked, limits: Limits, deadline: Deadline, tally: Tally
) -> tuple[list[str], Stopped, int, Ledger]:
    """Return the names, what stopped them, their number, and the ledger of what stands before the end of them."""
    passed: list[Stopped] = []
    ledger, told = Ledger(), 0

    def watched() -> Iterator[str]:
        nonlocal ledger, told
        for path in walk:
            yield path
            if tally.noted != told:
                ledger, told = tally.ledger(), tally.noted
            if (word := deadline.passed()) is not None:
                passed.append(word)
                return

    names, stopped = _fitting(watched(), asked.limit, limits)
    stopped = passed[0] if passed and stopped == "end" else stopped
    return names, stopped, len(names), tally.ledger() if stopped == "end" else ledger


def _fitting(paths: Iterator[str], limit: int, limits: Limits) -> tuple[list[str], Stopped]:
    """Return the first names that fit, and what stopped them."""
    names: list[str] = []
    room = limits.bytes - limits.notice_bytes
    for path in paths:
        cost = len(name(path).encode("utf-8")) + 1
        if len(names) >= limit:
            return names, "lines"
        if cost > room:
            return names, "bytes"
        room -= cost
        names.append(path)
    return names, "end"


def _newest(walk: Iterator[str], asked: _Asked, deadline: Deadline) -> tuple[list[str], int, Stopped | None]:
    """Return the newest names behind the cursor, newest first, from a heap of the limit's size."""
    heap: list[tuple[int, _Later]] = []
    found = 0
    begin = (asked.cursor.mtime, _Later(asked.cursor.done)) if asked.cursor.done is not None else None
    for path in walk:
        if (word := deadline.passed()) is not None:
            return [entry[1].path for entry in sorted(heap, reverse=True)], found, word
        try:
            key = (asked.stat(path).st_mtime_ns, _Later(path))
        except OSError:
            continue
        found += 1
        if begin is not None and key >= begin:
            continue
        if len(heap) <= asked.limit:
            heapq.heappush(heap, key)
        else:
            heapq.heappushpop(heap, key)
    return [entry[1].path for entry in sorted(heap, reverse=True)], found, None


class _Later:
    """A path that sorts the other way round, so that among equal times the order is that of names."""

    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        self.path = path

    def __lt__(self, other: _Later) -> bool:
        return self.path > other.path

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Later) and self.path == other.path

    def __hash__(self) -> int:
        return hash(self.path)

    def __ge__(self, other: _Later) -> bool:
        return not self < other


def _next(asked: _Asked, names: list[str]) -> Next:
    last = names[-1] if names else asked.cursor.done
    mtime = 0
    if asked.sort == "modified" and last is not None:
        with contextlib.suppress(OSError):
            mtime = asked.stat(last).st_mtime_ns
    cursor = Cursor(0, last, mtime=mtime, files=asked.cursor.files + len(names))
    chosen = asked.selection
    options: dict[str, object] = {
        "type": list(chosen.types),
        "exclude": list(chosen.exclude),
        "hidden": chosen.hidden,
        "follow": chosen.follow,
        "max_depth": chosen.max_depth,
        "head_limit": asked.head_limit,
    }
    arguments: dict[str, object] = {"pattern": list(asked.pattern), "path": asked.path}
    arguments |= {name: value for name, value in options.items() if value}
    if not chosen.ignore:
        arguments["ignore"] = False
    if asked.sort != "path":
        arguments["sort"] = asked.sort
    return Next("glob", arguments | {"cursor": encode(cursor, asked.digest)})


def _notices(ledger: Ledger, names: list[str], total: Total, stopped: Stopped, going_on: Next | None) -> list[str]:
    from streamtools.searching.skipped import skipped_words

    notices = [words for words in (skipped_words(ledger, verb="listed"),) if words]
    notices += ledger.errors[:3]
    if not names:
        notices.append("no file matches")
    if going_on is not None:
        why = {"deadline": "stopped by the deadline", "cancelled": "cancelled"}.get(stopped, "more follow")
        notices.append(f"{len(names)} files of {total}, {why}; go on with cursor={going_on.arguments['cursor']!r}")
    return notices
