"""Where bytes come from: a path, a file descriptor, bytes in memory, or anything with ranged reads.

    with from_path("big.log") as source:
        count = source.readinto(view)       # like read(2): 0 only at the end
        source.seek(0)                      # where `source.seekable`

A source never blocks for ever: a name that is not a regular file is
refused before it is opened, and what is opened is checked again through its descriptor.
"""

from __future__ import annotations

import io
import os
import stat

from streamtools.errors import FileError, InvalidArgument, NotRegular, file_error, printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Final, Protocol, Self

    class Ranged(Protocol):
        """An object that serves ranged reads, such as a blob in a remote store.

        ``read_at`` fills ``view`` from byte ``offset`` and returns how many bytes it wrote, 0 at the end.
        """

        size: int

        def read_at(self, offset: int, view: memoryview) -> int:
            """Fill ``view`` from ``offset``; return the number of bytes written."""
            ...

    class Opener(Protocol):
        """Opens and looks at names in place of ``os``, for example below allowed folders only; raises `FileError` or OSError."""

        def open(self, path: str, flags: int) -> int:
            """Return a descriptor."""
            ...

        def stat(self, path: str) -> os.stat_result:
            """Look at what a name leads to."""
            ...


#: Identity of a file's content: device, inode, size in bytes, modification time in ns.
Identity = tuple[int, int, int, int]

#: How files are opened: never waiting, never handed on to children.
OPEN: Final = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_KINDS: Final = (
    (stat.S_ISDIR, "is a folder"),
    (stat.S_ISFIFO, "is a FIFO"),
    (stat.S_ISSOCK, "is a socket"),
    (stat.S_ISCHR, "is a device"),
    (stat.S_ISBLK, "is a block device"),
)


class Source:
    """Sequential bytes with an optional seek; closes what it opened on every way out.

    ``size`` is the size in bytes at the time of opening, None where it is unknown.
    ``path`` is the name to print, ``info`` the status of ``fd`` where it is known. All failures of the system come as `FileError`.

    Memory: O(1); bytes go straight into the caller's buffer.
    """

    def __init__(
        self,
        readinto: Callable[[memoryview], int | None],
        *,
        path: str = "",
        size: int | None = None,
        seek: Callable[[int], object] | None = None,
        fd: int | None = None,
        close: Callable[[], None] | None = None,
        info: os.stat_result | None = None,
    ) -> None:
        self.path = path
        self.size = size
        self.fd = fd
        #: All of it, where it is in memory and can't change.
        self.data: bytes | None = None
        self._readinto = readinto
        self._seek = seek
        self._close = close
        self._look: Callable[[str], os.stat_result] | None = None
        self.identity: Identity | None = None if fd is None else _identity(os.fstat(fd) if info is None else info)

    @property
    def seekable(self) -> bool:
        """Whether `seek` works: regular files, bytes and ranged objects."""
        return self._seek is not None

    def readinto(self, view: memoryview) -> int:
        """Fill the beginning of ``view``; return the number of bytes, 0 only at the end."""
        try:
            count = self._readinto(view)
        except FileError:
            raise
        except (OSError, ValueError) as error:
            raise self._translated(error) from error
        if count is None:
            raise NotRegular(f"{printable(self.path)}: reading it would wait for data that may never come", self.path)
        return count

    def seek(self, offset: int) -> None:
        """Go to byte ``offset``. Raises `InvalidArgument` where the source can't seek."""
        if self._seek is None:
            raise InvalidArgument(f"{printable(self.path) or 'the input'} is a stream and can't be read from an offset")
        self._seek(offset)

    def stop_at(self, offset: int) -> None:
        """Let the source end at byte ``offset`` of the file, where `seek` works."""
        inner, position = self._readinto, 0

        def readinto(view: memoryview) -> int | None:
            nonlocal position
            count = inner(view[: max(offset - position, 0)])
            position += count or 0
            return count

        def seek(to: int) -> None:
            nonlocal position
            position = to
            if whole is not None:
                whole(to)

        whole = self._seek
        self._readinto, self._seek, self.size, self.data = readinto, seek, offset, None

    def changed(self) -> bool:
        """Whether the file's size, time or identity is no longer what it was when it was opened."""
        if self.fd is None or self.identity is None:
            return False
        try:
            if _identity(os.fstat(self.fd)) != self.identity:
                return True
            return self._look is not None and _identity(self._look(self.path))[:2] != self.identity[:2]
        except FileNotFoundError:
            return True
        except FileError:
            return True
        except OSError:
            return False

    def close(self) -> None:
        """Give back what was opened; does nothing the second time."""
        close, self._close = self._close, None
        if close is not None:
            close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _translated(self, error: OSError | ValueError) -> FileError:
        if isinstance(error, OSError):
            return file_error(error, self.path)
        return FileError(f"{printable(self.path)}: the input is closed", self.path)


def from_path(path: str | os.PathLike[str], *, regular: bool = False, within: Opener | None = None) -> Source:
    """Open a regular file by name, by ``within`` if that is given.

    ``regular`` says that a folder listing already told so, which saves a ``stat``; it is checked
    after opening all the same. Raises `NotFound`, `NotRegular`, `AccessDenied` or `FileError`.
    """
    name = os.fspath(path)
    look = os.stat if within is None else within.stat
    try:
        if not regular:
            require_regular(look(name), name)
        fd = os.open(name, OPEN) if within is None else within.open(name, OPEN)
    except OSError as error:
        raise file_error(error, name) from error
    except ValueError as error:
        raise InvalidArgument(f"{printable(name)}: a path can't hold a NUL character") from error
    try:
        info = os.fstat(fd)
        require_regular(info, name)
    except BaseException:
        os.close(fd)
        raise
    source = _opened(fd, info, name, close=True)
    source._look = look  # noqa: SLF001 - the factory completes its own object
    return source


def from_fd(fd: int, *, path: str = "<stdin>", close: bool = False) -> Source:
    """Read an open descriptor from where it stands; a pipe or terminal is read as it comes.

    The descriptor is closed only with ``close=True``.
    """
    try:
        info = os.fstat(fd)
        if stat.S_ISDIR(info.st_mode):
            require_regular(info, path)
    except OSError as error:
        raise error if isinstance(error, FileError) else file_error(error, path) from error
    return _opened(fd, info, path, close=close)


def _opened(fd: int, info: os.stat_result, path: str, *, close: bool) -> Source:
    """Return the source of a descriptor with that status."""
    try:
        file = io.FileIO(fd, "rb", closefd=close)
    except OSError as error:
        raise file_error(error, path) from error
    regular = stat.S_ISREG(info.st_mode)
    return Source(
        file.readinto,
        path=path,
        size=info.st_size if regular else None,
        seek=file.seek if regular else None,
        fd=fd if regular else None,
        close=file.close,
        info=info,
    )


def from_bytes(data: bytes | bytearray | memoryview, *, path: str = "<bytes>", info: os.stat_result | None = None) -> Source:
    """Read bytes that are in memory already, a copy where they can change; ``info`` is the status of the file they came from."""
    file = io.BytesIO(data)
    source = Source(file.readinto, path=path, size=len(data), seek=file.seek, close=file.close)
    source.data = data if isinstance(data, bytes) else None
    source.identity = None if info is None else _identity(info)
    return source


def from_ranged(ranged: Ranged, *, path: str = "<object>") -> Source:
    """Read any object that serves ranged reads."""
    position = 0

    def readinto(view: memoryview) -> int:
        nonlocal position
        count = ranged.read_at(position, view)
        position += count
        return count

    def seek(offset: int) -> None:
        nonlocal position
        position = offset

    return Source(readinto, path=path, size=ranged.size, seek=seek)


def derived(
    source: Source,
    readinto: Callable[[memoryview], int | None],
    *,
    behind: bytes = b"",
    seek: Callable[[int], object] | None = None,
    close: Callable[[], None] | None = None,
) -> Source:
    """Return a source that ``readinto`` fills from ``source``, behind some bytes: a stream, unless there are none and ``seek`` is given.

    It goes by the source's name and identity; closing it calls ``close`` and closes the source.
    """
    head = behind

    def read(view: memoryview) -> int | None:
        nonlocal head
        if not head:
            return readinto(view)
        count = min(len(view), len(head))
        view[:count], head = head[:count], head[count:]
        return count

    def end() -> None:
        if close is not None:
            close()
        source.close()

    made = Source(read, path=source.path, seek=seek, close=end)
    made.identity = source.identity
    return made


def require_regular(info: os.stat_result, path: str) -> None:
    """Raise `NotRegular` with what the thing is, unless it is a regular file."""
    if stat.S_ISREG(info.st_mode):
        return
    what = next((words for test, words in _KINDS if test(info.st_mode)), "is not a regular file")
    folder = stat.S_ISDIR(info.st_mode)
    hint = "give a file in it, search it with grep or list it with glob" if folder else "give a file, or pipe its text in"
    raise NotRegular(f"{printable(path)} {what}, not a regular file; {hint}", path)


def _identity(info: os.stat_result) -> Identity:
    return (info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns)
