"""Blocks to matching lines: the candidates of the finder, verified by the exact engine."""

from __future__ import annotations

from itertools import chain

from streamtools.match.exact import Exhausted
from streamtools.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Final

    from streamtools.limits import Limits
    from streamtools.match.candidates import Finder
    from streamtools.match.exact import Matcher
    from streamtools.text.window import Block, Window

Spans = list[tuple[int, int]]

#: Lines that are looked at together.
_TOGETHER: Final = 256
#: The byte that belongs to a line's ending before its last one.
RETURN: Final = 13
#: With more hits than one in so many bytes, a literal is looked for line by line; at first in so many bytes.
_APART: Final = 400
_BEGIN: Final = 4096


class Hit(NamedTuple):
    """A matching line in the window: its text ``[start, end)``, where it ends, and spans in it.

    All are positions of the buffer but the spans, which count from ``start``.
    """

    start: int
    end: int
    stop: int
    spans: Spans


def _sure(text: bytes) -> bool:
    """Whether what a finder for plain text proposes needs no second look."""
    return text.isascii() and b"\r" not in text


class Tired(Exception):
    """The exact engine gave up on the line at ``start``; ``stop`` is where the next one begins."""

    def __init__(self, start: int, stop: int) -> None:
        super().__init__(start, stop)
        self.start = start
        self.stop = stop


class Hits:
    """The matching lines of one block after another.

    With ``spans=False`` only whether a line matches is found out, and hits have no spans. A line
    longer than ``limits.segment`` is matched in segments that overlap: a match of up to
    ``limits.overlap`` bytes is always found.

    Memory: one line, or one segment, as text; of lines that are only counted up to 256, twice.
    """

    def __init__(self, windows: Window, matcher: Matcher, limits: Limits, *, spans: bool, invert: bool) -> None:
        self._windows = windows
        self._matcher = matcher
        self._limits = limits
        self._spans = spans
        self._invert = invert
        #: Whether the last block was full of hits (None: there was none), and how many bytes there were for each.
        self._dense: bool | None = None
        self.apart = _APART

    def literal(self, start: int, stop: int) -> bytes | None:
        """Return what every hit in a block holds, and no other line, where most lines do: that is quicker looked for by itself."""
        if self._dense is False or self._invert or not self._spans or self._matcher.finder is None:
            return None
        literal = self._matcher.literal
        if literal is not None and self._dense is None:
            begin = self._windows.buffer[start : min(start + _BEGIN, stop)]
            self.filled(begin.count(literal), len(begin))
        return literal if self._dense else None

    def filled(self, found: int, size: int) -> None:
        """Say how many hits a block of that size held."""
        self._dense = found * _APART > size
        self.apart = size // max(found, 1)

    @property
    def quick(self) -> bool:
        """Whether few candidates need a second look, or none."""
        return self._matcher.exact or (self._matcher.plain and not self._invert)

    def of(self, start: int, stop: int) -> Iterator[Hit]:
        """Yield the hits among the whole lines ``[start, stop)`` of the buffer, in order. Raises `Tired`."""
        return self._others(start, stop) if self._invert else self._matching(start, stop)

    def _others(self, start: int, stop: int) -> Iterator[Hit]:
        """Yield the lines in which nothing matches."""
        lines = self._windows.lines
        for hit in self._matching(start, stop):
            for line in lines(start, hit.start):
                yield Hit(*line, [])
            start = hit.stop
        for line in lines(start, stop):
            yield Hit(*line, [])

    def runs(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """Yield the hits as ranges of neighbouring whole lines, in order, none touching the next. Raises `Tired`."""
        if not self._invert:
            yield from self._ranges(start, stop)
            return
        for low, high in self._ranges(start, stop):
            if low > start:
                yield start, low
            start = high
        if stop > start:
            yield start, stop

    def _ranges(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        matcher = self._matcher
        if matcher.exact and matcher.finder is not None:
            yield from matcher.finder.lines(self._windows.buffer, start, stop)
            return
        low = high = start
        for begin, after in self._sure(start, stop) if matcher.plain else ((hit.start, hit.stop) for hit in self._matching(start, stop)):
            if begin > high:
                if high > low:
                    yield low, high
                low = begin
            high = after
        if high > low:
            yield low, high

    def _sure(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """Yield the hits as ranges of whole lines, where candidates of plain text need no second look."""
        finder, buffer = self._matcher.finder, self._windows.buffer
        assert finder is not None
        for low, high in finder.lines(buffer, start, stop):
            if _sure(buffer[low:high]):
                yield low, high
            else:
                yield from ((hit.start, hit.stop) for hit in self.verified(low, high))

    def counts(self, start: int, stop: int) -> Iterator[int]:
        """Yield numbers that add up to the hits among the whole lines ``[start, stop)``; only where `quick`. Raises `Tired`."""
        matcher, windows = self._matcher, self._windows
        if not matcher.exact:
            yield from self._plain_counts(start, stop)
            return
        assert matcher.finder is not None
        found = matcher.finder.count(windows.buffer, start, stop)
        yield windows.count(start, stop) + windows.open_line(start, stop) - found if self._invert else found

    def _plain_counts(self, start: int, stop: int) -> Iterator[int]:
        finder, buffer, newline = self._matcher.finder, self._windows.buffer, self._windows.newline
        assert finder is not None
        rfind = buffer.rfind
        for ends in finder.ends(buffer, start, stop):
            for at in range(0, len(ends), _TOGETHER):
                some = ends[at : at + _TOGETHER]
                lines = [buffer[rfind(newline, start, end - 1) + 1 or start : end] for end in some]
                if _sure(b"".join(lines)):
                    yield len(some)
                else:
                    yield from (
                        1 if _sure(line) else sum(1 for _ in self.verified(end - len(line), end))
                        for line, end in zip(lines, some, strict=True)
                    )

    def piece(self, block: Block) -> Spans:
        """Return the spans in a piece of a long line, as positions of the buffer, from ``resume`` on."""
        finder = self._matcher.finder
        if finder is not None and not finder.any(self._windows.buffer, block.start, block.stop):
            return []
        return self._segments(block.start, block.stop, block.resume, first=block.head, last=block.tail)

    def _matching(self, start: int, stop: int) -> Iterator[Hit]:
        finder = self._matcher.finder
        if finder is None:
            return self.verified(start, stop)
        if not self._spans:
            return chain.from_iterable(self.verified(low, high) for low, high in finder.lines(self._windows.buffer, start, stop))
        literal = self._matcher.literal if self._dense else None
        return self._proposed(finder, start, stop) if literal is None else self.literally(literal, start, stop)

    def _proposed(self, finder: Finder, start: int, stop: int) -> Iterator[Hit]:
        """Yield the lines among those that a finder proposes in which the exact engine finds a match."""
        windows, longest = self._windows, self._limits.segment
        buffer, newline, find = windows.buffer, windows.newline, windows.buffer.find
        look: Callable[[bytes, int, bool, bool], Spans] | None = None
        returns, new = windows.returns, tuple.__new__
        found = 0
        for begin, high in finder.lines(buffer, start, stop):
            # most searches never need the engine, which may be long to import
            look = look or self._matcher.seeker.spans
            after = begin
            while after < high:
                low = after
                after = find(newline, low, high) + 1 or high
                if after - low > longest or (after == high and buffer[high - 1] != windows.eol):
                    yield from self.verified(low, after)
                    continue
                end = after - 1
                if returns and end > low and buffer[end - 1] == RETURN:
                    end -= 1
                try:
                    spans = look(buffer[low:end], 0, True, True)
                except Exhausted as error:
                    raise Tired(low, after) from error
                if spans:
                    found += 1
                    # made in half the time
                    yield new(Hit, (low, end, after, spans))
        self.filled(found, stop - start)

    def literally(self, literal: bytes, start: int, stop: int) -> Iterator[Hit]:
        """Yield the lines that hold a literal: where it is in most of them, that is quicker than any engine."""
        windows, size, longest = self._windows, len(literal), self._limits.segment
        buffer, newline, returns, new = windows.buffer, windows.newline, windows.returns, tuple.__new__
        find, rfind = buffer.find, buffer.rfind
        found, whole = 0, stop - start
        at = find(literal, start, stop)
        while at >= 0:
            low = rfind(newline, start, at) + 1 or start
            start = find(newline, at, stop) + 1 or stop
            found += 1
            spans = []
            while 0 <= at < start:
                spans.append((at - low, at - low + size))
                at = find(literal, at + size, stop)
            end = start - 1 if buffer[start - 1] == windows.eol else start
            if start - low > longest:
                yield from self.verified(low, start)
                continue
            if returns and end < start and end > low and buffer[end - 1] == RETURN:
                end -= 1
            yield new(Hit, (low, end, start, spans))
        self.filled(found, whole)

    def verified(self, low: int, high: int) -> Iterator[Hit]:
        """Yield those of the whole lines ``[low, high)`` in which the exact engine finds a match."""
        windows, matcher, buffer, longest = self._windows, self._matcher, self._windows.buffer, self._limits.segment
        for begin, end, after in windows.lines(low, high):
            if end - begin > longest:
                spans = [(a - begin, b - begin) for a, b in self._segments(begin, end, begin, first=True, last=True)]
                if spans:
                    yield Hit(begin, end, after, spans)
                continue
            try:
                if self._spans:
                    spans = matcher.spans(buffer[begin:end])
                    if spans:
                        yield Hit(begin, end, after, spans)
                elif matcher.matches(buffer[begin:end]):
                    yield Hit(begin, end, after, [])
            except Exhausted as error:
                raise Tired(begin, after) from error

    def _segments(self, start: int, stop: int, resume: int, *, first: bool, last: bool) -> Spans:
        """Match ``[start, stop)`` in segments; a match may begin at ``resume`` or behind it."""
        windows, limits = self._windows, self._limits
        found: Spans = []
        position = resume
        while True:
            low = max(start, position - limits.overlap)
            high = min(stop, low + limits.segment)
            final = high == stop
            try:
                spans = self._matcher.spans(windows.buffer[low:high], position - low, first=first and low == start, last=last and final)
            except Exhausted as error:
                raise Tired(start, stop) from error
            found += [(low + a, low + b) for a, b in spans]
            if final or (found and not self._spans):
                return found
            position = max(high - limits.overlap, found[-1][1] if found else 0)
