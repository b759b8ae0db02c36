"""The work of a search in units, for several processes.

A unit is either a batch of files of a tree or a part of one big file that begins and ends with
lines. What a unit gives holds the same events that one process would have yielded.
"""

from __future__ import annotations

import os

from streamtools.errors import FileError
from streamtools.events import Bundle, Ledger, Line, Runs
from streamtools.files.tally import Tally
from streamtools.limits import KIB, MIB
from streamtools.match.exact import compile
from streamtools.searching.context import Place
from streamtools.searching.glance import glance
from streamtools.searching.opening import open_input
from streamtools.searching.scan import Scanner
from streamtools.text.mapped import LongLine, expendable
from streamtools.text.source import from_fd, from_path
from streamtools.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Final

    from streamtools.events import Event
    from streamtools.match.exact import Matcher
    from streamtools.searching.request import Request
    from streamtools.text.source import Identity, Source
    from streamtools.words import Stopped

    #: What names in a folder begin with, and neighbours among them, see `Walk.steps`.
    Step = tuple[str, Sequence[str]]


#: The first part is searched alone, since most searches end there.
FIRST: Final = 8 * MIB
#: The others are large, as each costs 0.2 ms, and small towards the end of a file, so that all processes end at once.
LARGE_PART: Final = 32 * MIB
PART: Final = 2 * MIB
#: Where many lines are shown: their text waits in memory until it is the part's turn.
SHOWN_PART: Final = MIB
#: Bytes of events that a unit gives at most; what gives more is searched by the parent, as a stream.
MOST: Final = 4 * MIB
#: Files of a batch, and the bytes of their names: a batch must fit into a pipe.
FILES: Final = 512
NAMES: Final = 32 * KIB
#: From this size on a file of a tree is not left to one process.
BIG: Final = 2 * FIRST
#: So far a line end is looked for; a file with longer lines is not cut there.
LONG: Final = 8 * MIB


class Batch(NamedTuple):
    r"""Some files of a tree, in the order of the walk: what paths begin with, and the names there with ``\0`` between them."""

    runs: tuple[tuple[str, str], ...]

    def split(self) -> list[Step]:
        """Return the runs with their names apart."""
        return [(shown, names.split("\0")) for shown, names in self.runs]


class Part(NamedTuple):
    """The lines of a file that begin at byte ``start`` and end at byte ``stop``; ``inode`` says which file it must be."""

    path: str
    start: int
    stop: int
    inode: tuple[int, int]


class Seen(NamedTuple):
    """An event, and what the scanner says behind it: the place, and how much of the file or part was found up to there."""

    event: Event
    place: Place
    matches: int
    spans: int


class Outcome(NamedTuple):
    """What one file, or part of one, gave.

    ``number`` is the file's in its batch, ``before`` the file that went before it there, ``passed`` the ledger of the files since
    the outcome before, ``ledger`` its own; ``read`` is the byte up to which a part was read. ``alone`` says that it is more than a
    unit may hold, and still to be searched; there are no events then. ``ends`` is the number of line ends of a part, if they were
    counted. ``binary`` says that a part is left to the parent, with all that follows it, since there is a NUL in it.
    """

    path: str
    events: tuple[Seen, ...] = ()
    number: int = 0
    before: str | None = None
    passed: Ledger = Ledger()
    ledger: Ledger = Ledger()
    matches: int = 0
    spans: int = 0
    stopped: Stopped = "end"
    place: Place = Place()
    tired: int | None = None
    identity: Identity | None = None
    alone: bool = False
    ends: int | None = None
    binary: bool = False
    read: int = 0


class Done(NamedTuple):
    """The outcome of a batch: its files with something to show, the ledger of the files behind them, and its last file."""

    outcomes: tuple[Outcome, ...]
    ledger: Ledger
    last: str | None


class Worker:
    """Does units of one request; each process has its own.

    One that ``maps`` looks at parts of files where the system keeps them: it may be killed for it at any time, see `Mapped`.

    Memory: one `Scanner`, one `Glance`, and the events of one unit, which take at most ``MOST`` bytes and one event.
    """

    def __init__(self, request: Request, *, capped: bool, runs: bool, maps: bool = False, matcher: Matcher | None = None) -> None:
        self._request = request
        self._maps = maps
        if maps:
            expendable()
        made = matcher or compile(request.query, seconds=request.limits.match_seconds, engine=request.engine)
        self._scanner = Scanner(request, made, Tally(), capped=capped, runs=runs)
        self._glance = glance(request, made)

    def __call__(self, unit: Batch | Part) -> Done | Outcome:
        """Do one unit. Raises `FileError` for a part of a file that is not there any more."""
        if isinstance(unit, Batch):
            return self._batch(unit)
        with from_path(unit.path, regular=True, within=self._request.within) as source:
            if source.identity is None or source.identity[:2] != unit.inode:
                raise FileError(f"{unit.path}: another file has its name now", unit.path)
            return self._part(source, unit)

    def part(self, unit: Part, fd: int) -> Outcome:
        """Do a part of a file that is open."""
        return self._part(from_fd(fd, path=unit.path), unit)

    def flow(self, unit: Part, fd: int, place: Place) -> Iterator[Seen]:
        """Yield the events of a part from ``place`` on as they come; `outcome` then tells the rest."""
        found = self._scanner
        found.tally = Tally()
        source = from_fd(fd, path=unit.path)
        source.seek(0)
        source.stop_at(unit.stop)
        for event in found.scan(source, unit.path, place):
            yield Seen(event, found.place, found.matches, found.spans)

    @property
    def binary_at(self) -> int | None:
        """Where in the file that was searched last the first NUL is, if it is searched as a binary one."""
        return self._scanner.binary_at

    def close(self) -> None:
        """Give the window back."""
        self._scanner.close()
        if self._glance is not None:
            self._glance.close()

    def _batch(self, batch: Batch) -> Done:
        found: list[Outcome] = []
        before = None
        room, number = MOST, 0
        tally = Tally(messages=2 * FILES)
        for count, path, read, source in self._looked(batch):
            number += count
            if read is not None:
                tally.files += count
                tally.bytes += read
                before = path
                continue
            outcome, room = self._file(path, source, before, tally, room)
            if outcome is not None:
                found.append(outcome._replace(number=number - 1))
                tally = Tally(messages=2 * FILES)
                if outcome.stopped not in {"end", "changed"}:
                    break
            before = path
        return Done(tuple(found), tally.ledger(), before)

    def _looked(self, batch: Batch) -> Iterator[tuple[int, str, int | None, Source | None]]:
        """Yield how many files of a batch are passed, the last of them, their size if nothing can match in them, and what was read of it.

        A file to be searched has no size and comes alone, as it was read if that was done.
        """
        look = self._glance
        for shown, names in batch.split():
            if look is None:
                for name in names:
                    yield 1, shown + name, self._scanner.nothing_in(shown + name), None
                continue
            at = 0
            while at < len(names):
                some = names[at : at + look.most]
                at += len(some)
                sizes = look.sizes(shown, some)
                if None not in sizes:
                    yield len(some), shown + some[-1], sum(filter(None, sizes)), None
                    continue
                for number, size in enumerate(sizes):
                    path = shown + some[number]
                    yield 1, path, size, None if size is not None else look.source(number, path)

    def _file(self, path: str, seen: Source | None, before: str | None, tally: Tally, room: int) -> tuple[Outcome | None, int]:
        """Search a file; return its outcome, if it is worth to be told, and how much room is left for events."""
        own = self._scanner.tally = Tally()
        if room <= 0:
            return Outcome(path, before=before, passed=tally.ledger(), alone=True), room
        try:
            with seen or open_input(self._request, path) as source:
                if self._request.avoids(source.identity):
                    tally.skip("special", path)
                    return None, room
                if (source.size or 0) >= 2 * FIRST:
                    return Outcome(path, before=before, passed=tally.ledger(), alone=True), room
                events, left = self._events(self._scanner.scan(source, path), room)
                if left <= 0:
                    return Outcome(path, before=before, passed=tally.ledger(), alone=True), room // 2
                outcome = self.outcome(path, events)._replace(before=before, identity=source.identity, ledger=own.ledger())
        except FileError as error:
            if (reason := self._request.reason(error, path)) is not None:
                tally.merge(own.ledger())
                tally.skip(reason, path)
                tally.fail(error)
            return None, room
        if not (events or outcome.matches or outcome.tired is not None or outcome.stopped not in {"end", "changed"}):
            tally.merge(outcome.ledger)
            return None, left
        return outcome._replace(passed=tally.ledger()), left

    def _part(self, source: Source, unit: Part) -> Outcome:
        self._scanner.tally = Tally()
        source.stop_at(unit.stop)
        found = self._scanner.scan_map(source, unit.path, unit.start) if self._maps else None
        try:
            events, left = self._events(found or self._read(source, unit), MOST)
        except LongLine:
            self._scanner.tally = Tally()
            events, left = self._events(self._read(source, unit), MOST)
        if self._scanner.binary_at is not None:
            return Outcome(unit.path, binary=True)
        if left <= 0:
            return Outcome(unit.path, alone=True, binary=self._request.watches_nuls and not clear(source.fd, unit.start, unit.stop))
        return self.outcome(unit.path, events, unit.start)._replace(ends=self._scanner.line_ends)

    def _read(self, source: Source, unit: Part) -> Iterator[Event]:
        source.seek(0)
        return self._scanner.scan(source, unit.path, Place(unit.start))

    def _events(self, events: Iterator[Event], room: int) -> tuple[tuple[Seen, ...], int]:
        """Return all events of a file and the room that is left; none and 0 if it is too small."""
        kept: list[Seen] = []
        found = self._scanner
        for event in events:
            kept.append(Seen(event, found.place, found.matches, found.spans))
            room -= weight(event)
            if room <= 0:
                events.close()  # type: ignore[attr-defined]
                return (), 0
        return tuple(kept), room

    def outcome(self, path: str, events: tuple[Seen, ...] = (), start: int = 0) -> Outcome:
        """Return what was found in the file that was searched last, or the part of it from ``start`` on."""
        found = self._scanner
        told = Outcome(path, events, matches=found.matches, spans=found.spans, stopped=found.stopped, place=found.place, tired=found.tired)
        return told._replace(read=start + found.tally.bytes)


def weight(event: Event) -> int:
    """Return about how many bytes an event takes."""
    if isinstance(event, Bundle):
        spans = 0 if isinstance(event.matches, bytes) else sum(map(len, event.matches))
        return 150 * len(event.texts) + sum(map(len, event.texts)) + 64 * spans
    if isinstance(event, Line):
        return 300 + len(event.data) + 64 * len(event.matches)
    return 100 + len(event.text) + 40 * len(event.behind) if isinstance(event, Runs) else 300


def part_size(left: int, jobs: int, shown: float) -> int:
    """Return how many of the ``left`` bytes of a file the next part takes, if the bytes before gave ``shown`` bytes of events each."""
    size = min(max(left // (4 * jobs), PART), LARGE_PART)
    return min(size, max(int(MOST / 4 / shown), SHOWN_PART)) if shown else size


def border(fd: int, offset: int, size: int) -> int | None:
    """Return the byte behind the first line end at or behind ``offset``, at most ``size``; None if it is too far to look for."""
    stop = min(offset + LONG, size)
    while offset < stop:
        data = os.pread(fd, 64 * KIB, offset - 1)
        at = data.find(b"\n")
        if at >= 0:
            return min(offset + at, size)
        if len(data) <= 1:
            return size
        offset += len(data)
    return size if offset >= size else None


def clear(fd: int | None, start: int, stop: int) -> bool:
    """Whether there is no NUL in the bytes ``[start, stop)`` of a file; those that `Nuls` looks at with them are looked at, too."""
    return fd is not None and not any(0 in os.pread(fd, MIB, at) for at in range(start, stop + 64 * KIB, MIB))


def shift(event: Event, lines: int) -> Event:
    """Return an event of a part before which the file has ``lines`` lines."""
    if isinstance(event, Line | Runs) and event.number:
        return event._replace(number=event.number + lines)
    if isinstance(event, Bundle):
        return event._replace(numbers=tuple([number and number + lines for number in event.numbers]))
    return event


def worker(setup: tuple[Request, bool, bool]) -> Worker:
    """Make a worker in a child that is a process of its own."""
    request, capped, runs = setup
    return Worker(request, capped=capped, runs=runs, maps=True)
