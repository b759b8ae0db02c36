"""One folder of a walk: its names as they are read, and what is left of them."""

from __future__ import annotations

import os
from bisect import bisect_left
from itertools import islice
from operator import itemgetter

from streamtools.errors import FileError
from streamtools.events import Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Final

    from streamtools.files.ignore import Ignore
    from streamtools.files.tally import Tally
    from streamtools.words import Skip

    #: A number of a name, what stands before it, why it is left out, and what failed.
    _LeftOut = tuple[int, str, Skip | None, FileError | Failure | None]

#: Kinds of entries that are no regular files.
FOLDER: Final = 1
LINK: Final = 2
SPECIAL: Final = 3
_CHUNK: Final = 1024

#: Device and inode.
Identity = tuple[int, int]


class Folder:
    """A folder on the way to the current file: what is left of it.

    ``after`` is a path relative to it (``""``: from the start), ``low`` the least name of the next
    run, None when no run follows, ``inner`` the numbers of those of ``names`` that are folders and still to come, the next of
    them last, ``at`` how many of ``names`` are done with. ``ignore`` are the rules of the folder above while it is ``fresh``.
    ``left_out`` is what the ledger is still to be told, the next of it last.
    """

    __slots__ = ("after", "at", "fresh", "identity", "ignore", "inner", "left_out", "low", "names", "shown")

    def __init__(self, shown: str, ignore: Ignore, identity: Identity | None, after: str) -> None:
        self.shown = shown
        self.ignore = ignore
        self.identity = identity
        self.after = after
        self.fresh = True
        self.low: bytes | None = os.fsencode(after.partition("/")[0]) if after else b""
        self.names: Sequence[str] = ()
        self.at = 0
        self.inner: list[int] = []
        self.left_out: list[_LeftOut] = []

    def tell(self, at: int, tally: Tally) -> None:
        """Tell what stands before ``names[at]``."""
        left = self.left_out
        while left and left[-1][0] <= at:
            _, name, reason, failure = left.pop()
            if reason is not None:
                tally.skip(reason, self.shown + name)
            if isinstance(failure, Failure):
                tally.failure(failure)
            elif failure is not None:
                tally.fail(failure, walked=True)


class Notes:
    """What a folder's ledger is to be told, as it was met, see `Tally`."""

    __slots__ = ("_cut", "noted")

    def __init__(self, shown: str) -> None:
        self._cut = len(shown)
        self.noted: list[tuple[str, Skip | None, FileError | Failure | None]] = []

    def skip(self, reason: Skip, name: str) -> None:
        """See `Tally.skip`."""
        self.noted.append((name[self._cut :], reason, None))

    def fail(self, error: FileError, path: str) -> None:
        """Note a failure about a path in the folder."""
        self.noted.append((path[self._cut :], None, error))

    def before(self, names: Sequence[str], *, plain: bool) -> list[_LeftOut]:
        """Return it all with the number of the name that it stands before, last ones first; ``plain``: all names are ASCII."""
        if plain:
            found = sorted(self.noted, key=itemgetter(0))
            return [(bisect_left(names, name), name, reason, failure) for name, reason, failure in reversed(found)]
        key = os.fsencode
        found = sorted(self.noted, key=lambda note: key(note[0]))
        return [(bisect_left(names, key(name), key=key), name, reason, failure) for name, reason, failure in reversed(found)]


def listed(entries: Iterator[os.DirEntry[str]], low: bytes, run: int) -> tuple[list[str], dict[str, int], bool]:
    """Return the least ``run`` names from ``low`` on, sorted; the kinds of those that are no regular files; whether more follow.

    Memory: ``2 * run + 1024`` names.
    """
    names: list[str] = []
    odd: dict[str, int] = {}
    cut = False
    more = True
    while more:
        chunk = list(islice(entries, _CHUNK))
        more = len(chunk) == _CHUNK
        if low:
            chunk = [entry for entry in chunk if os.fsencode(entry.name) >= low]
        names += [entry.name for entry in chunk]
        for entry in [entry for entry in chunk if not entry.is_file(follow_symlinks=False)]:
            odd[entry.name] = _kind(entry)
        if len(names) > 2 * run:
            names, odd = _least(names, odd, run)
            cut = True
    more = cut or len(names) > run
    names, odd = _least(names, odd, run)
    return names, odd, more


def _least(names: list[str], odd: dict[str, int], run: int) -> tuple[list[str], dict[str, int]]:
    names = _sorted(names)
    if len(names) <= run:
        return names, odd
    del names[run:]
    return names, {name: odd[name] for name in names if name in odd}


def _kind(entry: os.DirEntry[str]) -> int:
    if entry.is_dir(follow_symlinks=False):
        return FOLDER
    return LINK if entry.is_symlink() else SPECIAL


def _sorted(names: list[str]) -> list[str]:
    """Sort names by their bytes; only bytes that are not UTF-8 sort otherwise as text."""
    if "".join(names).isascii():
        names.sort()
    else:
        names.sort(key=os.fsencode)
    return names
