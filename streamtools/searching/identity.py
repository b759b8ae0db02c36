"""Cursors as words that a later call goes on from, and the short name of what a search looks for and where, that they are bound to.

A word is ``c1.`` and base64url of one JSON list: the digest of the query, the number of the
root, the last file that is done with, the file that is not, byte offset and line number in it, its
size and time, what context is still due, and what was found before. It holds no state of ours and is
checked again when it comes back: a file is searched only where the walk gives it again.

Only who hands out a cursor, or takes one, needs this.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from itertools import compress
from operator import is_not, itemgetter

from streamtools.errors import BadCursor
from streamtools.searching.cursor import Cursor
from streamtools.searching.request import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_PREFIX: Final = "c1."
_written: Final = json.JSONEncoder(separators=(",", ":")).encode
#: Options that say what matches and which files are searched: a cursor holds only for the same.
_IDENTITY: Final = (
    *("patterns", "fixed_strings", "ignore_case", "smart_case", "word_regexp", "line_regexp", "invert_match", "multiline"),
    *("multiline_dotall", "encoding", "text", "glob", "iglob", "exclude", "type", "type_not", "hidden", "ignore", "follow"),
    *("max_filesize", "max_depth", "one_file_system", "max_count", "output_mode", "crlf", "null_data", "unicode", "syntax", "detect"),
    *("stop_on_nonmatch", "ignore_file", "ignore_dot", "ignore_exclude", "ignore_files", "ignore_global", "ignore_parent", "ignore_vcs"),
    *(
        "require_git",
        "ignore_file_case_insensitive",
        "glob_case_insensitive",
        "as_written",
        "type_changes",
        "sort",
        "reverse",
        "search_zip",
        "pre",
    ),
    *("pre_glob", "binary", "mapped", "binary_lines"),
)

_identity: Final = itemgetter(*map(Request._fields.index, _IDENTITY))
_USUAL: Final = {name: Request._field_defaults.get(name) for name in _IDENTITY}


def digest(request: Request) -> str:
    """Return 18 hexadecimal digits, the same for all requests that find the same."""
    roots = request.within.folders if request.within is not None else ()
    given = compress(zip(_IDENTITY, values := _identity(request), strict=True), map(is_not, values, _USUAL.values()))
    # what is given as it is by default counts as not given
    told = [(name, value) for name, value in given if value != _USUAL[name]]
    whole = repr((told, request.paths, roots))
    return hashlib.blake2b(whole.encode("utf-8", "surrogatepass"), digest_size=9).hexdigest()


def encode(cursor: Cursor, digest: str) -> str:
    """Return the word for the query of that digest; ASCII without blanks."""
    return _PREFIX + base64.urlsafe_b64encode(_written([digest, *cursor]).encode("ascii")).decode("ascii").rstrip("=")


def decode(word: str, digest: str, roots: int) -> Cursor:
    """Return the place that a word names. Raises `BadCursor` if it is damaged or of another query."""
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
