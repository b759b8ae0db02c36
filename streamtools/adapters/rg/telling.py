"""What ripgrep says when a search is over."""

from __future__ import annotations

import errno
import os
import sys
import time
from typing import TYPE_CHECKING

from streamtools.adapters.terminal import tell

if TYPE_CHECKING:
    from streamtools.adapters.asking import Asked
    from streamtools.adapters.telling import Shown
    from streamtools.errors import StreamtoolsError
    from streamtools.searching.tree import Search


def tell_errors(asked: Asked, search: Search, failed: StreamtoolsError | None) -> int:
    """Say which files could not be read; return how many."""
    failures = list(getattr(search.summary().ledger, "failures", ()))
    if failed is not None:
        failures.append((getattr(failed, "path", ""), getattr(failed, "errno", 0) or 0))
    if asked.flags.get("messages", True):
        for path, number in failures:
            tell("rg", _sentence(asked, path, number))
    return max(search.tally.errors, len(failures))


def _sentence(asked: Asked, path: str, number: int) -> str:
    """Return what went wrong with a path; what the user named and is not there is told apart."""
    reason = f"{os.strerror(number)} (os error {number})"
    named = path in asked.paths and number in {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}
    return f"{path}: IO error for operation on {path}: {reason}" if named else f"{path}: {reason}"


def tell_nothing_searched(asked: Asked) -> int:
    """Say that no file was searched; return 1, since that is an error."""
    if asked.flags.get("messages", True):
        tell(
            "rg",
            "No files were searched, which means ripgrep probably applied a filter you didn't expect.\n"
            "Running with --debug will show why files are being skipped.",
        )
    return 1


def write_stats(asked: Asked, search: Search, shown: Shown, begun: float) -> None:
    """Write the totals of ``--stats`` behind the output."""
    summary = search.summary()
    lines = summary.matches.value
    # where lines are not told one by one, ripgrep counts those that don't match as matches
    apart = not asked.request.invert_match or (asked.mode == "content" and not asked.quiet)
    elapsed = time.monotonic() - begun
    rows = (
        f"{summary.spans if apart else lines} matches",
        f"{lines} matched lines",
        f"{summary.files_with_matches.value} files contained matches",
        f"{summary.ledger.files} files searched",
        f"{shown.written if asked.mode == 'content' else 0} bytes printed",
        f"{summary.ledger.bytes} bytes searched",
        f"{elapsed:.6f} seconds spent searching",
        f"{elapsed:.6f} seconds total",
    )
    sys.stdout.write("\n" + "".join(row + "\n" for row in rows))
