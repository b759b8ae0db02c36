"""Which files the program of ``pre`` reads."""

from __future__ import annotations

import os
from functools import lru_cache

from streamtools.files.rules import Batch, Rules, ignores
from streamtools.files.selection import base_of, glob_patterns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


@lru_cache(maxsize=4)
def picker(globs: tuple[str, ...]) -> Callable[[str], bool]:
    """Return what says whether a file is one of those that the globs choose, as ``-g`` does; names are relative to the current folder."""
    rules = Rules([pattern for glob in globs for pattern in glob_patterns(glob)])

    def picks(path: str) -> bool:
        folder, name = os.path.split(path)
        said = rules.match(base_of(folder or ".", ""), Batch((name,)), Batch(()))
        return ignores(said[name]) if name in said else not rules.positive

    return picks
