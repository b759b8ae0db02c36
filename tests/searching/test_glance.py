"""The look at many small files at once: what it closes, what it tells, and what it leaves to be searched."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import pytest

from streamtools.match.exact import compile
from streamtools.searching.glance import Glance, glance
from streamtools.searching.request import Request

needs_fds = pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="no list of open descriptors")


def looking(pattern: str = "needle") -> Glance:
    """A look for a literal."""
    request = Request.of(pattern, ".", {})
    found = glance(request, compile(request.query))
    assert found is not None
    return found


def open_ones() -> list[str]:
    """The descriptors of this process."""
    return sorted(os.listdir("/proc/self/fd"))


@needs_fds
@pytest.mark.parametrize("gaps", [(), (0,), (1, 3), (0, 2, 4, 5)])
def test_only_its_own_descriptors_are_closed(tmp_path: Path, gaps: tuple[int, ...]) -> None:
    """T1: files are read and closed together, whatever descriptors of others stand between theirs."""
    for number in range(100):
        (tmp_path / f"f{number:03}").write_text("needle\n" if number % 40 == 7 else "hay\n")
    names = sorted(os.listdir(tmp_path))
    others = [os.open(os.devnull, os.O_RDONLY) for _ in range(8)]
    for gap in gaps:
        os.close(others[gap])
    before = open_ones()
    look = looking()
    try:
        sizes = look.sizes(f"{tmp_path}/", names)
        assert [number for number, size in enumerate(sizes) if size is None] == [7, 47, 87]
        assert look.sizes("", []) == []
        assert open_ones() == before
    finally:
        look.close()
        for number, fd in enumerate(others):
            if number not in gaps:
                os.close(fd)


@needs_fds
def test_an_interrupt_closes_them_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """T1: what ends a look in the middle leaves no file open."""
    for number in range(20):
        (tmp_path / f"f{number:02}").write_text("hay\n")
    before, read, left = open_ones(), os.readv, [10]

    def readv(fd: int, buffers: list[memoryview]) -> int:
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt
        return read(fd, buffers)

    monkeypatch.setattr(os, "readv", readv)
    look = looking()
    with pytest.raises(KeyboardInterrupt):
        look.sizes(f"{tmp_path}/", sorted(os.listdir(tmp_path)))
    assert open_ones() == before
    assert look.sizes(f"{tmp_path}/", sorted(os.listdir(tmp_path))) == [4] * 20
    look.close()


@needs_fds
def test_threads_do_not_close_each_others_files(tmp_path: Path) -> None:
    """T10: looks of several threads, whose descriptors lie among each other, all see their files."""
    for number in range(200):
        (tmp_path / f"f{number:03}").write_text("hay\n" * number)
    names = sorted(os.listdir(tmp_path))
    results: list[bool] = []
    wanted = [4 * number for number in range(200)]

    def search() -> None:
        look = looking()
        results.extend(look.sizes(f"{tmp_path}/", names) == wanted for _ in range(30))
        look.close()

    threads = [threading.Thread(target=search) for _ in range(4)]
    before = open_ones()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * 120
    assert open_ones() == before


@needs_fds
def test_few_descriptors_are_enough(tmp_path: Path) -> None:
    """T9: where the system gives no more descriptors, a file is left to be searched by itself, and so is not lost."""
    import resource

    for number in range(40):
        (tmp_path / f"f{number:02}").write_text("hay\n")
    names, soft = sorted(os.listdir(tmp_path)), resource.getrlimit(resource.RLIMIT_NOFILE)
    look = looking()
    taken = set(map(int, open_ones()))
    free = [fd for fd in range(1000) if fd not in taken]
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (free[10], soft[1]))
        sizes = look.sizes(f"{tmp_path}/", names)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, soft)
        look.close()
    assert set(sizes) == {4, None}
    assert sizes[0] == 4


def test_a_file_that_fails_halfway_hides_no_hit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """T9, T10: where the rest of a file can't be read and those before it were looked at already, those behind it are seen as they are."""
    for number in range(20):
        (tmp_path / f"a{number:02}").write_bytes(b"hay\n" * 1500)
    (tmp_path / "big").write_bytes(b"hay\n" * 15_000)
    (tmp_path / "hit").write_bytes(b"needle\n")
    (tmp_path / "last").write_bytes(b"hay\n")
    names, read, failed = sorted(os.listdir(tmp_path)), os.readv, []

    def readv(fd: int, buffers: list[memoryview]) -> int:
        if os.fstat(fd).st_size == 60_000 and os.lseek(fd, 0, os.SEEK_CUR):
            failed.append(fd)
            raise OSError(errno.EIO, "as a bad disk does")
        return read(fd, buffers)

    monkeypatch.setattr(os, "readv", readv)
    look = looking()
    try:
        assert look.sizes(f"{tmp_path}/", names) == [6000] * 20 + [None, None, 4]
        assert failed
    finally:
        look.close()
