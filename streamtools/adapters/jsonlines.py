"""Events to ripgrep's JSON lines on standard output, with a budget."""

from __future__ import annotations

import time

from streamtools.adapters.printing import Printer
from streamtools.adapters.style import Style
from streamtools.events import Begin, End, Line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from streamtools.adapters.rows import Rows
    from streamtools.events import Event
    from streamtools.limits import Limits
    from streamtools.searching.tree import Search


class JsonPrinter:
    """Writes ripgrep's JSON lines until ``limits`` are reached; None lifts them. ``begun`` is on the monotonic clock.

    ``written`` counts the bytes of all records but those of a file's end, as ripgrep does.

    Memory: one line.
    """

    def __init__(self, write: Callable[[bytes], object], limits: Limits | None, begun: float, rows: Rows) -> None:
        from streamtools.render import json

        self.stopped = ""
        self.cut: tuple[str, Line] | None = None
        self._message = json.message
        self._printer = Printer(write, Style(), "json", limits)
        self._rows = rows
        self._write = write
        self._path = ""
        self._begun = self._file = begun
        self.written = self._before = 0

    def event(self, event: Event) -> bool:
        """Write an event; return whether it fitted."""
        if isinstance(event, Begin):
            self._path = "<stdin>" if event.path == "-" else event.path
            self._before, self._file = self.written, time.monotonic()
        if not isinstance(event, Begin | Line | End):
            return True
        texts: tuple[bytes, ...] = ()
        if isinstance(event, Line):
            event, texts = self._rows.known(event)
        text = self._message(event, self._path, time.monotonic() - self._file, self.written - self._before, texts)
        record = text.encode("utf-8", "surrogateescape") + b"\n"
        fitted = self._printer.put(record)
        self.stopped = self._printer.stopped
        if not isinstance(event, End):
            self.written = self.written + len(record)
        return fitted

    def finish(self, search: Search) -> None:
        """Write the summary, which always fits."""
        text = self._message(search.summary(), "", time.monotonic() - self._begun, self.written)
        self._write(text.encode("utf-8") + b"\n")
