"""The long-lived process of the warm rows: answers calls of `grep` and `read`, one JSON object a line, until its input ends.

``{"tool": "grep", "arguments": {...}}`` is answered by ``{"seconds": own clock, "lines": hits or lines, "text": ...}``.
Uses only the public interface, as a host program would, and is guarded against nothing.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

import streamtools
from streamtools import GrepResult, ReadResult, grep, read, text_of

TOOLS: dict[str, Callable[..., GrepResult | ReadResult]] = {"grep": grep, "read": read}

for request in sys.stdin:
    asked = json.loads(request)
    begun = time.perf_counter()
    result = TOOLS[asked["tool"]](**asked["arguments"])
    text = text_of(result)
    seconds = time.perf_counter() - begun
    lines = result.total.value if isinstance(result, GrepResult) else len(result.lines)
    sys.stdout.write(json.dumps({"seconds": seconds, "lines": lines, "text": text, "home": streamtools.__file__}) + "\n")
    sys.stdout.flush()
