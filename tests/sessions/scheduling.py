"""A cooperative scheduler: real code with locks, in an order that a seed decides.

Only one actor runs at a time. It may lose its turn wherever it takes a lock, and wherever a test says `Scheduler.pause` (where
real code would wait for a disk). Nothing is observable in between, since nothing else may look at what a lock guards.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from greenlet import GreenletExit, getcurrent, greenlet


class Deadlock(AssertionError):
    """All that are left wait for each other."""


class Scheduler:
    """Runs actors to their ends; ``trace`` is who had which turn."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._waiting: set[greenlet] = set()
        self._hub = getcurrent()
        self._over = False
        self.trace: list[int] = []

    def run(self, *actors: Callable[[], object]) -> None:
        """Run all; what one raises is raised."""
        left = [greenlet(actor) for actor in actors]
        try:
            self._run(left)
        finally:
            # After an error: what the others still do on their way out is done at once.
            self._over = True
            for actor in left:
                if actor:
                    actor.throw()

    def _run(self, left: list[greenlet]) -> None:
        numbers = {actor: number for number, actor in enumerate(left)}
        while left:
            able = [actor for actor in left if actor not in self._waiting]
            if not able:
                raise Deadlock(self.trace)
            actor = able[int(self._random.random() * len(able))]
            self.trace.append(numbers[actor])
            actor.switch()
            if actor.dead:
                left.remove(actor)

    def pause(self) -> None:
        """Give the turn back; outside of actors nothing happens."""
        if not self._over and getcurrent() is not self._hub:
            self._hub.switch()

    def wait(self) -> None:
        """Give the turn back until `wake`."""
        if self._over:
            raise GreenletExit
        self._waiting.add(getcurrent())
        self._hub.switch()

    def wake(self) -> None:
        """Let all that wait go on."""
        self._waiting.clear()


class Condition:
    """What code uses of `threading.Condition`."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    def __enter__(self) -> None:
        self._scheduler.pause()

    def __exit__(self, *_: object) -> None:
        pass

    def wait(self) -> None:
        """Wait for `notify_all`."""
        self._scheduler.wait()

    def wait_for(self, predicate: Callable[[], bool], _: float) -> bool:
        """Wait until something holds, however long that takes."""
        while not predicate():
            self._scheduler.wait()
        return True

    def notify_all(self) -> None:
        """Wake whoever waits."""
        self._scheduler.wake()
