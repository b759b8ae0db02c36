"""Leases against clean-ups in every order: S1, S2, S3."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from streamtools.errors import StateError, StreamtoolsError, TooManySessions
from streamtools.sessions.leasing import Leasing, Reason
from tests.sessions.scheduling import Condition, Scheduler

_NAMES = ("a", "b", "c")
_SECONDS = 10.0
_INTERLEAVINGS = 100_000
_PARTS = 4


class Thing:
    """Something that notices when it is used after it was closed."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.users = 0
        self.closed = False
        self.done: Reason | None = None


class World:
    """Two users, a sweeper and whoever shuts down, over at most two things of three names, with a clock that only the sweeper moves."""

    def __init__(self, seed: int, kind: type[Leasing[Thing]]) -> None:
        self.random = Random(seed)
        self.scheduler = Scheduler(self.random)
        self.now = 0.0
        self.alive: dict[str, Thing] = {}
        self.closed: list[Reason] = []
        self.leasing = kind(2, _SECONDS, settle=self._settle, drop=self._drop, failed=self._failed, clock=lambda: self.now)
        changed: Any = Condition(self.scheduler)
        self.leasing._changed = changed

    def run(self) -> tuple[int, ...]:
        """Run one order of things; return who had which turn."""
        choices = self.random.choices(_NAMES, (4, 1, 1), k=4)
        self.scheduler.run(lambda: self._use(choices[:2]), lambda: self._use(choices[2:]), self._sweep)
        # The last user is gone: whatever is left can be closed.
        self.leasing.end(0)
        assert not self.alive
        assert len(self.leasing) == 0
        return tuple(self.scheduler.trace)

    def _use(self, names: list[str]) -> None:
        for name in names:
            try:
                with self.leasing.lease(name, lambda name=name: self._make(name)) as thing:  # type: ignore[misc]
                    thing.users += 1
                    for _ in range(2):
                        assert not thing.closed, "a leased thing was closed"
                        self.scheduler.pause()
                    assert not thing.closed, "a leased thing was closed"
                    thing.done = "completed" if self.random.random() < 0.2 else None
                    thing.users -= 1
            except TooManySessions:
                assert sum(thing.users for thing in self.alive.values()) >= 1, "refused although nothing was in use"

    def _sweep(self) -> None:
        for _ in range(6):
            self.now += _SECONDS
            self.leasing.sweep()

    def _make(self, name: str) -> Thing:
        self.scheduler.pause()
        assert name not in self.alive, "opened anew before the last one was closed"
        assert len(self.alive) < 2, "too many at once"
        thing = self.alive[name] = Thing(name)
        self.scheduler.pause()
        return thing

    def _settle(self, thing: Thing) -> Reason | None:
        assert not thing.closed
        self.scheduler.pause()
        return thing.done

    def _drop(self, thing: Thing, reason: Reason) -> None:
        for _ in range(2):
            assert thing.users == 0, "closed while leased"
            assert not thing.closed, "closed twice"
            self.scheduler.pause()
        thing.closed = True
        del self.alive[thing.name]
        self.closed.append(reason)

    def _failed(self, _: Thing, error: StreamtoolsError) -> None:
        raise AssertionError(error)


class CheckThenAct(Leasing[Thing]):
    """The fault to be caught: it looks whether a deadline has passed, and acts on it a moment later, as a timer that has fired does."""

    def _expired(self) -> Any:  # noqa: ANN401 (what `Leasing` has inside)
        with self._changed:
            over = [name for name, deadline in self._deadlines.items() if deadline <= self._clock()]
            found = [(name, self._entries[name]) for name in over[:1]]
        with self._changed:
            for name, entry in found:
                self._begin_to_close(name, entry)
        return found[0] if found else None


@pytest.mark.parametrize("part", range(_PARTS))
def test_a_leased_thing_is_never_closed_in_a_hundred_thousand_orders(part: int) -> None:
    """S2: whatever the order of leases, ends, sweeps, evictions and closings, nobody holds a closed thing, none is open twice or closed twice."""
    orders, closed = set(), set()
    for seed in range(part, _INTERLEAVINGS, _PARTS):
        world = World(seed, Leasing)
        orders.add(hash(world.run()))
        closed.update(world.closed)
    assert len(orders) > 0.9 * _INTERLEAVINGS / _PARTS, "the orders must differ"
    assert closed == {"idle", "limit", "completed", "shutdown"}, "each way of closing must have been on the way"


def test_the_race_test_catches_check_then_act() -> None:
    """S2: the same test finds the fault that timers have: a lease between the look and the closing."""
    found = 0
    for seed in range(2_000):
        try:
            World(seed, CheckThenAct).run()
        except (AssertionError, KeyError):
            found += 1
    assert found > 10


def test_pending_cleanups_are_cancelled_by_new_work() -> None:
    """S1, S2: a lease shortly before the deadline moves it; the least recently used idle one goes when there are too many."""
    now, gone = 0.0, []

    def drop(name: str, reason: Reason) -> None:
        gone.append((name, reason))

    leasing = Leasing[str](
        3, 60.0, settle=lambda _: None, drop=drop, failed=lambda *_: pytest.fail("nothing fails here"), clock=lambda: now
    )

    def use(name: str) -> None:
        with leasing.lease(name, lambda: name):
            pass

    for name in "abc":
        use(name)
        now += 10
    now = 59.0
    use("a")
    now = 69.5
    with leasing.lease("b", lambda: "b"):
        now = 200.0
        assert leasing.sweep() == 2
        assert gone == [("c", "idle"), ("a", "idle")], "b is in use, a and c are over their time"
    assert leasing.sweep() == 0
    gone.clear()
    for name in "acbd":
        use(name)
    assert gone == [("a", "limit")]
    with leasing.lease("b", lambda: "b"), leasing.lease("c", lambda: "c"), leasing.lease("d", lambda: "d"):
        with pytest.raises(TooManySessions, match="all 3 sessions are in use"):
            use("e")
        assert not leasing.close("b")
    assert leasing.close("b")
    assert leasing.close("b")
    assert leasing.end(0) == 0
    assert [reason for _, reason in gone] == ["limit", "asked", "shutdown", "shutdown"]
    with pytest.raises(StateError, match="shut down"):
        use("a")


def test_deadlines_are_one_each_however_often_a_thing_is_leased() -> None:
    """S1: what is kept for clean-ups does not grow with the number of leases."""
    leasing = Leasing[int](2, 60.0, settle=lambda _: None, drop=lambda *_: None, failed=lambda *_: None)
    for number in range(10_000):
        with leasing.lease(str(number % 3), lambda: 0):
            pass
    assert len(leasing._deadlines) == len(leasing) == 2
    with leasing.lease("1", lambda: 0):
        assert "1" not in leasing._deadlines


def test_what_cannot_be_dropped_stays_and_is_tried_again() -> None:
    """S3: a failing drop keeps the thing, tells it, and lets the next try do it; at the end it goes all the same."""
    now, broken, told = 0.0, True, []

    def drop(name: str, reason: Reason) -> None:
        if broken:
            raise StateError("the disk is full")

    leasing = Leasing[str](
        1, 60.0, settle=lambda _: None, drop=drop, failed=lambda name, error: told.append((name, str(error))), clock=lambda: now
    )
    with leasing.lease("a", lambda: "a"):
        pass
    now = 61.0
    assert leasing.sweep() == 0
    assert told == [("a", "the disk is full")]
    with pytest.raises(StateError, match="disk is full"), leasing.lease("b", lambda: "b"):
        pass
    with leasing.lease("a", lambda: "new") as thing:
        assert thing == "a"
    broken = False
    now = 130.0
    assert leasing.sweep() == 1
    with leasing.lease("a", lambda: "new") as thing:
        assert thing == "new"
    broken = True
    assert leasing.end(0) == 0
    assert len(told) == 2


def test_a_thing_that_cannot_be_made_leaves_nothing() -> None:
    """S1: an error while something is opened is the opener's, and the next one may open it."""
    leasing = Leasing[str](1, 60.0, settle=lambda _: None, drop=lambda *_: None, failed=lambda *_: None)

    def fail() -> str:
        raise StateError("no")

    with pytest.raises(StateError, match="no"), leasing.lease("a", fail):
        pass
    assert len(leasing) == 0
    with leasing.lease("a", lambda: "made") as thing:
        assert thing == "made"
