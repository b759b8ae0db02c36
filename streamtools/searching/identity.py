"""The short name of what a search looks for and where, that its cursors are bound to; only who hands out a cursor needs it."""

from __future__ import annotations

import hashlib
from itertools import compress, count
from operator import attrgetter, is_not

from streamtools.searching.request import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

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

_identity: Final = attrgetter(*_IDENTITY)
_DEFAULTS: Final = [Request._field_defaults.get(name) for name in _IDENTITY]
#: How a digest tells of options that are not given.
_USUAL: Final = [repr(one) for one in zip(_IDENTITY, _DEFAULTS, strict=True)]


def digest(request: Request) -> str:
    """Return 18 hexadecimal digits, the same for all requests that find the same."""
    roots = request.within.folders if request.within is not None else ()
    values, told = _identity(request), _USUAL.copy()
    for number in compress(count(), map(is_not, values, _DEFAULTS)):
        told[number] = repr((_IDENTITY[number], values[number]))
    whole = f"[{', '.join(told)}, {('paths', request.paths)!r}, {('roots', roots)!r}]"
    return hashlib.blake2b(whole.encode("utf-8", "surrogatepass"), digest_size=9).hexdigest()
