"""A stream of a server's events that can't fill the memory: closed on every way out, projected, filtered, bounded."""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Self

from streamtools.errors import InvalidArgument
from streamtools.logs import logger

Event = Mapping[str, Any]

#: What a server calls the session of an event, by the names in use.
_SESSION_KEYS: Final = ("session", "sessionID", "session_id", "sessionId")
#: What `slim` leaves out: the tools' outputs and what is attached.
_DROPPED: Final = frozenset({"output", "attachments", "content", "snapshot", "raw", "data", "stdout", "stderr", "files", "diff"})
_SHOWN: Final = 500
_DEPTH: Final = 4
_ENTRIES: Final = 30
_WHOLE: Final = 8000
#: So many events are taken at once at most.
_BURST: Final = 50
#: Seconds after which a server is no longer asked to delete its session.
_DELETING: Final = 10.0
_log: Final = logger("history")
_open: Final[set[BoundedEvents]] = set()


@dataclass(frozen=True, slots=True)
class EventStats:
    """``seen`` events came, ``foreign`` of them of other sessions, ``dropped`` were not read in time; ``held`` bytes are kept."""

    seen: int = 0
    foreign: int = 0
    dropped: int = 0
    held: int = 0


def slim(event: Event) -> Event:
    """Return an event without tool outputs and attachments, its texts cut to 500 characters.

    At most 4 levels and 30 entries a level are kept, and 8000 characters in all: what comes later is left out.
    """
    made = _slim(event, _DEPTH, [_WHOLE])
    return made if isinstance(made, dict) else {}


def session_of(event: Event) -> str:
    """Return the session that an event says it is of, at its top or one below; ``""`` if it does not say."""
    for place in (event, *(value for value in event.values() if isinstance(value, Mapping))):
        for key in _SESSION_KEYS:
            if isinstance(place.get(key), str):
                return str(place[key])
    return ""


class BoundedEvents:
    """The events of one session: iterate to take them in batches, look at ``ring`` for those kept last.

    A batch comes at the earliest ``flush_seconds`` after the one before, with all that came meanwhile. At most ``keep`` events
    wait for a reader: then the oldest goes and is counted, so neither a slow reader nor a dead one holds up or fills anything.

    Memory: two times ``keep`` projected events (with `slim` at most 100 KB each, mostly 1), and the one that arrives.
    """

    def __init__(self, *, session: str, project: Callable[[Event], Event], keep: int, flush_seconds: float) -> None:
        self._session = session
        self._project = project
        self._flush = flush_seconds
        self.ring: deque[Event] = deque(maxlen=keep)
        self._waiting: deque[Event] = deque()
        self._keep = keep
        self._arrived = asyncio.Event()
        self._ended = False
        self._error: BaseException | None = None
        self._told = False
        self._flushed = float("-inf")
        self._seen = self._foreign = self._dropped = 0

    @property
    def name(self) -> str:
        """Who holds this memory."""
        return f"events {self._session}"

    def stats(self) -> EventStats:
        """Return what came and what is held."""
        return EventStats(self._seen, self._foreign, self._dropped, self.held())

    def held(self) -> int:
        """Return about how many bytes the kept events take."""
        # Copies, made at once: the loop's thread may append meanwhile.
        return sum(_size(event) for event in [*self.ring, *self._waiting])

    def reclaim(self, target: int, *, urgent: bool = False) -> int:
        """Give up the oldest kept events; those that wait for a reader only if ``urgent``. Returns the bytes freed."""
        freed = 0
        for events in (self.ring, self._waiting) if urgent else (self.ring,):
            while freed < target:
                try:
                    event = events.popleft()
                except IndexError:
                    break
                freed += _size(event)
                self._dropped += events is self._waiting
        return freed

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> list[Event]:
        """Return the next batch, in order; at the end of the source its error, if there was one, is raised."""
        clock = asyncio.get_running_loop().time
        while not self._waiting:
            if self._ended:
                if self._error is not None:
                    self._told = True
                    raise self._error
                raise StopAsyncIteration
            self._arrived.clear()
            await self._arrived.wait()
        if not self._ended and clock() < self._flushed + self._flush:
            await asyncio.sleep(self._flushed + self._flush - clock())
        self._flushed = clock()
        batch = list(self._waiting)
        self._waiting.clear()
        return batch

    async def _drain(self, source: AsyncIterator[Event]) -> None:
        try:
            async for event in source:
                self._take(event)
                if self._seen % _BURST == 0:
                    # A source that always has a next event at hand would let nobody else run.
                    await asyncio.sleep(0)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 (whatever a client library raises goes to the reader)
            self._error = error
        finally:
            self._ended = True
            self._arrived.set()

    def _take(self, event: Event) -> None:
        self._seen += 1
        if session_of(event) not in {"", self._session}:
            self._foreign += 1
            return
        kept = self._project(event)
        self.ring.append(kept)
        if len(self._waiting) >= self._keep:
            self._waiting.popleft()
            self._dropped += 1
        self._waiting.append(kept)
        self._arrived.set()


@asynccontextmanager
async def bounded_events(
    source: AsyncGenerator[Event, None],
    *,
    session: str,
    project: Callable[[Event], Event] = slim,
    keep: int = 200,
    flush_seconds: float = 0.1,
    delete: Callable[[str], Awaitable[object]] | None = None,
) -> AsyncIterator[BoundedEvents]:
    """Open a stream of events for the time of the block; ``async for batch in events`` reads it.

    ``source`` is closed on every way out: end, break, error, cancellation. Events of other sessions are left out, those that
    name none are kept; each is projected before it is stored. At the end ``delete(session)`` removes the remote session; its
    failure, or more than 10 seconds, is logged and never raised, nor does it hide an error of the block. Raises `InvalidArgument`
    for ``keep`` below 1.

    Memory: see `BoundedEvents`.
    """
    if keep < 1:
        raise InvalidArgument(f"keep must be at least 1, not {keep}")
    events = BoundedEvents(session=session, project=project, keep=keep, flush_seconds=flush_seconds)
    _open.add(events)
    async with aclosing(source):
        drain = asyncio.create_task(events._drain(source))  # noqa: SLF001 (one thing in two parts)
        try:
            yield events
        finally:
            _open.discard(events)
            await _end(drain, events)
            if delete is not None:
                await _delete(delete, session)


def rings() -> list[BoundedEvents]:
    """Return the streams of this process that are open, as owners of memory; from any thread."""
    return list(_open)


async def _end(drain: asyncio.Task[None], events: BoundedEvents) -> None:
    drain.cancel()
    await asyncio.wait([drain])
    error = events._error  # noqa: SLF001 (one thing in two parts)
    if error is not None and not events._told:  # noqa: SLF001
        _log.warning("an event stream ended badly: %s", str(error) or type(error).__name__)


async def _delete(delete: Callable[[str], Awaitable[object]], session: str) -> None:
    try:
        async with asyncio.timeout(_DELETING):
            await delete(session)
    except Exception as error:  # noqa: BLE001 (cleaning up elsewhere must not break the work that is done)
        _log.warning("the remote session %s was not deleted: %s", session, str(error) or type(error).__name__)


def _slim(value: object, depth: int, room: list[int]) -> object:
    """Return what fits of a value into ``room[0]`` characters, and take them from it."""
    room[0] -= 8
    if isinstance(value, str):
        shown = value if len(value) <= _SHOWN else f"{value[:_SHOWN]}[... {len(value):,} characters]"
        room[0] -= len(shown)
        return shown
    if isinstance(value, Mapping):
        made: dict[str, object] = {}
        for key, entry in value.items() if depth else ():
            if key not in _DROPPED and room[0] > 0 and len(made) < _ENTRIES:
                made[str(key)[:_SHOWN]] = _slim(entry, depth - 1, room)
        return made
    if isinstance(value, list | tuple):
        return [_slim(entry, depth - 1, room) for entry in value[:_ENTRIES] if room[0] > 0] if depth else []
    return value if isinstance(value, int | float | bool) or value is None else str(value)[:_SHOWN]


def _size(value: object) -> int:
    entries: Iterable[object] = ()
    if isinstance(value, Mapping):
        entries = (piece for entry in value.items() for piece in entry)
    elif isinstance(value, list | tuple):
        entries = value
    return sys.getsizeof(value) + sum(_size(entry) for entry in entries)
