"""Memory watched, asked for, given back, and what is said when that is in vain: M1, M2, M3, M4, M6."""

from __future__ import annotations

import asyncio
import gc
import itertools
import logging
import os
import platform
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from streamtools.database import Database
from streamtools.errors import InvalidArgument
from streamtools.files.listings import LISTINGS
from streamtools.held import Reclaimable
from streamtools.history import BoundedHistory, Call, HistoryLimits
from streamtools.limits import MIB
from streamtools.match.databases import WAITING
from streamtools.searching import grep
from streamtools.sessions import PressureMonitor, SessionManager, Settings, machine
from streamtools.sessions.pressure import Reading
from streamtools.sessions.reclaiming import Collector, Owners, Rank
from streamtools.sessions.report import memory_report, recording, write
from streamtools.text.lineindex import INDEXES
from streamtools.toolset.seen import Seen
from tests.sessions.conftest import Clock

BUDGET = 1000 * MIB


class Owner:
    """Something that holds memory, and gives it back or does not."""

    def __init__(self, name: str, size: int, *, gives: bool = True) -> None:
        self.name = name
        self.size = size
        self.gives = gives
        self.asked: list[tuple[int, bool]] = []

    def held(self) -> int:
        """Its bytes."""
        return self.size

    def reclaim(self, target: int, *, urgent: bool = False) -> int:
        """Give back what is asked for."""
        self.asked.append((target, urgent))
        freed = min(target, self.size) if self.gives else 0
        self.size -= freed
        return freed


class Watched:
    """A monitor of a process whose memory is what the test says, less what owners gave back."""

    def __init__(self, clock: Clock, reports: Path, *owners: tuple[Rank, Owner]) -> None:
        self.base = 0
        self.groups: tuple[machine.Group, ...] = ()
        self.stalls: machine.Stalls | None = None
        self.owners = owners
        self.alerts: list[str] = []
        self.told: list[str] = []
        self.clock = clock
        self.monitor = PressureMonitor(
            lambda: BUDGET,
            read=lambda: Reading(self.base + sum(owner.size for _, owner in owners), self.groups, self.stalls),
            told=lambda sample: self.told.append(sample.level),
            alert=self.alerts.append,
            reports=str(reports),
            clock=clock,
        )
        for rank, owner in owners:
            self.monitor.watch(rank, lambda owner=owner: [owner])  # type: ignore[misc]

    def at(self, share: float) -> str:
        """The level when so much of the budget is in use."""
        self.base = int(share * BUDGET) - sum(owner.size for _, owner in self.owners)
        self.clock.now += self.monitor.interval
        self.monitor.sample()
        return self.monitor.level


def test_levels_have_hysteresis(clock: Clock, tmp_path: Path) -> None:
    """M1: elevated at 80 %, critical at 90 %, left 5 % below; sampled every 30 s when calm and every second else."""
    watched = Watched(clock, tmp_path)
    steps = [
        (0.79, "normal"),
        (0.80, "elevated"),
        (0.76, "elevated"),
        (0.89, "elevated"),
        (0.90, "critical"),
        (0.86, "critical"),
        (0.849, "elevated"),
        (0.899, "elevated"),
        (0.751, "elevated"),
        (0.749, "normal"),
        (0.79, "normal"),
        (0.95, "critical"),
        (0.76, "elevated"),
        (0.95, "critical"),
        (0.10, "normal"),
    ]
    for share, level in steps:
        assert watched.at(share) == level, share
        assert watched.monitor.interval == (30 if level == "normal" else 1)
    told = [level for at, level in enumerate(watched.told) if at == 0 or watched.told[at - 1] != level]
    assert told == ["normal", "elevated", "critical", "elevated", "normal", "critical", "elevated", "critical", "normal"]


def test_owners_are_asked_in_order_and_no_more_than_needed(clock: Clock, tmp_path: Path) -> None:
    """M1, M2: caches, then events, then idle sessions, then conversations, down to 75 %; urgently only when it is critical."""
    cache, events = Owner("cache", 20 * MIB), Owner("events", 10 * MIB)
    idle, talk = Owner("idle sessions", 30 * MIB), Owner("history s1", 400 * MIB)
    small = Owner("history s2", MIB // 2)
    watched = Watched(
        clock,
        tmp_path,
        (Rank.CONVERSATION, small),
        (Rank.CONVERSATION, talk),
        (Rank.IDLE, idle),
        (Rank.EVENTS, events),
        (Rank.CACHE, cache),
    )
    assert watched.at(0.76) == "normal"
    assert not any(owner.asked for _, owner in watched.owners)
    assert watched.at(0.81) == "elevated"
    assert (cache.size, events.size, idle.size) == (0, 0, 0)
    assert cache.asked == [(60 * MIB, False)]
    assert not talk.asked, "60 MB were free by then"
    assert watched.at(0.92) == "critical"
    assert talk.asked == [(170 * MIB, True)]
    assert talk.size == 230 * MIB
    assert not small.asked, "a conversation that holds little is not compacted for others' memory"
    assert not watched.alerts


def test_a_conversation_is_asked_for_half_at_most_and_not_for_others_memory(clock: Clock, tmp_path: Path) -> None:
    """M2: conversations with less than a tenth of the process are left alone, however urgent it is; else each gives half at most."""
    talk = Owner("history s1", 90 * MIB)
    watched = Watched(clock, tmp_path, (Rank.CONVERSATION, talk))
    assert watched.at(0.95) == "critical"
    assert not talk.asked
    large = Owner("history s1", 120 * MIB)
    watched = Watched(clock, tmp_path, (Rank.CONVERSATION, large))
    assert watched.at(0.95) == "critical"
    assert large.asked == [(60 * MIB, True)]


def test_conversations_of_sessions_are_compacted_for_memory_and_say_so(clock: Clock, tmp_path: Path, database: Database) -> None:
    """M1, M2: with real sessions: idle ones go to disk first; a leased one that holds much loses its oldest half, its neighbour with little nothing."""
    manager = SessionManager(database=database, settings=Settings())
    with manager.session("idle") as idle:
        idle.history.add_user("x" * 10_000)
    large = HistoryLimits(bytes=MIB * 100, tokens=10**9, turn_bytes=10**9, turn_tokens=10**9, message_tokens=10**9)
    rss = [0]
    monitor = PressureMonitor(lambda: 20 * MIB, read=lambda: Reading(rss[0]), reports=str(tmp_path), clock=clock)
    monitor.watch(Rank.CONVERSATION, manager.conversations)
    monitor.watch(Rank.IDLE, lambda: [manager])
    with manager.session("much") as much, manager.session("little") as little:
        much.history = BoundedHistory("much", limits=large)
        for number in range(40):
            much.history.add_user(f"{number} " + "x" * 200_000)
        little.history.add_user("keep")
        little.history.add_user("this")
        rss[0] = 19 * MIB
        monitor.sample()
        assert [row.id for row in manager.listed() if row.process] == ["little", "much"]
        assert 3 * MIB < much.history.held() < 6 * MIB
        assert much.history.stats().compactions == {"memory": 1}
        assert much.history.stats().last_reason == "memory"
        assert little.history.stats().compactions == {}
        assert little.history.stats().messages == 2
    manager.shutdown()


def test_memory_held_elsewhere_is_two_rounds_and_one_alert(clock: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """M2: usage that never falls: two rounds, then silence, and one sentence that says who holds what; again after usage changed by 5 %."""
    cache = Owner("line indexes", 5 * MIB, gives=False)
    watched = Watched(clock, tmp_path, (Rank.CACHE, cache))
    for _ in range(100):
        watched.at(0.92)
    assert len(cache.asked) == 2
    assert len(watched.alerts) == 1
    assert "unmanaged memory: 920.0 MB of 1,000.0 MB, critical" in watched.alerts[0]
    assert "line indexes 5.0 MB" in watched.alerts[0]
    assert watched.alerts[0] in caplog.text
    for _ in range(100):
        watched.at(0.96)
    assert len(cache.asked) == 2, "not yet 5 %"
    for _ in range(100):
        watched.at(0.98)
    assert len(cache.asked) == 4
    assert len(watched.alerts) == 1, "at most one in 300 s"
    watched.at(0.5)
    clock.minutes(5)
    for _ in range(100):
        watched.at(0.98)
    assert len(cache.asked) == 6
    assert len(watched.alerts) == 2


def test_a_round_that_frees_is_not_in_vain(clock: Clock, tmp_path: Path) -> None:
    """M2: as long as memory comes back there are more rounds."""
    cache = Owner("cache", 100 * BUDGET)
    watched = Watched(clock, tmp_path, (Rank.CACHE, cache))
    for _ in range(20):
        watched.at(0.92)
    assert len(cache.asked) == 20
    assert not watched.alerts


def test_control_groups_and_stalls_count_too(clock: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """M4: the fullest of budget and control groups decides; stalls elevate, and never more; the log says which it was."""
    cache = Owner("cache", 100 * MIB)
    watched = Watched(clock, tmp_path, (Rank.CACHE, cache))
    with caplog.at_level(logging.INFO, "streamtools"):
        watched.groups = (machine.Group(190 * MIB, 200 * MIB), machine.Group(100 * MIB, BUDGET))
        assert watched.at(0.2) == "critical"
        assert cache.asked == [(40 * MIB, True)]
        assert "by control group (95% in use)" in caplog.text
        watched.groups = ()
        assert watched.at(0.2) == "normal"
        watched.stalls = machine.Stalls(20.0, 10.0)
        assert watched.at(0.2) == "elevated"
        assert cache.asked[-1] == (20 * MIB, False)
        assert "by stalls" in caplog.text


def test_usage_is_logged_every_30_seconds(clock: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """M6: one line of usage and who holds what every 30 s, also while samples come every second."""
    watched = Watched(clock, tmp_path, (Rank.CACHE, Owner("line indexes", 5 * MIB, gives=False)))
    with caplog.at_level(logging.INFO, "streamtools"):
        for _ in range(95):
            watched.at(0.85)
    lines = [record for record in caplog.messages if "held: line indexes 5.0 MB" in record and record.startswith("memory: 850.0 MB")]
    assert len(lines) == 4


def test_owners_and_callbacks_that_fail_stop_nothing(clock: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """M1: an owner that raises is logged, the others are asked; so is a callback."""

    class Bad(Owner):
        def held(self) -> int:
            raise RuntimeError("no size")

    class Worse(Owner):
        def reclaim(self, target: int, *, urgent: bool = False) -> int:
            raise RuntimeError(f"no reclaim of {target}, {urgent}")

    good = Owner("good", 100 * MIB)
    owners = (Bad("bad", 0), Worse("worse", MIB), good)
    monitor = PressureMonitor(
        lambda: BUDGET, read=lambda: Reading(900 * MIB), told=lambda _: 1 // 0, alert=lambda _: 1 // 0, reports=str(tmp_path), clock=clock
    )
    for owner in owners:
        monitor.watch(Rank.CACHE, lambda owner=owner: [owner])  # type: ignore[misc]
    for _ in range(3):
        clock.now += 1
        monitor.sample()
    assert good.asked
    assert "no size" in caplog.text
    assert "no reclaim" in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_a_system_that_does_not_tell_is_said_once(clock: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """M4: no /proc and no psutil: no samples, one sentence, reports still work."""
    monitor = PressureMonitor(lambda: BUDGET, read=lambda: Reading(None), reports=str(tmp_path), clock=clock)
    assert [monitor.sample() for _ in range(3)] == [None] * 3
    assert caplog.text.count("pip install psutil") == 1
    assert "the system does not tell" in monitor.report()
    assert monitor.collect() == 0


def test_a_report_is_written_once_by_itself_at_1536_mb(clock: Clock, tmp_path: Path) -> None:
    """M6: when the process reaches 1536 MB, once; private, with who holds what, the system's numbers and the objects by type."""
    rss = [1535 * MIB]
    monitor = PressureMonitor(lambda: 8000 * MIB, read=lambda: Reading(rss[0]), reports=f"{tmp_path}/reports", clock=clock)
    monitor.watch(Rank.CACHE, lambda: [Owner("line indexes", 5 * MIB)])
    monitor.sample()
    assert not (tmp_path / "reports").exists()
    for _ in range(3):
        rss[0] += MIB
        monitor.sample()
    (path,) = (tmp_path / "reports").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text()
    assert "1,536.0 MB of 8,000.0 MB, normal" in text
    assert "5,242,880  line indexes" in text
    assert "builtins.dict (" in text
    if sys.platform == "linux":
        assert "Private_Dirty" in text


def test_a_report_beside_an_event_loop_harms_nobody() -> None:
    """M6: asyncio's freed iterators are left alone: before Python 3.12.6 a report that looked at them hung the next collection."""
    code = """
import asyncio, gc
from streamtools.sessions.report import memory_report
async def main():
    future = asyncio.get_running_loop().create_future()
    iter(future)
    for _ in range(3):
        memory_report("", [])
        gc.collect()
        await asyncio.sleep(0)
    future.set_result("done")
    print(await future)
asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")


def test_the_census_finds_what_leaks() -> None:
    """M6: many small objects stand at the top of the report; text inside containers counts about once however often it is shared."""

    class Leaked:
        __slots__ = ("text",)

        def __init__(self, number: int) -> None:
            self.text = f"leaked text {number}"

    kept = [Leaked(number) for number in range(100_000)]
    shared = ["s" * 50_000_000] * 1000
    lines = memory_report("", []).splitlines()
    of = {line.split()[1]: (int(line.split()[0].replace(",", "")), line) for line in lines if line.startswith("  ") and "," in line}
    size, line = next(found for name, found in of.items() if name.endswith("Leaked"))
    assert "(100,000)" in line
    assert size >= 100_000 * 32
    assert 25_000_000 < of["str"][0] < 100_000_000, "the shared text about once, the others too"
    assert len(kept) + len(shared) == 101_000


def test_old_reports_go(tmp_path: Path) -> None:
    """M6: the newest twenty are kept, and no name is used twice."""
    names = [write("text", str(tmp_path)) for _ in range(25)]
    assert len(set(names)) >= 20
    assert len(list(tmp_path.iterdir())) == 20
    assert os.path.exists(names[-1])


def test_it_runs_in_a_thread_or_an_event_loop_until_it_is_stopped(tmp_path: Path) -> None:
    """M1: a thread of its own, or any thread of a host; stopping does not wait for the next sample, and twice is once."""
    seen = threading.Event()
    monitor = PressureMonitor(lambda: BUDGET, told=lambda _: seen.set(), reports=str(tmp_path))
    monitor.start()
    assert seen.wait(60)
    monitor.ask_for_report()
    while not list(tmp_path.iterdir()):
        pass
    monitor.stop()
    monitor.stop()

    async def run() -> None:
        other = PressureMonitor(lambda: BUDGET, told=lambda _: loop.call_soon_threadsafe(running.set), reports=str(tmp_path))
        loop, running = asyncio.get_running_loop(), asyncio.Event()
        task = asyncio.create_task(asyncio.to_thread(other.run))
        await running.wait()
        other.stop()
        await task

    asyncio.run(run())


#: 300 MB of strings that an owner drops when it is asked; prints the resident memory before, after dropping alone, and after a round.
FREED = """
import gc, sys
from streamtools.sessions import PressureMonitor, machine
from streamtools.sessions.pressure import Rank
own = machine.OwnMemory()
begin = own.bytes()

class Results:
    name = "results"
    def __init__(self):
        self.kept = [f"{number} " + "x" * 100_000 for number in range(3000)]
        # What keeps a heap from shrinking by itself: something small that lives on behind what dies.
        self.pins = [bytes(600) for number in range(3000)]
    def held(self):
        return sum(map(len, self.kept))
    def reclaim(self, target, *, urgent=False):
        freed = self.held()
        self.kept.clear()
        gc.collect()
        print(own.bytes() - begin)
        return freed

results = Results()
full = own.bytes()
print(full - begin)
monitor = PressureMonitor(lambda: int(full / 0.95))
monitor.watch(Rank.CACHE, lambda: [results])
monitor.sample()
print(own.bytes() - begin)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is asked to give memory back")
def test_memory_of_dead_strings_goes_back_to_the_system() -> None:
    """M3: 300 MB of strings die at a reclaim; the process shrinks by most of it in that round, measured by the system."""
    done = subprocess.run([sys.executable, "-c", FREED], capture_output=True, text=True, check=True)
    full, dropped, after = (int(line) / MIB for line in done.stdout.split())
    print(f"resident: {full:.0f} MB full, {dropped:.0f} MB when the strings were dropped, {after:.0f} MB after the round")
    assert full > 250
    assert after < 0.2 * full


def test_garbage_is_collected_on_request_and_seldom_else(clock: Clock) -> None:
    """M6, M1: on request always; in rounds at most a twentieth of the time."""
    monitor = PressureMonitor(lambda: BUDGET, clock=clock)

    class Node:
        def __init__(self) -> None:
            self.me = self
            self.block = bytes(10 * MIB)

    Node()
    assert monitor.collect() >= 0
    ticks = itertools.count()
    collector = Collector(lambda: float(next(ticks)))
    gc.disable()
    try:
        before = gc.get_stats()[2]["collections"]
        for _ in range(100):
            collector.collect()
        assert gc.get_stats()[2]["collections"] - before == 5, "each took a second, and a hundred passed"
        collector.collect(asked=True)
        assert gc.get_stats()[2]["collections"] - before == 6
    finally:
        gc.enable()


def test_what_keeps_memory_between_calls_says_so_and_gives_it_back(tmp_path: Path, database: Database) -> None:
    """M1, M5: line indexes, search patterns, folders, coverage, histories, tiers and idle sessions are all owners that can be asked."""
    (tmp_path / "a.txt").write_text("needle\n" * 10)
    grep("need[l]e", str(tmp_path), engine="auto")
    seen = Seen()
    seen.shown("a", (1, 2, 3, 4), ("read",), 1, 10, None)
    history = BoundedHistory("s1")
    history.add_user("go")
    history.add_assistant("next", [Call("c1", "shell", b"{}")])
    with SessionManager(database=database, settings=Settings()) as manager:
        owners: list[Reclaimable] = [INDEXES, WAITING, LISTINGS, seen, history, manager]
        for owner in owners:
            assert isinstance(owner, Reclaimable), owner
            assert owner.held() >= 0
        assert WAITING.reclaim(10**9) == 0, "compiling again is not cheap"
        for owner in owners:
            owner.reclaim(10**9, urgent=True)
        assert WAITING.held() == LISTINGS.held() == seen.held() == 0
        assert Owners().held() == []


def test_memray_records_a_window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """M6: a recording of some seconds or until the end; without memray, or without seconds, one clear sentence."""
    pytest.importorskip("memray")
    code = f"""
import threading, time
from streamtools.sessions.report import recording
with recording(0.2, {str(tmp_path)!r}) as path:
    kept = bytearray(20_000_000)
    thread = next(one for one in threading.enumerate() if one.name == "streamtools-memray")
    thread.join()
with recording(1000, {str(tmp_path)!r}) as path:
    pass
"""
    subprocess.run([sys.executable, "-c", code], check=True)
    from memray import FileReader

    peaks = sorted(FileReader(str(path)).metadata.peak_memory for path in tmp_path.iterdir())
    assert len(peaks) == 2
    assert peaks[1] >= 20_000_000
    with pytest.raises(InvalidArgument, match="must be above 0"), recording(0, str(tmp_path)):
        pass
    monkeypatch.setitem(sys.modules, "memray", None)
    with pytest.raises(InvalidArgument, match="pip install memray"), recording(1, str(tmp_path)):
        pass


def test_a_report_can_be_asked_for_by_a_signal(tmp_path: Path) -> None:
    """M6: SIGUSR1 in a process that installed it: a report, and the process goes on."""
    code = f"""
import signal, sys
from streamtools.sessions import PressureMonitor
monitor = PressureMonitor(lambda: 10**9, reports={str(tmp_path)!r})
signal.signal(signal.SIGUSR1, lambda *_: monitor.ask_for_report())
monitor.start()
print("up", flush=True)
sys.stdin.readline()
monitor.stop()
"""
    with subprocess.Popen([sys.executable, "-c", code], stdin=-1, stdout=-1, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "up\n"
        child.send_signal(signal.SIGUSR1)
        while not [path for path in tmp_path.iterdir() if path.read_text().endswith("\n")]:
            assert child.poll() is None
        child.communicate("\n", timeout=60)
        assert child.returncode == 0
