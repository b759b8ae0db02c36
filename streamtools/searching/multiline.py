"""Matches that cross lines, in a bounded window."""

from __future__ import annotations

from streamtools.match.exact import Exhausted
from streamtools.searching.hits import Hit, Tired

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtools.limits import Limits
    from streamtools.match.exact import Matcher
    from streamtools.searching.hits import Spans
    from streamtools.text.window import Block
    from streamtools.text.windows import Windows


class Multiline:
    """The lines that matches touch, where a match may cross lines.

    A match of up to ``limits.segment`` bytes is always found, wherever it lies: what is too near to
    the window's end to be judged is given back to the window and comes again with the next
    block. ``held`` is where that part begins. Lines longer than the window are searched as
    single lines.

    Memory: one window, as text.
    """

    def __init__(self, windows: Windows, matcher: Matcher, limits: Limits, *, joined: int = 0) -> None:
        self.held = 0
        self._joined = joined
        self._windows = windows
        self._matcher = matcher
        self._reach = min(limits.segment, limits.window // 4)

    def of(self, block: Block, *, invert: bool, most: int | None = None) -> Iterator[Hit]:
        """Yield the matching lines of a block, in order, each once; of the first ``most`` matches. Raises `Tired`.

        With ``joined`` lines that matches touch and that are neighbours come as one hit, whose spans are whole matches; those of
        more than ``joined`` bytes come apart as far as that.
        """
        windows, start = self._windows, block.fresh
        final = windows.ended and block.stop == windows.end
        limit = max(block.stop - self._reach, start)
        short = block.stop - start < windows.size // 2
        cornered = windows.full and start == 0 and (short or windows.buffer.find(windows.newline, start, limit) < 0)
        final = final or cornered
        if short and not final:
            self.held = start
            windows.keep(start)
            return iter(())
        try:
            spans = self._matcher.spans(windows.buffer[start : block.stop], first=True, last=final)
        except Exhausted as error:
            raise Tired(start, block.stop) from error
        found = [(start + a, start + b) for a, b in spans]
        limit = block.stop if final else limit
        found = [span for span in found if span[0] < limit or final]
        self.held = self._keep_from(block, found, limit, final=final)
        if self._joined and not invert:
            return self._together(start, self.held, found, most)
        if self._joined:
            found = self._afresh(start, self.held, found)
        return self._lines(start, self.held, found, invert=invert)

    def _keep_from(self, block: Block, found: Spans, limit: int, *, final: bool) -> int:
        """Return the line start from which the text comes again, and give it back."""
        windows = self._windows
        if final:
            return block.stop
        last = max(limit, found[-1][1] if found else 0)
        held = windows.buffer.rfind(windows.newline, block.fresh, max(last, block.fresh + 1)) + 1 or block.fresh
        if found and held < found[-1][1]:
            held = windows.buffer.find(windows.newline, found[-1][1] - 1, block.stop) + 1 or block.stop
        windows.keep(held)
        return held

    def _lines(self, start: int, stop: int, found: Spans, *, invert: bool) -> Iterator[Hit]:
        """Give each line its part of the spans."""
        at = 0
        for begin, end, after in self._windows.lines(start, stop):
            while at < len(found) and found[at][1] <= begin and found[at] != (begin, begin):
                at += 1
            here: Spans = []
            index = at
            while index < len(found) and (found[index][0] < after):
                low, high = found[index]
                if high > begin or low == high == begin:
                    here.append((max(low - begin, 0), min(high, end) - begin))
                index += 1
            if bool(here) != invert:
                yield Hit(begin, end, after, [] if invert else [(a, max(a, b)) for a, b in here])

    def _together(self, start: int, stop: int, found: Spans, most: int | None) -> Iterator[Hit]:
        """Yield neighbouring lines with matches as one hit."""
        low = high = -1
        at = 0
        for first, last in found[:most]:
            if first == stop:  # ripgrep has no empty match at the end of a file
                continue
            begin, end = self._whole(start, stop, first, last)
            if low >= 0 and begin <= high and (begin < high or end - low <= self._joined):
                high = max(high, end)
                continue
            if low >= 0:
                hit, at = self._hit(low, high, found, at)
                yield from self._apart(hit)
            low, high = begin, end
        if low >= 0:
            yield from self._apart(self._hit(low, high, found, at)[0])

    def _afresh(self, start: int, stop: int, found: Spans) -> Spans:
        """Return the matches that are left if each begins behind the lines of the one before, as where ripgrep inverts."""
        left: Spans = []
        high = start
        for first, last in found:
            if first >= high:
                left.append((first, last))
                high = self._whole(start, stop, first, last)[1]
        return left

    def _apart(self, hit: Hit) -> Iterator[Hit]:
        """Yield a hit, line by line if it is too large."""
        if hit.end - hit.start <= self._joined:
            yield hit
        else:
            start = hit.start
            yield from self._lines(start, hit.stop, [(start + a, start + b) for a, b in hit.spans], invert=False)

    def _whole(self, start: int, stop: int, first: int, last: int) -> tuple[int, int]:
        """Return the lines that a match lies in."""
        buffer, newline = self._windows.buffer, self._windows.newline
        begin = buffer.rfind(newline, start, first) + 1 or start
        return begin, buffer.find(newline, max(last - 1, first), stop) + 1 or stop

    def _hit(self, low: int, high: int, found: Spans, at: int) -> tuple[Hit, int]:
        """Return a hit with its spans, which begin at ``found[at]`` or later, and where those of the next begin."""
        last = self._windows.buffer.rfind(self._windows.newline, low, high - 1) + 1 or low
        _, end, _ = next(self._windows.lines(last, high))
        spans: Spans = []
        while at < len(found) and found[at][0] < high:
            if found[at][0] >= low:
                spans.append((found[at][0] - low, min(found[at][1], high) - low))
            at += 1
        return Hit(low, end, high, spans), at
