"""``sgrep --files``: the names of the files that a search would look at."""

from __future__ import annotations

from collections.abc import Iterable

from streamtools.adapters.asking import Asked
from streamtools.adapters.printing import Printer
from streamtools.adapters.terminal import FAILED, FOUND, NOTHING, fail, tell
from streamtools.errors import FileError
from streamtools.files.tally import Tally


def list_files(asked: Asked, printer: Printer) -> int:
    """Print the names; return the exit code."""
    tally, code, failed = Tally(), NOTHING, False
    for root in asked.paths:
        try:
            for path in _files(asked, root, tally):
                code = FOUND
                if asked.quiet:
                    return code
                if not printer.put(printer.file(path) + (b"\0" if asked.flags.get("null") else b"\n")):
                    tell(asked.face.name, f"stopped at {printer.stopped}; all with --no-cap")
                    return code
        except FileError as error:
            failed = True
            if asked.flags.get("messages", True):
                fail(asked.face.name, asked.face.unwalked(asked, error))
    return FAILED if failed else code


def _files(asked: Asked, root: str, tally: Tally) -> Iterable[str]:
    from streamtools.files.named import check
    from streamtools.files.walk import Walk

    return [root] if root in asked.streams or check(root) == "file" else Walk(root, asked.request.selection, tally)
