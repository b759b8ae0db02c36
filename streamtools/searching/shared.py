"""A walk on more than one core: subtrees for helpers, whose names come back in order.

Each folder of a level is a unit of work. A unit is walked only so far; what is left of it is the next level, whose folders are
units again, so that no large folder is left to one process while others wait.
"""

from __future__ import annotations

from collections import deque
from contextlib import closing

from streamtools.events import Ledger
from streamtools.files.tally import Tally
from streamtools.files.walk import Subtree
from streamtools.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Final

    from streamtools.children import Crew
    from streamtools.files.walk import Walk

#: Names that are walked before anybody helps, as most trees end there.
ALONE: Final = 1024
#: Names after which a unit ends, with the folder that it is in.
NAMES: Final = 2048
#: Failures that a unit tells at most.
_MESSAGES: Final = 1000
#: Levels that wait for one below them; what is left further down is walked by one process.
_LEVELS: Final = 16


class Found(NamedTuple):
    """What was made of the names of a unit, what the walk told, and what is left; ``alone``: it told more than a unit may hold."""

    made: bytes = b""
    ledger: Ledger = Ledger()
    rest: Subtree | None = None
    alone: bool = False


class SharedWalk:
    """What is made of the names of a walk, by this process and forks of it, in order; iterate it once.

    ``make`` is called with what `Walk.runs` yields. The walk must follow no links and not stay on one file system, and the program
    have no threads. ``tally`` is told what the walk tells, before what stands behind it. Raises `FileError` as the walk does.

    Memory: what was made of ``NAMES`` names and one folder for each of the results that wait (see `Crew`), on at most 16 levels.
    """

    def __init__(self, walk: Walk, tally: Tally, make: Callable[[str, Sequence[str]], bytes], jobs: int) -> None:
        self._walk = walk
        self._tally = tally
        self._make = make
        self._jobs = jobs

    def __iter__(self) -> Iterator[bytes]:
        whole = self._walk.whole()
        if whole is None:
            return
        first = self._unit(whole, ALONE)
        if first.alone:
            yield from self._stream(whole)
            return
        yield from self._told(first)
        if first.rest is None:
            return
        from streamtools.children import Crew, forked

        with closing(Crew(self._jobs - 1, forked(lambda: self._unit))) as crew:
            crew.start()
            levels = [self._level(first.rest, crew)]
            while levels:
                found = next(levels[-1], None)
                if found is None:
                    levels.pop()
                elif isinstance(found, bytes):
                    yield found
                elif len(levels) < _LEVELS:
                    levels.append(self._level(found, crew))
                else:
                    yield from self._stream(found)

    def _level(self, unit: Subtree, crew: Crew) -> Iterator[bytes | Subtree]:
        """Yield what is made of a subtree, and what is left of each folder in it."""
        between: deque[Found] = deque()
        waiting: deque[Subtree | None] = deque()
        for found in crew.map(self._tasks(unit, between, waiting), self._unit):
            yield from self._told(between.popleft())
            task = waiting.popleft()
            if found.alone and task is not None:
                yield from self._stream(task)
                continue
            yield from self._told(found)
            if found.rest is not None:
                yield found.rest
        yield from self._told(between.popleft())

    def _tasks(self, unit: Subtree, between: deque[Found], waiting: deque[Subtree | None]) -> Iterator[Subtree | None]:
        """Yield the folders of a level; what stands between them is kept, and where that is much, there is a task that is none."""
        tally = Tally(messages=_MESSAGES)
        made: list[bytes] = []
        names = 0
        for step in self._walk.twin(tally).level(unit):
            task = step if isinstance(step, Subtree) else None
            if not isinstance(step, Subtree):
                made.append(self._make(*step))
                names += len(step[1])
            if task is not None or names >= NAMES:
                between.append(Found(b"".join(made), tally.taken()))
                waiting.append(task)
                yield task
                made, names = [], 0
        between.append(Found(b"".join(made), tally.taken()))

    def _unit(self, unit: Subtree | None, most: int = NAMES) -> Found:
        """Walk a subtree, up to so many names."""
        if unit is None:
            return Found()
        tally = Tally(messages=_MESSAGES)
        made: list[bytes] = []
        rest = None
        for shown, names in self._walk.twin(tally).subtree(unit):
            made.append(self._make(shown, names))
            most -= len(names)
            if most <= 0:
                rest = unit._replace(after=f"{shown}{names[-1]}"[len(unit.folder) :])
                break
        return Found(b"".join(made), tally.ledger(), rest) if tally.errors <= _MESSAGES else Found(alone=True)

    def _stream(self, unit: Subtree) -> Iterator[bytes]:
        """Walk a subtree here, whatever is in it."""
        for shown, names in self._walk.twin(self._tally).subtree(unit):
            yield self._make(shown, names)

    def _told(self, found: Found) -> Iterator[bytes]:
        self._tally.merge(found.ledger)
        if found.made:
            yield found.made
