"""The line index itself: entries, strides, the bound of all indexes, and when one is no longer trusted; M5."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from streamtools.results import Total
from streamtools.text.drive import blocks
from streamtools.text.lineindex import LineIndex, LineIndexes, Start
from streamtools.text.source import Source, from_fd, from_path
from streamtools.text.windows import Windows

LINES = 2000


def write(path: Path, lines: int = LINES, word: str = "line") -> str:
    """A file whose line N says so; its lines have 20 bytes."""
    path.write_bytes(b"".join(b"%s %014d\n" % (word.encode(), number) for number in range(1, lines + 1)))
    return str(path)


@contextmanager
def windowed(path: str) -> Iterator[tuple[Source, Windows]]:
    """An open file and a small window."""
    with from_path(path) as source, Windows(size=512, detect_bytes=64) as windows:
        yield source, windows


def learn(indexes: LineIndexes, path: str, edit: Callable[[], object] | None = None) -> None:
    """Read a file to its end with an index; ``edit`` changes it on the way."""
    with windowed(path) as (source, windows):
        track = indexes.track(source, windows)
        assert track is not None
        start = track.start(1)
        assert start is None
        number = 1
        for block in blocks(source, windows):
            track.note(number, block)
            number += windows.count(block.fresh, block.stop)
            if edit is not None:
                edit()
                edit = None
        track.finish(Total(LINES), changed=source.changed())


def known(indexes: LineIndexes, path: str, line: int) -> tuple[Start | None, int | None]:
    """Where to begin for a line, and the number of lines, as far as the indexes know."""
    with windowed(path) as (source, windows):
        track = indexes.track(source, windows)
        return (None, None) if track is None else (track.start(line), track.total)


def test_entries_are_few_and_right() -> None:
    """M5: however large the file, at most 4096 entries and 96 KiB, evenly spread, and all of them true."""
    index = LineIndex(stride=10)
    offsets = [number * 25 for number in range(100_000)]
    for line, offset in enumerate(offsets, 1):
        index.add(line, offset, line)
        assert len(index) < 4096
    assert index.held < 100 * 1024
    far = 0
    for line in range(1, 100_001, 37):
        found = index.before(line)
        assert found is not None
        assert found[0] <= line
        assert found == (found[0], offsets[found[0] - 1], found[0])
        far = max(far, line - found[0])
    assert far <= 100_000 // 1024
    assert index.before(0) is None


def test_an_entry_too_near_or_behind_is_left_out() -> None:
    """M5: entries ascend, a stride apart; what two reads learn is joined."""
    first, second = LineIndex(stride=100), LineIndex(stride=100)
    for line, offset in ((1, 100), (2, 150), (3, 220), (4, 50)):
        first.add(line, offset, 0)
    for line, offset in ((1, 100), (3, 220), (9, 900)):
        second.add(line, offset, 0)
    first.join(second)
    assert [first.before(line) for line in (1, 2, 3, 8, 9)] == [(1, 100, 0), (1, 100, 0), (3, 220, 0), (3, 220, 0), (9, 900, 0)]


def test_a_deep_line_is_found_near(tmp_path: Path) -> None:
    """M5: after one read, the way to any line begins at most two windows before it."""
    path = write(tmp_path / "a")
    indexes = LineIndexes(stride=1, settle=0)
    assert known(indexes, path, LINES) == (None, None)
    learn(indexes, path)
    for line in (100, 777, 1500, LINES):
        start, total = known(indexes, path, line)
        assert start is not None
        assert total == LINES
        assert start.offset == (start.number - 1) * 20
        assert 0 <= (line - start.number) * 20 <= 2 * 512
    assert known(indexes, path, 1)[0] is None


def test_an_append_extends_and_all_else_drops(tmp_path: Path) -> None:
    """M5: after an append the entries stay and the total goes; a shorter file, another text or a new inode begin anew."""
    path = write(tmp_path / "a")
    indexes = LineIndexes(stride=1, settle=0)
    learn(indexes, path)
    with open(path, "ab") as file:
        file.write(b"more\n")
    start, total = known(indexes, path, 1500)
    assert start is not None
    assert total is None
    os.truncate(path, 19 * LINES)
    assert known(indexes, path, 1500) == (None, None)
    assert not len(indexes)

    learn(indexes, write(tmp_path / "a"))
    write(tmp_path / "a", LINES + 5, "LINE")
    assert known(indexes, path, 1500) == (None, None)
    assert not indexes.held()

    learn(indexes, path)
    write(tmp_path / "b", LINES + 9)
    os.replace(tmp_path / "b", path)
    assert known(indexes, path, 1500) == (None, None)


def test_an_append_that_changes_the_encoding_drops(tmp_path: Path) -> None:
    """T8, M5: the encoding after a change is the one that a reader without an index would decide on."""
    path = write(tmp_path / "a")
    indexes = LineIndexes(stride=1, settle=0)
    learn(indexes, path)
    with open(path, "r+b") as file:
        file.write(b"\xef\xbb\xbf")
        file.seek(0, os.SEEK_END)
        file.write(b"more\n")
    assert known(indexes, path, 1500) == (None, None)


def test_a_kept_mtime_hides_nothing(tmp_path: Path) -> None:
    """M5: an edit in place that puts size and mtime back is seen by the ctime."""
    path = write(tmp_path / "a")
    indexes = LineIndexes(stride=1, settle=0)
    learn(indexes, path)
    before = os.stat(path)
    while os.stat(path).st_ctime_ns == before.st_ctime_ns:
        with open(path, "r+b") as file:
            file.seek(30)
            file.write(b"\n")
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert os.stat(path).st_mtime_ns == before.st_mtime_ns
    assert known(indexes, path, 1500) == (None, None)


def test_a_file_just_changed_is_looked_at_again(tmp_path: Path) -> None:
    """M5: within 2 s of a change the stamp proves nothing: no total is kept, and an entry must still fit the text."""
    path = write(tmp_path / "a")
    indexes = LineIndexes(stride=1)
    learn(indexes, path)
    start, total = known(indexes, path, 1500)
    assert start is not None
    assert total is None
    with open(path, "r+b") as file:
        file.write(b"x" * 20 * LINES)
    assert known(indexes, path, 1500) == (None, None)


def test_what_changed_while_it_was_read_is_not_learned(tmp_path: Path) -> None:
    """M5, T14: a read during which the file was written again leaves no index; one during which it grew leaves entries."""
    path = write(tmp_path / "a")
    indexes = LineIndexes(stride=1)
    learn(indexes, path, lambda: os.utime(path, (1, 1)))
    assert not len(indexes)

    def append() -> None:
        with open(path, "ab") as file:
            file.write(b"more\n")

    learn(indexes, path, append)
    start, total = known(indexes, path, 1500)
    assert start is not None
    assert total is None


def test_what_is_no_whole_file_has_no_index(tmp_path: Path) -> None:
    """M5: small files, a descriptor that stands inside its file, and parts of a file are read without one."""
    indexes = LineIndexes(stride=1, settle=0)
    small, path = write(tmp_path / "small", 10), write(tmp_path / "a")
    with windowed(small) as (source, windows):
        assert indexes.track(source, windows) is None
    with windowed(path) as (source, windows):
        source.stop_at(5000)
        assert indexes.track(source, windows) is None
    with open(path, "rb", buffering=0) as file, Windows(size=512, detect_bytes=64) as windows:
        assert indexes.track(from_fd(file.fileno()), windows) is not None
        file.seek(20)
        assert indexes.track(from_fd(file.fileno()), windows) is None


def test_all_indexes_stay_within_the_bound(tmp_path: Path) -> None:
    """M5: the least recently used indexes go when the bound is passed; `reclaim` drops those first too."""
    paths = [write(tmp_path / f"file-{number}") for number in range(12)]
    one = LineIndexes(stride=1, settle=0)
    learn(one, paths[0])
    indexes = LineIndexes(5 * one.held(), stride=1, settle=0)
    for path in paths:
        learn(indexes, path)
        assert known(indexes, paths[0], 1500)[0] is not None
        assert indexes.held() <= indexes.bound
    assert len(indexes) == 5
    assert known(indexes, paths[1], 1500)[0] is None
    freed = indexes.reclaim(one.held() + 1)
    assert freed == 2 * one.held()
    assert len(indexes) == 3
    assert known(indexes, paths[0], 1500)[0] is not None
    assert indexes.reclaim(10**9) == 3 * one.held()
    assert indexes.held() == len(indexes) == indexes.reclaim(1) == 0


def test_many_threads_learn_and_forget(tmp_path: Path) -> None:
    """M5: reads, appends and reclaims from many threads leave a true index and a true sum."""
    paths = [write(tmp_path / f"file-{number}") for number in range(4)]
    indexes = LineIndexes(60_000, stride=1, settle=0)
    wrong: list[object] = []

    def work(seed: int) -> None:
        chance = Random(seed)
        for _ in range(25):
            path, line = chance.choice(paths), chance.randrange(1, LINES)
            learn_from(indexes, path)
            if chance.random() < 0.2:
                indexes.reclaim(chance.randrange(20_000))
            start, total = known(indexes, path, line)
            if total not in {None, LINES} or (start is not None and start.offset != (start.number - 1) * 20):
                wrong.append((path, line, start, total))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert indexes.held() <= indexes.bound
    assert indexes.reclaim(10**9) <= indexes.bound
    assert indexes.held() == 0


def learn_from(indexes: LineIndexes, path: str) -> None:
    """As `learn`, but from where the index leads."""
    with windowed(path) as (source, windows):
        track = indexes.track(source, windows)
        assert track is not None
        start = track.start(LINES)
        number = 1
        if start is not None:
            number = start.number
            source.seek(start.offset)
            windows.start(start.offset, start.encoding)
        for block in blocks(source, windows):
            track.note(number, block)
            number += windows.count(block.fresh, block.stop)
        track.finish(Total(number - 1), changed=False)
