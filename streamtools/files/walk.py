"""Folders to files: an ordered walk that obeys ignore rules and tells what it leaves out.

    tally = Tally()
    for path in Walk("src", Selection(types=("py",)), tally):
        ...
    tally.ledger().skipped -> {"ignored": 12, "hidden": 1}

The order is that of ``rg --sort path``: depth first, the entries of a folder by the bytes of their
names, files and folders interleaved. It depends on nothing but the names, so that a walk can go
on behind any path.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from bisect import bisect_left

from streamtools.errors import InvalidArgument, file_error, printable
from streamtools.events import Failure
from streamtools.files.evidence import EFFECTIVE
from streamtools.files.folder import FOLDER, LINK, SPECIAL, Folder, Notes, listed
from streamtools.files.ignore import Ignore
from streamtools.files.named import check, near
from streamtools.files.outside import MARKS
from streamtools.files.rules import Batch
from streamtools.files.selection import Selection, Sieve
from streamtools.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Final

    from streamtools.files.confine import Roots
    from streamtools.files.listings import Listings
    from streamtools.files.tally import Tally
    from streamtools.words import Skip

__all__ = ["Selection", "Subtree", "Walk", "check", "near"]

_VANISHED: Final = frozenset({errno.ENOENT, errno.ENOTDIR})
_QUIET: Final = os.access in os.supports_follow_symlinks


class Subtree(NamedTuple):
    """What is in a folder ``depth`` folders below the root of a walk: all of it, or what is behind the path ``after``, relative to it."""

    folder: str
    after: str
    depth: int


class Walk:
    """The regular files below a folder, in a stable order; iterate it once.

    Paths are ``root`` and names joined with ``/`` (nothing for the root ``"."``), bytes that are
    not UTF-8 as surrogates. With ``after`` it goes on strictly behind that path, which need not
    exist any more; folders before it are not listed. Entries that vanish meanwhile are left out.

    With ``inclusive`` that path itself is the first, if it is still there.

    What is left out is told to ``tally`` with its reason, a folder once, when the walk passes it; what globs, types,
    ``exclude`` and ``max_depth`` leave out is not, as the user asked for that. What can't be
    listed is an error there too. Raises `FileError` when the root itself can't be listed, and
    `InvalidArgument` for a bad glob, an unknown type or an ``after`` that is not below the root.

    With ``within`` everything is reached through it, and its deny rules hold. Folders that are ``known`` are not listed again.

    Memory: ``2 * run`` names of a folder being listed and ``run`` names of each folder above, so
    at most ``run * (depth + 2) * 200`` bytes, whatever the number of files.
    """

    def __init__(
        self,
        root: str,
        selection: Selection,
        tally: Tally,
        after: str | None = None,
        run: int = 50_000,
        *,
        inclusive: bool = False,
        within: Roots | None = None,
        known: Listings | None = None,
    ) -> None:
        self._shown = "" if root in ("", ".") else root if root.endswith("/") else root + "/"
        if after is not None and not after.startswith(self._shown):
            raise InvalidArgument(f"cannot go on behind {printable(after)}: it is not in {printable(root)}")
        self._root = root or "."
        self._within = within
        self._stat = os.stat if within is None else within.stat
        self._scandir = os.scandir if within is None else within.scandir
        self._real = self._root if within is None else within.real(self._root)
        self._selection = selection = selection if within is None else within.chosen(selection, self._root)
        self._tally = tally
        self._after = after[len(self._shown) :] if after is not None else ""
        self._inclusive = inclusive
        self._run = run
        self._known = known
        self._sieve = Sieve(selection, self._real)
        #: The folders on the way to the present file.
        self._stack: Sequence[Folder] = ()
        #: The way to the last subtree: each folder and the rules in it; first the rules above the root.
        self._above: list[tuple[str, Ignore]] = []
        self._identity: tuple[int, int] | None = None

    def __iter__(self) -> Iterator[str]:
        """Yield the paths; what `tally` is told before each is what stands before it in the order."""
        for shown, names in self.steps():
            for name in names:
                yield shown + name
            # not beside the names of the next folder
            del names

    def steps(self) -> Iterator[tuple[str, Sequence[str]]]:
        """Yield what `runs` does in smaller steps: nothing that is told stands within one."""
        return self._runs(fine=True)

    def runs(self) -> Iterator[tuple[str, Sequence[str]]]:
        """Yield neighbours of the order that are in one folder: what their paths begin with, and their names.

        What stands between them is told before all of them.
        """
        return self._runs(fine=False)

    def _runs(self, *, fine: bool) -> Iterator[tuple[str, Sequence[str]]]:
        whole = self.whole()
        if whole is not None:
            top = self._begin(whole)
            # rules that hold no more are not kept
            self._above.clear()
            yield from self._down(top, 0, fine=fine)

    def whole(self) -> Subtree | None:
        """Return all of the walk as one subtree; None if a deny rule holds for it, which is told. Raises `FileError`."""
        if self._sieve.denied_root():
            self._tally.skip("denied", self._root)
            return None
        try:
            status = self._stat(self._root)
            if self._known is None or not self._known.knows(status):
                with self._scandir(self._root):
                    pass
            ignore = Ignore.top(self._real, self._shown, self._selection, self._within, self._tally.reading, self._known)
        except OSError as error:
            raise file_error(error, self._root) from None
        self._above = [("", ignore)]
        self._identity = (status.st_dev, status.st_ino)
        return Subtree(self._shown, self._after, 0)

    def twin(self, tally: Tally) -> Walk:
        """Return the same walk for another tally; behind `whole`, of which it knows."""
        other = Walk.__new__(Walk)
        other.__dict__.update(self.__dict__, _tally=tally)
        return other

    def subtree(self, unit: Subtree) -> Iterator[tuple[str, Sequence[str]]]:
        """Yield what `runs` does of one subtree. Only where links are not followed, and other file systems entered."""
        return self._down(self._begin(unit), unit.depth, fine=False)

    @property
    def held(self) -> int:
        """How many names are held, of the folders on the way to the present file."""
        return sum(len(folder.names) for folder in self._stack)

    def level(self, unit: Subtree) -> Iterator[tuple[str, Sequence[str]] | Subtree]:
        """Yield what is in one folder: names, as `runs` does, and each folder that is to be walked by whoever likes."""
        first, _, rest = unit.after.partition("/")
        for shown, names in self._down(self._begin(unit), unit.depth, fine=False, flat=True):
            yield (shown, names) if names else Subtree(shown, rest if shown == f"{unit.folder}{first}/" else "", unit.depth + 1)

    def _begin(self, unit: Subtree) -> Folder:
        return Folder(unit.folder, self._outer(unit), None if unit.depth else self._identity, unit.after)

    def _down(self, top: Folder, depth: int, *, fine: bool, flat: bool = False) -> Iterator[tuple[str, Sequence[str]]]:
        """Yield the names of a folder and those below; with ``flat`` the folders in it are yielded without names, and not entered."""
        deepest = None if self._selection.max_depth is None else self._selection.max_depth - depth
        self._stack = stack = [top]
        if deepest is not None and deepest <= 0:
            stack.clear()
        while stack:
            folder = stack[-1]
            names, at = folder.names, folder.at
            if folder.left_out and folder.left_out[-1][0] <= at:
                folder.tell(at, self._tally)
            if folder.inner and folder.inner[-1] == at:
                folder.at = folder.inner.pop() + 1
                if deepest is not None and len(stack) >= deepest:
                    continue
                if flat:
                    yield f"{folder.shown}{names[at]}/", ()
                    continue
                below = self._enter(folder, names[at], stack)
                if below is not None:
                    stack.append(below)
            elif at < len(names):
                folder.at = folder.inner[-1] if folder.inner else len(names)
                if folder.left_out and folder.left_out[-1][0] < folder.at:
                    if fine:
                        folder.at = folder.left_out[-1][0]
                    else:
                        folder.tell(folder.at - 1, self._tally)
                yield folder.shown, names[at : folder.at] if folder.at - at < len(names) else names
            elif folder.low is None or not self._list(folder, folder.low):
                stack.pop()

    def _outer(self, unit: Subtree) -> Ignore:
        """Return the ignore rules that hold for a subtree from outside of it; those of the last way there are kept."""
        above, shown = self._above, self._shown
        parts = unit.folder[len(shown) : -1].split("/") if unit.depth else []
        for number, part in enumerate(parts, 1):
            if number == len(above) or above[number][0] != shown:
                marks = frozenset(mark for mark in MARKS if self._exists(shown + mark))
                above[number:] = [(shown, above[number - 1][1].enter(shown, marks))]
            shown += part + "/"
        return above[len(parts)][1]

    def _enter(self, parent: Folder, name: str, stack: Sequence[Folder]) -> Folder | None:
        """Return the folder ``name`` if it is to be entered."""
        path = parent.shown + name
        chosen = self._selection
        identity = None
        if chosen.follow or chosen.one_file_system:
            try:
                status = self._stat(path)
            except OSError as error:
                self._failed(error, path)
                return None
            identity = (status.st_dev, status.st_ino)
            ancestor = next((above for above in stack if above.identity == identity), None)
            if ancestor is not None:
                self._tally.skip("link_loop", path)
                self._tally.failure(Failure(path, errno.ELOOP, walked=True, ancestor=ancestor.shown[:-1] or self._root))
                return None
            if chosen.one_file_system and stack[0].identity and identity[0] != stack[0].identity[0]:
                self._tally.skip("other_filesystem", path)
                return None
        first, _, rest = parent.after.partition("/")
        return Folder(path + "/", parent.ignore, identity, rest if first == name else "")

    def _failed(self, error: OSError, path: str, notes: Notes | None = None) -> None:
        """Tell, or note for later, that a folder or link can't be read; one that is gone is no failure."""
        if error.errno in _VANISHED and not self._exists(path):
            return
        reason: Skip = "unreadable" if self._within is None else self._within.skip(error)
        if notes is not None:
            notes.skip(reason, path)
            notes.fail(file_error(error, path), path)
            return
        self._tally.skip(reason, path)
        self._tally.fail(file_error(error, path), walked=True)

    def _list(self, folder: Folder, low: bytes) -> bool:
        """Read the next run of a folder's names, from ``low`` on; False if there is none."""
        folder.low = None
        try:
            names, odd, more = self._names(folder.shown or ".", low)
        except OSError as error:
            self._failed(error, folder.shown[:-1] or self._root)
            return False
        if folder.fresh:
            folder.fresh = False
            if more or low:
                marks = frozenset(mark for mark in MARKS if self._exists(folder.shown + mark))
            else:
                marks = MARKS.intersection(names[bisect_left(names, ".") : bisect_left(names, "/")])
            folder.ignore = folder.ignore.enter(folder.shown, marks)
        if more:
            folder.low = os.fsencode(names[-1]) + b"\0"
        kept, folder.inner = self._choose(folder, names, odd)
        folder.names, folder.at = kept, 0
        return bool(kept or folder.left_out) or more

    def _names(self, folder: str, low: bytes) -> tuple[list[str], dict[str, int], bool]:
        """Do what `listed` does for a folder, without listing it if what is in it is known. Raises OSError."""
        if self._known is None or not self._known.useful(folder):
            with self._scandir(folder) as entries:
                return listed(entries, low, self._run)
        # before the listing: what happens meanwhile changes the status
        status, now = self._stat(folder), time.time_ns()
        found = self._known.find(status, low)
        if found is not None and len(found[0]) <= self._run:
            return *found, False
        with self._scandir(folder) as entries:
            names, odd, more = listed(entries, low, self._run)
        if not low and not more:
            self._known.keep(folder, status, names, odd, now)
        return names, odd, more

    def _choose(self, folder: Folder, names: list[str], odd: dict[str, int]) -> tuple[Sequence[str], list[int]]:
        """Return the names to go on with, and the numbers of those that are folders, the last one first."""
        shown = folder.shown
        notes = Notes(shown)
        if odd and self._selection.follow:
            odd = self._followed(shown, odd, notes)
            names = [name for name in names if odd.get(name) != LINK]
        wanted = self._inclusive and names and names[0] == folder.after
        if folder.after and names and names[0] == folder.after.partition("/")[0] and odd.get(names[0]) != FOLDER and not wanted:
            odd.pop(names.pop(0), None)
        inner = [name for name, kind in odd.items() if kind == FOLDER]
        entries, folders = Batch(names), Batch(inner)
        ignored = folder.ignore.match(shown, entries, folders)
        if not self._sieve.plain:
            folders = Batch(inner + [name for name, kind in odd.items() if kind == LINK and self._is_folder(shown + name)])
        kept = self._sieve.sift(shown[len(self._shown) :], shown, entries, folders, ignored, notes)
        if len(inner) < len(odd):
            kept = [name for name in kept if odd.get(name, 0) <= FOLDER or self._skip_odd(shown + name, odd[name], notes)]
        if self._selection.max_filesize is not None:
            kept = [name for name in kept if name in odd or self._fits(shown + name, notes)]
        folder.left_out = notes.before(kept, plain=entries.text.isascii()) if notes.noted else []
        if not inner:
            return kept, []
        here = odd if len(inner) == len(odd) else frozenset(inner)
        return kept, [at for at, name in enumerate(kept) if name in here][::-1]

    def _skip_odd(self, path: str, kind: int, notes: Notes) -> bool:
        notes.skip("link" if kind == LINK else "special", path)
        return False

    def _followed(self, shown: str, odd: dict[str, int], notes: Notes) -> dict[str, int]:
        """Return the kinds with links replaced by what they lead to; those that lead nowhere are told and stay links."""
        kinds: dict[str, int] = {}
        for name, kind in odd.items():
            if kind != LINK:
                kinds[name] = kind
                continue
            try:
                mode = self._stat(shown + name).st_mode
            except OSError as error:
                kinds[name] = LINK
                self._failed(error, shown + name, notes)
                continue
            if not stat.S_ISREG(mode):
                kinds[name] = FOLDER if stat.S_ISDIR(mode) else SPECIAL
        return kinds

    def _exists(self, path: str) -> bool:
        """Whether the name itself is there, wherever it may lead."""
        if self._within is None and _QUIET:
            # an exception takes three times as long, and most of what is asked for isn't there
            return os.access(path, os.F_OK, effective_ids=EFFECTIVE, follow_symlinks=False)
        try:
            self._stat(path, follow_symlinks=False)
        except OSError:
            return False
        return True

    def _is_folder(self, path: str) -> bool:
        try:
            return stat.S_ISDIR(self._stat(path).st_mode)
        except OSError:
            return False

    def _fits(self, path: str, notes: Notes) -> bool:
        """Whether the file is within ``max_filesize``."""
        try:
            size = self._stat(path).st_size
        except OSError as error:
            self._failed(error, path, notes)
            return False
        if size > (self._selection.max_filesize or 0):
            notes.skip("too_large", path)
            return False
        return True
