r"""Grep: streams files window by window and keeps no more than it shows.

    result = grep(r"def \w+", "src", type="py", context=2)
    for line in result.lines:
        print(line.path, line.number, line.text)

`search` is the stream of events under it, without caps. What collects results is imported at
the first use of a name: the command lines do without it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from streamtools.searching.options import Options
    from streamtools.searching.tool import agrep, grep, search

__all__ = ["Options", "agrep", "grep", "search"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'streamtools.searching' has no attribute {name!r}")
    from streamtools.searching import tool

    return getattr(tool, name)
