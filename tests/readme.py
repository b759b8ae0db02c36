"""The blocks of README.md, for the tests that run them."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent


def blocks(language: str, word: str = "") -> list[str]:
    """Return the code blocks of a language that hold a word, in order."""
    found = re.findall(rf"(?s)```{language}\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"))
    return [block for block in found if word in block]
