"""A walk on more than one core: subtrees for helpers, whose names come back in order.

Each folder of a level is a unit of work. A unit is walked only so far; what is left of it is another unit, and after some of them
a level, whose folders are units again, so that no large folder is left to one process while others wait. Whoever is free takes the
unit that is needed first, on whatever level it is: nobody waits for the end of a level.
"""

from __future__ import annotations

from streamtools.events import Failure, Ledger
from streamtools.files.tally import Tally
from streamtools.files.walk import Subtree
from streamtools.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any, Final

    from streamtools.files.walk import Walk

#: Names that are walked before anybody helps, as most trees end there.
ALONE: Final = 1024
#: Names after which a unit ends, with the folder that it is in.
NAMES: Final = 2560
#: Failures that a unit tells at most.
_MESSAGES: Final = 1000
#: Levels within each other; what is left further down is walked by one process.
_LEVELS: Final = 16
#: Units that go on with a subtree one after the other before its folders are units: each may list a folder again.
_TURNS: Final = 4
#: Walks that a process keeps where their units ended, to go on if it is given what is left, and the names of folders that each may hold:
#: else the folders on the way are listed again.
_PAUSED: Final = (8, 2000)
#: Units that wait for one before them: so many, and so many more for each process.
_WAITING: Final = (16, 4)


class Found(NamedTuple):
    """What was made of the names of a ``unit``, what the walk told, and what is left; ``alone``: it told more than a unit may hold."""

    made: bytes = b""
    ledger: Ledger = Ledger()
    rest: Subtree | None = None
    alone: bool = False
    unit: Subtree | None = None


class _Piece:
    """A place in the order: what is to be walked there, within so many levels, and what was found, None until then.

    ``turns`` is how many units before it walked the same subtree, ``given`` whether somebody walks it, or has.
    """

    __slots__ = ("depth", "found", "given", "turns", "unit")

    def __init__(self, unit: Subtree, depth: int, found: Found | None = None, turns: int = 0) -> None:
        self.unit = unit
        self.depth = depth
        self.found = found
        self.turns = turns
        self.given = found is not None


class _Level:
    """A place in the order where pieces of a subtree are still to come."""

    __slots__ = ("depth", "steps", "unit")

    def __init__(self, unit: Subtree, depth: int, steps: Iterator[Subtree | Found]) -> None:
        self.unit = unit
        self.depth = depth
        self.steps = steps


class SharedWalk:
    """What is made of the names of a walk, by this process and forks of it, in order; iterate it once.

    ``make`` is called with what `Walk.runs` yields. The walk must follow no links and not stay on one file system, and the program
    have no threads. ``tally`` is told what the walk tells, before what stands behind it. Raises `FileError` as the walk does.

    Memory: what was made of ``NAMES`` names and one folder for each of ``16 + 5 * jobs`` pieces that wait, and for 16 levels: none is
    given away with more than ``16 + 4 * jobs``, but each that was may leave another one behind it; in each process 8 walks with 2000 names.
    """

    def __init__(self, walk: Walk, tally: Tally, make: Callable[[str, Sequence[str]], bytes], jobs: int) -> None:
        self._walk = walk
        self._tally = tally
        self._make = make
        self._jobs = jobs
        #: What is not told yet, in the order of the walk.
        self._line: list[_Piece | _Level] = []
        #: What was given away and has not come back.
        self._given: dict[Subtree | None, _Piece] = {}
        #: Walks that stopped where a unit ended, by what was left.
        self._paused: dict[Subtree, tuple[Walk, Tally, Iterator[tuple[str, Sequence[str]]]]] = {}

    def __iter__(self) -> Iterator[bytes]:
        whole = self._walk.whole()
        if whole is None:
            return
        first = self._unit(whole, ALONE)
        self._line.append(_Piece(whole, 0, first))
        if first.rest is None:
            yield from self._ready()
            return
        self._line.append(_Level(first.rest, 1, self._level(first.rest)))
        yield from self._ready()
        from streamtools.children import Crew, forked

        crew = Crew(self._jobs - 1, forked(lambda: self._work, plain=True))
        try:
            crew.start()
            while self._line:
                for found in crew.map(self._tasks(), self._work, ordered=False):
                    self._came(_of_plain(*found))
                    yield from self._ready()
                yield from self._ready()
        finally:
            crew.close()

    def _ready(self) -> Iterator[bytes]:
        """Yield what is made of the first pieces, as far as they are found, and part with them."""
        line = self._line
        while line and isinstance(piece := line[0], _Piece) and (found := piece.found) is not None:
            del line[0]
            if found.alone:
                for shown, names in self._walk.twin(self._tally).subtree(piece.unit):
                    yield self._make(shown, names)
                continue
            self._tally.merge(found.ledger)
            if found.made:
                yield found.made

    def _tasks(self) -> Iterator[tuple[str, str, int]]:
        """Yield the units that are to be walked, each time the first; none while too many pieces wait for the first."""
        line, most = self._line, _WAITING[0] + _WAITING[1] * self._jobs
        at = 0
        while at < len(line):
            place = line[at]
            if isinstance(place, _Piece) and place.given:
                at += 1
            elif at and len(line) > most:
                return
            elif isinstance(place, _Piece):
                place.given = True
                self._given[place.unit] = place
                yield (*place.unit,)
                # what came meanwhile may be in front
                at = 0
            elif (step := next(place.steps, None)) is None:
                del line[at]
            else:
                line.insert(at, _Piece(step, place.depth) if isinstance(step, Subtree) else _Piece(place.unit, place.depth, step))

    def _came(self, found: Found) -> None:
        """Put what was found in its place, and what is left behind it."""
        piece, line = self._given.pop(found.unit), self._line
        piece.found = found
        if found.rest is None:
            return
        behind: _Piece | _Level
        if piece.turns < _TURNS and any(isinstance(place, _Level) for place in line):
            # there are others to be walked beside it
            behind = _Piece(found.rest, piece.depth, turns=piece.turns + 1)
        elif piece.depth < _LEVELS:
            behind = _Level(found.rest, piece.depth + 1, self._level(found.rest))
        else:
            behind = _Piece(found.rest, piece.depth, Found(alone=True))
        line.insert(line.index(piece) + 1, behind)

    def _level(self, unit: Subtree) -> Iterator[Subtree | Found]:
        """Yield the folders in a folder, and what is made of the names between them."""
        tally = Tally(messages=_MESSAGES)
        made: list[bytes] = []
        names = 0
        for step in self._walk.twin(tally).level(unit):
            if not isinstance(step, Subtree):
                made.append(self._make(*step))
                names += len(step[1])
                if names < NAMES:
                    continue
            if made or tally.noted:
                yield Found(b"".join(made), tally.taken())
                made, names = [], 0
            if isinstance(step, Subtree):
                yield step
        if made or tally.noted:
            yield Found(b"".join(made), tally.taken())

    def _work(self, unit: tuple[str, str, int]) -> tuple[object, ...]:
        return _plain(self._unit(Subtree(*unit), NAMES))

    def _unit(self, unit: Subtree, most: int) -> Found:
        """Walk a subtree, up to so many names."""
        paused = self._paused.pop(unit, None)
        walk, tally, steps = self._begun(unit) if paused is None else paused
        made: list[bytes] = []
        rest = None
        for shown, names in steps:
            made.append(self._make(shown, names))
            most -= len(names)
            if most <= 0:
                rest = unit._replace(after=f"{shown}{names[-1]}"[len(unit.folder) :])
                break
        if tally.errors > _MESSAGES:
            return Found(alone=True, unit=unit)
        if rest is not None and walk.held <= _PAUSED[1]:
            if len(self._paused) >= _PAUSED[0]:
                del self._paused[next(iter(self._paused))]
            self._paused[rest] = walk, tally, steps
        return Found(b"".join(made), tally.taken(), rest, unit=unit)

    def _begun(self, unit: Subtree) -> tuple[Walk, Tally, Iterator[tuple[str, Sequence[str]]]]:
        tally = Tally(messages=_MESSAGES)
        walk = self._walk.twin(tally)
        return walk, tally, walk.subtree(unit)


def _plain(found: Found) -> tuple[object, ...]:
    """Return what is found as plain tuples, which need no `pickle`: its import takes 1.5 of the 80 ms of 80,000 names."""
    ledger = found.ledger
    told = *ledger[:2], dict(ledger.skipped), dict(ledger.examples), *ledger[4:6], tuple(map(tuple, ledger.failures))
    return found.made, told, found.rest and tuple(found.rest), found.alone, found.unit and tuple(found.unit)


def _of_plain(made: bytes, told: tuple[Any, ...], rest: tuple[Any, ...] | None, alone: bool, unit: tuple[Any, ...] | None) -> Found:
    ledger = Ledger(*told)
    ledger = ledger._replace(failures=tuple([Failure(*failure) for failure in ledger.failures]))
    return Found(made, ledger, None if rest is None else Subtree(*rest), alone, None if unit is None else Subtree(*unit))
