"""Registries for the tests of the gate: a sound workload each, and the same with a fault."""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from unittest import mock

from profiles.memory.workload import Answer, Job, Workload, file_of
from streamtools import grep, read
from streamtools.limits import MIB
from streamtools.results import Event
from streamtools.searching.collect import Collector
from streamtools.searching.tree import Search

_KEPT: list[object] = []


class _KeepsAll(Collector):
    """A collector that keeps every hit that it is given, and never says that it has enough."""

    def add(self, event: Event, search: Search) -> bool:
        """Do as the sound one does, and keep the event."""
        super().add(event, search)
        _KEPT.append(event)
        return True


def _page(job: Job) -> Answer:
    return len(read(job.path).lines)


def _page_and_a_fifth(job: Job) -> Answer:
    """A constant 20 % more, held while the page is made."""
    ballast = bytearray(100_000)
    answer = _page(job)
    del ballast
    return answer


def _first_hit(job: Job) -> Answer:
    return grep("needle", job.path).files[0].lines[0].number  # type: ignore[union-attr]


def _first_hit_kept(job: Job) -> Answer:
    _KEPT.clear()
    with mock.patch("streamtools.searching.tool.Collector", _KeepsAll):
        return _first_hit(job)


_PAGE: Final = Workload("page", "file size", (1, 2), file_of("log"), _page, (479, 479), MIB)
_HIT: Final = Workload("hit", "file size", (1, 2, 4), file_of("every-line-hits"), _first_hit, (1, 1, 1), 64 * MIB)

CLEAN: Final = (_PAGE, _HIT)
KEEPS_EVERY_HIT: Final = (replace(_HIT, run=_first_hit_kept),)
A_FIFTH_MORE: Final = (replace(_PAGE, run=_page_and_a_fifth),)
WRONG_ANSWER: Final = (replace(_PAGE, answers=(479, 480)),)
LATE: Final = (replace(_PAGE, streaming=True),)
