"""``spill://`` handles as words of a command line."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final


SCHEME: Final = "spill://"


def file_of(path: str) -> str:
    """Return the file that a path names: what is behind a handle of spilled text, or the path itself.

    Raises a `FileError` that says why nothing is behind a handle, and when it expired.
    """
    if not path.startswith(SCHEME):
        return path
    from streamtools.history.spill import resolve

    return resolve(path)
