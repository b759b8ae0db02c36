"""Which lines are emitted, in which order: matches, the context around them, gaps."""

from __future__ import annotations

from collections import deque

from streamtools.events import Gap
from streamtools.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtools.events import Line
    from streamtools.searching.lines import Lines
    from streamtools.text.window import Window


class Place(NamedTuple):
    """Where in a file to go on: a byte, the number of the line to go on with (0: nobody counted), and what context is due.

    ``inside`` says that the byte lies within a line that is done with: the next one is meant.
    ``shown`` says that lines before it were shown, so that a gap may follow, ``taken`` how many lines of
    the file matched before it, ``gap`` that lines before it were left out, ``nul`` where the first NUL is, if the place is in the
    binary part of a file, see `streamtools.searching.nuls`.
    """

    offset: int = 0
    line: int = 1
    after: int = 0
    shown: bool = False
    inside: bool = False
    taken: int = 0
    gap: bool = False
    nul: int | None = None


class Context:
    """Turns hits and the lines between them into events.

    ``place`` is where to go on behind the last event that was yielded. `between` must be called
    for every run of lines without a hit, in order, `match` for every hit.

    Memory: ``before`` lines.
    """

    def __init__(self, windows: Window, lines: Lines, *, before: int, after: int, place: Place) -> None:
        self.place = place
        self.due = place.after
        self.taken = place.taken
        self._windows = windows
        self._lines = lines
        self._before = before
        self._after = after
        self._wanted = bool(before or after)
        self._shown = place.shown
        self._gap = place.gap
        self._ring: deque[Line] = deque(maxlen=before)

    def between(self, start: int, stop: int, *, hit: bool) -> Iterator[Line | Gap]:
        """Pass the lines ``[start, stop)``, none of which matches; ``hit`` says that one follows."""
        windows, lines = self._windows, self._lines
        while self.due and start < stop:
            begin, end, after = next(windows.lines(start, stop))
            self.due -= 1
            yield from self._emit(lines.make(begin, end, after, "after"), after)
            start = after
        first, found = lines.back(start, stop, self._before)
        if first > start:
            self._ring.clear()
            self._gap = True
        while len(self._ring) > self._before - found:
            self._ring.popleft()
            self._gap = True
        if not hit:
            self._ring.extend(line for line, _ in lines.each(first, stop, "before"))
            return
        yield from self.flush()
        for line, after in lines.each(first, stop, "before"):
            yield from self._emit(line, after)

    def flush(self) -> Iterator[Line | Gap]:
        """Yield the lines of earlier blocks that stand before a hit."""
        while self._ring:
            line = self._ring.popleft()
            yield from self._emit(line, None)

    def match(self, line: Line, stop: int, *, inside: bool = False) -> Iterator[Line | Gap]:
        """Yield a hit, which ends at ``stop`` of the buffer; ``inside`` if the line goes on there."""
        self.due = self._after
        yield from self._emit(line, stop, inside=inside)

    def bundle(self, number: int, stop: int) -> None:
        """Pass hits that are yielded together, the last of which is line ``number`` and ends at ``stop``; only where no context is due."""
        self._gap, self._shown = False, True
        self.place = Place(self._windows.offset(stop), number + 1, 0, shown=True, taken=self.taken)

    def trailing(self, line: Line, stop: int) -> Iterator[Line | Gap]:
        """Yield a line that takes the place of one of context."""
        self.due -= 1
        yield from self._emit(line, stop)

    def long_line(self, line: Line, stop: int) -> Iterator[Line | Gap]:
        """Pass a line without a hit that was longer than the window; ``line`` is its beginning."""
        if self.due:
            self.due -= 1
            yield from self._emit(line, stop)
            return
        self._gap = self._gap or len(self._ring) == self._before
        self._ring.append(line)

    def stand(self, position: int, number: int) -> None:
        """Say that the search stops before ``position``: go on there, or where context before it begins."""
        if self._ring:
            position_of, number = self._ring[0].offset, self._ring[0].number
        else:
            position_of = self._windows.offset(position)
        self.place = Place(position_of, number, self.due, self._shown, taken=self.taken, gap=self._gap)

    def _emit(self, line: Line, stop: int | None, *, inside: bool = False) -> Iterator[Line | Gap]:
        if self._gap and self._shown and self._wanted:
            yield Gap()
        self._gap = False
        self._shown = True
        offset = line.offset + 1 if stop is None else self._windows.offset(stop)
        number = line.number + 1 + line.data.count(self._windows.newline)
        self.place = Place(offset, number, self.due, shown=True, inside=inside or stop is None, taken=self.taken)
        yield line
