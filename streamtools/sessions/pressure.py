"""Watches the memory of this process, asks for some back when it grows short, and says who has it when that is in vain."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Final, Literal

from streamtools.limits import MIB
from streamtools.logs import logger
from streamtools.sessions import machine
from streamtools.sessions.reclaiming import Collector, Find, Holding, Owners, Rank, megabytes, table
from streamtools.sessions.report import memory_report, write
from streamtools.tuples import NamedTuple

Level = Literal["normal", "elevated", "critical"]

_UP: Final[dict[Level, float]] = {"elevated": 0.80, "critical": 0.90}
_DOWN: Final = 0.05
#: What a round wants to come down to.
_LOW: Final = 0.75
#: A round that brings less than this share of what it wanted was in vain.
_WORTH: Final = 0.1
#: Per cent of 10 s in which tasks waited for memory, as GLib's medium level: then caches go, however small this process is.
_STALLED: Final = 5.0
_CALM: Final = 30.0
_TENSE: Final = 1.0
_ALERTS: Final = 300.0
_REPORT_AT: Final = 1536 * MIB
_log: Final = logger("sessions")


class Reading(NamedTuple):
    """What was measured: bytes of this process and of its control groups, and pressure stalls. None: the system does not tell."""

    rss: int | None
    groups: tuple[machine.Group, ...] = ()
    stalls: machine.Stalls | None = None


class Sample(NamedTuple):
    """How it stands: ``usage`` is the largest share in use of budget and limits, of ``cause``; ``wanted`` bytes are over 75 % of that."""

    rss: int
    budget: int
    usage: float
    cause: Literal["budget", "control group", "stalls"]
    wanted: int
    level: Level


class PressureMonitor:
    """Samples memory every 30 s, every second under pressure, and acts on it.

    At 80 % of ``budget()`` (or of a control group's limit) the level is elevated: owners of memory are asked for what is over 75 %; at 90 %
    it is critical: they are asked urgently. A level is left 5 % below where it was entered. Stalls for memory elevate too. After each
    round garbage is collected (at most 5 % of the time) and free memory given to the system, and what that brought is
    measured. After two rounds in vain there are no more until usage has changed by 5 %; then an alert says who holds what,
    at most every 300 s, to the log and to ``alert``. Usage is logged every 30 s; ``told`` gets the sample then, and when the level
    changes. A report is written to ``reports`` (by default in the state folder) on request, and once by itself at 1536 MB.

    `start` runs it in a thread until `stop`; an event loop may await ``asyncio.to_thread(monitor.run)``, or call `sample` itself
    every ``interval`` seconds. Nothing here raises for what owners and callbacks do.

    Memory: O(1); while it reports, see `memory_report`.
    """

    def __init__(
        self,
        budget: Callable[[], int],
        *,
        read: Callable[[], Reading] | None = None,
        told: Callable[[Sample], object] | None = None,
        alert: Callable[[str], object] | None = None,
        reports: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._budget = budget
        self._own = machine.OwnMemory()
        self._read = read if read is not None else self._reading
        self._told = told
        self._alert = alert
        self._reports = reports
        self._clock = clock
        self._owners = Owners()
        self._collector = Collector(clock)
        self._level: Level = "normal"
        self._in_vain = 0
        self._latched: float | None = None
        self._next_log = self._next_alert = float("-inf")
        self._reported = self._blind = False
        self._wanted_report = False
        self._stopped = False
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    # What it knows

    @property
    def level(self) -> Level:
        """The level of the last sample."""
        return self._level

    @property
    def interval(self) -> float:
        """Seconds until the next sample is due."""
        return _CALM if self._level == "normal" else _TENSE

    def watch(self, rank: Rank, find: Find) -> None:
        """Ask the owners that ``find()`` returns for memory, in the order of ranks."""
        self._owners.add(rank, find)

    def held(self) -> list[Holding]:
        """Return who holds how much, the largest first."""
        return self._owners.held()

    # Running

    def start(self) -> None:
        """Run in a thread until `stop`."""
        self._thread = threading.Thread(target=self.run, name="streamtools-memory", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Let `run` end; waits for the thread that `start` made. A second time does nothing."""
        self._stopped = True
        self._wake.set()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join()

    def run(self) -> None:
        """Sample until `stop`, and write the reports that are asked for."""
        try:
            while not self._stopped:
                self._safely(self.sample)
                self._wake.wait(self.interval)
                self._wake.clear()
                if self._wanted_report:
                    self._wanted_report = False
                    self._safely(self.write_report)
        finally:
            self._own.close()

    def ask_for_report(self) -> None:
        """Let `run` write a report soon; may be called from a signal handler."""
        self._wanted_report = True
        self._wake.set()

    # What it does

    def sample(self) -> Sample | None:
        """Measure, act, log; return how it stands, None where the system does not tell."""
        sample = self._measured()
        if sample is None:
            return None
        changed = sample.level != self._level
        self._level = sample.level
        if sample.level == "normal":
            self._in_vain, self._latched = 0, None
        elif self._latched is None or abs(sample.usage - self._latched) >= _DOWN:
            if self._latched is not None:
                self._in_vain, self._latched = 0, None
            self._round(sample)
        now = self._clock()
        if now >= self._next_log:
            self._next_log = now + _CALM
            _log.info("memory: %s; held: %s", _words(sample), table(self.held()))
            changed = True
        if changed and self._told is not None:
            self._safely(partial(self._told, sample))
        if sample.rss >= _REPORT_AT and not self._reported:
            self._reported = True
            self._safely(self.write_report)
        return sample

    def collect(self) -> int:
        """Collect garbage and give free memory to the system now; return by how many bytes the process shrank."""
        before = self._read().rss
        self._collector.collect(asked=True)
        after = self._read().rss
        return max(before - after, 0) if before is not None and after is not None else 0

    def report(self) -> str:
        """Return the memory report as text; see `memory_report`."""
        sample = self._measured()
        return memory_report(_words(sample) if sample is not None else "the system does not tell", self.held())

    def write_report(self) -> str:
        """Write the memory report to a file and return its name. Raises a `FileError`."""
        path = write(self.report(), self._reports)
        _log.warning("a memory report was written: %s", path)
        return path

    # Inside

    def _reading(self) -> Reading:
        return Reading(self._own.bytes(), tuple(machine.groups()), machine.stalls())

    def _measured(self) -> Sample | None:
        reading, budget = self._read(), self._budget()
        if reading.rss is None:
            if not self._blind:
                _log.warning("the memory of this process can't be watched on this system; pip install psutil")
            self._blind = True
            return None
        shares: list[tuple[float, Literal["budget", "control group"], int]] = [
            (reading.rss / budget, "budget", reading.rss - int(_LOW * budget)),
            *((used / limit, "control group", used - int(_LOW * limit)) for used, limit in reading.groups if limit),
        ]
        usage, cause, wanted = max(shares)
        level = self._level_of(usage)
        if level == "normal" and reading.stalls is not None and reading.stalls.some >= _STALLED:
            return Sample(reading.rss, budget, usage, "stalls", reading.rss // 10, "elevated")
        return Sample(reading.rss, budget, usage, cause, max(wanted, 0), level)

    def _level_of(self, usage: float) -> Level:
        levels: tuple[Level, ...] = ("critical", "elevated")
        for level in levels:
            entered = self._level in {level, "critical"}
            if usage >= _UP[level] - (_DOWN if entered else 0.0):
                return level
        return "normal"

    def _round(self, sample: Sample) -> None:
        """Ask for memory once, measure what came, and stop asking after two rounds in vain."""
        claimed = self._owners.ask(sample.wanted, sample.rss, urgent=sample.level == "critical")
        self._collector.collect()
        after = self._read().rss
        freed = max(sample.rss - (after if after is not None else sample.rss), 0)
        _log.info("memory: %s; asked for %s, owners freed %s, the process shrank by %s",
                  _words(sample), megabytes(sample.wanted), megabytes(claimed), megabytes(freed))  # fmt: skip
        if freed >= max(_WORTH * sample.wanted, 1):
            self._in_vain = 0
            return
        self._in_vain += 1
        if self._in_vain >= 2:
            self._latched = sample.usage
            self._unmanaged(sample)

    def _unmanaged(self, sample: Sample) -> None:
        now = self._clock()
        if now < self._next_alert:
            return
        self._next_alert = now + _ALERTS
        holdings = self.held()
        known = sum(one.bytes for one in holdings)
        sentence = (
            f"unmanaged memory: {_words(sample)}, and two rounds of asking brought nothing; all that can be given back is "
            f"{megabytes(known)}: {table(holdings)}; a memory report tells what else there is"
        )
        _log.warning("%s", sentence)
        if self._alert is not None:
            self._safely(partial(self._alert, sentence))

    def _safely(self, act: Callable[[], object]) -> None:
        try:
            act()
        except Exception:  # noqa: BLE001 (the next sample may work)
            _log.exception("watching the memory failed")


def _words(sample: Sample) -> str:
    """Say how it stands."""
    words = f"{megabytes(sample.rss)} of {megabytes(sample.budget)}, {sample.level}"
    return words if sample.cause == "budget" else f"{words} by {sample.cause} ({sample.usage:.0%} in use)"
