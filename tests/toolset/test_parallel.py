"""Calls of an event loop: equal to serial ones, few at a time, cancelled at the next window; P5, T13, T10, T6."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

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
        hold.set()
        await asyncio.gather(*searches, return_exceptions=True)

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
