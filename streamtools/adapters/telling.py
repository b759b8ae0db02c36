"""What ``sgrep`` says on stderr when a search is over: what was cut, skipped or not found, and how to go on."""

from __future__ import annotations

import sys

from streamtools.adapters.terminal import stream, tell
from streamtools.errors import printable
from streamtools.limits import DEFAULT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Protocol

    from streamtools.adapters.argv import Parsed
    from streamtools.events import Ledger, Line
    from streamtools.searching.request import Request
    from streamtools.searching.tree import Search

    class Shown(Protocol):
        """What a printer knows at its end: why it stopped, ``""`` if it did not, and the first line that was shown in part."""

        stopped: str
        cut: tuple[str, Line] | None

        @property
        def written(self) -> int:
            """How many bytes were written."""


class Report:
    """The sentences about one search."""

    def __init__(self, flags: Parsed, request: Request, *, capped: bool) -> None:
        self._flags = flags
        self._request = request
        self._capped = capped
        self._streams = any(stream(path) is not None for path in request.paths)

    def tell(self, search: Search, shown: Shown) -> None:
        """Say everything that is to be said."""
        summary = search.summary()
        ledger = summary.ledger
        if self._flags.get("messages", True):
            _lines(ledger.errors)
            ledger = self._named_binaries(ledger)
        if search.changed is not None:
            _lines([f"{printable(search.changed)} changed while it was searched"])
        if shown.stopped or summary.stopped != "end":
            _lines([self._stop(search, shown)])
        elif not summary.matches.value and not self._flags.get("quiet"):
            _lines(self._nothing(search, ledger))
        if shown.cut is not None:
            _lines([self._cut(*shown.cut)])
        if self._flags.get("stats"):
            from streamtools.searching.skipped import skipped_words

            _lines([skipped_words(ledger) or "nothing was skipped"])

    def _named_binaries(self, ledger: Ledger) -> Ledger:
        """Tell of files that were named and not searched; return the ledger without them."""
        named = [path for path in ledger.examples.get("binary", ()) if path in self._request.paths]
        if not named or self._flags.get("quiet"):
            return ledger
        _lines(f"{printable(path)} is a binary file and was not searched; -a searches it as text" for path in named)
        left = ledger.skipped["binary"] - len(named)
        skipped = {reason: left if reason == "binary" else count for reason, count in ledger.skipped.items()}
        return ledger._replace(skipped={reason: count for reason, count in skipped.items() if count})

    def _stop(self, search: Search, shown: Shown) -> str:
        why = f"at {shown.stopped}" if shown.stopped else f"by {search.stopped}"
        if search.tired is not None:
            path, line = search.tired
            took = f"the pattern took longer than {self._request.limits.match_seconds:g} s there (it backtracks)"
            why = f"on line {line or '?'} of {printable(path)}: {took}"
        lift = "see all with --no-cap" if self._capped and shown.stopped and "matching" not in shown.stopped else ""
        if self._streams:
            return f"stopped {why}; a stream can't be gone on with" + (f": {lift}" if lift else "")
        return f"stopped {why}; go on with --cursor {search.going_on().arguments['cursor']}" + (f", or {lift}" if lift else "")

    def _nothing(self, search: Search, ledger: Ledger) -> list[str]:
        from streamtools.searching.skipped import skipped_words

        words = skipped_words(ledger)
        sentences = [words] if words else []
        if sys.stderr is not None and sys.stderr.isatty() and not search.tally.errors:
            from streamtools.searching.diagnose import diagnose

            sentences += diagnose(self._request, search)
        return sentences

    def _cut(self, path: str, line: Line) -> str:
        if self._flags.get("only_matching"):
            return f"line {line.number} of {printable(path)} has more matches, or longer ones, than are shown; see all with --no-cap"
        from streamtools.adapters import shell

        what = f"lines longer than {DEFAULT.line_bytes} bytes are cut around the match; see"
        if stream(path) is not None:
            return f"{what} them whole with --no-cap"
        encoding = [f"-E {shell.word(self._request.encoding)}"] if self._request.encoding is not None else []
        way = shell.sread([*encoding, f"--offset {line.number}", f"--column {line.column}", "--limit 1"], [path])
        return f"{what} more with {way}, or --no-cap"


def _lines(sentences: Iterable[str]) -> None:
    for sentence in sentences:
        tell("sgrep", sentence)
