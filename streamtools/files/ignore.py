"""Which entries of a folder the ignore files say to leave out.

    top = Ignore.top("repo/src", "repo/src/", selection)
    here = top.enter("repo/src/", {".gitignore", "a.c", "a.o"})
    here.match("repo/src/", entries, folders) -> {"a.o": True}

Precedence, the first kind with an answer decides: ``.rgignore``, ``.ignore``, ``.gitignore``,
``.git/info/exclude``, git's global file, extra files. Within a kind the nearest folder decides,
within a file the last line. Git's kinds hold up to the top of the repository, and only in one
(if ``require_git`` is false, everywhere); ``.ignore`` and ``.rgignore`` hold everywhere. A folder with an
entry ``.git`` or ``.jj`` is the top of a repository. An in-tree symlink ``.gitignore`` is not
followed (git does not either since 2.32). What is below an ignored folder can't be taken back,
because whoever walks does not enter it.
"""

from __future__ import annotations

import os
from itertools import chain

from streamtools.files.evidence import Evidence
from streamtools.files.outside import FILES, MARKS, TOPS, Repository, parents, read, read_rules, repository_of
from streamtools.files.rules import ignores
from streamtools.files.selection import Selection, base_of, written

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from streamtools.files.confine import Roots
    from streamtools.files.listings import Listings
    from streamtools.files.outside import Level, Levels, Reading
    from streamtools.files.rules import Batch

_WRITTEN: Final = -1
#: Where all ignore rules hold, as by default.
_ALL: Final = Selection()
#: What the rules depend on beside files: where git's settings are.
_ASKED: Final = ("HOME", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM")
#: The rules of so many roots are kept; programs that stay search the same few again and again.
_ROOTS: Final = 8


class Ignore:
    """The ignore rules that hold in one folder; never changes, folders below get their own.

    Memory: the rules of the ignore files on the way to the folder; folders without such files
    share their parent's object.
    """

    __slots__ = ("_inner", "_keeps", "_kinds", "_levels", "_reading", "_repository", "_selection", "_tail", "_within")

    def __init__(
        self,
        selection: Selection,
        kinds: Sequence[Levels],
        repository: Repository,
        tail: Levels = (),
        within: Roots | None = None,
        reading: Reading | None = None,
        keeps: Listings | None = None,
    ) -> None:
        self._selection = selection
        self._within = within
        self._reading = reading
        #: By the order of `FILES`, nearest folder first.
        self._kinds = kinds
        self._repository = repository
        self._tail = tail
        self._levels = (*chain.from_iterable(kinds), *repository.levels, *tail)
        # they are kept themselves: the root of a walk is entered again and again
        self._keeps = keeps
        self._inner: tuple[str, frozenset[str], Evidence, Ignore] | None = None

    @classmethod
    def top(
        cls,
        root: str,
        shown: str,
        selection: Selection,
        within: Roots | None = None,
        reading: Reading | None = None,
        known: Listings | None = None,
    ) -> Ignore:
        """Return the rules that hold for the folder ``root`` from outside of it; ``shown`` is how names in it begin.

        With ``known``, folders above are not asked again which files of rules they have, and the rules of the last few roots are
        given again, with those of the root itself, while nothing has changed that they rest on.
        With ``within``, ignore files below the root are read through it; git's settings, and what is above the root, are
        not: they are the user's own, and only say what is left out.
        """
        if known is not None and within is None and reading is None and selection[1:9] == _ALL[1:9] and not selection.fold_ignore:
            return _kept_top(root, shown, known)
        cut = len(shown)
        tail: list[Level] = []
        if selection.ignore_files:
            place = ("", _WRITTEN) if selection.as_written else (base_of(root, selection.base), cut)
            named = [read_rules(path, fold=selection.fold_ignore) for path in reversed(selection.ignore_files)]
            tail = [(rules, *place) for rules in named if rules]
        repository = Repository(not selection.require_git)
        kinds: Sequence[Levels] = ((), (), ())
        if selection.ignore and not selection.require_git:
            repository = repository_of(selection, None, "", cut)
        if selection.ignore:
            kinds, repository = parents(selection, root, cut, repository, reading, known)
        return cls(selection, kinds, repository, tuple(tail), within, reading)

    def enter(self, folder: str, present: frozenset[str]) -> Ignore:
        """Return the rules that hold in ``folder``, of which ``present`` are the names (of any kind).

        ``folder`` is as it is shown, with ``/`` at its end (``""`` for the current folder).
        """
        if present.isdisjoint(MARKS) or not self._selection.ignore:
            return self
        inner = self._inner
        if inner is not None and inner[0] == folder and inner[1] == present and inner[2].holds():
            return inner[3]
        seen = None if self._keeps is None else Evidence(self._keeps)
        repository, kinds = self._repository, self._kinds
        if not present.isdisjoint(TOPS):
            top = folder or "."
            real = top if self._within is None else self._within.real(top)
            repository = repository_of(self._selection, real, "", len(folder), seen)
            kinds = (*kinds[:2], ()) if self._selection.require_git else kinds
        found = read(self._selection, folder, present, repository, self._within, seen)
        kinds = [((rules, "", len(folder)), *levels) if rules else levels for rules, levels in zip(found, kinds, strict=True)]
        if self._reading is not None:
            paths = [folder + name for name, rules in zip(FILES, found, strict=True) if rules]
            self._reading(paths if repository is self._repository else [*paths, *repository.excludes], False)
        below = Ignore(self._selection, kinds, repository, self._tail, self._within, self._reading)
        if seen is not None and seen.sure:
            self._inner = folder, present, seen, below
        return below

    def match(self, folder: str, entries: Batch, folders: Batch) -> dict[str, bool]:
        """Return True (ignored) or False (taken back) for each name that a rule speaks of."""
        verdict: dict[str, bool] = {}
        for rules, head, cut in self._levels:
            place = written(folder) if cut == _WRITTEN else head + folder[cut:]
            for name, rank in rules.match(place, entries, folders).items():
                verdict.setdefault(name, ignores(rank))
        return verdict


def _kept_top(root: str, shown: str, known: Listings) -> Ignore:
    """Do what `Ignore.top` does where all rules hold.

    Memory: of each of `_ROOTS` roots two `Evidence`s, and the rules that they let pass.
    """
    key = (os.path.abspath(root), shown, os.geteuid(), os.getegid(), *os.getgroups(), *map(os.environ.get, _ASKED))
    kept = _tops.get(key)
    if kept is not None and kept[0].holds():
        return kept[1]
    seen = Evidence(known)
    kinds, repository = parents(_ALL, root, len(shown), Repository(False), None, known, seen)
    top = Ignore(_ALL, kinds, repository, keeps=known if seen.sure else None)
    if seen.sure:
        if len(_tops) >= _ROOTS:
            _tops.clear()
        _tops[key] = seen, top
    return top


_tops: Final[dict[tuple[object, ...], tuple[Evidence, Ignore]]] = {}
