"""Threads that take turns, and a call that tells how far it is; P5, P3."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from streamtools.toolset import Toolset, lanes
from streamtools.toolset.lanes import Turns


@pytest.mark.parametrize("most", [1, 2, 3])
def test_no_more_than_so_many_run_at_once_and_all_come_to_their_end(most: int) -> None:
    """P5: eight threads that give way at every step, some of them failing: never too many inside, and no place is lost."""
    turns, lock = Turns(most), threading.Lock()
    inside = highest = finished = 0

    def step(change: int) -> None:
        nonlocal inside, highest
        with lock:
            inside += change
            highest = max(highest, inside)

    def work(number: int) -> None:
        nonlocal finished
        try:
            with turns:
                step(1)
                for _ in range(300):
                    step(-1)
                    turns.give_way()
                    step(1)
                step(-1)
                if number % 2:
                    raise ZeroDivisionError
        except ZeroDivisionError:
            pass
        with lock:
            finished += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert finished == 8
    assert inside == 0
    assert highest <= most
    with turns:
        turns.give_way()


def test_the_others_come_in_their_order() -> None:
    """P5: who waits longest is next, so that a small read is never passed by."""
    turns = Turns(1)
    order: list[int] = []

    def work(number: int) -> None:
        with turns:
            order.append(number)

    threads = []
    with turns:
        for number in range(5):
            threads.append(threading.Thread(target=work, args=(number,)))
            threads[-1].start()
            while len(turns._waiting) <= number:
                threading.Event().wait(0.001)
        turns.give_way()
        assert order == list(range(5))
    for thread in threads:
        thread.join(60)


def test_a_call_tells_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """P3: in the loop's own thread, rising, and silent when nobody asked."""
    monkeypatch.setattr(lanes, "_TELLS", 0)
    (tmp_path / "log").write_text("plain line\n" * 400_000)
    told: list[tuple[int, bool]] = []

    async def ask(tools: Toolset) -> None:
        here = threading.get_ident()
        given = {"pattern": "nosuch", "path": "log"}
        await tools.acall("grep", given, progress=lambda passed: told.append((passed, threading.get_ident() == here)))
        await tools.acall("grep", given)

    with Toolset([tmp_path]) as tools:
        asyncio.run(ask(tools))
    numbers = [passed for passed, _ in told]
    assert len(numbers) > 10
    assert numbers == list(range(1, len(numbers) + 1))
    assert all(here for _, here in told)


def test_calls_of_a_runner_take_no_turns(tmp_path: Path) -> None:
    """W1: what runs elsewhere does not keep others waiting here: three that wait for each other come to their end."""
    from streamtools.results import ToolResult

    meeting = threading.Barrier(3)

    def runner(name: str, arguments: object, **_: object) -> ToolResult:
        meeting.wait(60)
        return ToolResult(name)

    async def ask(tools: Toolset) -> list[ToolResult]:
        return list(await asyncio.gather(*(tools.acall("read", {"path": "x"}) for _ in range(3))))

    with Toolset([tmp_path], runner=runner) as tools:
        assert [one.text for one in asyncio.run(ask(tools))] == ["read"] * 3
