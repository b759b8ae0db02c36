"""How much memory Python takes, whether or not the whole run is traced already (``-X tracemalloc``)."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple


class Taken(NamedTuple):
    """Bytes more than at the start of the block: now, and at most."""

    now: int
    peak: int


@contextmanager
def traced() -> Iterator[Callable[[], Taken]]:
    """Count from here on; the block asks."""
    mine = not tracemalloc.is_tracing()
    if mine:
        tracemalloc.start()
    gc.collect()
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]

    def taken() -> Taken:
        now, peak = tracemalloc.get_traced_memory()
        return Taken(now - before, peak - before)

    try:
        yield taken
    finally:
        if mine:
            tracemalloc.stop()
