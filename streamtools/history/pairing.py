"""Which result belongs to which call, and where both have to stand; knows no provider's shape."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Repaired:
    """What was done, in numbers; falsy if there was nothing to do.

    ``orphans``: results without a call, removed. ``aborted``: calls that got a synthetic result. ``duplicates``: second results
    of one call, removed. ``moved``: results put behind their call. ``renamed``: calls that got an id of their own.
    ``dropped``: entries that are no message, or hold what is no block or call and were left without it.
    """

    orphans: int = 0
    aborted: int = 0
    duplicates: int = 0
    moved: int = 0
    renamed: int = 0
    dropped: int = 0

    def __bool__(self) -> bool:
        return self != Repaired()

    def plus(self, **more: int) -> Repaired:
        """Return the same with some numbers raised."""
        return replace(self, **{name: getattr(self, name) + value for name, value in more.items()})


@dataclass(frozen=True, slots=True)
class Atom:
    """A piece of a message: the calls (an assistant's message whole), one result, or anything else.

    ``source`` is the index of its message, -1 for what was made here; ``ids`` those of the calls, or the one that a result answers.
    """

    source: int
    what: Literal["calls", "result", "other"]
    value: Message
    ids: tuple[str, ...] = ()


class Pairing:
    """Finds for each call its result and puts both in order.

    ``rename(atom, ids)`` gives calls new ids, ``answer(id, calls, result)`` makes a result's value for an id: from one that
    there is, or synthetic where that is None. With ``adjacent`` results must follow their calls at once. ``done`` counts.

    Memory: one entry an atom.
    """

    def __init__(
        self,
        atoms: list[Atom],
        *,
        rename: Callable[[Atom, tuple[str, ...]], Message],
        answer: Callable[[str, Atom, Message | None], Message],
        adjacent: bool,
    ) -> None:
        self._atoms = atoms
        self._rename = rename
        self._answer = answer
        self._adjacent = adjacent
        self._names: set[str] = set()
        self._calls: dict[str, list[int]] = {}
        self._results: dict[str, list[int]] = {}
        self._owner: dict[int, int] = {}
        self.done = Repaired()
        for position, atom in enumerate(atoms):
            places = {"calls": self._calls, "result": self._results}.get(atom.what, {})
            for name in atom.ids:
                places.setdefault(name, []).append(position)

    def ordered(self) -> list[Atom]:
        """Return the atoms as they have to be."""
        out: dict[int, list[Atom]] = {}
        for position, atom in enumerate(self._atoms):
            if atom.what == "calls":
                out[position] = self._pair(position)
        loose = [atom.ids[0] for position, atom in enumerate(self._atoms) if atom.what == "result" and position not in self._owner]
        twice = sum(name in self._calls for name in loose)
        self.done = self.done.plus(orphans=len(loose) - twice, duplicates=twice)
        for position, atom in enumerate(self._atoms):
            if atom.what == "other" or (atom.what == "result" and self._stays(position)):
                out[position] = [atom]
        return [atom for position in sorted(out) for atom in out[position]]

    def _pair(self, position: int) -> list[Atom]:
        """Return one message's calls, under ids that nobody else has, and the results that follow at once."""
        atom = self._atoms[position]
        ids = tuple(self._unique(name, position, number) for number, name in enumerate(atom.ids))
        found: list[int] = []
        missing: list[str] = []
        for before, after in zip(atom.ids, ids, strict=True):
            result = self._result_of(before, position)
            if result is None:
                missing.append(after)
                continue
            found.append(result)
            self._owner[result] = position
            if before != after:
                value = self._answer(after, atom, self._atoms[result].value)
                self._atoms[result] = Atom(-1, "result", value, (after,))
        renamed = sum(a != b for a, b in zip(atom.ids, ids, strict=True))
        if renamed:
            atom = replace(atom, source=-1, value=self._rename(atom, ids), ids=ids)
        moved = sum(self._far(position, result) for result in found)
        self.done = self.done.plus(aborted=len(missing), renamed=renamed, moved=moved)
        follow = [self._atoms[result] for result in sorted(found) if not self._stays(result)]
        return [atom, *follow, *(Atom(-1, "result", self._answer(name, atom, None), (name,)) for name in missing)]

    def _result_of(self, name: str, position: int) -> int | None:
        """The first free result behind the calls, before the same id is called again; else one that stands too early."""
        free = self._results.get(name, [])
        again = next((place for place in self._calls[name] if place > position), len(self._atoms))
        chosen = next((place for place in free if position < place < again), None)
        if chosen is None and again == len(self._atoms):
            chosen = next(iter(free), None)
        if chosen is not None:
            free.remove(chosen)
        return chosen

    def _stays(self, result: int) -> bool:
        """Whether a result is good where it stands: only where it need not follow at once."""
        return not self._adjacent and self._owner.get(result, len(self._atoms)) < result

    def _far(self, calls: int, result: int) -> bool:
        """Whether a result stands where it may not."""
        between = self._atoms[calls + 1 : result] if self._adjacent else []
        return result < calls or any(atom.what != "result" for atom in between)

    def _unique(self, name: str, position: int, number: int) -> str:
        wanted, tries = name, 0
        while not wanted or wanted in self._names:
            basis = f"{name}/{position}/{number}/{tries}".encode("utf-8", "surrogatepass")
            wanted, tries = f"call_{hashlib.sha256(basis).hexdigest()[:24]}", tries + 1
        self._names.add(wanted)
        return wanted
