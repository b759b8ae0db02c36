"""The ignore files of one folder, and the rules that hold in it from outside: of the folders above, the repository, and the user."""

from __future__ import annotations

import os
import stat

from streamtools.files.gitconfig import git_folders, git_settings
from streamtools.files.patterns import lines, parse
from streamtools.files.plainfile import contents
from streamtools.files.rules import Rules
from streamtools.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from typing import Final, Literal

    from streamtools.files.confine import Roots
    from streamtools.files.evidence import Evidence
    from streamtools.files.listings import Listings
    from streamtools.files.selection import Selection

    #: Is called with the ignore files that are read: those of one folder together, or (True) those of all folders above.
    Reading = Callable[[Sequence[str], bool], object]

#: Rules; the name of the walk's root relative to their folder; where the relative name begins in a shown name (negative: see `written`).
Level = tuple[Rules, str, int]
Levels = tuple[Level, ...]

_MOST: Final = 16 * 1024 * 1024
#: What was parsed is kept of files of so many bytes, and not more.
_SMALL: Final = 1024
#: What is said by so many of them is kept, as each search in a long-lived process reads the same.
_FEW: Final = 8
_KNOWN: Final[dict[tuple[bytes, bool], Rules | None]] = {}
TOPS: Final = frozenset({".git", ".jj"})
FILES: Final = (".rgignore", ".ignore", ".gitignore")
#: The names of a folder that rules depend on.
MARKS: Final = TOPS.union(FILES)


class Repository(NamedTuple):
    """The repository a folder is in.

    Whether git's rules hold, how names compare, its rules outside of the work tree, and its own files of such rules.
    """

    active: bool
    fold: bool = False
    levels: Levels = ()
    excludes: tuple[str, ...] = ()


def read_rules(
    path: str, *, fold: bool = False, links: bool = True, within: Roots | None = None, seen: Evidence | None = None
) -> Rules | None:
    """Return the rules of an ignore file; None if it has none, can't be read, or is larger than 16 MiB. For ``seen`` see `contents`."""
    data = contents(path, _MOST, links=links, within=within, seen=seen)
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


def read(
    selection: Selection,
    folder: str,
    present: Collection[str],
    repository: Repository,
    within: Roots | None = None,
    seen: Evidence | None = None,
) -> list[Rules | None]:
    """Read the ignore files that are present in a folder, in the order of `FILES`."""
    dot, git, fold = selection.ignore_dot, selection.ignore_vcs and repository.active, selection.fold_ignore
    found = [read_rules(folder + name, fold=fold, within=within, seen=seen) if dot and name in present else None for name in FILES[:2]]
    if not git or ".gitignore" not in present:
        return [*found, None]
    return [*found, read_rules(folder + ".gitignore", fold=fold or repository.fold, links=False, within=within, seen=seen)]


def repository_of(selection: Selection, top: str | None, head: str, cut: int, seen: Evidence | None = None) -> Repository:
    """Read the rules of a repository that are in no folder: ``info/exclude`` and the user's ignore file."""
    if not selection.ignore_vcs:
        return Repository(True)
    folders = None if top is None else git_folders(top, seen)
    settings = git_settings(top, folders, seen)
    paths = []
    if folders is not None and selection.ignore_exclude:
        paths.append(f"{folders[1]}/info/exclude")
    excludes = tuple(paths)
    if selection.ignore_global and settings.excludes:
        paths.append(settings.excludes)
    found = [read_rules(path, fold=settings.fold or selection.fold_ignore, seen=seen) for path in paths]
    return Repository(True, settings.fold, tuple((rules, head, cut) for rules in found if rules), excludes)


def parents(
    selection: Selection,
    root: str,
    cut: int,
    repository: Repository,
    reading: Reading | None,
    known: Listings | None,
    seen: Evidence | None = None,
) -> tuple[Sequence[Levels], Repository]:
    """Read the rules of the folders above the root, nearest first; git's up to the top of the repository.

    Where they don't hold, the root is still in that repository: git's rules hold in it, and those of the user.
    """
    path, met = _real(root, seen)
    ends = [at for at, char in enumerate(path) if char == "/" and len(path) > 1][::-1]
    #: Each folder above, and the root's name relative to it; all with ``/`` at the end.
    above = [(path[: end + 1], path[end + 1 :] + "/") for end in ends]
    marks = [
        _marks(folder) if known is None else known.among(folder, MARKS, met.get(end)) for (folder, _), end in zip(above, ends, strict=True)
    ]
    if seen is not None and met:
        for (folder, _), end, present in zip(above, ends, marks, strict=True):
            seen.names(folder, met[end], MARKS, present)
    tops = [number for number, present in enumerate(marks) if not present.isdisjoint(TOPS)]
    if tops:
        outside = selection if selection.ignore_parent else selection._replace(ignore_exclude=False)
        repository = repository_of(outside, *above[tops[0]], cut, seen)
    if not selection.ignore_parent:
        return ((), (), ()), repository
    kinds: tuple[list[Level], ...] = ([], [], [])
    paths: list[str] = []
    for number, ((folder, head), present) in enumerate(zip(above, marks, strict=True)):
        paths[:0] = repository.excludes if tops and number == tops[0] else ()
        if present.isdisjoint(FILES):
            continue
        in_git = not (tops and selection.require_git) or number <= tops[0]
        found = read(selection, folder, present if in_git else present - {".gitignore"}, repository, None, seen)
        for levels, rules in zip(kinds, found, strict=True):
            if rules:
                levels.append((rules, head, cut))
        paths[:0] = [folder + name for name, rules in zip(FILES, found, strict=True) if rules]
    if reading is not None:
        reading(paths, True)
    return [tuple(levels) for levels in kinds], repository


def _marks(folder: str) -> frozenset[str]:
    """Return which of `MARKS` may be in a folder above; files are not looked at before they are read."""
    return MARKS if any(os.path.lexists(folder + mark) for mark in TOPS) else MARKS - TOPS


def _real(root: str, seen: Evidence | None = None) -> tuple[str, dict[int, os.stat_result]]:
    """Do what `os.path.realpath` does, three times as fast where no link is on the way.

    Also return the status of each folder above that was met: by where in the path its name ends.
    """
    path = "/" + os.path.abspath(root).lstrip("/")
    met: dict[int, os.stat_result] = {}
    # what is behind a link decides where ".." leads
    if ".." not in root:
        try:
            for end in [at for at, char in enumerate(path) if char == "/"]:
                status = met[end] = os.lstat(path[:end] or "/")
                if stat.S_ISLNK(status.st_mode):
                    break
            else:
                status = os.lstat(path)
                if not stat.S_ISLNK(status.st_mode):
                    if seen is not None:
                        seen.place(path, status)
                    return path, met
        except OSError:
            pass
    if seen is not None:
        seen.sure = False
    return os.path.realpath(root), {}
