"""What a search left out, in words; apart from what collects results, which the command lines do without."""

from __future__ import annotations

from streamtools.events import REMEDY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from streamtools.events import Ledger


def skipped_words(ledger: Ledger, verb: str = "searched") -> str:
    """Say in one sentence what was not searched, or listed, and which option would include it."""
    if not ledger.skipped:
        return ""
    parts = [f"{count} {reason.replace('_', ' ')} ({REMEDY[reason]})" for reason, count in sorted(ledger.skipped.items())]
    return f"{f'{ledger.files:,} files {verb}; ' if ledger.files else ''}not {verb}: {', '.join(parts)}"
