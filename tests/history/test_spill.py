"""Texts too large for a conversation: streamed to disk, found again, cleaned up."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import stat
import subprocess
import sys
from collections.abc import Callable

import pytest

from streamtools import grep, read
from streamtools.database import Database
from streamtools.errors import InvalidArgument, NotFound
from streamtools.history.spill import SpillLimits, SpillStore, is_handle
from streamtools.limits import KIB, MIB, Limits
from tests.history.tracing import traced

DAY = 86_400.0
Opened = Callable[[object], Database]
Stores = Callable[..., SpillStore]


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still."""
    return Clock()


@pytest.fixture
def store_in(opened: Opened) -> Stores:
    """Make a store with a database of its own."""

    def make(folder: object, clock: Clock | None = None, **limits: float) -> SpillStore:
        return SpillStore(database=opened(folder), limits=SpillLimits(**limits), clock=clock or Clock())  # type: ignore[arg-type]

    return make


def spilled(store: SpillStore, name: str, size: int, session: str = "s1") -> str:
    """Spill ``size`` bytes and return the handle."""
    with store.writer(session, name) as out:
        out.write(b"0123456789abcde\n" * (size // 16))
        return out.finish().handle


def test_only_what_passes_the_cap_makes_a_file(tmp_path: object, store_in: Stores) -> None:
    """H2: a small result has no handle and no file; a large one has both, and Read and Grep open it like a path."""
    store = store_in(tmp_path)
    with store.writer("s1", "small") as out:
        out.write("a few words\n")
        small = out.finish()
    assert (small.text, small.handle, small.whole) == ("a few words\n", "", True)
    assert os.listdir(f"{tmp_path}/spill") == []
    with store.writer("s1", "toolu_01") as out:
        for number in range(100_000):
            out.write(f"line {number}\n")
        large = out.finish()
    assert large.handle == "spill://s1/toolu_01"
    assert is_handle(large.handle)
    assert len(large.text.encode()) <= 50 * KIB
    assert large.text.rstrip().endswith("goes on]")
    assert (large.lines, large.saved, large.whole) == (100_000, large.bytes, False)
    path = store.path(large.handle)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert read(path, offset=77_778, limit=1).lines[0].text == "line 77777"
    assert [line.number for line in grep("line 54321$", path).lines] == [54_322]


def test_a_small_output_of_many_or_long_lines_is_saved_too(tmp_path: object, store_in: Stores) -> None:
    """C of the field reports: 3000 short lines are below the byte cap, yet cut, so the whole must be behind the handle."""
    store = store_in(tmp_path)
    for data in (b"x\n" * 3000, b"y" * 3000):
        with store.writer("s1", "t") as out:
            out.write(data)
            result = out.finish()
        assert not result.whole
        with open(store.path(result.handle), "rb") as file:
            assert file.read() == data


def test_the_whole_is_never_in_memory(tmp_path: object, store_in: Stores) -> None:
    """H2: 64 MiB in pieces of 64 KiB pass through less than 1 MiB of memory."""
    store = store_in(tmp_path)
    piece = b"0123456789abcde\n" * 4096
    spilled(store, "warm-up", MIB)
    with store.writer("s1", "big") as out, traced() as taken_now:
        for _ in range(1024):
            out.write(piece)
        result = out.finish()
        taken = taken_now().peak
    assert result.saved == 64 * MIB
    assert taken < MIB


def test_asynchronous_producers_get_the_same(tmp_path: object, store_in: Stores) -> None:
    """H2, P5: `awriter` gives what `writer` gives; a task that is cancelled leaves neither file nor row."""
    store = store_in(tmp_path)

    async def produce(name: str, *, stop: bool) -> str:
        async with store.awriter("s1", name) as out:
            for number in range(50_000):
                await out.write(f"line {number}\n")
                if stop and number == 30_000:
                    raise asyncio.CancelledError
            return (await out.finish()).text

    with store.writer("s1", "sync") as out:
        for number in range(50_000):
            out.write(f"line {number}\n")
        expected = out.finish().text
    assert asyncio.run(produce("async", stop=False)) == expected.replace("s1/sync", "s1/async")
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(produce("stopped", stop=True))
    assert sorted(os.listdir(f"{tmp_path}/spill/s1")) == ["async.txt", "sync.txt"]
    with pytest.raises(NotFound):
        store.path("spill://s1/stopped")


def test_handles_are_stable_safe_and_never_taken_twice(tmp_path: object, store_in: Stores) -> None:
    """H2: a second text of one name gets its own handle; names that lead out of the folder become digests."""
    store = store_in(tmp_path)
    assert [spilled(store, "t1", 60_000) for _ in range(3)] == ["spill://s1/t1", "spill://s1/t1-2", "spill://s1/t1-3"]
    odd = spilled(store, "../../etc/passwd", 60_000, session="../x")
    assert os.path.realpath(store.path(odd)).startswith(os.path.realpath(f"{tmp_path}/spill/"))
    for wrong in ("spill://s1/../../state", "spill://s1", "/etc/passwd", "spill://./x", "spill://s1/a/b"):
        with pytest.raises(InvalidArgument):
            store.path(wrong)
    with pytest.raises(NotFound, match="nothing was spilled under that name"):
        store.path("spill://s1/unknown")


def test_seven_days_after_the_last_use(tmp_path: object, clock: Clock, store_in: Stores) -> None:
    """H7: unread text goes after 7 days, by itself at the next start; reading begins the days anew; the handle says when it went."""
    store = store_in(tmp_path, clock)
    old, again = spilled(store, "old", 60_000), spilled(store, "again", 60_000)
    clock.now += 5 * DAY
    path = store.path(again)
    clock.now += 3 * DAY
    store = store_in(tmp_path, clock)
    assert os.path.exists(path)
    with pytest.raises(NotFound, match=r"expired on 2027-01-23 .* UTC: it was kept for 7 days after its last use"):
        store.path(old)
    clock.now += 91 * DAY
    store.sweep()
    with pytest.raises(NotFound, match="nothing was spilled"):
        store.path(old)


def test_a_long_running_process_cleans_up_too(tmp_path: object, clock: Clock, store_in: Stores) -> None:
    """H7: no restart is needed: the next text that is spilled sweeps."""
    store = store_in(tmp_path, clock)
    spilled(store, "old", 60_000)
    clock.now += 8 * DAY
    spilled(store, "new", 60_000)
    assert os.listdir(f"{tmp_path}/spill/s1") == ["new.txt"]


def test_never_while_somebody_refers_to_it(tmp_path: object, clock: Clock, store_in: Stores) -> None:
    """H7: a lease holds a text for ever; a released one has 7 days from then; a lease of a killed process is none."""
    store = store_in(tmp_path, clock)
    handle, other = spilled(store, "kept", 60_000), spilled(store, "other", 60_000)
    store.lease(handle, "history s1")
    code = """
import os, signal, sys
from streamtools.database import Database
from streamtools.history.spill import SpillStore
SpillStore(database=Database(sys.argv[1])).lease(sys.argv[2], "child")
os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", code, f"{tmp_path}/state.db", other], check=False)
    clock.now += 100 * DAY
    assert store.sweep() == 1
    store.path(handle)
    with pytest.raises(NotFound):
        store.lease(other, "too late")
    store.release("history s1")
    clock.now += 6 * DAY
    assert store.sweep() == 0
    clock.now += 2 * DAY
    assert store.sweep() == 1


def test_a_full_quota_makes_room_and_then_says_so(tmp_path: object, clock: Clock, store_in: Stores) -> None:
    """H7: the text not used for longest goes first, leased ones never; when nothing may go, the new text is incomplete and says so."""
    store = store_in(tmp_path, clock, session_bytes=300_000, total_bytes=450_000)
    handles = []
    for number in range(4):
        handles.append(spilled(store, f"t{number}", 96_000))
        clock.now += 60
    with pytest.raises(NotFound, match="a quota was full"):
        store.path(handles[0])
    for handle in handles[1:]:
        store.lease(handle, "me")
    with store.writer("s1", "more") as out:
        out.write(b"0123456789abcde\n" * 12_000)
        result = out.finish()
    assert result.saved < 192_000
    assert f"only its first {result.saved:,} bytes were saved: a quota" in result.text
    assert os.path.getsize(store.path(result.handle)) == result.saved
    spilled(store, "elsewhere", 96_000, session="s2")
    total = sum(os.path.getsize(os.path.join(folder, name)) for folder, _, names in os.walk(f"{tmp_path}/spill") for name in names)
    assert total <= 450_000


def test_a_full_disk_is_told_and_hurts_no_tool(tmp_path: object) -> None:
    """H7: where the system refuses to write on (here by RLIMIT_FSIZE), the tool ends well, the beginning is saved, the result says so."""
    code = """
import resource, signal, sys
from streamtools.database import Database
from streamtools.history.spill import SpillStore
store = SpillStore(database=Database(sys.argv[1]))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
with store.writer("s1", "t") as out:
    for number in range(400_000):
        out.write(f"line {number}\\n")
    result = out.finish()
print(result.lines, result.saved, result.text[-300:])
"""
    done = subprocess.run([sys.executable, "-c", code, f"{tmp_path}/state.db"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("400000 1048576 ")
    assert "only its first 1,048,576 bytes were saved: " in done.stdout
    assert "file too large" in done.stdout
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 1 << 20


def test_a_locked_database_hurts_no_tool(tmp_path: object, monkeypatch: pytest.MonkeyPatch, store_in: Stores, opened: Opened) -> None:
    """H7: while another process holds the write lock for too long, the result is capped and says that nothing was saved."""
    monkeypatch.setattr("streamtools.database._BUSY_SECONDS", 0.05)
    store = store_in(tmp_path)
    with opened(tmp_path).transaction(), store.writer("s1", "t") as out:
        out.write(b"0123456789abcde\n" * 10_000)
        result = out.finish()
    assert (result.handle, result.lines) == ("", 10_000)
    assert "nothing of it was saved" in result.text
    assert "locked" in result.text


def test_nothing_on_disk_where_that_is_wanted(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """H2: persist=False caps all the same, writes nothing anywhere, and says what that costs."""
    monkeypatch.setenv("XDG_STATE_HOME", f"{tmp_path}/state")
    store = SpillStore(persist=False)
    result = store.save("s1", "t", "word " * 50_000)
    assert result.handle == ""
    assert "the rest was not kept (persist=False)" in result.text
    assert store.paste("s1", "short").text == "short"
    assert not os.path.exists(f"{tmp_path}/state")
    with pytest.raises(NotFound, match="persist=False"):
        store.path("spill://s1/t")


def test_pasted_text_is_the_same_store(tmp_path: object, clock: Clock, store_in: Stores) -> None:
    """H7: pasted text has a handle whatever its size; the same text is kept once; it goes like all others."""
    store = store_in(tmp_path, clock)
    first, second, long = store.paste("s1", "hello"), store.paste("s1", "hello"), store.paste("s1", "wörter " * 20_000)
    assert first == second
    assert first.text == "hello"
    assert not long.whole
    assert sorted(os.listdir(f"{tmp_path}/spill/s1")) == sorted(
        handle.rpartition("/")[2] + ".txt" for handle in (first.handle, long.handle)
    )
    with open(store.path(long.handle), encoding="utf-8") as file:
        assert file.read() == "wörter " * 20_000
    clock.now += 8 * DAY
    assert store.sweep() == 2
    assert store.paste("s1", "hello").text == "hello"


@pytest.mark.skipif(not os.path.isdir("/dev/shm"), reason="a folder in memory is needed")
def test_a_folder_in_memory_is_told(tmp_path: object, caplog: pytest.LogCaptureFixture, store_in: Stores, opened: Opened) -> None:
    """H7: spilling to tmpfs is no spilling: a warning says so, in the log and to the caller."""
    with caplog.at_level(logging.WARNING, "streamtools.history"):
        folder = f"/dev/shm/streamtools-test-{os.getpid()}"
        store = SpillStore(folder, database=opened(tmp_path))
    os.rmdir(folder)
    assert "tmpfs" in store.warning
    assert store.warning in caplog.text
    assert store_in(tmp_path).warning == "" or "tmpfs" in store_in(tmp_path).warning


def test_what_a_killed_process_left_is_readable_and_goes_in_time(tmp_path: object, clock: Clock, store_in: Stores) -> None:
    """H7: kill -9 while spilling: what came to disk can be read, and is cleaned up like the rest; files without a row too."""
    code = """
import os, signal, sys
from streamtools.database import Database
from streamtools.history.spill import SpillStore
store = SpillStore(database=Database(sys.argv[1]))
with store.writer("s1", "t") as out:
    out.write(b"0123456789abcde\\n" * 100_000)
    os.kill(os.getpid(), signal.SIGKILL)
"""
    store = store_in(tmp_path, clock)
    subprocess.run([sys.executable, "-c", code, f"{tmp_path}/state.db"], check=False)
    assert read(store.path("spill://s1/t"), limit=1).lines[0].text == "0123456789abcde"
    stray = f"{tmp_path}/spill/s1/stray.txt"
    with open(stray, "w", encoding="utf-8") as file:
        file.write("no row knows me")
    os.utime(stray, (clock.now - 2 * DAY, clock.now - 2 * DAY))
    clock.now += 8 * DAY
    assert store.sweep() == 2
    assert os.listdir(f"{tmp_path}/spill/s1") == []


def test_a_lower_cap_spills_sooner(tmp_path: object, store_in: Stores) -> None:
    """T3: the caps are the caller's to lower."""
    store = store_in(tmp_path)
    result = store.save("s1", "t", "some words\n" * 400, limits=Limits(bytes=2048))
    assert len(result.text.encode()) <= 2048
    assert result.saved == 4400


def test_processes_that_clean_up_at_once_do_not_disturb_each_other(tmp_path: object) -> None:
    """H7: two processes spill, fill the quota and sweep one folder, each removing under the other's hands: none fails, no handle is given twice."""
    code = """
import os, sys
from streamtools.database import Database
from streamtools.history.spill import SpillLimits, SpillStore
folder, who = sys.argv[1:]
with Database(f"{folder}/state.db") as database:
    store = SpillStore(database=database, limits=SpillLimits(session_bytes=2_000_000))
    for number in range(40):
        stray = f"{folder}/spill/old/{number}.txt"
        os.makedirs(os.path.dirname(stray), exist_ok=True)
        open(stray, "w").close()
        try:
            os.utime(stray, (1, 1))
        except FileNotFoundError:
            pass
        made = store.save("s", "same", f"{who} {number}\\n" * 10_000)
        store.sweep()
        with open(store.path(made.handle)) as file:
            assert file.readline() == f"{who} {number}\\n"
        print(made.handle)
"""
    processes = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", code, str(tmp_path), who], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for who in ("one", "two")
    ]
    handles: list[str] = []
    for process in processes:
        out, error = process.communicate(timeout=100)
        assert process.returncode == 0, error
        handles += out.split()
    assert len(handles) == len(set(handles)) == 80
