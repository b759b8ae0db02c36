"""The loggers of the parts, all below ``streamtools``."""

from __future__ import annotations

import logging
import sys


def logger(part: str = "") -> logging.Logger:
    """Return the logger ``streamtools``, or that of a part: silent until the host sets logging up."""
    top = logging.getLogger("streamtools")
    if not top.handlers:
        top.addHandler(logging.NullHandler())
    return top.getChild(part) if part else top


def to_stderr() -> None:
    """Write everything from INFO on to standard error, for a program of ours."""
    top = logger()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s: %(message)s"))
    top.addHandler(handler)
    top.setLevel(logging.INFO)
