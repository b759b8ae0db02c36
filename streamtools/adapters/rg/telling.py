"""What ripgrep says when a search is over."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from streamtools.adapters.terminal import tell
from streamtools.events import Failure

if TYPE_CHECKING:
    from streamtools.adapters.asking import Asked
    from streamtools.errors import FileError
    from streamtools.searching.tree import Search


def tell_errors(asked: Asked, search: Search, failed: FileError | None) -> int:
    """Say which files could not be read; return how many."""
    failures = list(search.summary().ledger.failures)
    if failed is not None:
        failures.append(Failure(failed.path, failed.errno or 0, failed.rg))
    if asked.flags.get("messages", True):
        for path, number, words in failures:
            tell("rg", f"{path}: {words}" if words else sentence(asked, path, number))
    return max(search.tally.errors, len(failures))


def sentence(asked: Asked, path: str, number: int) -> str:
    """Return what went wrong with a path; what fails while ripgrep walks, and not when a file is opened, is told apart."""
    reason = f"{os.strerror(number)} (os error {number})"
    if number not in {errno.ENOENT, errno.ENOTDIR, errno.ELOOP} and not os.path.isdir(path):
        return f"{path}: {reason}"
    shown = path if not asked.implicit or path.startswith("./") else f"./{path}"
    return f"{shown}: IO error for operation on {shown}: {reason}"


def tell_nothing_searched(asked: Asked) -> int:
    """Say that no file was searched; return 1, since that is an error."""
    if asked.flags.get("messages", True):
        tell(
            "rg",
            "No files were searched, which means ripgrep probably applied a filter you didn't expect.\n"
            "Running with --debug will show why files are being skipped.",
        )
    return 1
