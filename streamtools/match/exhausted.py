"""The one way in which looking for a match can fail once the pattern compiles."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal


class Exhausted(Exception):
    """An engine gave up on a line: it ran out of its time, or of memory.

    Not for callers of the package: the searching stage turns it into a result that says so.
    """

    def __init__(self, what: Literal["time", "memory"]) -> None:
        super().__init__(f"the pattern ran out of {what} on this line")
        self.what = what
