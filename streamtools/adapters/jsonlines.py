"""Events to ripgrep's JSON lines on standard output, with a budget."""

from __future__ import annotations

import sys
import time

from streamtools.adapters.printing import Printer, Style
from streamtools.events import Begin, End, Event, Line
from streamtools.limits import Limits
from streamtools.searching.tree import Search


class JsonPrinter:
    """Writes ripgrep's JSON lines until ``limits`` are reached; None lifts them. ``begun`` is on the monotonic clock.

    Memory: one line.
    """

    def __init__(self, limits: Limits | None, begun: float) -> None:
        from streamtools.render import json

        self.stopped = ""
        self.cut: tuple[str, Line] | None = None
        self._message = json.message
        self._printer = Printer(sys.stdout.buffer.write, Style(), "json", limits)
        self._path = ""
        self._begun = begun

    def event(self, event: Event) -> bool:
        """Write an event; return whether it fitted."""
        if isinstance(event, Begin):
            self._path = event.path
        if not isinstance(event, Begin | Line | End):
            return True
        text = self._message(event, self._path, time.monotonic() - self._begun)
        fitted = self._printer.put(text.encode("utf-8", "surrogateescape") + b"\n")
        self.stopped = self._printer.stopped
        return fitted

    def finish(self, search: Search) -> None:
        """Write the summary, which always fits."""
        text = self._message(search.summary(), "", time.monotonic() - self._begun)
        sys.stdout.buffer.write(text.encode("utf-8") + b"\n")
