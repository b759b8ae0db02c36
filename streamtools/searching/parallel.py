"""A search on more than one core: units of work for helpers, whose results come back in order."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

from streamtools.children import Crew, forked, spawned
from streamtools.files.tally import Tally
from streamtools.match.exact import Matcher
from streamtools.results import Begin, End, Event, Ledger, Line, Runs, Stopped, Total
from streamtools.searching.context import Place
from streamtools.searching.request import Request
from streamtools.searching.units import FILES, FIRST, NAMES, PART, SHOWN_PART, Batch, Done, Outcome, Part, Worker, borders, line_ends, shift
from streamtools.text.drive import head_encoding
from streamtools.text.source import OPEN, Identity, from_path


class Replay:
    """A helper's outcome with the face of the scanner that made it.

    ``path``, ``before`` and ``identity`` are the file's, see `Outcome`.
    """

    def __init__(self, outcome: Outcome) -> None:
        self.path = outcome.path
        self.before = outcome.before
        self.identity = outcome.identity
        self.matches = outcome.matches
        self.spans = outcome.spans
        self.stopped = outcome.stopped
        self.tired = outcome.tired
        self.place = Place()
        self._outcome = outcome

    def events(self) -> Iterator[Event]:
        """Yield the events; ``place`` is behind each when it is yielded."""
        for event, place in self._outcome.events:
            self.place = place
            yield event
        self.place = self._outcome.place


class InParts:
    """One big file, searched in parts by several processes, with the face of one scanner.

    Memory: the events of the parts that are done before their turn.
    """

    before = None

    def __init__(self, path: str, team: Together, tally: Tally) -> None:
        self.path = path
        self.matches = self.spans = 0
        self.stopped: Stopped = "end"
        self.tired: int | None = None
        self.place = Place()
        self._team = team
        self._tally = tally
        self._counted = self._lines = 0
        with from_path(path, regular=True) as source:
            self.identity: Identity | None = source.identity
            self._size = source.size or 0

    def events(self) -> Iterator[Event]:
        """Yield the events of the whole file, in order."""
        begun = False
        fd = os.open(self.path, OPEN)
        try:
            for part, done in self._team.parts(self.path, self._size):
                for event in self._part(fd, part, done):
                    if not isinstance(event, Begin) or not begun:
                        begun = True
                        yield event
                self.stopped = self._team.stopped() or self.stopped
                if self.stopped != "end":
                    break
            changed = os.fstat(fd).st_size != self._size
        finally:
            os.close(fd)
        if begun or self.matches:
            total = Total(self.matches, "exact" if self.stopped == "end" else "at_least")
            yield End(self.path, total, self.spans, self._size, self.stopped, changed)

    def _part(self, fd: int, part: Part, done: Done) -> Iterator[Event]:
        events = done.outcomes[0].events if done.outcomes else self._team.stream(part)
        before = self.matches
        for event, place in events:
            if isinstance(event, Line | Runs) and self._counted < part.start and self._team.request.line_numbers:
                self._lines += line_ends(fd, self._counted, part.start)
                self._counted = part.start
            if not isinstance(event, End):
                self.place = self._moved(place, before)
                yield shift(event, self._lines)
        outcome = done.outcomes[0] if done.outcomes else self._team.streamed
        self.place = self._moved(outcome.place, before)
        self.matches += outcome.matches
        self.spans += outcome.spans
        if done.ends is not None:
            self._lines, self._counted = self._lines + done.ends, part.stop
        if outcome.stopped != "changed":
            self.stopped = outcome.stopped
        self.tired = None if outcome.tired is None else outcome.tired + self._lines
        ledger = done.ledger
        self._tally.merge(Ledger(files=int(not part.start), bytes=ledger.bytes, skipped=ledger.skipped, examples=ledger.examples))

    def _moved(self, place: Place, before: int) -> Place:
        return place._replace(line=place.line + self._lines, taken=place.taken + before)


class Together:
    """This process and its helpers, for one search.

    The helpers are forks where the program has no threads (``fork``), else they are processes of their
    own that stay for the next search. The beginning of every search is done alone, since most end there.

    Memory: see `Crew`; each helper is a process with one `Worker`.
    """

    _idle: Crew | None = None
    _owner = 0

    def __init__(self, request: Request, matcher: Matcher, *, capped: bool, runs: bool, fork: bool) -> None:
        self.request = request
        self._alone = replace(request, deadline=request.deadline.bare(), jobs=1)
        self._matcher = matcher
        self._capped = capped
        self._runs = runs
        self._fork = fork
        self._own: Worker | None = None
        self._crew: Crew | None = None

    def stopped(self) -> Stopped | None:
        """Return why to stop, or None to go on; asked once a unit."""
        return self.request.deadline.passed()

    def file(self, path: str, tally: Tally) -> Iterator[str | InParts]:
        """Yield how to search a file: its name, to be searched by one process, or in parts."""
        request = self.request
        single = request.before or request.after or request.multiline or request.max_count is not None or request.encoding
        if single or request.output_mode.startswith("files") or os.stat(path).st_size < 2 * FIRST:
            yield path
            return
        with from_path(path, regular=True) as source:
            encoding = head_encoding(source, detect_bytes=request.limits.detect_bytes, label=None)
        yield path if encoding.name != "utf-8" or encoding.mark else InParts(path, self, tally)

    def parts(self, path: str, size: int) -> Iterator[tuple[Part, Done]]:
        """Yield the parts of a file, with what each gave, in order."""
        own = self._worker()
        start = 0
        for part in borders(path, 0, size, FIRST):
            yield part, own(part)
            start = part.stop
            break
        waiting: list[Part] = []
        step = SHOWN_PART if self.request.output_mode == "content" else PART

        def parts() -> Iterator[Part]:
            for part in borders(path, start, size, step):
                waiting.append(part)
                yield part

        for done in self._helped().map(parts(), own):
            yield waiting.pop(0), done

    def stream(self, part: Part) -> Iterator[tuple[Event, Place]]:
        """Yield the events of a part that is more than a unit may hold."""
        return self._worker().stream(part)

    @property
    def streamed(self) -> Outcome:
        """The outcome of the part that was streamed last."""
        found = self._worker().streamed
        assert found is not None
        return found

    def tree(self, walk: Iterator[str], tally: Tally) -> Iterator[str | Replay | Passed]:
        """Yield how to search the files of a walk: names, then what helpers found."""
        for _ in range(FILES):
            path = next(walk, None)
            if path is None:
                return
            yield path
        for done in self._helped().map(_batches(walk), self._worker()):
            tally.merge(done.ledger)
            for outcome in done.outcomes:
                if outcome.alone and outcome.before is not None:
                    yield Passed(outcome.before)
                yield outcome.path if outcome.alone else Replay(outcome)
            if done.last is not None:
                yield Passed(done.last)

    def close(self) -> None:
        """Let the helpers go: forks end, others wait for the next search."""
        if self._own is not None:
            self._own.close()
            self._own = None
        crew, self._crew = self._crew, None
        if crew is None:
            return
        if self._fork:
            crew.close()
            return
        crew.drain(0.1)
        if Together._idle is None:
            Together._idle, Together._owner = crew, os.getpid()
        else:
            crew.close()

    def _worker(self) -> Worker:
        if self._own is None:
            self._own = Worker(self._alone, capped=self._capped, runs=self._runs, matcher=self._matcher)
        return self._own

    def _helped(self) -> Crew:
        """Return the crew, ready for this search."""
        if self._crew is None:
            crew, Together._idle = Together._idle, None
            if self._fork or crew is None or Together._owner != os.getpid():
                crew = Crew(self.request.jobs - 1, forked(self._worker()) if self._fork else spawned)
            setup = {"module": "streamtools.searching.units", "name": "worker", "setup": (self._alone, self._capped, self._runs)}
            self._crew = crew
            crew.start(None if self._fork else setup, self.request.jobs - 1)
        return self._crew


class Passed:
    """All files up to ``path`` are searched, and nothing more of them is to be shown."""

    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        self.path = path


def _batches(walk: Iterator[str]) -> Iterator[Batch]:
    """Group the names of a walk, few at first so that the first results come soon."""
    names: list[str] = []
    size = 0
    for path in walk:
        names.append(path)
        size += len(path)
        if len(names) >= FILES or size >= NAMES:
            yield Batch(tuple(names))
            names, size = [], 0
    if names:
        yield Batch(tuple(names))
