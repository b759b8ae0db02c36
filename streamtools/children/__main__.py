"""``python -m streamtools.children``: a child that serves the parent that started it."""

from __future__ import annotations

from streamtools.children.serving import main

main()
