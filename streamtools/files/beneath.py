"""Names below a folder that is held open, reached so that no symlink can lead out of it.

The kernel does it in one call where it has openat2(2) (Linux 5.6); else, and where a link is on the way, each
component is opened by itself below the one before, with ``O_NOFOLLOW``, and links are followed by hand. What a
rename or a swapped link does meanwhile is of no use: no name is looked up twice, and none from outside.
"""

from __future__ import annotations

import errno
import functools
import os
from typing import TypeVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final


Found = TypeVar("Found")

#: Descriptor for lookups only, where the system has one: it needs no right to list the folder.
_FOLDER: Final = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
#: Links followed for one name, and names that changed their kind under us: as many as the kernel's own bound for links.
LINKS: Final = 40
_OPENAT2: Final = 437
_NO_SYMLINKS_BENEATH: Final = 0x04 | 0x08
#: What the quick way gives up on: a link on the way, a name that leads out, a rename at the same moment.
_HARD: Final = frozenset({errno.ELOOP, errno.EXDEV, errno.EAGAIN})
#: What a link says when it is opened with ``O_NOFOLLOW``, also as a folder.
_LINK: Final = frozenset({errno.ELOOP, errno.EMLINK, errno.ENOTDIR})


class Escape(Exception):
    """The way leads out of the folder: to ``path``, absolute, or above the folder if it begins with ``..``."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


def quick(folder: int, name: str, flags: int) -> int | None:
    """Open ``name`` below the descriptor ``folder`` in one call; None where that can't be done and `step` must.

    No symlink is on the way then, so that the name as asked, with ``.`` and ``..`` resolved, is the file's. Raises OSError.
    """
    call = _kernel()
    if call is None:
        return None
    fd, error = call(folder, os.fsencode(name), flags)
    if fd >= 0:
        return fd
    if error in _HARD:
        return None
    raise OSError(error, os.strerror(error), name)


@functools.cache
def _kernel() -> Callable[[int, bytes, int], tuple[int, int]] | None:
    """Return openat2(2) as a function to a descriptor (or -1) and an error number; None where there is none that works."""
    if (os.uname().sysname, os.uname().machine) not in {("Linux", "x86_64"), ("Linux", "aarch64")}:
        return None
    import ctypes
    import struct

    try:
        syscall = ctypes.CDLL(None, use_errno=True).syscall
    except (AttributeError, OSError):
        return None
    syscall.restype = ctypes.c_long
    syscall.argtypes = (ctypes.c_long, ctypes.c_int, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_size_t)
    get_errno = ctypes.get_errno

    def openat2(folder: int, name: bytes, flags: int) -> tuple[int, int]:
        how = struct.pack("=QQQ", flags | os.O_CLOEXEC, 0, _NO_SYMLINKS_BENEATH)
        fd: int = syscall(_OPENAT2, folder, name, how, 24)
        return fd, 0 if fd >= 0 else get_errno()

    try:
        top = os.open("/", _FOLDER)
    except OSError:
        return None
    try:
        fd, _ = openat2(top, b".", _FOLDER)
    finally:
        os.close(top)
    if fd < 0:
        return None
    os.close(fd)
    return openat2


def step(folder: int, name: str, act: Callable[[int, str], Found], links: int = 0) -> tuple[Found, str, int]:
    """Do ``act(descriptor, name)`` where ``name`` below the descriptor ``folder`` leads, following links that stay below it.

    ``act`` must not follow a link: it raises an OSError with ELOOP (ENOTDIR for a folder) if it meets one, and is asked
    again where the link leads. Returns what it returned, the way there without links, and the number of links that were
    followed, ``links`` included. Raises `Escape` where the way leads out, and OSError.

    Memory: one descriptor a folder on the way.
    """
    todo = [part for part in reversed(name.split("/")) if part not in {"", "."}]
    way: list[str] = []
    above: list[int] = []
    try:
        while todo:
            part = todo.pop()
            if part == "..":
                if not above:
                    raise Escape("/".join(["..", *reversed(todo)]))
                way.pop()
                os.close(above.pop())
                continue
            here = above[-1] if above else folder
            try:
                if not todo:
                    return act(here, part), "/".join([*way, part]), links
                above.append(os.open(part, _FOLDER, dir_fd=here))
                way.append(part)
            except OSError as error:
                target = _target(part, here) if error.errno in _LINK else None
                links += 1
                if links > LINKS or (target is None and error.errno == errno.ENOTDIR):
                    raise
                if target is None:
                    if error.errno not in _LINK:
                        raise
                    target = part  # it was a link when it was opened, and is none any more
                if target.startswith("/"):
                    raise Escape("/".join([target, *reversed(todo)])) from None
                todo += [one for one in reversed(target.split("/")) if one not in {"", "."}]
        return act(above[-1] if above else folder, "."), "/".join(way), links
    finally:
        for fd in above:
            os.close(fd)


def _target(name: str, folder: int) -> str | None:
    """Return where a link leads; None if it is none, or is gone."""
    try:
        return os.readlink(name, dir_fd=folder)
    except OSError:
        return None
