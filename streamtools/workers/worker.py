"""The child: does one task of the tables and ends.

`work` is called in a fresh process (see `streamtools.children.template`) with the row that it is to fill. It loads the
task from SQLite, does it, enters the result in SQLite, and reports how it ended. What a task prints goes to standard error.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, Final

from streamtools.children.limiting import forget_peak, memory_of
from streamtools.database import Database, process_key
from streamtools.errors import InvalidArgument, OutsideRoots, StateError, StreamtoolsError, printable
from streamtools.history.shelf import SpillLimits
from streamtools.history.spill import SpillStore
from streamtools.limits import Limits
from streamtools.render.capping import clip
from streamtools.results import ToolResult
from streamtools.toolset import Toolset
from streamtools.workers.store import End, Store
from streamtools.workers.task import TOOLS, Context, TaskResult

#: The session of spilled results of tasks.
SESSION: Final = "workers"
_SENTENCE: Final = 1000
_DATA: Final = 64 * 1024
_TOLD: Final = 300


def work(order: Mapping[str, Any], report: Callable[[dict[str, Any]], None]) -> None:
    """Do the task of the row ``worker`` in the state file ``path``, which was taken at the monotonic second ``taken``."""
    try:
        with Database(order["path"]) as database:
            report(_serve(database, Store(database), order["worker"], order["taken"]))
    except StateError as error:
        # The text must fit a line of the pipe, whatever it is made of.
        told = f"its result could not be saved: {error}".encode("ascii", "replace")[:_TOLD].decode()
        report({"status": "error", "error": told})


def _serve(database: Database, store: Store, worker: int, taken: float) -> dict[str, Any]:
    payload = store.begin(worker, process_key())
    if payload is None:
        return {"status": "lost"}
    context = Context.loads(payload)
    forget_peak()
    begun = time.monotonic()
    status, result = _ended(database, context, worker)
    memory = memory_of()
    end = End(status, result.error, memory.peak if memory else None, (time.monotonic() - begun) * 1000, max(begun - taken, 0.0) * 1000)
    saved = store.save(worker, end, result)
    told = {"status": status if saved else "lost", "saved": saved, "peak": end.peak}
    return told | {"duration_ms": end.duration_ms, "dispatch_ms": end.dispatch_ms}


def _ended(database: Database, context: Context, worker: int) -> tuple[str, TaskResult]:
    """Do the task; return how it ended and what is to be entered."""
    try:
        return "done", _done(database, context, worker)
    except MemoryError:
        status, error = "memory", "it took more memory than a worker may; split the task, or raise the limit"
    except StreamtoolsError as problem:
        status, error = "error", str(problem)
    except (Exception, SystemExit) as problem:  # noqa: BLE001 - whatever a task raises is its result
        status, error = "error", f"{type(problem).__name__}: {problem}"
    return status, TaskResult(0, "error", is_error=True, error=clip(printable(error), _SENTENCE))


def _done(database: Database, context: Context, worker: int) -> TaskResult:
    if context.folder:
        os.chdir(context.folder)
    limits = Limits(**context.limits)
    with ExitStack() as held:
        spill = SpillStore(context.spill_folder or None, database=database, limits=SpillLimits(**context.spill))  # type: ignore[arg-type]
        tools = held.enter_context(_tools(context, limits, spill)) if context.roots else None
        if tools is not None:
            held.enter_context(tools.turn(context.tokens))
        if context.call in TOOLS:
            assert tools is not None
            found = tools.call(context.call, dict(context.arguments))
            return _of_tool(found, limits)
        function = _function(context.call, context.paths)
        arguments = dict(context.arguments) | ({"tools": tools} if tools is not None else {})
        try:
            inspect.signature(function).bind(**arguments)
        except TypeError as error:
            raise InvalidArgument(f"{context.call}: {error}; the task gave {', '.join(arguments) or 'no arguments'}") from error
        except ValueError:
            pass
        return _of_function(context, function(**arguments), limits, spill, worker)


def _tools(context: Context, limits: Limits, spill: SpillStore) -> Toolset:
    names = [root[0] for root in context.roots]
    resolve = spill.path if context.spills else None
    tools = Toolset(names, limits=limits, deadline=context.deadline, deny=context.deny, resolve=resolve, turn_tokens=context.tokens)
    for name, device, inode in context.roots:
        status = os.stat(name)
        if (status.st_dev, status.st_ino) != (device, inode):
            tools.close()
            raise OutsideRoots(f"{printable(name)}: another folder has this name since the task was given", name)
    return tools


def _function(name: str, paths: Sequence[str]) -> Callable[..., Any]:
    """Return the function of a dotted name. Raises `InvalidArgument`."""
    sys.path += [path for path in paths if path not in sys.path]
    module, _, rest = name.partition(":")
    try:
        found: Any = importlib.import_module(module)
    except MemoryError:
        raise
    except Exception as error:
        raise InvalidArgument(f"{name}: the module {module} can't be imported: {type(error).__name__}: {error}") from error
    for part in rest.split("."):
        try:
            found = getattr(found, part)
        except AttributeError as error:
            raise InvalidArgument(f"{name}: {module} has no {rest}; is the function at the top of its module?") from error
    if not callable(found):
        raise InvalidArgument(f"{name} is no function but {_named(found)}")
    function: Callable[..., Any] = found
    return function


def _of_tool(found: ToolResult, limits: Limits) -> TaskResult:
    """Return a tool's result, which is capped already."""
    text = clip(found.text, limits.bytes).encode("utf-8", "backslashreplace").decode()
    try:
        small = json.dumps(dict(found.data), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidArgument(f"the data of the result is not plain JSON data: {error}") from error
    if len(small) > _DATA:
        raise InvalidArgument(f"the data of the result takes {len(small):,} bytes, more than {_DATA:,}; put it into the text")
    return TaskResult(0, "done", text, found.data, found.is_error)


def _of_function(context: Context, found: object, limits: Limits, spill: SpillStore, worker: int) -> TaskResult:
    """Return what a function gave as capped text, the whole of it spilled if it is larger; pieces are spilled as they come."""
    if isinstance(found, ToolResult):
        return _of_tool(found, limits)
    pieces = found if isinstance(found, Iterator) else iter((_text(context.call, found),))
    with spill.writer(SESSION, f"task-{worker}", limits=limits, tokens=context.tokens) as out:
        for piece in pieces:
            if not isinstance(piece, str | bytes):
                raise InvalidArgument(f"{context.call} yielded {_named(piece)}; pieces of a result are text or bytes")
            out.write(piece)
        spilled = out.finish()
    data = {"bytes": spilled.bytes, "lines": spilled.lines, "saved": spilled.saved, "whole": spilled.whole}
    return TaskResult(0, "done", spilled.text, data, handle=spilled.handle)


def _text(call: str, found: object) -> str | bytes:
    if isinstance(found, str | bytes):
        return found
    if isinstance(found, bytearray | memoryview):
        return bytes(found)
    try:
        return "" if found is None else json.dumps(found, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidArgument(f"{call} returned {_named(found)}, which is not text, bytes, a ToolResult or plain JSON data") from error


def _named(value: object) -> str:
    name = type(value).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"
