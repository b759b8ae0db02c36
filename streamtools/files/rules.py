"""Many patterns, asked for all names of a folder at once.

Most rules are plain names, ``*.ext``, ``*~`` or ``name*``: those are looked up with set
operations and substring searches over the whole folder, at C speed. The rest of the rules for
names becomes one regex that runs once over the joined names.

    rules = Rules(map(parse, lines(data)))
    rules.match("src/", Batch(["a.c", "a.o"]), Batch([])) -> {"a.o": 4}

A later rule beats an earlier one; `ignores` says what the winning rule wants.
"""

from __future__ import annotations

import os

from streamtools.files.patterns import literal, regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Final

    from streamtools.files.patterns import Items, Pattern


#: So many endings are looked for one by one; of more, those that the folder has.
_FEW: Final = 24

#: Name -> the rank of the last rule that matches it: twice the rule's number, plus 1 if it is negated.
Ranks = dict[str, int]


def ignores(rank: int) -> bool:
    """Whether the rule of that rank ignores (True) or takes back (False)."""
    return not rank & 1


class Batch:
    r"""Names of one folder, prepared for matching when a rule first needs it.

    Memory: a set of the names, their endings and two joined copies: about 150 bytes a name.
    """

    __slots__ = ("_ends", "_present", "_raw", "_text", "names")

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self._present: frozenset[str] | None = None
        self._ends: frozenset[str] | None = None
        self._text = ""
        self._raw = b""

    @property
    def present(self) -> frozenset[str]:
        """The names as a set."""
        if self._present is None:
            self._present = frozenset(self.names)
        return self._present

    @property
    def ends(self) -> frozenset[str]:
        """What follows the last dot of each name; the whole name where it has none."""
        if self._ends is None:
            self._ends = frozenset([name.rpartition(".")[2] for name in self.names])
        return self._ends

    @property
    def text(self) -> str:
        r"""The names, each between two ``\0``."""
        if not self._text:
            self._text = "\0" + "\0".join(self.names) + "\0"
        return self._text

    def ending(self, tail: str) -> Iterator[str]:
        """Yield the names that end with ``tail``."""
        text, tail = self.text, tail + "\0"
        at = text.find(tail)
        while at >= 0:
            stop = at + len(tail) - 1
            yield text[text.rindex("\0", 0, stop) + 1 : stop]
            at = text.find(tail, stop)

    @property
    def raw(self) -> bytes:
        """`text` in the bytes of the file system."""
        if not self._raw:
            self._raw = os.fsencode(self.text)
        return self._raw


def _lower(name: str) -> str:
    """Lower-case A to Z only, as git does."""
    return name.lower() if name.isascii() else os.fsdecode(os.fsencode(name).lower())


class _Names:
    """Rules about names, whatever the folder; ranks must be added in ascending order."""

    __slots__ = ("_ends", "_every", "_exact", "_globs", "_heads", "_regex", "_tails")

    def __init__(self) -> None:
        self._every = -1
        self._exact: Ranks = {}
        self._ends: Ranks = {}
        self._heads: Ranks = {}
        self._tails: Ranks = {}
        self._globs: list[tuple[bytes, int]] = []
        self._regex: tuple[re.Pattern[bytes], list[int]] | None = None

    def add(self, items: Items, rank: int) -> None:
        """Add a rule; it goes to the cheapest place that can hold it."""
        plain = literal(items)
        tail = literal(items[1:]) if items[0] == "*" else None
        head = literal(items[:-1]) if items[-1] == "*" else None
        if plain is not None:
            self._exact[plain] = rank
        elif items == ("*",):
            self._every = rank
        elif tail is not None and tail.rfind(".") == 0:
            self._ends[tail[1:]] = rank
        elif tail is not None:
            self._tails[tail] = rank
        elif head is not None:
            self._heads[head] = rank
        else:
            self._globs.append((regex(items), rank))

    def match(self, batch: Batch, best: Ranks) -> None:
        """Raise ``best`` to the rank of the last rule that matches, for each name that one does."""
        if self._every >= 0:
            _raise(best, batch.names, self._every)
        exact, text = self._exact, batch.text
        for name in exact.keys() & batch.present if len(exact) > _FEW else [name for name in exact if f"\0{name}\0" in text]:
            _raise(best, (name,), exact[name])
        if len(self._ends) > _FEW:
            for end in self._ends.keys() & batch.ends:
                _raise(best, batch.ending("." + end), self._ends[end])
        else:
            for end, rank in self._ends.items():
                if f".{end}\0" in text:
                    _raise(best, batch.ending("." + end), rank)
        for tail, rank in self._tails.items():
            if tail + "\0" in text:
                _raise(best, batch.ending(tail), rank)
        for head, rank in self._heads.items():
            if "\0" + head in text:
                _raise(best, [name for name in batch.names if name.startswith(head)], rank)
        if self._globs:
            self._search(batch, best)

    def _search(self, batch: Batch, best: Ranks) -> None:
        made = self._regex
        if made is None:
            import re

            # rules may serve two threads at once: both make the same
            last_first = self._globs[::-1]
            whole = re.compile(rb"(?s)\0(?:" + b"|".join(b"(" + glob + b")" for glob, _ in last_first) + rb")(?=\0)")
            made = self._regex = whole, [rank for _, rank in last_first]
        pattern, ranks = made
        for found in pattern.finditer(batch.raw):
            _raise(best, (os.fsdecode(found[0][1:]),), ranks[(found.lastindex or 1) - 1])


def _raise(best: Ranks, names: Iterable[str], rank: int) -> None:
    for name in names:
        if best.get(name, -1) < rank:
            best[name] = rank


class _Place:
    """The rules of one folder, or of all folders: for all entries, and for folders only."""

    __slots__ = ("entries", "folders")

    def __init__(self) -> None:
        self.entries: _Names | None = None
        self.folders: _Names | None = None

    def add(self, pattern: Pattern, rank: int) -> None:
        """Add a rule about this place."""
        if pattern.dir_only:
            names = self.folders = self.folders or _Names()
        else:
            names = self.entries = self.entries or _Names()
        names.add(pattern.name, rank)

    def match(self, entries: Batch, folders: Batch, best: Ranks) -> None:
        """As `_Names.match`."""
        if self.entries:
            self.entries.match(entries, best)
        if self.folders and folders.names:
            self.folders.match(folders, best)


class Rules:
    """The rules of one file, or of a command line, in their order; later ones win.

    ``fold`` compares without regard to the case of A to Z; the patterns must have been parsed
    with the same value. ``positive`` says whether a rule is not negated.

    Memory: some hundred bytes a rule; the regexes of rules with wildcards a few kilobytes each.
    """

    __slots__ = ("_anywhere", "_fold", "_regexes", "_there", "_whole", "positive")

    def __init__(self, patterns: Iterable[Pattern | None], *, fold: bool = False) -> None:
        self._fold = fold
        self._anywhere: _Place | None = None
        self._there: dict[str, _Place] = {}
        self._regexes: dict[re.Pattern[bytes], _Place] = {}
        self._whole: list[tuple[re.Pattern[bytes], int, bool]] = []
        self.positive = False
        for number, pattern in enumerate(patterns):
            if pattern is not None:
                self._add(pattern, 2 * number + pattern.negated)

    def _add(self, pattern: Pattern, rank: int) -> None:
        self.positive |= not pattern.negated
        if pattern.whole is not None:
            self._whole.append((pattern.whole, rank, pattern.dir_only))
        elif pattern.where is None:
            self._anywhere = self._anywhere or _Place()
            self._anywhere.add(pattern, rank)
        elif isinstance(pattern.where, str):
            self._there.setdefault(pattern.where, _Place()).add(pattern, rank)
        else:
            self._regexes.setdefault(pattern.where, _Place()).add(pattern, rank)

    def __bool__(self) -> bool:
        return bool(self._anywhere or self._there or self._regexes or self._whole)

    def match(self, folder: str, entries: Batch, folders: Batch) -> Ranks:
        """Return the rank of the rule that decides, for each name that one matches.

        ``folder`` is relative to the rules' own folder: ``""`` or with ``/`` at its end.
        ``entries`` are all names in it, ``folders`` those of its folders.
        """
        if self._fold:
            return self._folded(folder, entries, folders)
        return self._ranks(folder, entries, folders)

    def _ranks(self, folder: str, entries: Batch, folders: Batch) -> Ranks:
        best: Ranks = {}
        if self._anywhere:
            self._anywhere.match(entries, folders, best)
        if self._there:
            place = self._there.get(folder)
            if place:
                place.match(entries, folders, best)
        if folder and self._regexes:
            raw = os.fsencode(folder[:-1])
            for where, place in self._regexes.items():
                if where.match(raw):
                    place.match(entries, folders, best)
        for whole, rank, dir_only in self._whole:
            names = folders.names if dir_only else entries.names
            _raise(best, [name for name in names if whole.match(os.fsencode(folder + name))], rank)
        return best

    def _folded(self, folder: str, entries: Batch, folders: Batch) -> Ranks:
        """Match lower-cased names, folders apart from files, as both may have the same one."""
        best: Ranks = {}
        for names in (folders.present, entries.present - folders.present):
            lowered = {name: _lower(name) for name in names}
            batch = Batch(list(set(lowered.values())))
            found = self._ranks(_lower(folder), batch, batch if names is folders.present else Batch(()))
            best.update((name, found[low]) for name, low in lowered.items() if low in found)
        return best
