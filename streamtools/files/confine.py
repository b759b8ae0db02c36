"""The allowed folders: what is opened, listed or looked at lies in them, whoever swaps links meanwhile.

    with Roots(["project"]) as roots:
        read("src/a.py", within=roots)

A name is relative to the first root, or absolute and in any of them. Links are followed as far as they stay
inside. Deny rules hold for the name as asked and for the file it leads to; of two hard links to one file they
know only the one that is asked for.
"""

from __future__ import annotations

import errno
import os
import posixpath
import stat
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Final, Self, TypeVar

from streamtools.errors import AccessDenied, InvalidArgument, NotFound, NotRegular, OutsideRoots, file_error, printable
from streamtools.files.beneath import LINKS, Escape, quick, step
from streamtools.files.rules import Batch, Rules, ignores
from streamtools.files.selection import Selection, glob_patterns
from streamtools.words import Skip

Found = TypeVar("Found")

#: Files that hold secrets by their names: not read, searched or listed unless a toolset says otherwise. ``*.pub`` stays.
DEFAULT_DENY: Final = (
    *(".env", ".env.*", "!.env.example", "!.env.sample", "!.env.template", ".envrc"),
    *("*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.kdbx"),
    *("id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", "!*.pub"),
    *(".ssh/", ".gnupg/", ".aws/", ".azure/", ".kube/", "**/.config/gcloud/", "**/.docker/config.json"),
    *(".netrc", "_netrc", ".pgpass", ".my.cnf", ".pypirc", ".npmrc", ".git-credentials", ".htpasswd", ".vault-token"),
)

_READ: Final = os.O_RDONLY | os.O_CLOEXEC
_LOOK: Final = getattr(os, "O_PATH", 0) | os.O_CLOEXEC
_VERDICTS: Final = 4096
#: No system opens a longer name (PATH_MAX), and rules would be asked for each of its folders.
_LONGEST: Final = 4096


class _Denied(AccessDenied):
    """A deny rule holds for the file."""


class Roots:
    """Folders that are held open, and the only way into them.

    ``folders`` are trusted names. ``deny`` are gitignore patterns relative to each root, case ignored, ``!`` takes back.
    `open`, `stat` and `scandir` take names as ``os``'s functions of the same names do. Names of files are
    strings with surrogates for bytes that are not UTF-8. It can be pickled: the copy opens the same folders, or fails if
    another one has the name. Close it when nothing uses it any more; closing twice does nothing.

    Memory: one descriptor a root, the deny rules, and what they say of at most 4096 folders.
    """

    def __init__(self, folders: Sequence[str | os.PathLike[str]], deny: Sequence[str] = DEFAULT_DENY) -> None:
        if isinstance(folders, str | os.PathLike) or not folders:
            raise InvalidArgument("roots must be a list of folders, at least one")
        if isinstance(deny, str):
            raise InvalidArgument("deny must be a list of patterns")
        self.deny = tuple(deny)
        self._open(tuple((os.path.abspath(folder), None) for folder in folders))

    def _open(self, folders: Sequence[tuple[str, tuple[int, int] | None]]) -> None:
        """Open the roots; with an identity only if it is still that folder."""
        # Folded patterns and names that `denies` folds: much less work for one name than what rules do for a whole folder.
        self._rules = Rules([pattern for glob in self.deny for pattern in glob_patterns(glob, fold=True)])
        self._verdicts: dict[str, bool] = {}
        self._roots: list[tuple[int, str, str]] = []
        self._identities: list[tuple[int, int]] = []
        folder = ""
        try:
            for folder, identity in folders:
                real = os.path.realpath(folder)
                fd = os.open(real, _LOOK | os.O_DIRECTORY)
                self._roots.append((fd, real, folder))
                status = os.fstat(fd)
                self._identities.append((status.st_dev, status.st_ino))
                if identity not in {None, self._identities[-1]}:
                    raise NotFound(f"{printable(folder)}: another folder has this name now", folder)
        except OSError as error:
            self.close()
            if isinstance(error, NotFound):
                raise
            if error.errno == errno.ENOTDIR:
                raise NotRegular(f"{printable(folder)} is not a folder; roots are folders", folder) from error
            raise file_error(error, folder) from error

    @property
    def folders(self) -> tuple[str, ...]:
        """The roots' absolute names, without links."""
        return tuple(real for _, real, _ in self._roots)

    def close(self) -> None:
        """Let the roots go."""
        roots, self._roots = self._roots, []
        for fd, _, _ in roots:
            os.close(fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_roots", None):
            self.close()

    def __getstate__(self) -> dict[str, object]:
        return {"deny": self.deny, "folders": [(root[2], one) for root, one in zip(self._roots, self._identities, strict=True)]}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.deny = state["deny"]  # type: ignore[assignment]
        self._open(state["folders"])  # type: ignore[arg-type]

    # -- the ways in ---------------------------------------------------------------------

    def open(self, path: str, flags: int = _READ) -> int:
        """Open a file and return its descriptor. Raises `OutsideRoots`, `AccessDenied` (a deny rule) or OSError.

        With ``O_NOFOLLOW`` a link as the last component raises OSError with ELOOP.
        """

        def act(folder: int, name: str) -> int:
            return os.open(name, flags | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)

        root, name = self._place(path)
        self._check(name, path)
        fd = quick(self._roots[root][0], name, flags)
        if fd is None:
            if flags & os.O_NOFOLLOW and stat.S_ISLNK(self.stat(path, follow_symlinks=False).st_mode):
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
            fd = self._reach(root, name, path, act, os.close)
        return fd

    def stat(self, path: str, *, follow_symlinks: bool = True) -> os.stat_result:
        """Look at a name without opening it. Raises as `open` does; a link that is not followed may be denied itself only."""

        def act(folder: int, name: str) -> os.stat_result:
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if follow_symlinks and stat.S_ISLNK(found.st_mode):
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
            return found

        root, name = self._place(path)
        self._check(name, path)
        if not os.fstat(self._roots[root][0]).st_nlink:
            raise NotFound(f"{printable(self._roots[root][1])}: this allowed folder was removed; nothing can be read in it any more", path)
        fd = quick(self._roots[root][0], name, _LOOK) if hasattr(os, "O_PATH") else None
        if fd is None:
            return self._reach(root, name, path, act)
        try:
            return os.fstat(fd)
        finally:
            os.close(fd)

    def scandir(self, path: str) -> _Listing:
        """List a folder; use it in ``with``. Raises as `open` does."""
        return _Listing(self.open(path, _READ | os.O_DIRECTORY | os.O_NONBLOCK))

    # -- names ---------------------------------------------------------------------------

    def real(self, path: str) -> str:
        """Return the absolute name, without links, of what a name leads to now; for rules about names, never to open it.

        Where that leads out or nowhere, it is the name as asked, below its root.
        """
        root, name = self._place(path)

        def act(folder: int, name: str) -> str:
            if stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
            return name

        try:
            return self._resolved(root, name, path, act)[1]
        except OSError:
            return posixpath.normpath(posixpath.join(self._roots[root][1], name))

    def chosen(self, selection: Selection, path: str) -> Selection:
        """Return a selection for a walk of the folder ``path`` that obeys the deny rules, all globs relative to its root."""
        real = self.real(path)
        base = max((root for root in self.folders if _inside(real, root) is not None), key=len, default="")
        return selection._replace(base=selection.base or base, deny=(*selection.deny, *self.deny))

    def skip(self, error: OSError) -> Skip:
        """Return the reason for the ledger: whether a rule of ours or the system refused."""
        return "denied" if isinstance(error, _Denied) else "unreadable"

    def denies(self, name: str) -> bool:
        """Whether a deny rule holds for a name relative to its root, or for a folder on the way to it."""
        name = name.lower() if name.isascii() else os.fsdecode(os.fsencode(name).lower())
        folder, _, last = posixpath.normpath(name).rpartition("/")
        return self._denies_folder(folder) or self._says(f"{folder}/" if folder else "", last)

    # -- inside --------------------------------------------------------------------------

    def _place(self, path: str) -> tuple[int, str]:
        """Return the number of the root that a name lies in, and the name relative to it, ``.`` for the root itself."""
        if "\0" in path:
            raise ValueError("embedded null byte")
        if len(path) > _LONGEST:
            raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG), path)
        if not path:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        if not path.startswith("/"):
            return 0, path
        found = self._deepest(path) or self._deepest(os.path.realpath(path))
        if found is None:
            raise self._outside(path)
        return found

    def _deepest(self, path: str) -> tuple[int, str] | None:
        """Return the root that an absolute name lies in as it is written, the inner one of two, and the name relative to it."""
        found = [
            (len(root), number, inner)
            for number, (_, *names) in enumerate(self._roots)
            for root in names
            if (inner := _inside(path, root)) is not None
        ]
        if not found:
            return None
        _, number, inner = max(found)
        return number, inner or "."

    def _outside(self, path: str) -> OutsideRoots:
        folders = ", ".join(map(printable, self.folders[:3])) + (" and others" if len(self._roots) > 3 else "")
        return OutsideRoots(f"{printable(path)} leads out of the allowed folders; give a name in {folders}", path)

    def _reach(
        self, root: int, name: str, path: str, act: Callable[[int, str], Found], drop: Callable[[Found], None] | None = None
    ) -> Found:
        """Do ``act`` step by step, and refuse what turns out to be denied; ``drop`` gives back what is refused."""
        found, real = self._resolved(root, name, path, act)
        root, inner = self._place(real)
        try:
            self._check(inner, path)
        except _Denied:
            if drop is not None:
                drop(found)
            raise
        return found

    def _resolved(self, root: int, name: str, path: str, act: Callable[[int, str], Found]) -> tuple[Found, str]:
        """Return what ``act`` gives where a name leads, and the absolute name of that."""
        links = 0
        while True:
            fd, real, _ = self._roots[root]
            try:
                found, inner, links = step(fd, name, act, links)
            except Escape as escape:
                links += 1
                if links > LINKS:
                    raise self._outside(path) from None
                try:
                    root, name = self._place(_above(real, escape.path))
                except OutsideRoots:
                    raise self._outside(path) from None
            else:
                return found, posixpath.join(real, inner) if inner else real

    def _check(self, name: str, path: str) -> None:
        if self._rules and self.denies(name):
            raise _Denied(f"{printable(path)}: a deny rule of this toolset keeps it closed", path)

    def _denies_folder(self, folder: str) -> bool:
        """Whether a rule holds for a folder or one above it; what was found is kept for the next file in it."""
        unknown = []
        while folder and folder != ".." and folder not in self._verdicts:
            unknown.append(folder)
            folder = folder.rpartition("/")[0]
        known = self._verdicts.get(folder, False)
        for one in reversed(unknown):
            above, _, last = one.rpartition("/")
            known = known or self._says(f"{above}/" if above else "", last)
            if len(self._verdicts) >= _VERDICTS:
                self._verdicts.clear()
            self._verdicts[one] = known
        return known

    def _says(self, above: str, name: str) -> bool:
        """Whether the last rule that matches a name denies it; a rule for folders denies files too, as nobody looked which it is."""
        batch = Batch((name,))
        return any(map(ignores, self._rules.match(above, batch, batch).values()))


class _Listing:
    """The entries of a folder that is open as ``fd``, which stays open until the end."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def __enter__(self) -> Iterator[os.DirEntry[str]]:
        try:
            # The entries ask the system through this descriptor where the folder does not tell their kind.
            self._scan = os.scandir(self._fd)
        except BaseException:
            os.close(self._fd)
            raise
        return self._scan

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._scan.close()
        os.close(self._fd)


def _above(folder: str, name: str) -> str:
    """Join a name that may begin with ``..`` to a folder's absolute name without links."""
    while name == ".." or name.startswith("../"):
        folder, name = posixpath.dirname(folder), name[3:].lstrip("/")
    return posixpath.join(folder, name)


def _inside(path: str, root: str) -> str | None:
    """Return what of an absolute name lies behind a root; None if it lies elsewhere."""
    head = root.rstrip("/")
    if path.rstrip("/") == head:
        return ""
    return path[len(head) + 1 :].lstrip("/") if path.startswith(head + "/") else None
