"""One session of an agent with the tools: confined, capped, on time, and aware of what was shown before."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Final, Protocol, Self

from streamtools.deadline import Deadline
from streamtools.errors import InvalidArgument, StreamtoolsError, printable
from streamtools.events import Next
from streamtools.files.confine import DEFAULT_DENY, Roots
from streamtools.files.named import as_shown
from streamtools.held import Reclaimable
from streamtools.limits import DEFAULT, Limits
from streamtools.logs import logger
from streamtools.render.capping import clip
from streamtools.render.text import text_of
from streamtools.results import GrepResult, ReadResult, ToolResult
from streamtools.toolset.arguments import checked
from streamtools.toolset.functions import Function, functions
from streamtools.toolset.lanes import Call, Lanes, Running, in_loop
from streamtools.toolset.running import Result, data_of, run
from streamtools.toolset.schemas import Provider, parameters, schema
from streamtools.toolset.seen import Identity, Seen
from streamtools.toolset.turns import Turn

_log: Final = logger()


class Runner(Protocol):
    """Runs a call elsewhere, in a worker for example; never raises for bad input, and returns capped text."""

    def __call__(self, name: str, arguments: Mapping[str, object], *, limits: Limits, until: Deadline) -> ToolResult:
        """Run a tool with checked arguments, within ``limits`` and ``until`` it is cancelled or its time is over."""
        ...


class Toolset:
    """Read, Grep and Glob for one session of an agent.

        with Toolset(["project"]) as tools:
            tools.schemas("anthropic")
            tools.call("read", {"path": "src/a.py"}).text
            agent = Agent(model, tools=[tools.read, tools.grep, tools.glob])

    Nothing outside of ``roots`` is opened, and nothing that ``deny`` names (see `Roots`). A result is within ``limits``; a call takes
    at most ``deadline`` seconds from its start (None: no end) and then gives what it has and how to go on. Calls in a `turn` share
    ``turn_tokens``. ``resolve`` maps ``spill://`` handles to files, which are trusted. With a ``runner``, calls run there
    after their arguments were checked.

    Calls may come from any thread. `close` cancels those that run and waits for their ends; later ones are errors.

    Memory: at most 6 calls run at once (see `Lanes`), each with ``2 * window + 4 * segment + 3 * limits.bytes``, and one `Seen`.
    """

    def __init__(
        self,
        roots: Sequence[str | os.PathLike[str]],
        *,
        limits: Limits = DEFAULT,
        deadline: float | None = 30.0,
        deny: Sequence[str] = DEFAULT_DENY,
        runner: Runner | None = None,
        turn_tokens: int = 30_000,
        resolve: Callable[[str], str | os.PathLike[str]] | None = None,
    ) -> None:
        Turn(turn_tokens, 1)
        self.roots = Roots(roots, deny)
        self.limits = limits
        self._deadline = deadline
        self._runner = runner
        self._turn_tokens = turn_tokens
        self._resolve = resolve
        self._turn: Turn | None = None
        self._seen = Seen()
        self._lanes = Lanes()
        self._running = Running()
        self.functions: Mapping[str, Function] = functions(self._plain, self.roots.folders, limits)
        self._parameters = {name: parameters(function) for name, function in self.functions.items()}
        self.read, self.grep, self.glob = (self.functions[name] for name in ("read", "grep", "glob"))

    def schemas(self, provider: Provider) -> list[dict[str, Any]]:
        """Return the definitions of the tools as ``"anthropic"``, ``"openai"`` or ``"mcp"`` takes them."""
        return [schema(function, provider) for function in self.functions.values()]

    @property
    def spills(self) -> bool:
        """Whether ``spill://`` handles can be read."""
        return self._resolve is not None

    @property
    def memory(self) -> Reclaimable:
        """What it remembers between calls, as an owner of memory."""
        return self._seen

    @contextmanager
    def turn(self, tokens: int | None = None, bytes: int = 100 * 1024) -> Iterator[Turn]:
        """Let all calls until the end share one budget; ``tokens`` are the toolset's by default."""
        before = self._turn
        self._turn = turn = Turn(self._turn_tokens if tokens is None else tokens, bytes)
        try:
            yield turn
        finally:
            self._turn = before

    def call(self, name: str, arguments: object) -> ToolResult:
        """Run a tool with a model's arguments: a mapping or its JSON. Never raises for bad input: the result is an error then."""
        return self._call(name, arguments, Call(self._deadline))

    async def acall(self, name: str, arguments: object, *, progress: Callable[[int], None] | None = None, shown: bool = True) -> ToolResult:
        """Do what `call` does in a thread, without blocking the event loop; a cancelled call stops at its next window.

        Time in the queue behind other calls is no part of the deadline. ``progress`` is called in the event loop, at most 10 times a
        second, with the number of windows and files that the call has passed. ``shown=False`` is for what the model does not
        get to see: the session neither says that it was shown before nor takes it as shown.
        """
        if self._running.closed:
            return self._call(name, arguments, Call(None))
        turns = self._lanes.turns(name) if self._runner is None else None
        call = Call(self._deadline, None if progress is None else in_loop(progress), turns, shown=shown)
        return await self._lanes.run(name, call, lambda: self._call(name, arguments, call))

    def close(self) -> None:
        """Cancel what runs, wait until it has ended, and let folders and threads go; does nothing the second time.

        A cancelled call ends at its next window with what it has; one that waits in the queue is an error.
        """
        # A folder's descriptor that is closed under a call may be another folder's a moment later.
        self._running.close()
        self._lanes.close()
        self.roots.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    # -- inside --------------------------------------------------------------------------

    def _plain(self, name: str, arguments: Mapping[str, object]) -> str:
        return self.call(name, arguments).text

    def _call(self, name: object, arguments: object, call: Call) -> ToolResult:
        try:
            if not isinstance(name, str) or name not in self._parameters:
                raise InvalidArgument(f"there is no tool {printable(str(name)[:60])!r}; there are {', '.join(self._parameters)}")
            given = checked(name, arguments, self._parameters[name])
            with self._running.counted(call):
                return self._shared(name, given, call)
        except StreamtoolsError as error:
            return self._error(str(error))
        except Exception as error:  # noqa: BLE001 - a model's call must not end its host; it is logged with all that is known
            _log.exception("a call of %s failed", name)
            return self._error(f"internal error: {type(error).__name__}: {error}")

    def _error(self, sentence: str) -> ToolResult:
        return ToolResult(clip(printable(sentence), min(2000, self.limits.bytes)), {}, True)

    def _shared(self, name: str, given: dict[str, Any], call: Call) -> ToolResult:
        """Run a call within what its turn has left."""
        turn, limits = self._turn, self.limits
        if turn is None:
            return self._made(name, given, limits, "", call)
        with turn.share(limits.bytes, 2 * limits.notice_bytes) as share:
            if not share.bytes:
                going_on = {"tool": name, "arguments": given}
                text = "[nothing is left of this turn's budget for results; make this call again in the next turn]"
                return ToolResult(text, {"tool": name, "stopped": "bytes", "next": going_on})
            notice = f"this result may take {share.bytes} bytes only, all that the turn's budget leaves" if share.lowered else ""
            result = self._made(name, given, limits.lowered(bytes=share.bytes), notice, call)
            share.taken = result.text
            return result

    def _made(self, name: str, given: dict[str, Any], limits: Limits, notice: str, call: Call) -> ToolResult:
        if self._runner is not None:
            result = self._runner(name, given, limits=limits, until=call.start())
            return result._replace(text=clip(result.text, limits.bytes))
        target, within = self._target(given.get("path", "."))
        if within is not None and "path" in given:
            given = given | {"path": target}
        page = _Page.of(self.roots, self._seen, given) if name == "read" and within is not None and call.shown else None
        before, enough = page.before() if page is not None else ("", False)
        if enough:
            return ToolResult(f"[{before}]", {"tool": name, "path": given["path"], "unchanged": True})
        found = run(name, given | {"path": target}, limits=limits, deadline=call.start(), within=within)
        if within is None:
            found = _renamed(found, str(target), str(given["path"]))
        after = page.after(found) if page is not None and isinstance(found, ReadResult) else ""
        # What says how to go on stays last.
        told = [*filter(None, (before, after, notice if found.stopped != "end" else "")), *found.notices]
        text = text_of(found._replace(notices=tuple(told)), limits)
        data = data_of(name, found)
        if page is not None:
            data["shown"] = page.ranges()
        return ToolResult(text, data)

    def _target(self, path: str | list[str]) -> tuple[str | list[str], Roots | None]:
        """Return what to open in place of a path, and within what."""
        if isinstance(path, list):
            return [as_shown(one, self.roots) for one in path], self.roots
        if not path.startswith("spill://"):
            return as_shown(path, self.roots), self.roots
        if self._resolve is None:
            raise InvalidArgument(f"{printable(path)}: this toolset keeps no spilled results; read the file itself")
        return os.fspath(self._resolve(path)), None


class _Page:
    """A page of a file that is asked for, against what the session was shown of it."""

    def __init__(self, seen: Seen, name: str, identity: Identity, given: Mapping[str, Any]) -> None:
        self._seen = seen
        self._name = name
        self._identity = identity
        self._first = given.get("offset", 1)
        self._last = self._first + (given.get("limit", 0) or 2000) - 1 if given.get("column", 1) == 1 else 0
        self._call = tuple(given.get(name) for name in ("offset", "limit", "column", "encoding"))

    @classmethod
    def of(cls, roots: Roots, seen: Seen, given: Mapping[str, Any]) -> _Page | None:
        """Return the page, None where nothing can be said of the file; whoever reads it tells why."""
        try:
            path = given["path"]
            info = roots.stat(path)
            # By another encoding a file has other lines.
            name = f"{roots.real(path)}\0{given.get('encoding', '')}"
            return cls(seen, name, (info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns), given)
        except (OSError, ValueError):
            return None

    def before(self) -> tuple[str, bool]:
        """See `Seen.again`."""
        last = 0 if self._call[3] else self._last
        return self._seen.again(self._name, self._identity, self._call, self._first, last)

    def after(self, found: ReadResult) -> str:
        """Tell what was shown: whole lines only, and not those that are numbered from the end."""
        lines = [line for line in found.lines if not line.cut and line.column == 1]
        if not lines or lines[0].number < 1 or len(lines) < len(found.lines) or found.stopped == "changed":
            return ""
        total = found.total.value if found.total.kind == "exact" else None
        return self._seen.shown(self._name, self._identity, self._call, lines[0].number, lines[-1].number, total)

    def ranges(self) -> list[list[int]]:
        """Return the lines that were shown."""
        return self._seen.ranges(self._name)


def _renamed(found: Result, target: str, handle: str) -> Result:
    """Return a result that shows the handle where it would show the file behind it."""
    changes: dict[str, Any] = {"notices": tuple(notice.replace(target, handle) for notice in found.notices)}
    if found.next is not None:
        changes["next"] = Next(found.next.tool, {**found.next.arguments, "path": handle})
    if isinstance(found, ReadResult):
        changes["path"] = handle
    elif isinstance(found, GrepResult):
        changes["files"] = tuple(hit._replace(path=hit.path.replace(target, handle, 1)) for hit in found.files)
    return found._replace(**changes)
