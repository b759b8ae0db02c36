"""What the user wants to see of a tree: the choices, and the filter they make for the names of a folder."""

from __future__ import annotations

import os
from bisect import bisect_left
from itertools import pairwise

from streamtools.errors import InvalidArgument, printable
from streamtools.files.patterns import Pattern, parse
from streamtools.files.rules import Batch, Rules, ignores
from streamtools.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Final, Protocol

    from streamtools.words import Skip

    class Skips(Protocol):
        """Who is told what is left out; a `Tally` is one."""

        def skip(self, reason: Skip, name: str) -> None:
            """Take note of a name."""


_BRACES: Final = 1000
#: So many names are taken out of a folder's one by one.
_FEW: Final = 4


class Selection(NamedTuple):
    """Which files of a tree are wanted; the defaults are ripgrep's.

    ``ignore=False`` is ``--no-ignore``: no ignore rules but those of ``ignore_files``. The finer
    switches turn off git's rules (``ignore_vcs``), ``.ignore`` and ``.rgignore`` (``ignore_dot``),
    rules of folders above the root (``ignore_parent``), git's global ones (``ignore_global``) and
    ``.git/info/exclude`` (``ignore_exclude``). ``require_git=False`` obeys .gitignore outside of
    repositories too. ``ignore_files`` are further rules, of lowest precedence, the last file first.

    ``globs`` are ripgrep's ``-g``: gitignore patterns with ``{a,b}``, ``!`` excludes, the last that
    matches wins; one without ``!`` leaves out all files that none matches, and what it matches is
    shown even if hidden or ignored. ``iglobs`` are the same without regard to case, and come after
    them. ``exclude`` and ``deny`` are patterns of what to leave out, whatever the globs say; what
    ``deny`` leaves out is told as "denied". All of them are relative to ``base``, or if that is
    empty, to the current folder if the root lies in it, else to the root.

    ``max_filesize`` is in bytes; ``max_depth`` 1 means the entries of the root itself. ``types``
    and ``types_not`` name file types (see `streamtools.files.types`); ``type_changes`` are
    ``("add", "name:glob")``, ``("clear", "name")``, ``("select", "name")`` and ``("negate", "name")`` in order: the last
    of the latter two that speaks of a file wins.

    With ``as_written``, ``globs``, ``iglobs`` and ``ignore_files`` are matched with paths as they are written, ``../a`` too; only
    of absolute ones the current folder is taken off.

    ``fold_ignore`` and ``fold_globs`` compare names with ignore rules and with ``globs`` without regard to the case of A to Z.
    """

    hidden: bool = False
    ignore: bool = True
    ignore_vcs: bool = True
    ignore_dot: bool = True
    ignore_parent: bool = True
    ignore_global: bool = True
    ignore_exclude: bool = True
    ignore_files: tuple[str, ...] = ()
    require_git: bool = True
    follow: bool = False
    one_file_system: bool = False
    max_filesize: int | None = None
    max_depth: int | None = None
    globs: tuple[str, ...] = ()
    iglobs: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    types_not: tuple[str, ...] = ()
    type_changes: tuple[tuple[str, str], ...] = ()
    deny: tuple[str, ...] = ()
    base: str = ""
    fold_ignore: bool = False
    fold_globs: bool = False
    as_written: bool = False


def glob_patterns(glob: str, *, fold: bool = False) -> list[Pattern]:
    """Parse a glob of a command line, with braces; raise `InvalidArgument` if it is malformed.

    As in an ignore file, one that begins with ``#`` or is blank says nothing, and blanks at the end don't count.
    """
    if not glob.endswith("\\ "):
        glob = glob.rstrip()
    if not glob or glob.startswith("#"):
        return []
    negation = "!" if glob.startswith("!") else ""
    found = []
    for alternative in _expanded(glob[len(negation) :]):
        raw = os.fsencode(negation + alternative)
        pattern = parse(raw.lower() if fold else raw, fold=fold, git=False)
        if pattern is None and ("[" in alternative or alternative.endswith("\\")):
            raise InvalidArgument(f"glob {printable(glob)!r}: a class or backslash at its end is not complete (a plain bracket is \\[)")
        found.append(pattern or Pattern(bool(negation), False, None, (b"(?!)",)))
    return found


def _expanded(glob: str) -> list[str]:
    r"""Expand ``{a,b}``; ``\{`` and braces in a class are plain, as is ``{}``'s empty alternative."""
    done: list[str] = []
    waiting = [glob]
    while waiting:
        text = waiting.pop()
        group = _first_group(text)
        if group is None:
            done.append(text)
            continue
        start, commas, end = group
        cuts = [start, *commas, end]
        waiting += [text[:start] + text[a + 1 : b] + text[end + 1 :] for a, b in pairwise(cuts)][::-1]
        if len(waiting) + len(done) > _BRACES:
            raise InvalidArgument(f"glob {printable(glob)!r}: the braces stand for more than {_BRACES} globs; use fewer")
    return done


def _first_group(glob: str) -> tuple[int, list[int], int] | None:
    """Return where the first ``{`` is, its commas and its ``}``; None without one."""
    import re

    start, depth, commas = -1, 0, []
    for token in re.finditer(r"\\.|\[[!^]?\]?[^]]*\]|[{},]", glob, re.DOTALL):
        sign, at = token[0], token.start()
        if sign == "{":
            start = at if depth == 0 else start
            depth += 1
        elif sign == "," and depth == 1:
            commas.append(at)
        elif sign == "}" and depth:
            depth -= 1
            if depth == 0:
                return start, commas, at
    if depth:
        raise InvalidArgument(f"glob {printable(glob)!r}: a {{ is not closed; write \\{{ for a plain brace")
    return None


#: Those of no globs.
_NONE: Final = Rules(())


def _rules(globs: Sequence[str], *, fold: bool = False) -> Rules:
    if not globs:
        return _NONE
    return Rules([pattern for glob in globs for pattern in glob_patterns(glob, fold=fold)], fold=fold)


def base_of(root: str, base: str) -> str:
    """Return what stands in front of a name in ``root`` if written relative to ``base``: ``""`` or with ``/`` at its end.

    For a root outside of the base that is ``""`` too.
    """
    inner, outer = os.path.abspath(root).strip("/"), os.path.abspath(base).strip("/")
    if inner == outer:
        return ""
    if not outer:
        return inner + "/"
    return inner[len(outer) + 1 :] + "/" if inner.startswith(outer + "/") else ""


def written(folder: str) -> str:
    """Return the name of a folder (with ``/`` at its end) for rules that take it as it is written."""
    return folder.removeprefix("./").removeprefix(os.getcwd().rstrip("/") + "/")


class Sieve:
    """A `Selection`'s filter over names, compiled once a walk; ``root`` is the folder that is walked.

    Raises `InvalidArgument` for a malformed glob or an unknown file type.
    Memory: that of the rules; nothing a file.
    """

    __slots__ = ("_deny", "_exclude", "_globs", "_hidden", "_iglobs", "_positive", "_types", "_whitelists", "_written", "head", "plain")

    def __init__(self, selection: Selection, root: str) -> None:
        self._hidden = selection.hidden
        self._globs = _rules(selection.globs, fold=selection.fold_globs)
        self._iglobs = _rules(selection.iglobs, fold=True)
        self._positive = self._globs.positive or self._iglobs.positive
        self._exclude = _rules(selection.exclude)
        self._deny = _rules(selection.deny, fold=True)
        self._types = _types(selection)
        self._whitelists = bool(selection.types or any(action == "select" for action, _ in selection.type_changes))
        self._written = selection.as_written
        #: Whether only ignore rules and hiddenness decide.
        self.plain = not (self._globs or self._iglobs or self._exclude or self._deny or self._types)
        self.head = "" if self.plain else base_of(root, selection.base)

    def denied_root(self) -> bool:
        """Whether a deny rule holds for the root itself or a folder on the way to it."""
        folder = ""
        for part in self.head.split("/")[:-1]:
            batch = Batch((part,))
            if any(map(ignores, self._deny.match(folder, batch, batch).values())):
                return True
            folder += part + "/"
        return False

    def sift(self, folder: str, shown: str, entries: Batch, folders: Batch, ignored: dict[str, bool], tally: Skips) -> Sequence[str]:
        """Return the names that are wanted, in their order, and tell the tally of the others.

        ``folder`` is relative to the root, ``shown`` as it is printed, both ``""`` or with ``/``
        at the end. ``ignored`` is what the ignore rules say: True to ignore, False to take back.
        """
        if self.plain:
            return self._sift_plain(shown, entries.names, ignored, tally)
        place = self.head + folder
        denied = self._deny.match(place, entries, folders)
        excluded = self._exclude.match(place, entries, folders)
        place = written(shown) if self._written else place
        chosen = self._globs.match(place, entries, folders) | self._iglobs.match(place, entries, folders)
        inner = folders.present
        kept = []
        for name in entries.names:
            if name in denied and ignores(denied[name]):
                tally.skip("denied", shown + name)
            elif name in excluded and ignores(excluded[name]):
                continue
            elif name in chosen:
                if ignores(chosen[name]):
                    kept.append(name)
            elif (name in inner or not self._positive) and self._wanted(name, name in inner, shown, ignored, tally):
                kept.append(name)
        return kept

    def _wanted(self, name: str, is_folder: bool, shown: str, ignored: dict[str, bool], tally: Skips) -> bool:
        """Decide about a name that no glob speaks of."""
        if self._types and not is_folder and not self._types(name):
            return False
        said = ignored.get(name)
        if said:
            tally.skip("ignored", shown + name)
            return False
        shows = self._hidden or said is False or (self._whitelists and not is_folder)
        if name.startswith(".") and not shows:
            tally.skip("hidden", shown + name)
            return False
        return True

    def _sift_plain(self, shown: str, names: Sequence[str], ignored: dict[str, bool], tally: Skips) -> Sequence[str]:
        bad = {name for name, said in ignored.items() if said}
        dotted: Sequence[str] = ()
        if not self._hidden:
            dotted = [name for name in names[bisect_left(names, ".") : bisect_left(names, "/")] if name not in ignored]
        if not bad and not dotted:
            return names
        for name in bad if len(bad) == 1 else [name for name in names if name in bad]:
            tally.skip("ignored", shown + name)
        for name in dotted:
            tally.skip("hidden", shown + name)
        bad.update(dotted)
        if len(bad) > _FEW:
            return [name for name in names if name not in bad]
        kept = list(names)
        for name in bad:
            kept.remove(name)
        return kept


def _types(selection: Selection) -> Callable[[str], bool] | None:
    if not (selection.types or selection.types_not or selection.type_changes):
        return None
    from streamtools.files.types import Types

    chosen = [*(("select", name) for name in selection.types), *(("negate", name) for name in selection.types_not)]
    return Types(selection.type_changes).chosen([*chosen, *selection.type_changes])
