"""``sgrep --files``: the names of the files that a search would look at."""

from __future__ import annotations

import os

from streamtools.adapters.terminal import FAILED, FOUND, NOTHING, tell
from streamtools.errors import FileError
from streamtools.files.tally import Tally

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from streamtools.adapters.asking import Asked
    from streamtools.adapters.printing import Printer
    from streamtools.events import Failure
    from streamtools.files.walk import Walk


def list_files(asked: Asked, printer: Printer, jobs: int) -> int:
    """Print the names, found by up to so many processes; return the exit code."""
    names = _Names(asked)
    end = b"\0" if asked.flags.get("null") else b"\n"
    code = NOTHING
    if printer.plain and asked.request.walked and not asked.quiet:
        for lines in names.as_printed(os.fsdecode(end), jobs):
            code = FOUND
            printer.put(lines)
    else:
        for path in names.in_order():
            code = FOUND
            if asked.quiet:
                break
            if not printer.put(printer.file(path) + end):
                tell(asked.face.name, f"stopped at {printer.stopped}; all with --no-cap")
                break
    names.tell()
    return FAILED if names.failed and not (asked.quiet and code == FOUND) else code


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

    def in_order(self) -> Iterator[str]:
        """Yield them one by one."""
        request = self._asked.request
        paths = (shown + name for root in self._asked.paths for shown, names in self._runs(root) for name in names)
        if request.walked:
            yield from paths
            return
        from streamtools.files.order import ordered

        yield from ordered(paths, request.sort, reverse=request.reverse)

    def as_printed(self, end: str, jobs: int) -> Iterator[bytes]:
        """Yield them in the order of the walk, many at once, each with ``end`` behind it."""

        def lines(shown: str, names: Sequence[str]) -> bytes:
            return os.fsencode(shown + (end + shown).join(names) + end)

        for root in self._asked.paths:
            try:
                yield from self._printed(root, lines, jobs)
            except FileError as error:
                self._tally.fail(error, walked=True)

    def _printed(self, root: str, lines: Callable[[str, Sequence[str]], bytes], jobs: int) -> Iterator[bytes]:
        chosen, walk = self._asked.request.selection, self._walk(root)
        if walk is None:
            yield lines("", (root,))
        elif jobs == 1 or self._tally.reading is not None or chosen.follow or chosen.one_file_system:
            for shown, names in walk.runs():
                yield lines(shown, names)
        else:
            from streamtools.searching.shared import SharedWalk

            yield from SharedWalk(walk, self._tally, lines, jobs)

    def tell(self) -> None:
        """Say what went wrong, if that was not said yet."""
        if self._told is None and self._asked.flags.get("messages", True):
            for sentence in self._tally.ledger().errors:
                tell(self._asked.face.name, sentence)

    def _fail(self, failure: Failure) -> None:
        self._failed = True
        if self._told is not None:
            self._told(failure)

    def _runs(self, root: str) -> Iterator[tuple[str, Sequence[str]]]:
        """Yield what `Walk.runs` does of one root."""
        try:
            walk = self._walk(root)
            yield from [("", (root,))] if walk is None else walk.runs()
        except FileError as error:
            self._tally.fail(error, walked=True)

    def _walk(self, root: str) -> Walk | None:
        """Return what walks a root; None if it is a file. Raises `FileError`."""
        from streamtools.files.named import check
        from streamtools.files.walk import Walk

        if root in self._asked.streams or check(root) == "file":
            return None
        return Walk(root, self._asked.request.selection, self._tally)
