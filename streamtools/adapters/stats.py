"""ripgrep's totals behind the output, as ``--stats`` asks for them."""

from __future__ import annotations

import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from streamtools.adapters.asking import Asked
    from streamtools.adapters.telling import Shown
    from streamtools.searching.tree import Search


def write_stats(asked: Asked, search: Search, shown: Shown, begun: float) -> None:
    """Write the totals to standard output; ``begun`` is on the monotonic clock."""
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
