r"""Grep: streams files window by window and keeps no more than it shows.

    result = grep(r"def \w+", "src", type="py", context=2)
    for line in result.lines:
        print(line.path, line.number, line.text)

`search` is the stream of events under it, without caps.
"""

from streamtools.searching.request import Options
from streamtools.searching.tool import agrep, grep, search

__all__ = ["Options", "agrep", "grep", "search"]
