"""A search on more than one core: units of work for helpers, whose results come back in order."""

from __future__ import annotations

import atexit
import os
from collections import deque
from itertools import chain

from streamtools.children import Crew, forked, spawned
from streamtools.errors import FileError
from streamtools.events import End
from streamtools.files.tally import Tally
from streamtools.searching.context import Place
from streamtools.searching.opening import plain
from streamtools.searching.parts import InParts
from streamtools.searching.units import FILES, FIRST, NAMES, Batch, Worker, clear
from streamtools.text.drive import head_encoding
from streamtools.text.source import from_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Final

    from streamtools.events import Event, Ledger
    from streamtools.match.exact import Matcher
    from streamtools.searching.request import Request
    from streamtools.searching.units import Outcome, Part, Step
    from streamtools.words import Stopped


class Replay:
    """A helper's outcome with the face of the scanner that made it.

    ``path``, ``before`` and ``identity`` are the file's, see `Outcome`.
    """

    def __init__(self, outcome: Outcome, tally: Tally) -> None:
        self.path = outcome.path
        self.before = outcome.before
        self.identity = outcome.identity
        self.matches = self.spans = 0
        self.stopped: Stopped = "end"
        self.tired: int | None = None
        self.place = Place()
        self._outcome = outcome
        self._tally = tally

    def events(self) -> Iterator[Event]:
        """Yield the events; ``place`` is behind each when it is yielded, and the ledger is told before the end."""
        told = False
        for event, place, matches, spans in self._outcome.events:
            self.place, self.matches, self.spans = place, matches, spans
            if isinstance(event, End):
                told = self._tell()
            yield event
        if not told:
            self._tell()
        self.place = self._outcome.place

    def _tell(self) -> bool:
        outcome = self._outcome
        self.matches, self.spans, self.stopped, self.tired = outcome.matches, outcome.spans, outcome.stopped, outcome.tired
        self._tally.merge(self._outcome.ledger)
        return True


#: Files of a tree that are searched before anybody helps, as most searches end there; twice those of the first batch.
ALONE: Final = 32
#: Files by which each batch is larger than the one before: small ones cost more, large ones leave somebody idle at the end.
MORE: Final = 32
#: Failures that a walk meets between two files and that are told one by one.
_MESSAGES: Final = 1000
#: What a name without its folder takes at most, nearly always.
_NAME: Final = 32
#: Reasons that only a walk gives.
_WALKED: Final = frozenset({"hidden", "ignored", "link", "too_large"})

#: The helpers that stay for the next search, one crew a process: whoever takes it out may use it, or make it if it is None.
_seat: list[Crew | None] = [None]


def _new_seat() -> None:
    _seat[:] = [None]


def _end_idle() -> None:
    while _seat:
        crew = _seat.pop()
        if crew is not None:
            crew.close()


os.register_at_fork(after_in_child=_new_seat)
atexit.register(_end_idle)


class Together:
    """This process and its helpers, for one search.

    The helpers are forks where the program has no threads (``fork``), else they are processes of their
    own that stay for the next search; while one search of a host has them, its other ones work alone. The beginning of every
    search is done alone, since most end there.

    Memory: see `Crew`; each helper is a process with one `Worker`.
    """

    def __init__(self, request: Request, matcher: Matcher, *, capped: bool, runs: bool, fork: bool) -> None:
        self.request = request
        self._matcher = matcher
        self._capped = capped
        self._runs = runs
        self._fork = fork
        self._own: Worker | None = None
        self._crew: Crew | None = None
        self._seated = False
        #: What a walk tells while it is ahead of the search; see `tree`.
        self.ahead = Tally(messages=_MESSAGES)
        self._between: deque[list[tuple[int, Ledger]]] = deque()

    @property
    def _alone(self) -> Request:
        """What each helper is asked: most searches end before there is one."""
        return self.request._replace(deadline=self.request.deadline.bare(), jobs=1)

    @property
    def whole(self) -> bool:
        """Whether a search surely goes on to the end of a file, so that helpers may begin at once."""
        return self.request.output_mode == "count" and not self.request.watches_nuls

    def stopped(self) -> Stopped | None:
        """Return why to stop, or None to go on."""
        return self.request.deadline.passed()

    def file(self, path: str, tally: Tally) -> Iterator[str | InParts]:
        """Yield how to search a file: its name, to be searched by one process, or in parts."""
        request = self.request
        single = request.before or request.after or request.multiline or request.max_count is not None or request.encoding
        single = single or request.passthru or request.null_data or request.stop_on_nonmatch or not plain(request, path)
        if single or request.output_mode.startswith("files") or request.limits.detect_bytes > FIRST:
            yield path
            return
        try:
            found = InParts(path, self, tally) if self._splits(path) else path
        except (OSError, FileError):
            # whoever searches it tells what is wrong
            found = path
        yield found

    def _splits(self, path: str) -> bool:
        within = self.request.within
        if (os.stat(path) if within is None else within.stat(path)).st_size < 2 * FIRST:
            return False
        with from_path(path, regular=True, within=within) as source:
            if self.request.avoids(source.identity):
                return False
            request = self.request
            encoding = head_encoding(source, detect_bytes=request.limits.detect_bytes, label=None, guess=request.detect)
            return encoding.name == "utf-8" and not encoding.mark and (not request.watches_nuls or clear(source.fd, 0, 2 * FIRST))

    def parts(self, parts: Iterator[Part], fd: int) -> Iterator[Outcome]:
        """Yield what the parts of a file gave, in order; ends early when it is time to stop."""
        own = self.own()
        yield from self._helped(parts=True).map(parts, lambda part: own.part(part, fd), self.stopped)

    def tree(
        self, walk: Iterator[Step], tally: Tally, alone: Callable[[Iterator[Step]], Iterator[str | Passed]]
    ) -> Iterator[str | Replay | InParts | Passed]:
        """Yield how to search the files of a walk: what ``alone`` says of the first, then what helpers found."""
        last = None
        room = ALONE
        for shown, names in walk:
            tally.absorb(self.ahead)
            first = names[:room]
            yield from alone(iter([(shown, first)]))
            last = shown + first[-1]
            room -= len(names)
            if room <= 0:
                walk = chain([(shown, names[room:] if room else ())], walk)
                break
        for done in self._helped().map(self._batches(walk), self.own(), self.stopped) if room <= 0 else ():
            between = self._between.popleft()
            for outcome in done.outcomes:
                while between and between[0][0] <= outcome.number:
                    tally.merge(between.pop(0)[1])
                tally.merge(outcome.passed)
                if not outcome.alone:
                    yield Replay(outcome, tally)
                    continue
                if outcome.before is not None:
                    yield Passed(outcome.before)
                yield from self.file(outcome.path, tally)
            for _, ledger in between:
                tally.merge(ledger)
            tally.merge(done.ledger)
            last = done.last or last
            if last is not None:
                yield Passed(last)
        if not self.stopped():
            tally.absorb(self.ahead)
        elif last is not None:
            yield Passed(last)

    def _batches(self, walk: Iterator[Step]) -> Iterator[Batch]:
        """Group the names of a walk, and keep what it tells between them; the first groups are smaller, as there may be few."""
        runs: list[tuple[str, str]] = []
        between: list[tuple[int, Ledger]] = []
        files, size, ahead, most = 0, 0, self.ahead, ALONE // 2
        for shown, names in walk:
            if ahead.noted:
                # a helper tells of files in the same words: theirs must not come before those of the walk
                if runs and not ahead.only(_WALKED):
                    yield self._batch(runs, between)
                    runs, between, files, size = [], [], 0, 0
                between.append((files, ahead.taken()))
            at, count = 0, len(names)
            while at < count:
                # as many as surely fit
                step = min(max(min(most - files, (NAMES - size) // _NAME), 1), count - at)
                runs.append((shown, "\0".join(names[at : at + step])))
                files += step
                size += len(shown) + step * _NAME
                at += step
                if files >= most or size >= NAMES:
                    most = min(most + MORE, 2 * FILES)
                    yield self._batch(runs, between)
                    runs, between, files, size = [], [], 0, 0
        if runs:
            yield self._batch(runs, between)

    def _batch(self, runs: list[tuple[str, str]], between: list[tuple[int, Ledger]]) -> Batch:
        self._between.append(between)
        return Batch(tuple(runs))

    def own(self) -> Worker:
        """Return the worker of this process, which a cancel reaches."""
        if self._own is None:
            request = self.request._replace(jobs=1)
            self._own = Worker(request, capped=self._capped, runs=self._runs, matcher=self._matcher)
        return self._own

    def close(self) -> None:
        """Let the helpers go: forks end, others wait for the next search."""
        if self._own is not None:
            self._own.close()
            self._own = None
        crew, self._crew = self._crew, None
        if crew is None:
            return
        if self._seated:
            self._seated = False
            try:
                crew.drain(0.1)
                crew.rest()
            finally:
                _seat.append(crew)
        else:
            crew.close()

    def _helped(self, *, parts: bool = False) -> Crew:
        """Return the crew, ready for this search.

        For parts of a file there is one fork more, and this process only takes what they find: they need not copy what they look at.
        """
        if self._fork:
            self._crew = self._crew or Crew(0, forked(self._forked))
            self._crew.start(count=max(self.request.jobs - (not parts), self._crew.count))
            self._crew.leads = parts
            return self._crew
        if self._crew is not None:
            return self._crew
        jobs = self.request.jobs - 1
        try:
            folder = os.getcwd()
            found = _seat.pop()
        except (IndexError, FileNotFoundError, PermissionError):
            # another thread has the crew, or names below a folder that is gone mean nothing to others
            self._crew = Crew(0, spawned)
            return self._crew
        self._crew, self._seated = found or Crew(jobs, spawned), True
        self._crew.start(
            {
                "module": "streamtools.searching.units",
                "name": "worker",
                "setup": (self._alone, self._capped, self._runs),
                "folder": folder,
                "environ": dict(os.environ),
            },
            jobs,
        )
        return self._crew

    def _forked(self) -> Worker:
        return Worker(self._alone, capped=self._capped, runs=self._runs, maps=True, matcher=self._matcher)


class Passed:
    """All files up to ``path`` are searched, and nothing more of them is to be shown."""

    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        self.path = path
