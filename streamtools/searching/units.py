"""The work of a search in units, for several processes.

A unit is either a batch of files of a tree or a part of one big file that begins and ends with
lines. What a unit gives holds the same events that one process would have yielded.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from streamtools.errors import FileError
from streamtools.files.tally import Tally
from streamtools.limits import KIB, MIB
from streamtools.match.exact import Matcher, compile
from streamtools.results import Event, Ledger, Line, Runs, Stopped
from streamtools.searching.context import Place
from streamtools.searching.request import Request
from streamtools.searching.scan import Scanner
from streamtools.text.source import OPEN, Identity, from_path

#: Part sizes: the first is searched alone, since most searches end there.
FIRST: Final = 8 * MIB
PART: Final = 8 * MIB
#: Where lines are shown: their text waits in memory until it is the part's turn.
SHOWN_PART: Final = MIB
#: Bytes of events that a unit gives at most; what gives more is searched by the parent, as a stream.
MOST: Final = 4 * MIB
#: Files of a batch, and the bytes of their names: a batch must fit into a pipe.
FILES: Final = 128
NAMES: Final = 16 * KIB


class Batch(NamedTuple):
    """Some files of a tree, in the order of the walk."""

    paths: tuple[str, ...]


class Part(NamedTuple):
    """The lines of a file that begin at byte ``start`` and end at byte ``stop``."""

    path: str
    start: int
    stop: int


class Outcome(NamedTuple):
    """What one file, or part of one, gave: events, each with the place behind it.

    ``before`` is the file of the batch that went before it. ``alone`` says that it is more than a unit
    may hold, and still to be searched.
    """

    path: str
    before: str | None
    events: tuple[tuple[Event, Place], ...]
    matches: int = 0
    spans: int = 0
    stopped: Stopped = "end"
    place: Place = Place()
    tired: int | None = None
    identity: Identity | None = None
    alone: bool = False


class Done(NamedTuple):
    """The outcome of a unit: its files with something to show, and the ledger of all of them.

    A part without an outcome is more than a unit may hold, and still to be searched. ``last`` is the last
    file of a batch, ``ends`` the number of line ends of a part, if they were counted.
    """

    outcomes: tuple[Outcome, ...]
    ledger: Ledger
    last: str | None = None
    ends: int | None = None


class Worker:
    """Does units of one request; each process has its own.

    Memory: one `Scanner`, and ``MOST`` bytes of events a file or part.
    """

    def __init__(self, request: Request, *, capped: bool, runs: bool, matcher: Matcher | None = None) -> None:
        self._tally = Tally()
        self._request = request
        self._made = matcher or compile(request.query, seconds=request.limits.match_seconds, engine=request.engine)
        self._scanner = Scanner(request, self._made, self._tally, capped=capped, runs=runs)
        self.streamed: Outcome | None = None

    def __call__(self, unit: Batch | Part) -> Done:
        """Do one unit."""
        tally = self._scanner.tally = Tally()
        if isinstance(unit, Part):
            return self._part(unit, tally)
        found: list[Outcome] = []
        before = None
        for path in unit.paths:
            read = self._scanner.nothing_in(path)
            if read is None:
                outcome_of = self._whole(path, before, tally)
                if outcome_of is not None:
                    found.append(outcome_of)
                    if outcome_of.stopped not in {"end", "changed"}:
                        break
            else:
                tally.files += 1
                tally.bytes += read
            before = path
        return Done(tuple(found), tally.ledger(), before)

    def _whole(self, path: str, before: str | None, tally: Tally) -> Outcome | None:
        try:
            with from_path(path, regular=True) as source:
                if self._request.avoids(source.identity):
                    tally.skip("special", path)
                    return None
                events = self._events(self._scanner.scan(source, path))
                if events is None:
                    return Outcome(path, before, (), alone=True)
                return self._outcome(path, before, events, source.identity)
        except FileError as error:
            if os.path.lexists(path):
                tally.skip("unreadable", path)
                tally.error(str(error))
            return None

    def _part(self, part: Part, tally: Tally) -> Done:
        with from_path(part.path, regular=True) as source:
            assert source.fd is not None
            fd, identity = source.fd, source.identity
            source.stop_at(part.stop)
            events = self._events(self._scanner.scan(source, part.path, Place(part.start)))
            if events is None:
                return Done((), Tally().ledger())
            counts = events and self._request.line_numbers and self._request.output_mode == "content"
            ends = line_ends(fd, part.start, part.stop) if counts else None
            return Done((self._outcome(part.path, None, events, identity),), tally.ledger(), ends=ends)

    def stream(self, part: Part) -> Iterator[tuple[Event, Place]]:
        """Yield the events of a part as they come; ``streamed`` is then its outcome, without the events."""
        with from_path(part.path, regular=True) as source:
            identity = source.identity
            source.stop_at(part.stop)
            for event in self._scanner.scan(source, part.path, Place(part.start)):
                yield event, self._scanner.place
        self.streamed = self._outcome(part.path, None, (), identity)

    def _events(self, events: Iterator[Event]) -> tuple[tuple[Event, Place], ...] | None:
        """Return all events of a file, each with the place behind it; None if they are too large."""
        kept: list[tuple[Event, Place]] = []
        size = 0
        for event in events:
            kept.append((event, self._scanner.place))
            size += _weight(event)
            if size > MOST:
                events.close()  # type: ignore[attr-defined]
                return None
        return tuple(kept)

    def _outcome(self, path: str, before: str | None, events: tuple[tuple[Event, Place], ...], identity: Identity | None) -> Outcome:
        scanner = self._scanner
        numbers = (scanner.matches, scanner.spans)
        return Outcome(path, before, events, *numbers, scanner.stopped, scanner.place, scanner.tired, identity)

    def close(self) -> None:
        """Give the window back."""
        self._scanner.close()


def _weight(event: Event) -> int:
    """Return about how many bytes an event takes."""
    if isinstance(event, Line):
        return 300 + len(event.data) + 64 * len(event.matches)
    return sum(100 + len(data) for _, data in event.runs) if isinstance(event, Runs) else 300


def borders(path: str, start: int, size: int, part: int) -> Iterator[Part]:
    """Cut the bytes ``[start, size)`` of a file, which begin a line, into parts at line ends."""
    fd = os.open(path, OPEN)
    try:
        while start < size:
            stop = _line_end(fd, min(start + part, size), size)
            yield Part(path, start, stop)
            start = stop
    finally:
        os.close(fd)


def _line_end(fd: int, offset: int, size: int) -> int:
    """Return the byte behind the first line end at or behind ``offset``."""
    while offset < size:
        data = os.pread(fd, 64 * KIB, offset - 1)
        at = data.find(b"\n")
        if at >= 0:
            return offset + at
        if len(data) <= 1:
            return size
        offset += len(data)
    return size


def line_ends(fd: int, start: int, stop: int) -> int:
    """Count the line ends in ``[start, stop)`` of a file."""
    found = 0
    while start < stop:
        data = os.pread(fd, min(256 * KIB, stop - start), start)
        if not data:
            break
        found += data.count(b"\n")
        start += len(data)
    return found


def shift(event: Event, lines: int) -> Event:
    """Return an event of a part before which the file has ``lines`` lines."""
    if isinstance(event, Line | Runs) and event.number:
        return replace(event, number=event.number + lines)
    return event


def worker(setup: tuple[Request, bool, bool]) -> Worker:
    """Make a worker in a child that is a process of its own."""
    request, capped, runs = setup
    return Worker(request, capped=capped, runs=runs)
