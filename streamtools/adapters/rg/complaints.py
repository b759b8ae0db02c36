"""Our errors about patterns, globs and types in ripgrep's words."""

from __future__ import annotations

from streamtools.errors import StreamtoolsError


def complaint(error: StreamtoolsError) -> str:
    """Return what ripgrep says instead."""
    return str(getattr(error, "rg", "") or error)
