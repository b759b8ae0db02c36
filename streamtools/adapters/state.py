"""The state file as command lines look into it: only one that is there, nothing is made."""

from __future__ import annotations

import os
import time

from streamtools.database import state_folder
from streamtools.errors import NotFound, printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def state_file(given: str = "") -> str:
    """Return the state file that was given, or the user's own. Raises `NotFound` where there is none yet."""
    path = given or os.path.join(state_folder(), "state.db")
    if not os.path.isfile(path):
        raise NotFound(
            f"{printable(path)}: nothing was kept here yet; XDG_STATE_HOME may differ from the agent's, or give --state FILE", path
        )
    return path


def moment(seconds: float | None) -> str:
    """Return a time of the clock as local date and time; ``-`` for none."""
    return "-" if seconds is None else time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]], right: frozenset[int]) -> str:
    """Return rows as aligned text; columns in ``right`` are numbers. The last column is not padded.

    Memory: the text.
    """
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head) - 1)]
    shown = []
    for row in [head, *rows]:
        cells = [cell.rjust(width) if at in right else cell.ljust(width) for at, (cell, width) in enumerate(zip(row, widths, strict=False))]
        shown.append("  ".join([*cells, row[-1]]).rstrip())
    return "\n".join(shown) + "\n"
