"""What the user names directly: is it a file or a folder, and if it is missing, what was meant."""

from __future__ import annotations

import os
import stat
from itertools import islice

from streamtools.errors import NotFound, NotRegular, file_error, printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final, Literal

    from streamtools.files.confine import Roots

_MOST: Final = 10_000
_LONG: Final = 1000
_KINDS: Final = {stat.S_IFIFO: "a FIFO", stat.S_IFSOCK: "a socket", stat.S_IFCHR: "a character device", stat.S_IFBLK: "a block device"}


def check(path: str, within: Roots | None = None) -> Literal["file", "folder"]:
    """Say what a name leads to, following links; a file named directly is searched even if hidden or ignored.

    Raises `NotRegular` for a FIFO, socket or device, `NotFound` with near-miss names if there is
    nothing, and other `FileError`s as the system gives them. Never opens anything.
    """
    try:
        mode = (os.stat(path) if within is None else within.stat(path)).st_mode
    except ValueError:
        raise NotFound(f"{printable(path)}: a name cannot hold a NUL character", path) from None
    except OSError as error:
        found = file_error(error, path)
        names = near(path, within=within) if isinstance(found, NotFound) else []
        if not names:
            raise found from None
        raise NotFound(f"{found}; did you mean {' or '.join(map(printable, names))}?", path, found.errno) from None
    if stat.S_ISDIR(mode):
        return "folder"
    if not stat.S_ISREG(mode):
        kind = _KINDS.get(stat.S_IFMT(mode), "a special file")
        raise NotRegular(f"{printable(path)} is {kind}, not a regular file; give a file, or pipe its text in", path)
    return "file"


def near(path: str, count: int = 3, *, within: Roots | None = None) -> list[str]:
    """Return at most ``count`` existing paths that may have been meant, the likeliest first.

    Compared are the names in the deepest folder of ``path`` that exists, its first 10,000: the
    same name in another case or with another extension, then similar ones. None for a name of over 1000 characters:
    each of its folders would be looked for.
    """
    if len(path) > _LONG:
        return []
    folder, wanted = os.path.split(path.rstrip("/"))
    scandir = os.scandir if within is None else within.scandir
    names: list[str] = []
    while True:
        try:
            with scandir(folder or ".") as entries:
                names = [entry.name for entry in islice(entries, _MOST)]
            break
        except (OSError, ValueError):
            above, last = os.path.split(folder)
            if above == folder:
                return []
            folder, wanted = above, last
    return [os.path.join(folder, name) for name in _closest(wanted, names)[:count]]


def as_shown(path: str, within: Roots) -> str:
    """Return the path whose names `printable` shows as those of ``path``, where nothing is called as it is given, else ``path``.

    Names that are not UTF-8 or hold control characters are shown with escapes, and only so can a model give them.
    """
    if "\\" not in path or len(path) > _LONG:
        return path
    parts = path.split("/")
    for index, part in enumerate(parts):
        if "\\" not in part or _there("/".join(parts[: index + 1]), within):
            continue
        try:
            with within.scandir("/".join(parts[:index]) or ("/" if path.startswith("/") else ".")) as entries:
                parts[index] = next((entry.name for entry in islice(entries, _MOST) if printable(entry.name) == part), part)
        except (OSError, ValueError):
            return path
    return "/".join(parts)


def _there(path: str, within: Roots) -> bool:
    try:
        within.stat(path, follow_symlinks=False)
    except (OSError, ValueError):
        return False
    return True


def _closest(wanted: str, names: list[str]) -> list[str]:
    from difflib import get_close_matches

    low = wanted.lower()
    stem = os.path.splitext(low)[0]
    same = sorted(name for name in names if name.lower() == low)
    other = sorted(name for name in names if os.path.splitext(name.lower())[0] == stem)
    lowered: dict[str, str] = {}
    for name in names:
        lowered.setdefault(name.lower(), name)
    similar = [lowered[name] for name in get_close_matches(low, lowered, 3, 0.6)] if wanted else []
    return [name for name in dict.fromkeys([*same, *other, *similar]) if name != wanted]
