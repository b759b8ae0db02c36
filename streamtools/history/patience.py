"""A summariser that may hang, asked so that a conversation never waits for it for long."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from streamtools.history.extract import Summarizer
from streamtools.history.turns import Turn


class Patient:
    """A `Summarizer` that gives up on ``inner`` after ``seconds``.

    Each summary is made in a thread of its own. One that is not ready in time is left to itself, and while it runs no other is begun,
    so that a model that hangs costs ``seconds`` once.

    Memory: one thread, and the turns that it was given.
    """

    def __init__(self, inner: Summarizer, seconds: float) -> None:
        self._inner = inner
        self._seconds = seconds
        self._late: threading.Thread | None = None

    def summarize(self, turns: Sequence[Turn], max_tokens: int) -> str:
        """Return the summary; raises what ``inner`` raises, and TimeoutError."""
        if self._late is not None and self._late.is_alive():
            raise TimeoutError("it still works on an earlier summary")
        made: list[str] = []
        failed: list[BaseException] = []

        def work() -> None:
            try:
                made.append(self._inner.summarize(turns, max_tokens))
            except BaseException as error:  # noqa: BLE001 (raised again where it was asked for)
                failed.append(error)

        self._late = thread = threading.Thread(target=work, name="streamtools summary", daemon=True)
        thread.start()
        thread.join(self._seconds)
        if thread.is_alive():
            raise TimeoutError(f"no summary within {self._seconds:g} seconds")
        self._late = None
        if failed:
            raise failed[0]
        return made[0]
