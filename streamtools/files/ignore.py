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
import stat
from itertools import chain

from streamtools.files.gitconfig import git_folders, git_settings
from streamtools.files.patterns import lines, parse
from streamtools.files.plainfile import contents
from streamtools.files.rules import Rules, ignores
from streamtools.files.selection import base_of, written
from streamtools.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from typing import Final, Literal

    from streamtools.files.confine import Roots
    from streamtools.files.listings import Listings
    from streamtools.files.rules import Batch
    from streamtools.files.selection import Selection

    #: Is called with the ignore files that are read: those of one folder together, or (True) those of all folders above.
    Reading = Callable[[Sequence[str], bool], object]

#: Rules; the name of the walk's root relative to their folder; where the relative name begins in a shown name (`_WRITTEN`: see `written`).
Level = tuple[Rules, str, int]
Levels = tuple[Level, ...]

_WRITTEN: Final = -1
_MOST: Final = 16 * 1024 * 1024
#: What was parsed is kept of files of so many bytes, and not more.
_SMALL: Final = 1024
#: What is said by so many of them is kept, as each search in a long-lived process reads the same.
_FEW: Final = 8
_KNOWN: Final[dict[tuple[bytes, bool], Rules | None]] = {}
_TOPS: Final = frozenset({".git", ".jj"})
_FILES: Final = (".rgignore", ".ignore", ".gitignore")
#: The names that `Ignore.enter` looks for.
MARKS: Final = _TOPS.union(_FILES)


class _Repository(NamedTuple):
    """The repository a folder is in.

    Whether git's rules hold, how names compare, its rules outside of the work tree, and its own files of such rules.
    """

    active: bool
    fold: bool = False
    levels: Levels = ()
    excludes: tuple[str, ...] = ()


def read_rules(
    path: str, *, fold: bool = False, links: bool = True, within: Roots | None = None, known: Listings | None = None
) -> Rules | None:
    """Return the rules of an ignore file; None if it has none, can't be read, or is larger than 16 MiB. For ``known`` see `contents`."""
    data = contents(path, _MOST, links=links, within=within, known=known)
    if not data:
        return None
    if len(data) > _SMALL:
        return _rules(data, fold)
    found: Rules | Literal[False] | None = _KNOWN.get((data, fold), False)
    if found is False:
        found = _rules(data, fold)
        if len(_KNOWN) >= _FEW:
            _KNOWN.clear()
        _KNOWN[data, fold] = found
    return found


def _rules(data: bytes, fold: bool) -> Rules | None:
    return Rules([parse(line, fold=fold) for line in lines(data)], fold=fold) or None


class Ignore:
    """The ignore rules that hold in one folder; never changes, folders below get their own.

    Memory: the rules of the ignore files on the way to the folder; folders without such files
    share their parent's object.
    """

    __slots__ = ("_kinds", "_known", "_levels", "_reading", "_repository", "_selection", "_tail", "_within")

    def __init__(
        self,
        selection: Selection,
        kinds: Sequence[Levels],
        repository: _Repository,
        tail: Levels,
        within: Roots | None = None,
        reading: Reading | None = None,
        known: Listings | None = None,
    ) -> None:
        self._selection = selection
        self._known = known
        self._within = within
        self._reading = reading
        #: By the order of `_FILES`, nearest folder first.
        self._kinds = kinds
        self._repository = repository
        self._tail = tail
        self._levels = (*chain.from_iterable(kinds), *repository.levels, *tail)

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

        Folders above that are ``known`` are not asked again which files of rules they have, and a few small files are not read again,
        see `contents`.
        With ``within``, ignore files below the root are read through it; git's settings, and what is above the root, are
        not: they are the user's own, and only say what is left out.
        """
        cut = len(shown)
        tail: list[Level] = []
        if selection.ignore_files:
            place = ("", _WRITTEN) if selection.as_written else (base_of(root, selection.base), cut)
            named = [read_rules(path, fold=selection.fold_ignore) for path in reversed(selection.ignore_files)]
            tail = [(rules, *place) for rules in named if rules]
        repository = _Repository(not selection.require_git)
        kinds: Sequence[Levels] = ((), (), ())
        if selection.ignore and not selection.require_git:
            repository = _repository(selection, None, "", cut, known)
        if selection.ignore:
            kinds, repository = _parents(selection, root, cut, repository, reading, known)
        return cls(selection, kinds, repository, tuple(tail), within, reading, known)

    def enter(self, folder: str, present: frozenset[str]) -> Ignore:
        """Return the rules that hold in ``folder``, of which ``present`` are the names (of any kind).

        ``folder`` is as it is shown, with ``/`` at its end (``""`` for the current folder).
        """
        if present.isdisjoint(MARKS) or not self._selection.ignore:
            return self
        repository, kinds = self._repository, self._kinds
        if not present.isdisjoint(_TOPS):
            top = folder or "."
            real = top if self._within is None else self._within.real(top)
            repository = _repository(self._selection, real, "", len(folder), self._known)
            kinds = (*kinds[:2], ()) if self._selection.require_git else kinds
        found = _read(self._selection, folder, present, repository, self._known, self._within)
        kinds = [((rules, "", len(folder)), *levels) if rules else levels for rules, levels in zip(found, kinds, strict=True)]
        if self._reading is not None:
            paths = [folder + name for name, rules in zip(_FILES, found, strict=True) if rules]
            self._reading(paths if repository is self._repository else [*paths, *repository.excludes], False)
        return Ignore(self._selection, kinds, repository, self._tail, self._within, self._reading, self._known)

    def match(self, folder: str, entries: Batch, folders: Batch) -> dict[str, bool]:
        """Return True (ignored) or False (taken back) for each name that a rule speaks of."""
        verdict: dict[str, bool] = {}
        for rules, head, cut in self._levels:
            place = written(folder) if cut == _WRITTEN else head + folder[cut:]
            for name, rank in rules.match(place, entries, folders).items():
                verdict.setdefault(name, ignores(rank))
        return verdict


def _read(
    selection: Selection,
    folder: str,
    present: Collection[str],
    repository: _Repository,
    known: Listings | None,
    within: Roots | None = None,
) -> list[Rules | None]:
    """Read the ignore files that are present in a folder, in the order of `_FILES`."""
    dot, git, fold = selection.ignore_dot, selection.ignore_vcs and repository.active, selection.fold_ignore
    found = [read_rules(folder + name, fold=fold, within=within, known=known) if dot and name in present else None for name in _FILES[:2]]
    if not git or ".gitignore" not in present:
        return [*found, None]
    return [*found, read_rules(folder + ".gitignore", fold=fold or repository.fold, links=False, within=within, known=known)]


def _repository(selection: Selection, top: str | None, head: str, cut: int, known: Listings | None) -> _Repository:
    """Read the rules of a repository that are in no folder: ``info/exclude`` and the user's ignore file."""
    if not selection.ignore_vcs:
        return _Repository(True)
    folders = None if top is None else git_folders(top, known)
    settings = git_settings(top, folders, known)
    paths = []
    if folders is not None and selection.ignore_exclude:
        paths.append(f"{folders[1]}/info/exclude")
    excludes = tuple(paths)
    if selection.ignore_global and settings.excludes:
        paths.append(settings.excludes)
    found = [read_rules(path, fold=settings.fold or selection.fold_ignore, known=known) for path in paths]
    return _Repository(True, settings.fold, tuple((rules, head, cut) for rules in found if rules), excludes)


def _parents(
    selection: Selection, root: str, cut: int, repository: _Repository, reading: Reading | None, known: Listings | None
) -> tuple[Sequence[Levels], _Repository]:
    """Read the rules of the folders above the root, nearest first; git's up to the top of the repository.

    Where they don't hold, the root is still in that repository: git's rules hold in it, and those of the user.
    """
    path, met = _real(root)
    ends = [at for at, char in enumerate(path) if char == "/" and len(path) > 1][::-1]
    #: Each folder above, and the root's name relative to it; all with ``/`` at the end.
    above = [(path[: end + 1], path[end + 1 :] + "/") for end in ends]
    marks = [
        _marks(folder) if known is None else known.among(folder, MARKS, met.get(end)) for (folder, _), end in zip(above, ends, strict=True)
    ]
    tops = [number for number, present in enumerate(marks) if not present.isdisjoint(_TOPS)]
    if tops:
        outside = selection if selection.ignore_parent else selection._replace(ignore_exclude=False)
        repository = _repository(outside, *above[tops[0]], cut, known)
    if not selection.ignore_parent:
        return ((), (), ()), repository
    kinds: tuple[list[Level], ...] = ([], [], [])
    paths: list[str] = []
    for number, ((folder, head), present) in enumerate(zip(above, marks, strict=True)):
        paths[:0] = repository.excludes if tops and number == tops[0] else ()
        if present.isdisjoint(_FILES):
            continue
        in_git = not (tops and selection.require_git) or number <= tops[0]
        found = _read(selection, folder, present if in_git else present - {".gitignore"}, repository, known)
        for levels, rules in zip(kinds, found, strict=True):
            if rules:
                levels.append((rules, head, cut))
        paths[:0] = [folder + name for name, rules in zip(_FILES, found, strict=True) if rules]
    if reading is not None:
        reading(paths, True)
    return [tuple(levels) for levels in kinds], repository


def _marks(folder: str) -> frozenset[str]:
    """Return which of `MARKS` may be in a folder above; files are not looked at before they are read."""
    return MARKS if any(os.path.lexists(folder + mark) for mark in _TOPS) else MARKS - _TOPS


def _real(root: str) -> tuple[str, dict[int, os.stat_result]]:
    """Do what `os.path.realpath` does, three times as fast where no link is on the way.

    Also return the status of each folder above that was met: by where in the path its name ends.
    """
    path = "/" + os.path.abspath(root).lstrip("/")
    met: dict[int, os.stat_result] = {}
    # what is behind a link decides where ".." leads
    if ".." in root:
        return os.path.realpath(root), met
    try:
        for end in [at for at, char in enumerate(path) if char == "/"][1:]:
            status = met[end] = os.lstat(path[:end])
            if stat.S_ISLNK(status.st_mode):
                return os.path.realpath(root), {}
        if not stat.S_ISLNK(os.lstat(path).st_mode):
            return path, met
    except OSError:
        pass
    return os.path.realpath(root), {}
