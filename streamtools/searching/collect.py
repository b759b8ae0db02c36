"""The collector of a Grep: it takes events until the page is full, and says so."""

from __future__ import annotations

from bisect import bisect_left

from streamtools.errors import printable
from streamtools.events import Begin, Bundle, Encoding, End, Gap, Line, Total
from streamtools.render.bulk import widths
from streamtools.render.escape import name, width
from streamtools.results import FileHits, GrepResult
from streamtools.searching.skipped import skipped_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from streamtools.events import Event, Ledger, Next
    from streamtools.searching.request import Request
    from streamtools.searching.tree import Search
    from streamtools.words import Stopped


class Collector:
    """A bounded collection of events.

    Every line is charged what the text renderer makes of it, so that the rendered result is
    within ``limits.bytes`` less ``limits.notice_bytes``.

    Memory: ``limits.bytes`` of lines and names.
    """

    def __init__(self, request: Request) -> None:
        self.matches = 0
        self.stopped: Stopped = "end"
        self._request = request
        self._limit = request.head_limit or request.limits.head_limit
        self._room = request.limits.bytes - request.limits.notice_bytes
        self._rows = 0
        self._full = False
        self._files: list[FileHits] = []
        self._found: list[Line | Gap | Bundle] = []
        self._path = ""
        self._prefix = 0
        self._encoding = Encoding()
        self._open = False
        #: Hits in the files before.
        self._before = 0
        self._gap: Gap | None = None
        self._cut: Line | None = None

    def add(self, event: Event, search: Search) -> bool:
        """Take an event; return whether more are wanted."""
        if self._full and not (isinstance(event, End) or (isinstance(event, Line) and event.kind == "after")):
            return False
        if isinstance(event, Begin):
            self._path, self._encoding, self._found, self._open = event.path, event.encoding, [], True
            self._gap, self._before = None, self.matches
            self._prefix = len(name(event.path).encode("utf-8")) + 1
            return True
        if isinstance(event, End):
            return self._end(event, search)
        if isinstance(event, Bundle):
            return self._bundle(event, search)
        if isinstance(event, Gap):
            self._gap = event
        if not isinstance(event, Line):
            return True
        cost = self._prefix + len(f"{event.number}:") + width(event.data) + 1
        if not self._charge(cost + 3 if self._gap else cost, 2 if self._gap else 1):
            return False
        self._found += [self._gap, event] if self._gap else [event]
        if self._cut is None and (event.cut or event.column > 1):
            self._cut = event
        self._gap = None
        if event.kind == "match":
            self.matches += 1
            self._full = self.matches >= self._limit
        search.mark()
        return not self._full or search.due > 0

    def _bundle(self, lines: Bundle, search: Search) -> bool:
        """Take as many of the lines as fit, all at once where all of them do."""
        numbers, texts = lines.numbers, lines.texts
        count = len(texts)
        wanted = min(self._limit - self.matches, count)
        digits, most = len(str(numbers[0])), len(str(numbers[wanted - 1]))
        written = wanted * digits
        for longer in range(digits, most):
            written += wanted - bisect_left(numbers, 10**longer, 0, wanted)
        cost = written + widths(texts if wanted == count else texts[:wanted]) + wanted * (self._prefix + 2)
        if wanted <= self._request.limits.lines - self._rows and cost <= self._room:
            self._room -= cost
            self._rows += wanted
            taken = wanted
        else:
            taken = 0
            while taken < wanted and self._charge(self._prefix + len(f"{numbers[taken]}:") + width(texts[taken]) + 1):
                taken += 1
        if taken:
            self._found.append(lines if taken == count else lines.first(taken))
            self.matches += taken
            self._full = self.matches >= self._limit
            if taken < count:
                search.mark(lines.line(taken - 1), count - taken)
            else:
                search.mark()
        return taken == count and not self._full

    def _charge(self, cost: int, rows: int = 1) -> bool:
        if self._rows and (cost > self._room or self._rows + rows > self._request.limits.lines):
            self.stopped = "lines" if cost <= self._room else "bytes"
            return False
        self._room -= cost
        self._rows += rows
        return True

    def _end(self, event: End, search: Search) -> bool:
        mode = self._request.output_mode
        if mode == "content":
            self._close(event.matches)
        elif (mode == "files_without_match") == (event.matches.value == 0):
            cost = self._prefix + (len(str(event.matches.value)) + 1 if mode == "count" else 0)
            if not self._charge(cost):
                return False
            self._close(event.matches)
            self.matches += 1
            self._full = self.matches >= self._limit
        search.mark()
        return not self._full

    def _close(self, count: Total) -> None:
        self._open = False
        self._files.append(FileHits(self._path, tuple(self._found), count, self._encoding))

    def result(self, search: Search, found: tuple[str, ...]) -> GrepResult:
        """Make the result of what was taken; ``found`` is what a second look says."""
        if self._open and self._found:
            self._close(Total(self.matches - self._before, "at_least"))
        if self._full and self.stopped == "end":
            self.stopped = "lines"
        stopped = self.stopped if self.stopped != "end" else search.stopped
        if stopped == "end":
            matches, files, ledger, *_ = search.summary()
            going_on = None
        else:
            matches, files = (Total(value, "at_least") for value in search.marked)
            ledger = search.passed if search.stopped == "end" else search.tally.ledger()
            going_on = search.going_on()
        notices = tuple(self._notices(search, ledger, matches, stopped, going_on, found))
        return GrepResult(
            tuple(self._files),
            self._request.output_mode,
            matches,
            files,
            ledger,
            stopped,
            going_on,
            notices,
        )

    def _notices(
        self, search: Search, ledger: Ledger, matches: Total, stopped: Stopped, going_on: Next | None, found: tuple[str, ...]
    ) -> list[str]:
        notices = list(found)
        guessed = {hit.encoding.name for hit in self._files if hit.encoding.name != "utf-8"}
        if guessed:
            notices.append(f"encodings: {', '.join(sorted(guessed))}")
        cut = self._cut
        if cut is not None:
            way = f"read(path={cut.path!r}, offset={cut.number}, column={cut.column})"
            notices.append(f"lines longer than {self._request.limits.line_bytes} bytes are cut around the match; see more with {way}")
        if search.moved is not None:
            notices.append(f"{printable(search.moved)} changed since the cursor was made: lines of it may be missing or come twice")
        if search.changed is not None:
            notices.append(f"{printable(search.changed)} changed while it was searched; search again to see it whole")
        skipped = skipped_words(ledger)
        if skipped:
            notices.append(skipped)
        notices.extend(ledger.errors[:3])
        if search.tired is not None:
            path, line = search.tired
            notices.append(
                f"the pattern took longer than {self._request.limits.match_seconds:g} s on line {line} of {printable(path)}, "
                "which was given up: it backtracks; make it simpler, or search for a plain part of it with fixed_strings"
            )
        if going_on is not None:
            why = {"deadline": "stopped by the deadline", "cancelled": "cancelled"}.get(stopped, "more may follow")
            notices.append(f"{matches} hits so far, {why}; go on with cursor={going_on.arguments['cursor']!r}")
        return notices
