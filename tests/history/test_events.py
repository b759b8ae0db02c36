"""Streams of events against a real server on loopback."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

import pytest

from streamtools.errors import InvalidArgument
from streamtools.held import Reclaimable
from streamtools.history.events import BoundedEvents, Event, bounded_events, rings, session_of, slim
from streamtools.limits import MIB
from tests.history.tracing import traced

httpx = pytest.importorskip("httpx")
pytest.importorskip("starlette")
pytest.importorskip("uvicorn")


class Server:
    """The server in a process of its own."""

    def __init__(self) -> None:
        script = os.path.join(os.path.dirname(__file__), "sse_server.py")
        self.process = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.url = f"http://127.0.0.1:{int(self.process.stdout.readline())}"

    async def events(self, closed: list[str] | None = None, **query: float) -> AsyncGenerator[Event, None]:
        """Yield events as a client of a usual server does."""
        try:
            async with httpx.AsyncClient(timeout=30) as client, client.stream("GET", f"{self.url}/events", params=query) as response:
                async for line in response.aiter_lines():
                    if line.startswith("data: "):
                        yield json.loads(line[6:])
        finally:
            if closed is not None:
                closed.append("closed")

    async def told(self) -> dict[str, Any]:
        """What the server says of itself."""
        async with httpx.AsyncClient(timeout=30) as client:
            return dict((await client.get(f"{self.url}/open")).json())

    async def until_closed(self) -> None:
        """Return once the server has noticed that all its clients are gone."""
        while (await self.told())["open"]:  # noqa: ASYNC110 (another process tells)
            await asyncio.sleep(0.01)

    async def delete(self, session: str) -> None:
        """Delete a remote session."""
        async with httpx.AsyncClient(timeout=30) as client:
            (await client.delete(f"{self.url}/session/{session}")).raise_for_status()


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that runs."""
    made = Server()
    yield made
    made.process.kill()
    made.process.wait()
    assert made.process.stdout is not None
    made.process.stdout.close()


@asynccontextmanager
async def opened(source: AsyncGenerator[Event, None], **more: Any) -> AsyncIterator[BoundedEvents]:  # noqa: ANN401 (handed on)
    """Open a stream of session s1."""
    async with bounded_events(source, session="s1", **more) as events:
        yield events


def test_only_the_own_session_projected_and_in_order(server: Server) -> None:
    """E1: of 1000 events of two sessions those of s1 come, in order, without outputs, long texts cut; the last 200 are kept."""

    async def run() -> None:
        numbers: list[int] = []
        async with opened(server.events(count=1000, size=5000), flush_seconds=0.001, keep=200) as events:
            async for batch in events:
                for event in batch:
                    assert session_of(event) == "s1"
                    assert "output" not in event["properties"]["state"]
                    assert len(event["properties"]["state"]["title"]) < 600
                    numbers.append(event["number"])
            stats = events.stats()
            assert (stats.seen, stats.foreign) == (1000, 500)
            assert len(numbers) + stats.dropped == 500
            assert numbers == sorted(numbers)
            assert [event["number"] for event in events.ring] == list(range(600, 1000, 2))
            assert stats.held < 500_000

    asyncio.run(run())


@pytest.mark.slow
def test_outputs_of_ten_megabytes_leave_nothing(server: Server) -> None:
    """E3: twenty events of 10 MB, ten of them our own: after them less than 1 MB more is held than before."""

    async def run() -> int:
        async with opened(server.events(count=20, size=10_000_000), flush_seconds=0.001) as events:
            with traced() as taken:
                async for _ in events:
                    pass
                assert len(events.ring) == 10
                assert taken().peak < 150 * MIB
                return taken().now

    assert asyncio.run(run()) < MIB


@pytest.mark.parametrize("way", ["break", "error", "cancel", "end"])
def test_every_way_out_closes_the_stream(server: Server, way: str) -> None:
    """E1: break, error, cancellation and the end all close the source, and the server sees its client go."""
    closed: list[str] = []

    async def read() -> None:
        async with opened(server.events(closed, count=20 if way == "end" else 0, pause=0.001)) as events:
            async for batch in events:
                assert batch
                if way == "break":
                    break
                if way == "error":
                    raise ZeroDivisionError
                if way == "cancel":
                    raise asyncio.CancelledError

    async def run() -> None:
        try:
            await read()
        finally:
            assert closed == ["closed"]
            await server.until_closed()

    if way in {"break", "end"}:
        asyncio.run(run())
    else:
        with pytest.raises((ZeroDivisionError, asyncio.CancelledError)):
            asyncio.run(run())


def test_a_task_that_is_cancelled_from_outside_closes_too(server: Server) -> None:
    """E1: cancelling the task while it waits for a batch closes the source before the task ends."""
    closed: list[str] = []

    async def read() -> None:
        async with opened(server.events(closed, pause=0.05)) as events:
            async for _ in events:
                pass

    async def run() -> None:
        task = asyncio.create_task(read())
        while not (await server.told())["open"]:  # noqa: ASYNC110 (another process tells)
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert closed == ["closed"]
        await server.until_closed()

    asyncio.run(run())


def test_a_reader_that_is_dead_fills_nothing(server: Server) -> None:
    """E1: nobody reads; 3000 events come; at most 50 wait, the others are counted as dropped, and the server is not held up."""

    async def run() -> None:
        async with opened(server.events(count=6000, size=1000), keep=50) as events:
            while events.stats().seen < 6000:  # noqa: ASYNC110 (counts what came)
                await asyncio.sleep(0.01)
            assert len(events._waiting) == len(events.ring) == 50
            assert events.stats().dropped == 2950
            assert events.held() < 500_000
            batch = await anext(events)
            assert [event["number"] for event in batch] == list(range(5900, 6000, 2))

    asyncio.run(run())


def test_a_server_that_dies_is_an_error_for_the_reader(server: Server) -> None:
    """E1: kill -9 of the server: what came is given out, then the client's error is raised, and the source is closed."""
    closed: list[str] = []

    async def run() -> int:
        count = 0
        async with opened(server.events(closed, pause=0.001)) as events:
            async for batch in events:
                count += len(batch)
                server.process.kill()
        return count

    with pytest.raises(httpx.TransportError):
        asyncio.run(run())
    assert closed == ["closed"]


CLIENT = """
import asyncio, sys
from streamtools.history.events import bounded_events
from tests.history.test_events import Server

async def main():
    server = Server.__new__(Server)
    server.url = sys.argv[1]
    async with bounded_events(server.events(count=0, size=1_000_000), session="s1", flush_seconds=0.001) as events:
        async for batch in events:
            print(len(batch), flush=True)

asyncio.run(main())
"""


def test_a_client_that_dies_holds_nothing_up(server: Server) -> None:
    """E1: kill -9 of a client in the middle of large events: the server lets its stream go, and the next client is served."""
    with subprocess.Popen([sys.executable, "-c", CLIENT, server.url], stdout=subprocess.PIPE) as client:
        assert client.stdout is not None
        assert client.stdout.readline()
        client.kill()

    async def run() -> None:
        await server.until_closed()
        async with opened(server.events(count=10, size=10), flush_seconds=0.001) as events:
            assert sum([len(batch) async for batch in events]) == 5

    asyncio.run(run())


def test_batches_are_a_tenth_of_a_second_apart(server: Server) -> None:
    """E2: an event each millisecond gives few batches: at the earliest one in flush_seconds, and none is lost."""

    async def run() -> None:
        stamps: list[float] = []
        count = 0
        async with opened(server.events(count=300, pause=0.001), flush_seconds=0.1) as events:
            async for batch in events:
                stamps.append(asyncio.get_running_loop().time())
                count += len(batch)
        assert count == 150
        apart = [b - a for a, b in pairwise(stamps[:-1])]
        assert min(apart, default=0.1) >= 0.099

    asyncio.run(run())


def test_the_remote_session_is_deleted_and_a_failure_is_logged(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    """E2: after the block the remote session is gone; where that fails it is logged, and hides no error of the block."""

    async def run() -> None:
        async with opened(server.events(count=4), delete=server.delete):
            pass
        assert (await server.told())["deleted"] == ["s1"]
        with pytest.raises(ZeroDivisionError):
            async with bounded_events(server.events(count=4), session="stuck", delete=server.delete):
                raise ZeroDivisionError

    with caplog.at_level(logging.WARNING, "streamtools.history"):
        asyncio.run(run())
    assert "the remote session stuck was not deleted" in caplog.text


def test_a_source_that_never_waits_lets_others_run() -> None:
    """E1, P5: a stream that always has a next event, as when a client's buffer is full, holds up neither its reader nor the loop."""
    closed: list[str] = []

    async def source() -> AsyncGenerator[Event, None]:
        number = 0
        try:
            while True:
                number += 1
                yield {"session": "s1", "number": number}
        finally:
            closed.append("closed")

    async def run() -> None:
        count = 0
        async with opened(source(), flush_seconds=0.001) as events:
            async for batch in events:
                count += len(batch)
                if count > 1000:
                    break
            assert len(events.ring) == 200
        assert closed == ["closed"]

    asyncio.run(asyncio.wait_for(run(), 60))


def test_a_server_that_does_not_answer_a_deletion_holds_nobody_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """E2: after its time the block ends, and the log says that the session may still be there."""
    monkeypatch.setattr("streamtools.history.events._DELETING", 0.01)

    async def source() -> AsyncGenerator[Event, None]:
        yield {"session": "s1"}

    async def delete(_: str) -> None:
        await asyncio.Event().wait()

    async def run() -> None:
        async with opened(source(), delete=delete):
            pass

    with caplog.at_level(logging.WARNING, "streamtools.history"):
        asyncio.run(asyncio.wait_for(run(), 60))
    assert "the remote session s1 was not deleted: TimeoutError" in caplog.text


def test_a_source_that_fails_to_close_hides_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """E1, E2: its error is logged; the block's own error comes out, and the remote session is deleted all the same."""
    deleted: list[str] = []

    async def source() -> AsyncGenerator[Event, None]:
        try:
            while True:
                yield {"session": "s1"}
                await asyncio.sleep(0.001)
        finally:
            raise RuntimeError("the connection is broken")

    async def delete(session: str) -> None:
        deleted.append(session)

    async def run(error: Exception | None) -> None:
        async with opened(source(), delete=delete, flush_seconds=0.001) as events:
            assert await anext(events)
            if error is not None:
                raise error

    with caplog.at_level(logging.WARNING, "streamtools.history"):
        asyncio.run(run(None))
        with pytest.raises(ZeroDivisionError):
            asyncio.run(run(ZeroDivisionError()))
    assert deleted == ["s1", "s1"]
    assert "an event stream ended badly: the connection is broken" in caplog.text


def test_it_gives_back_and_checks_its_bound() -> None:
    """M1, T15: the ring is Reclaimable; what waits for a reader goes only if it is urgent; a bound below 1 is refused."""

    async def source() -> AsyncGenerator[Event, None]:
        for number in range(100):
            yield {"session": "s1", "number": number, "text": "t" * 200}

    async def run() -> None:
        async with opened(source()) as events:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert isinstance(events, Reclaimable)
            assert rings() == [events]
            assert len(events.ring) == len(events._waiting) == 100
            assert events.reclaim(2000) >= 2000
            assert len(events._waiting) == 100
            assert events.reclaim(10**9, urgent=True) > 0
            assert events.held() == 0
        assert rings() == []
        with pytest.raises(InvalidArgument, match="keep must be at least 1"):
            async with opened(source(), keep=0):
                pass

    asyncio.run(run())


def test_slim_is_small_whatever_comes() -> None:
    """E1: deep, wide and long events are cut to a bounded size; numbers and names stay."""
    deep: dict[str, Any] = {"id": 1, "ok": True, "none": None}
    deep["again"] = deep
    wide = {f"key{number}": ["v" * 10_000] * 1000 for number in range(1000)}
    for event in (deep, wide, {"a": wide, "b": [wide] * 100}, {"output": "x" * 10**6, "id": 7}):
        assert len(json.dumps(slim(event))) < 20_000
    assert slim({"id": 7, "output": "x", "part": {"title": "t", "attachments": [1]}}) == {"id": 7, "part": {"title": "t"}}
