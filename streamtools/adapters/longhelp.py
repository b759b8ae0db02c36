"""The long text of each flag, for ``--help`` and the man page; apart from the table, because hardly a start needs it."""

from __future__ import annotations

from typing import Final

#: Long name -> paragraphs, apart by a blank line. What the one-line help, the choices and the undoing flag say is not repeated.
TEXTS: Final[dict[str, str]] = {}
