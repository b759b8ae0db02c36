"""Calls of an event loop: equal to serial ones, few at a time, cancelled at the next window; P5, T13, T10, T6."""

from __future__ import annotations

import asyncio
import os
import random
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from streamtools.results import ToolResult
from streamtools.toolset import Toolset, lanes


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A file of many windows, and a tree that is worth helpers."""
    (tmp_path / "big.log").write_text("".join(f"{number} plain line of a log\n" for number in range(400_000)))
    for folder in range(20):
        (tmp_path / f"d{folder:02}").mkdir()
        for number in range(30):
            (tmp_path / f"d{folder:02}" / f"f{number:02}.py").write_text(f"def needle_{folder}_{number}():\n    return {number}\n")
    return tmp_path


@pytest.fixture
def tools(project: Path) -> Iterator[Toolset]:
    """A toolset on the project."""
    with Toolset([project]) as found:
        yield found


def test_64_parallel_calls_give_what_serial_ones_give(tools: Toolset, project: Path) -> None:
    """T10, P5: searches of the big file and the tree, listings, deep and small reads, all at once; then one after the other."""
    calls: list[tuple[str, dict[str, object]]] = []
    for number in range(16):
        calls += [
            ("grep", {"pattern": f"{number}[0-9]999 plain", "path": "big.log"}),
            ("grep", {"pattern": f"needle_[0-9]+_{number}\\b", "head_limit": 15}),
            ("glob", {"pattern": f"f{number:02}.py"}),
            ("read", {"path": "big.log", "offset": 20_000 * number + 1, "limit": 50}),
        ]

    async def together() -> list[str]:
        return [result.text for result in await asyncio.gather(*(tools.acall(name, given) for name, given in calls))]

    parallel = asyncio.run(together())
    threads = sum(thread.name.startswith("streamtools") for thread in threading.enumerate())
    assert threads <= 6, "each has a window of its own"
    with Toolset([project]) as fresh:
        serial = [fresh.call(name, given).text for name, given in calls]
    assert list(map(_lasting, parallel)) == list(map(_lasting, serial))
    assert sum("999 plain" in text for text in serial) >= 10
    assert sum("needle_" in text for text in serial) >= 16


def _lasting(text: str) -> list[str]:
    """The lines of a result without the one that depends on which calls came before."""
    return [line for line in text.splitlines() if not line.startswith("[shown so far: ")]


class _Counting(lanes.Watch):
    """Tells the test when a call is at its third window, waits there for what the test does, and counts the looks behind that."""

    reached: threading.Event
    going: threading.Event
    looks = 0

    def passed(self) -> Literal["deadline", "cancelled"] | None:
        type(self).looks += 1
        if self.looks == 3:
            self.reached.set()
            assert self.going.wait(60)
        return super().passed()


@pytest.mark.parametrize(
    ("name", "given"),
    [("grep", {"pattern": "nosuch.*thing$", "path": "big.log"}), ("read", {"path": "big.log", "offset": 399_000}), ("glob", {})],
)
def test_a_cancelled_call_stops_at_its_next_window(
    tools: Toolset, name: str, given: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """T13, P5: cancelled at its third window, a call looks at the time no more than once or twice again, and its thread is free."""
    monkeypatch.setattr(lanes, "Watch", _Counting)
    monkeypatch.setattr(_Counting, "reached", threading.Event(), raising=False)
    monkeypatch.setattr(_Counting, "going", threading.Event(), raising=False)
    monkeypatch.setattr(_Counting, "looks", 0)
    ended = threading.Event()
    inner = tools._call

    def watched(*arguments: object) -> object:
        try:
            return inner(*arguments)  # type: ignore[arg-type]
        finally:
            ended.set()

    monkeypatch.setattr(tools, "_call", watched)

    async def cancelled() -> None:
        task = asyncio.create_task(tools.acall(name, given))
        await asyncio.to_thread(_Counting.reached.wait, 60)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not ended.is_set(), "the caller does not wait for the thread"
        _Counting.going.set()
        await asyncio.to_thread(ended.wait, 60)

    asyncio.run(cancelled())
    assert ended.is_set()
    assert 3 <= _Counting.looks <= 5


def test_a_call_that_is_cancelled_in_the_queue_never_begins(tools: Toolset, monkeypatch: pytest.MonkeyPatch) -> None:
    """T13: what waits behind others and is cancelled opens nothing; reads do not wait behind searches."""
    begun: list[str] = []
    hold, busy = threading.Event(), threading.Semaphore(0)
    inner = tools._call

    def watched(name: str, arguments: object, call: lanes.Call) -> object:
        if name == "grep":
            begun.append(str(arguments))
            busy.release()
            assert hold.wait(60)
        return inner(name, arguments, call)

    monkeypatch.setattr(tools, "_call", watched)

    async def run() -> None:
        searches = [asyncio.create_task(tools.acall("grep", {"pattern": f"p{number}"})) for number in range(5)]
        await asyncio.to_thread(busy.acquire)
        read = await tools.acall("read", {"path": "d00/f00.py"})
        assert read.text.startswith("1\tdef needle_0_0")
        for task in searches[1:]:
            task.cancel()
        # a cancel is only a wish until the loop has told the calls
        ended = await asyncio.gather(*searches[1:], return_exceptions=True)
        assert all(isinstance(one, asyncio.CancelledError) for one in ended)
        hold.set()
        await searches[0]

    asyncio.run(run())
    assert len(begun) == 1


def test_calls_of_one_turn_at_once_stay_within_its_bytes(tools: Toolset) -> None:
    """P4: parallel calls each get something, and together no more than the turn has."""

    async def together() -> list[str]:
        calls = (tools.acall("read", {"path": "big.log", "offset": 1000 * number + 1}) for number in range(12))
        return [result.text for result in await asyncio.gather(*calls)]

    with tools.turn(tokens=10**6, bytes=60_000) as turn:
        texts = asyncio.run(together())
    given = [text for text in texts if not text.startswith("[nothing is left")]
    assert len(given) >= 2
    assert sum(len(text.encode()) for text in given) <= 60_000
    assert turn.bytes == 60_000 - sum(len(text.encode()) for text in given)


def test_closing_cancels_what_runs_and_lets_nothing_begin(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """T12, T13: no folder is closed under a call, whose descriptor could be another folder's; what runs gives what it has."""
    monkeypatch.setattr(lanes, "Watch", _Counting)
    monkeypatch.setattr(_Counting, "reached", threading.Event(), raising=False)
    monkeypatch.setattr(_Counting, "going", threading.Event(), raising=False)
    monkeypatch.setattr(_Counting, "looks", 0)
    tools = Toolset([project])
    found: list[ToolResult] = []
    given = {"pattern": "nosuch.*thing$", "path": "big.log"}
    caller = threading.Thread(target=lambda: found.append(tools.call("grep", given)))
    caller.start()
    assert _Counting.reached.wait(60)
    closer = threading.Thread(target=tools.close)
    closer.start()
    while not tools._running.closed:
        threading.Event().wait(0.001)
    assert os.path.samestat(os.fstat(tools.roots._roots[0][0]), os.stat(project)), "it is open as long as the call runs"
    late = tools.call("read", {"path": "big.log"})
    assert (late.is_error, late.text) == (True, "this toolset is closed: its session has ended")
    _Counting.going.set()
    closer.join(60)
    caller.join(60)
    assert found[0].data["stopped"] == "cancelled"
    assert tools.roots.folders == ()
    tools.close()
    assert asyncio.run(tools.acall("read", {"path": "big.log"})) == late
    assert not any(thread.name.startswith("streamtools") for thread in threading.enumerate())


def test_calls_that_wait_when_it_closes_are_answered(project: Path) -> None:
    """T13, P5: closed in the middle of 40 calls, each comes to an end of its own, with a result or a sentence, none as if cancelled."""

    async def run() -> list[ToolResult | BaseException]:
        tools = Toolset([project])
        calls = [("grep", {"pattern": "9 plain", "path": "big.log"}), ("glob", {}), ("read", {"path": "big.log", "offset": 399_000})]
        tasks = [asyncio.create_task(tools.acall(*calls[number % 3])) for number in range(40)]
        await tasks[2]
        tools.close()
        return await asyncio.gather(*tasks, return_exceptions=True)

    results = asyncio.run(run())
    assert all(isinstance(one, ToolResult) for one in results)
    assert any(isinstance(one, ToolResult) and one.is_error and "closed" in one.text for one in results)


def test_calls_that_are_cancelled_at_any_moment_lose_no_place(tools: Toolset) -> None:
    """T13, P5: of 300 calls half are cancelled before, while and after they run; the others are right, and every place is free again."""
    chance = random.Random(7)
    calls: list[tuple[str, dict[str, object]]] = [
        ("grep", {"pattern": "399999 plain", "path": "big.log"}),
        ("grep", {"pattern": "needle_1_1\\b"}),
        ("read", {"path": "d00/f00.py"}),
        ("grep", {"pattern": "("}),
    ]

    async def storm() -> list[ToolResult | BaseException]:
        tasks = []
        for _ in range(300):
            tasks.append(asyncio.create_task(tools.acall(*chance.choice(calls), progress=lambda _: None)))
            if chance.random() < 0.5:
                await asyncio.sleep(chance.random() / 500)
            if chance.random() < 0.6:
                chance.choice(tasks).cancel()
        return await asyncio.gather(*tasks, return_exceptions=True)

    results = asyncio.run(storm())
    assert 30 < sum(isinstance(one, asyncio.CancelledError) for one in results) < 300
    assert {type(one) for one in results} == {ToolResult, asyncio.CancelledError}
    for lane in (True, False):
        assert tools._lanes._turns[lane]._free == 1
        assert not tools._lanes._turns[lane]._waiting
    assert not tools._running._calls


def test_a_loop_that_ends_under_calls_harms_nobody(tools: Toolset, project: Path) -> None:
    """P5, T13: calls are left behind in a loop that is stopped and closed; they end by themselves, and the next loop is served."""
    with (project / "hole").open("wb") as file:
        file.truncate(1 << 40)
    loop = asyncio.new_event_loop()
    begun = threading.Semaphore(0)
    given = {"pattern": "x", "path": "hole", "text": True}

    def tell(_: int) -> None:
        begun.release()
        loop.stop()

    tasks = [loop.create_task(tools.acall("grep", given, progress=tell)) for _ in range(3)]
    loop.run_forever()
    assert begun.acquire(timeout=0)
    for task in tasks:
        task.cancel()
    loop.call_soon(loop.stop)
    loop.run_forever()
    loop.close()
    assert asyncio.run(tools.acall("grep", {"pattern": "needle_1_1\\b"})).text.startswith("d01/f01.py:1:")
