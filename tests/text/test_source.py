"""Where bytes come from: every kind of source gives the same bytes, and what can't be read is refused; T1, T11, T14."""

from __future__ import annotations

import errno
import os
import socket
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtools.errors import AccessDenied, FileError, InvalidArgument, NotFound, NotRegular, file_error
from streamtools.text.drive import exactly
from streamtools.text.source import Source, from_bytes, from_fd, from_path, from_ranged


class Blob:
    """An object in a store that serves ranged reads of at most ``most`` bytes."""

    def __init__(self, data: bytes, most: int = 1 << 30) -> None:
        self.size = len(data)
        self._data = data
        self._most = most

    def read_at(self, offset: int, view: memoryview) -> int:
        """Fill ``view`` from ``offset``."""
        part = self._data[offset : offset + min(len(view), self._most)]
        view[: len(part)] = part
        return len(part)


def rest(source: Source, step: int = 7) -> bytes:
    """Read a source to its end in steps, and once more behind it."""
    data, view = b"", memoryview(bytearray(step))
    while count := source.readinto(view):
        data += bytes(view[:count])
    assert source.readinto(view) == 0
    return data


@given(st.binary(max_size=60), st.integers(1, 20), st.integers(0, 70), st.integers(1, 5))
def test_every_kind_gives_the_same_bytes(tmp_path_factory: pytest.TempPathFactory, data: bytes, step: int, offset: int, most: int) -> None:
    """T1: path, descriptor, bytes and ranged object: size, bytes, seek, also past the end."""
    path = tmp_path_factory.getbasetemp() / "every-kind"
    path.write_bytes(data)
    fd = os.open(path, os.O_RDONLY)
    try:
        for source in (from_path(path), from_path(path, regular=True), from_fd(fd), from_bytes(data), from_ranged(Blob(data, most))):
            with source:
                assert source.seekable
                assert source.size == len(data)
                assert rest(source, step) == data
                source.seek(offset)
                assert rest(source, step) == data[offset:]
                assert not source.changed()
    finally:
        os.close(fd)


def test_a_descriptor_is_read_from_where_it_stands(tmp_path: Path) -> None:
    """T1: what another reader took is gone, and the descriptor stays open."""
    (tmp_path / "f").write_bytes(b"0123456789")
    with open(tmp_path / "f", "rb", buffering=0) as file:
        file.read(4)
        with from_fd(file.fileno()) as source:
            assert rest(source) == b"456789"
        os.fstat(file.fileno())
    owned = os.open(tmp_path / "f", os.O_RDONLY)
    from_fd(owned, close=True).close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(owned)


def test_a_pipe_comes_as_it_comes() -> None:
    """T11: short reads are no end; a pipe has no size and no seek."""
    reader, writer = os.pipe()

    def write() -> None:
        for part in (b"a", b"bc", b"d" * 100_000):
            os.write(writer, part)
        os.close(writer)

    thread = threading.Thread(target=write)
    thread.start()
    with from_fd(reader, close=True) as source:
        assert source.size is None
        assert not source.seekable
        with pytest.raises(InvalidArgument, match="stream"):
            source.seek(1)
        assert exactly(source, 2) == b"ab"
        assert rest(source, 4096) == b"c" + b"d" * 100_000
        assert not source.changed()
    thread.join()


def test_close_is_idempotent_and_reading_behind_it_is_an_error(tmp_path: Path) -> None:
    """T1: closed on every way out, once."""
    (tmp_path / "f").write_bytes(b"x")
    before = sorted(os.listdir("/dev/fd"))
    source = from_path(tmp_path / "f")
    with pytest.raises(ZeroDivisionError), source:
        raise ZeroDivisionError
    source.close()
    assert sorted(os.listdir("/dev/fd")) == before
    with pytest.raises(FileError, match="closed"):
        source.readinto(memoryview(bytearray(1)))


def test_what_is_no_regular_file(tmp_path: Path) -> None:
    """T11: refused without waiting and without keeping a descriptor, through links as well, also when a listing said otherwise."""
    os.mkfifo(tmp_path / "fifo")
    os.symlink("fifo", tmp_path / "link")
    with socket.socket(socket.AF_UNIX) as made:
        os.chdir(tmp_path)
        made.bind("socket")
    before = sorted(os.listdir("/dev/fd"))
    for name in ("fifo", "link", "socket", ".", "/dev/zero", "/dev/null"):
        for regular in (False, True):
            if name == "/dev/null" and not regular:
                continue
            with pytest.raises(FileError):
                from_path(str(tmp_path / name), regular=regular)
    assert sorted(os.listdir("/dev/fd")) == before
    folder = os.open(tmp_path, os.O_RDONLY)
    try:
        with pytest.raises(NotRegular, match="folder"):
            from_fd(folder)
    finally:
        os.close(folder)


def test_a_file_in_proc_without_a_size_is_read_whole() -> None:
    """T11: regular by its kind, size 0, and yet full."""
    if not os.path.exists("/proc/self/status"):
        pytest.skip("no /proc here")
    with from_path("/proc/self/status") as source:
        assert b"Name:" in rest(source, 4096)


def test_names(tmp_path: Path) -> None:
    """T15: missing, NUL, too long, bytes that are no text: this tree's errors, with the name as it was given."""
    for name, kind in (("missing", NotFound), ("x" * 300, NotFound), ("a\0b", InvalidArgument)):
        with pytest.raises(kind) as caught:
            from_path(str(tmp_path / name))
        assert "\n" not in str(caught.value)
        if isinstance(caught.value, FileError):
            assert caught.value.path == str(tmp_path / name)
    raw = os.path.join(os.fsencode(tmp_path), b"\xff\n")
    with open(raw, "wb") as file:
        file.write(b"x")
    with from_path(os.fsdecode(raw)) as source:
        assert rest(source) == b"x"


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOENT, NotFound),
        (errno.ENOTDIR, NotFound),
        (errno.ENAMETOOLONG, NotFound),
        (errno.EACCES, AccessDenied),
        (errno.EPERM, AccessDenied),
        (errno.ELOOP, FileError),
        (errno.EAGAIN, NotRegular),
        (errno.EIO, FileError),
        (errno.ESTALE, FileError),
    ],
)
def test_every_error_of_the_system_is_translated(number: int, kind: type[FileError]) -> None:
    """T15: one sentence that begins with the printable name."""
    error = file_error(OSError(number, os.strerror(number)), "na\nme")
    assert type(error) is kind
    assert str(error).startswith("na\\nme")
    assert error.path == "na\nme"
    assert "\n" not in str(error)


def test_changes_are_seen(tmp_path: Path) -> None:
    """T14: appended, truncated, touched, replaced and deleted."""
    path = tmp_path / "f"

    def append() -> None:
        with open(path, "ab") as file:
            file.write(b"more")

    def replace() -> None:
        (tmp_path / "new").write_bytes(b"12345678")
        os.rename(tmp_path / "new", path)

    for change in (append, lambda: os.truncate(path, 3), lambda: os.utime(path, ns=(1, 1)), replace, lambda: os.unlink(path)):
        path.write_bytes(b"12345678")
        with from_path(path) as source:
            assert not source.changed()
            change()
            assert source.changed()


def test_shrinking_under_the_reader_ends_it(tmp_path: Path) -> None:
    """T14: no error and no invented bytes."""
    path = tmp_path / "f"
    path.write_bytes(b"x" * 1000)
    with from_path(path) as source:
        assert exactly(source, 100) == b"x" * 100
        os.truncate(path, 150)
        assert rest(source) == b"x" * 50
