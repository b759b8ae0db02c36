"""The look at many small files at once: what it closes, what it tells, and what it leaves to be searched."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from streamtools.events import Line
from streamtools.files.tally import Tally
from streamtools.limits import DEFAULT, Limits
from streamtools.match.exact import compile
from streamtools.searching import grep, search
from streamtools.searching.context import Place
from streamtools.searching.glance import Glance, glance
from streamtools.searching.request import Request
from streamtools.searching.scan import Scanner
from streamtools.text.source import from_bytes, from_path

needs_fds = pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="no list of open descriptors")


def looking(pattern: str = "needle", limits: Limits = DEFAULT) -> Glance:
    """A look for a literal."""
    request = Request.of(pattern, ".", {"limits": limits})
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


def test_what_was_read_is_not_opened_again(tmp_path: Path) -> None:
    """M1: a file that must be searched comes out of the buffer as it was read, once, until the next look."""
    (tmp_path / "a").write_bytes(b"hay\n")
    (tmp_path / "b").write_bytes(b"a needle\n")
    (tmp_path / "c").write_bytes(b"\xff\xfen\0e\0")
    names = ["a", "b", "c", "gone"]
    look = looking()
    assert look.sizes(f"{tmp_path}/", names) == [4, None, None, None]
    for name in "bc":
        (tmp_path / name).rename(tmp_path / f"old-{name}")
    assert look.source(0, "a") is None
    assert look.source(3, "gone") is None
    for number, name in ((1, "b"), (2, "c")):
        old = tmp_path / f"old-{name}"
        with look.source(number, name) or from_path(old) as source:
            status = old.stat()
            assert source.fd is None, "nothing is open"
            assert source.data == old.read_bytes()
            assert source.identity == (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
        assert look.source(number, name) is None
    assert look.sizes(f"{tmp_path}/", ["old-b"]) == [None]
    assert look.sizes(f"{tmp_path}/", ["a"]) == [4]
    assert look.source(0, "old-b") is None
    assert look.sizes(f"{tmp_path}/", ["old-b"]) == [None]
    look.close()
    assert look.source(0, "old-b") is None


def test_what_is_not_there_whole_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """T9: a file that grows while it is read, that needs more than a window, or whose place others took, is searched by itself."""
    for number in range(60):
        (tmp_path / f"f{number:02}").write_bytes(b"needle %02d\n" % number * 1000)
    names = sorted(os.listdir(tmp_path))
    look = looking()
    assert look.sizes(f"{tmp_path}/", names) == [None] * 60
    seen = [look.source(number, name) for number, name in enumerate(names)]
    assert 0 < sum(source is not None for source in seen) < 60, "128 KiB hold some of 600"
    assert all(source is None or source.data == (tmp_path / name).read_bytes() for source, name in zip(seen, names, strict=True))
    assert look.most < 60, "the next look is at so many as are kept"
    look.close()

    look = looking(limits=Limits(window=8192, segment=2048, overlap=128))
    assert look.sizes(f"{tmp_path}/", names[:1]) == [None]
    assert look.source(0, names[0]) is None
    look.close()

    read = os.readv
    grown: list[int] = []

    def readv(fd: int, buffers: list[memoryview]) -> int:
        count = read(fd, buffers)
        if len(grown) < times:
            grown.append(count)
            with (tmp_path / names[0]).open("ab") as file:
                file.write(b"more\n")
        return count

    monkeypatch.setattr(os, "readv", readv)
    for times in (1, 2):
        grown.clear()
        look = looking()
        assert look.sizes(f"{tmp_path}/", names[:1]) == [None]
        source = look.source(0, names[0])
        assert len(grown) == times
        if times == 1:
            # it grew before its status was asked for, and was read to its end behind that
            assert source is not None
            assert source.data == (tmp_path / names[0]).read_bytes()
        else:
            assert source is None
        look.close()


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_tree_of_hits_is_what_its_files_give(tmp_path: Path, jobs: int) -> None:
    """T10: of files with hits, in any encoding, that are kept or opened, every line is found, by one process and by two."""
    wanted = []
    for number in range(150):
        folder = tmp_path / f"d{number % 7}"
        folder.mkdir(exist_ok=True)
        text = f"hay {number}\n" * (number % 11) + f"größe needle {number}\r\n" + "x" * (number * 97) + "\nneedle at the end"
        (folder / f"f{number}").write_bytes(text.encode(("utf-8", "utf-16", "utf-8-sig", "latin-1")[number % 4]))
    for path in sorted(tmp_path.rglob("f*"), key=lambda path: (path.parent.name, os.fsencode(path.name))):
        wanted += [line for line in search("needle", path) if isinstance(line, Line)]
    assert len(wanted) == 300
    assert [line for line in search("needle", tmp_path, jobs=jobs) if isinstance(line, Line)] == wanted


def test_a_cursor_knows_the_file_that_was_seen(tmp_path: Path) -> None:
    """M4: who goes on in a file that was kept is told if another one has its name now, and only then."""
    text = "needle\n" * 10
    (tmp_path / "a").write_text(text)
    first = grep("needle", tmp_path, head_limit=4)
    assert first.next is not None
    onward: dict[str, Any] = {**first.next.arguments, "head_limit": 4}
    second = grep(**onward)
    assert [line.number for line in second.lines] == [5, 6, 7, 8]
    assert not any("changed" in notice for notice in second.notices)
    (tmp_path / "a").unlink()
    (tmp_path / "a").write_text(text + "more\n")
    assert any("changed since the cursor was made" in notice for notice in grep(**onward).notices)


def test_a_line_given_up_in_a_kept_file_has_its_number(tmp_path: Path) -> None:
    """T13: also where lines are not numbered the one that took too long is told by its number."""
    (tmp_path / "a").write_text("hay\n" * 41 + "needle" + "a" * 200 + "xy\n")
    result = grep(r"needle(a|a)*([xy])\2", tmp_path, output_mode="count", limits=Limits(match_seconds=0.05))
    assert any("on line 42 of" in notice for notice in result.notices), result.notices


def test_a_text_in_memory_is_searched_from_a_place_on() -> None:
    """M4: what is in memory is gone on with where it was left, as a file is."""
    request = Request.of("needle", "-", {})
    scanner = Scanner(request, compile(request.query), Tally(), capped=False)
    events = scanner.scan(from_bytes(b"needle 1\nhay\nneedle 3\n"), "-", Place(9, line=2, taken=1))
    assert [(line.number, line.data, line.offset) for line in events if isinstance(line, Line)] == [(3, b"needle 3", 13)]
    scanner.close()
