r"""Streaming Read and Grep for AI agents and people, with constant memory.

    from streamtools import grep, read
    page = read("big.log", offset=2001)
    hits = grep(r"def \w+", "src", type="py")

Names are imported at their first use: ``import streamtools`` itself loads nothing.
"""

from __future__ import annotations

#: As in `typing`, whose import takes half of what `--version` takes.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from streamtools.deadline import Deadline
    from streamtools.errors import (
        AccessDenied,
        BadCursor,
        BadPattern,
        FileError,
        InvalidArgument,
        NotFound,
        NotRegular,
        OutsideRoots,
        StreamtoolsError,
        UnknownEncoding,
    )
    from streamtools.events import Begin, Encoding, End, Gap, Ledger, Line, Next, Summary, Total
    from streamtools.files.confine import Roots
    from streamtools.limits import Limits
    from streamtools.listing import glob
    from streamtools.reading import aread, iter_lines, read
    from streamtools.render.text import text_of
    from streamtools.results import FileHits, GlobResult, GrepResult, ReadResult, ToolResult
    from streamtools.searching import agrep, grep, search
    from streamtools.toolset import Toolset

__version__ = "0.1.0"

_HOME = {
    "deadline": ("Deadline",),
    "errors": (
        "AccessDenied",
        "BadCursor",
        "BadPattern",
        "FileError",
        "InvalidArgument",
        "NotFound",
        "NotRegular",
        "OutsideRoots",
        "StreamtoolsError",
        "UnknownEncoding",
    ),
    "files.confine": ("Roots",),
    "limits": ("Limits",),
    "listing": ("glob",),
    "reading": ("aread", "iter_lines", "read"),
    "render.text": ("text_of",),
    "events": (*("Begin", "Encoding", "End", "Gap", "Ledger", "Line", "Next", "Summary", "Total"),),
    "results": ("FileHits", "GlobResult", "GrepResult", "ReadResult", "ToolResult"),
    "searching": ("agrep", "grep", "search"),
    "toolset": ("Toolset",),
}
_WHERE = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "AccessDenied",
    "BadCursor",
    "BadPattern",
    "Begin",
    "Deadline",
    "Encoding",
    "End",
    "FileError",
    "FileHits",
    "Gap",
    "GlobResult",
    "GrepResult",
    "InvalidArgument",
    "Ledger",
    "Limits",
    "Line",
    "Next",
    "NotFound",
    "NotRegular",
    "OutsideRoots",
    "ReadResult",
    "Roots",
    "StreamtoolsError",
    "Summary",
    "ToolResult",
    "Toolset",
    "Total",
    "UnknownEncoding",
    "agrep",
    "aread",
    "glob",
    "grep",
    "iter_lines",
    "read",
    "search",
    "text_of",
]


def __getattr__(name: str) -> object:
    """Import a public name from where it lives."""
    if name not in _WHERE:
        raise AttributeError(f"module 'streamtools' has no attribute {name!r}")
    from importlib import import_module

    from streamtools.words import tell

    value: object = getattr(import_module(f"streamtools.{_WHERE[name]}"), name)
    tell(*(import_module(f"streamtools.{module}") for module in ("deadline", "events", "limits", "results")))
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
