"""Where a search stopped, as a word that a later call goes on from.

A cursor is ``c1.`` and base64url of one JSON list: the digest of the query, the number of the
root, the last file that is done with, the file that is not, byte offset and line number in it, its
size and time, what context is still due, and what was found before. It holds no state of ours and is
checked again when it comes back: a file is searched only where the walk gives it again.
"""

from __future__ import annotations

from streamtools.errors import BadCursor
from streamtools.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final


_PREFIX: Final = "c1."


class Cursor(NamedTuple):
    """A place in a search: in root number ``root``, behind the file ``done``, within the file ``path``.

    Either may be None: nothing is done yet, or a new file begins. See `Place` for ``offset`` to ``gap``, and ``nul``;
    ``matches`` and ``files`` count what was found in files that are done.
    """

    root: int = 0
    done: str | None = None
    path: str | None = None
    size: int = 0
    mtime: int = 0
    offset: int = 0
    line: int = 1
    after: int = 0
    shown: bool = False
    inside: bool = False
    taken: int = 0
    gap: bool = False
    matches: int = 0
    files: int = 0
    nul: int | None = None

    def encode(self, digest: str) -> str:
        """Return the word for the query of that digest; ASCII without blanks."""
        import base64
        import json

        values = json.dumps([digest, *self], separators=(",", ":")).encode("ascii")
        return _PREFIX + base64.urlsafe_b64encode(values).decode("ascii").rstrip("=")


def decode(word: str, digest: str, roots: int) -> Cursor:
    """Return the place that a word names. Raises `BadCursor` if it is damaged or of another query."""
    import base64
    import binascii
    import json

    try:
        if not word.startswith(_PREFIX):
            raise ValueError(word)
        data = word[len(_PREFIX) :].encode("ascii")
        found, *values = json.loads(base64.b64decode(data + b"=" * (-len(data) % 4), b"-_", validate=True))
        cursor = Cursor(*values)
        places = (cursor.root, cursor.size, cursor.mtime, cursor.offset, cursor.line)
        numbers = (*places, cursor.after, cursor.taken, cursor.matches, cursor.files, cursor.nul or 0)
        sound = all(type(number) is int and 0 <= number < 1 << 63 for number in numbers) and cursor.root < roots
        sound = sound and all(isinstance(name, str | None) for name in (cursor.done, cursor.path)) and isinstance(found, str)
        if not sound or not {type(cursor.shown), type(cursor.inside), type(cursor.gap)} == {bool}:
            raise ValueError(word)
    except (AttributeError, TypeError, ValueError, binascii.Error, RecursionError) as error:
        raise BadCursor("the cursor is damaged; give it exactly as it was returned, or search again without it") from error
    if found != digest:
        raise BadCursor("the cursor belongs to another search; give the same pattern, path and options, or search without it")
    return cursor
