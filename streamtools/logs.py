"""The loggers of the parts, all below ``streamtools``."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager


def logger(part: str = "") -> logging.Logger:
    """Return the logger ``streamtools``, or that of a part: silent until the host sets logging up."""
    top = logging.getLogger("streamtools")
    if not top.handlers:
        top.addHandler(logging.NullHandler())
    return top.getChild(part) if part else top


@contextmanager
def on_stderr() -> Iterator[None]:
    """Write everything from INFO on to standard error for the time of a block, for a program of ours."""
    top = logger()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s: %(message)s"))
    before = top.level
    top.addHandler(handler)
    top.setLevel(logging.INFO)
    try:
        yield
    finally:
        top.removeHandler(handler)
        top.setLevel(before)
