"""``sgrep --files``: the names of the files that a search would look at."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from streamtools.adapters.asking import Asked
from streamtools.adapters.printing import Printer
from streamtools.adapters.terminal import FAILED, FOUND, NOTHING, tell
from streamtools.errors import FileError
from streamtools.events import Failure
from streamtools.files.tally import Tally


def list_files(asked: Asked, printer: Printer) -> int:
    """Print the names; return the exit code."""
    names = _Names(asked)
    code = NOTHING
    for shown, run in names.in_order():
        code = FOUND
        if asked.quiet:
            break
        if not _print(printer, shown, run, b"\0" if asked.flags.get("null") else b"\n"):
            tell(asked.face.name, f"stopped at {printer.stopped}; all with --no-cap")
            break
    names.tell()
    return FAILED if names.failed and not (asked.quiet and code == FOUND) else code


def _print(printer: Printer, shown: str, names: Sequence[str], end: bytes) -> bool:
    """Print the names of one folder, all at once where they are printed as they are; return whether they fitted."""
    if printer.plain:
        separator = os.fsdecode(end) + shown
        return printer.put(os.fsencode(shown + separator.join(names)) + end)
    return all(printer.put(printer.file(shown + name) + end) for name in names)


class _Names:
    """The files below the roots of a command line."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._told = asked.face.failing(asked)
        self._tally = Tally(tell=self._fail)
        self._tally.reading = asked.face.reading(asked)
        self._failed = False

    @property
    def failed(self) -> bool:
        """Whether something was wrong that makes the whole call fail."""
        return self._failed or (self._told is not None and self._told.errors > 0)

    def in_order(self) -> Iterator[tuple[str, Sequence[str]]]:
        """Yield them as `Walk.runs` does."""
        request = self._asked.request
        if request.walked:
            yield from self._runs()
            return
        from streamtools.files.order import ordered

        paths = (shown + name for shown, names in self._runs() for name in names)
        for path in ordered(paths, request.sort, reverse=request.reverse):
            yield "", (path,)

    def tell(self) -> None:
        """Say what went wrong, if that was not said yet."""
        if self._told is None and self._asked.flags.get("messages", True):
            for sentence in self._tally.ledger().errors:
                tell(self._asked.face.name, sentence)

    def _fail(self, failure: Failure) -> None:
        self._failed = True
        if self._told is not None:
            self._told(failure)

    def _runs(self) -> Iterator[tuple[str, Sequence[str]]]:
        from streamtools.files.named import check
        from streamtools.files.walk import Walk

        asked = self._asked
        for root in asked.paths:
            try:
                if root in asked.streams or check(root) == "file":
                    yield "", (root,)
                else:
                    yield from Walk(root, asked.request.selection, self._tally).runs()
            except FileError as error:
                self._tally.fail(error, walked=True)
