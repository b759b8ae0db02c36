"""One big file, searched in parts by several processes."""

from __future__ import annotations

from streamtools.events import Begin, Bundle, End, Line, Runs, Total
from streamtools.searching.context import Place
from streamtools.searching.units import FIRST, Part, border, part_size, shift, weight
from streamtools.text.numbers import line_ends
from streamtools.text.source import from_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtools.events import Event
    from streamtools.files.tally import Tally
    from streamtools.searching.parallel import Together
    from streamtools.searching.units import Outcome, Seen
    from streamtools.text.source import Identity, Source
    from streamtools.words import Stopped


class InParts:
    """One big file, searched in parts by several processes, with the face of one scanner.

    The file stays open, and what a helper can't do with its name is done here through the descriptor. Raises `FileError`.

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
        self._numbered = team.request.line_numbers and team.request.output_mode == "content"
        self._counted = self._lines = self._done = self._weight = 0
        self._source = from_path(path, regular=True, within=team.request.within)
        self.identity: Identity | None = self._source.identity
        self._size = self._source.size or 0

    def events(self) -> Iterator[Event]:
        """Yield the events of the whole file, in order."""
        begun = False
        with self._source as source:
            for event in self._parts(source):
                if not isinstance(event, Begin | End) or not (begun or isinstance(event, End)):
                    begun = True
                    yield event
            changed = source.changed()
        self._tally.files += 1
        self._tally.bytes += self._done
        if begun or self.matches:
            total = Total(self.matches, "exact" if self.stopped == "end" else "at_least")
            yield End(self.path, total, self.spans, self._done, self.stopped, changed, self._team.own().binary_at)

    def _parts(self, source: Source) -> Iterator[Event]:
        fd, inode = source.fd, (self.identity or (0, 0))[:2]
        assert fd is not None
        if not self._team.whole:
            first = border(fd, min(FIRST, self._size), self._size)
            yield from self._flow(fd, Part(self.path, 0, self._size if first is None else first, inode), Place())
        waiting: list[Part] = []

        def parts() -> Iterator[Part]:
            start, jobs = self._done, self._team.request.jobs
            while start < self._size:
                size = part_size(self._size - start, jobs, self._weight / max(self._done, 1))
                stop = border(fd, min(start + size, self._size), self._size)
                if stop is None:
                    return
                waiting.append(Part(self.path, start, stop, inode))
                yield waiting[-1]
                start = stop

        if self._going():
            for outcome in self._team.parts(parts(), fd):
                part = waiting.pop(0)
                if outcome.binary:
                    part = part._replace(stop=self._size)
                yield from self._outcome(fd, part, outcome)
                if outcome.binary:
                    return
                if not self._going():
                    return
        if self._going() and self._done < self._size:
            why = self._team.stopped()
            if why is None:
                yield from self._flow(fd, Part(self.path, self._done, self._size, inode), Place(self._done))
            else:
                self.stopped = why
                self.place = self._moved(Place(self._done, shown=self.matches > 0, taken=self.matches), 0, self._done)

    def _going(self) -> bool:
        return self.stopped == "end"

    def _outcome(self, fd: int, part: Part, outcome: Outcome) -> Iterator[Event]:
        """Yield what a helper found in a part, and search what it left."""
        if outcome.alone or outcome.binary:
            yield from self._flow(fd, part, Place(part.start))
            return
        before = self.matches, self.spans
        for seen in outcome.events:
            yield from self._event(fd, part, before, seen)
        self._finish(fd, part, before, outcome)
        if outcome.ends is not None and self._counted == part.start:
            self._lines, self._counted = self._lines + outcome.ends, part.stop

    def _flow(self, fd: int, part: Part, start: Place) -> Iterator[Event]:
        """Search a part here, without collecting anything."""
        before = self.matches, self.spans
        for seen in self._team.own().flow(part, fd, start):
            yield from self._event(fd, part, before, seen)
        self._finish(fd, part, before, self._team.own().outcome(part.path, start=part.start))

    def _event(self, fd: int, part: Part, before: tuple[int, int], seen: Seen) -> Iterator[Event]:
        """Yield an event of a part; ``before`` are the hits and spans of the parts before it."""
        event, place, matches, spans = seen
        if isinstance(event, End):
            return
        if isinstance(event, Line | Runs | Bundle):
            self._weight += weight(event)
            self._count(fd, part.start)
        self.place = self._moved(place, before[0], part.start)
        self.matches, self.spans = before[0] + matches, before[1] + spans
        yield shift(event, self._lines)

    def _finish(self, fd: int, part: Part, before: tuple[int, int], outcome: Outcome) -> None:
        stopped = outcome.stopped not in {"end", "changed"}
        if stopped or outcome.tired is not None:
            self.stopped = outcome.stopped
        if outcome.tired is not None:
            self._count(fd, part.start)
            self.tired = outcome.tired + self._lines
        self.place = self._moved(outcome.place, before[0], part.start)
        self.matches, self.spans = before[0] + outcome.matches, before[1] + outcome.spans
        self._done = outcome.read
        if not stopped and self._done < part.stop and self._team.own().binary_at is None:
            # it ends here now, whatever other processes saw behind
            self.stopped = "changed"

    def _count(self, fd: int, start: int) -> None:
        """Count the line ends up to where a part starts."""
        if self._numbered and self._counted < start:
            self._lines += line_ends(fd, self._counted, start)
            self._counted = start

    def _moved(self, place: Place, before: int, start: int) -> Place:
        """Return a place of the part that begins at ``start`` as one of the file; its line only if those before the part are counted."""
        known = place.line > 0 and (self._counted >= start or not self._numbered)
        return place._replace(line=place.line + self._lines if known else 0, taken=place.taken + before)
