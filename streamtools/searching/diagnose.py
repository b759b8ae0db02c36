"""Nothing found: what would other options have found? A second look, bounded."""

from __future__ import annotations

from streamtools.deadline import Deadline
from streamtools.errors import StreamtoolsError
from streamtools.limits import MIB
from streamtools.searching.tree import Search

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final, Literal

    from streamtools.files.listings import Listings
    from streamtools.searching.request import Request


_FILES: Final = 2000
_BYTES: Final = 64 * MIB
_META: Final = frozenset("\\.^$*+?()[]{}|")


class _Budget(Deadline):
    """Ends a look after so many files or bytes, or when the outer deadline has passed."""

    def __init__(self, files: int, size: int, window: int, outer: Deadline) -> None:
        super().__init__()
        self.search: Search | None = None
        self._files = files
        self._size = size
        self._window = window
        self._outer = outer
        self._windows = 0

    def passed(self) -> Literal["deadline", "cancelled"] | None:
        assert self.search is not None
        tally = self.search.tally
        self._windows += 1
        read = max(tally.bytes, (self._windows - tally.files) * self._window)
        if tally.files >= self._files or read >= self._size:
            return "deadline"
        return self._outer.passed()


def diagnose(request: Request, search: Search, *, files: int = _FILES, size: int = _BYTES) -> tuple[str, ...]:
    """Return sentences on what would match with case ignored, as a literal, or in skipped files.

    All looks together read at most ``files`` files and ``size`` bytes; a count that was cut by
    that is told as "at least".

    Memory: that of one search at a time.
    """
    looks = _looks(request, search)
    if request.deadline.passed() is not None or search.stopped != "end" or request.invert_match:
        return ()
    found = []
    for words, changes in looks:
        sentence = _look(request, search.known, words, changes, files // len(looks), size // len(looks))
        if sentence:
            found.append(sentence)
    ledger = search.tally.ledger()
    return tuple(found) or (f"no hits in {ledger.files:,} files ({ledger.bytes:,} bytes)",)


def _looks(request: Request, search: Search) -> list[tuple[str, dict[str, Any]]]:
    looks: list[tuple[str, dict[str, Any]]] = []
    text = "".join(request.patterns)
    if not request.ignore_case and text.lower() != text.upper():
        looks.append(("ignoring case: {} (ignore_case=True)", {"ignore_case": True, "smart_case": False}))
    if not request.fixed_strings and _META & set(text):
        looks.append(("taking the pattern literally: {} (fixed_strings=True)", {"fixed_strings": True}))
    skipped = search.tally.ledger().skipped
    if "ignored" in skipped or "hidden" in skipped:
        looks.append(("in ignored and hidden files: {} (ignore=False, hidden=True)", {"ignore": False, "hidden": True}))
    return looks


def _look(request: Request, known: Listings | None, words: str, changes: dict[str, Any], files: int, size: int) -> str:
    budget = _Budget(files, size, request.limits.window, request.deadline)
    changed = request._replace(output_mode="count", max_count=None, cursor=None, deadline=budget, **changes)
    try:
        look = Search(changed, capped=True, known=known)
        budget.search = look
        try:
            for _ in look.events():
                pass
        finally:
            look.close()
            # The two know each other: let both go now, with the databases that the next call uses again.
            budget.search = None
    except StreamtoolsError:
        return ""
    total = look.summary().matches
    if not total.value:
        return ""
    return "no hits, but " + words.format(f"{total} matching lines")
