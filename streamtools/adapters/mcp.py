"""``streamtools mcp``: a `Toolset` as a server of the Model Context Protocol, over stdin and stdout.

The official SDK speaks the protocol; schemas and checks are the toolset's own (the SDK's low-level server, so that a wrong argument
is answered by our sentence). What a program wants to know of a result is in its ``_meta`` under ``streamtools/result``, not in
``structuredContent``: Claude Code gives a model the structured content *in place of* the text
(https://github.com/anthropics/claude-code/issues/79944).
"""

from __future__ import annotations

import argparse
import json
import os
import signal
from collections.abc import AsyncIterable, Callable, Mapping, Sequence
from contextlib import ExitStack
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote_to_bytes, urlsplit

from streamtools.errors import InvalidArgument, printable
from streamtools.limits import MIB
from streamtools.results import ToolResult

if TYPE_CHECKING:
    import mcp_types as types
    from mcp.server.context import ServerRequestContext
    from mcp.server.lowlevel import Server
    from mcp.server.session import ServerSession

    from streamtools.toolset import Toolset
    from streamtools.workers.supervisor import Supervisor

#: The key of a result's data in its ``_meta``.
META: Final = "streamtools/result"

_MEMORY_MB: Final = 8192
_LEAST_MB: Final = 64
_TEXT: Final = "text/plain"
_SHOWN: Final = 100
_WHAT: Final = "Serve Read, Grep and Glob to an MCP client over stdin and stdout."
_FILE: Final = "The first page of a file in the allowed folders"
_SPILL: Final = "The first page of a tool's result that was too long for the conversation"
_INSTRUCTIONS: Final = (
    "Find the place with grep or glob, then read around it. Every result is capped; when more follows, its last line in brackets gives "
    "the exact arguments that go on."
)


def main(arguments: Sequence[str]) -> int:
    """Serve until stdin ends; return the exit code.

    Raises `InvalidArgument` for what was given or set wrongly, or a `FileError` for a root that can't be opened.
    """
    given = _parser().parse_args(arguments)
    if given.max_memory:
        _limit(given.max_memory)
    try:
        import anyio
        import mcp  # noqa: F401 - asked for before anything is opened
    except ModuleNotFoundError as error:
        raise InvalidArgument(f"{error.name} is not installed; pip install 'streamtools-suite[mcp]'") from error
    from streamtools.adapters.watching import watched
    from streamtools.logs import on_stderr
    from streamtools.toolset import Toolset

    roots, resolve = given.root or ["."], _spilled()
    with ExitStack() as held:
        held.enter_context(on_stderr())
        runner = held.enter_context(_workers()).runner(roots, spills=resolve is not None) if given.use_workers else None
        tools = held.enter_context(Toolset(roots, resolve=resolve, runner=runner))
        held.enter_context(watched("mcp", tools, most_mb=given.max_memory, memray=given.memray))
        # Python's own way would wait for the SDK's reader, a thread that only the end of stdin ends.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        anyio.run(_serve, tools)
    return 0


def server(tools: Toolset) -> Server:
    """Return the server of a toolset, for another transport than stdio or inside another program."""
    from mcp.server.lowlevel import Server

    from streamtools import __version__

    served = _Served(tools)
    return Server(
        "streamtools",
        version=__version__,
        instructions=_INSTRUCTIONS,
        on_list_tools=served.list_tools,
        on_call_tool=served.call,
        on_list_resources=served.resources,
        on_list_resource_templates=served.templates,
        on_read_resource=served.read,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("streamtools mcp", description=_WHAT, allow_abbrev=False)
    parser.add_argument("--root", action="append", metavar="DIR", help="a folder that may be read (the working directory); may be repeated")
    parser.add_argument(
        "--max-memory",
        type=int,
        default=_MEMORY_MB,
        metavar="MB",
        help=f"let a call fail beyond so much memory ({_MEMORY_MB}); 0: no limit",
    )
    parser.add_argument(
        "--use-workers",
        action="store_true",
        help="make each call in a process of its own: a crash or too much memory ends that call only",
    )
    parser.add_argument(
        "--memray",
        type=float,
        default=0,
        metavar="SECONDS",
        help="record all allocations of the first seconds, for memray flamegraph (SIGUSR1 writes a plain report at any time)",
    )
    return parser


def _workers() -> Supervisor:
    from streamtools.workers.supervisor import Supervisor

    # Nobody else would wait for these calls: they end with this server.
    return Supervisor(queue=None)


def _limit(megabytes: int) -> None:
    """Limit the memory of this process. Raises `InvalidArgument` for what can't be."""
    import resource

    if megabytes < _LEAST_MB:
        raise InvalidArgument(f"--max-memory={megabytes}: at least {_LEAST_MB} MB are needed, or 0 for no limit")
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    try:
        resource.setrlimit(resource.RLIMIT_DATA, (megabytes * MIB, hard))
    except (ValueError, OverflowError, OSError) as error:
        raise InvalidArgument(f"--max-memory={megabytes}: the system does not allow it ({error})") from error


def _spilled() -> Callable[[str], str] | None:
    """Return what maps ``spill://`` handles to files, None where this installation has no history."""
    try:
        resolve: Callable[[str], str] = import_module("streamtools.history.spill").resolve
    except ModuleNotFoundError:
        return None
    return resolve


async def _serve(tools: Toolset) -> None:
    import anyio
    from mcp.server.stdio import stdio_server

    found = server(tools)
    sender, messages = anyio.create_memory_object_stream[Any](0)

    async def take(incoming: AsyncIterable[Any]) -> None:
        async with sender:
            async for message in incoming:
                await sender.send(_understood(message) if isinstance(message, Exception) else message)

    async with stdio_server() as (incoming, outgoing), anyio.create_task_group() as tasks:
        tasks.start_soon(take, incoming)
        await found.run(messages, outgoing, found.create_initialization_options())


def _understood(error: Exception) -> object:
    """Return the message that the SDK could not read, if it only holds half a character (U+FFFD instead), else the error.

    Models produce such, and JavaScript's and Python's JSON lets it pass; the SDK drops the line, and its client would wait in vain.
    """
    import mcp_types as types
    from mcp.shared.message import SessionMessage
    from pydantic import ValidationError

    if not isinstance(error, ValidationError):
        return error
    try:
        given = json.loads(error.errors()[0]["input"])
        text = json.dumps(given, ensure_ascii=False).encode("utf-8", "surrogatepass").decode("utf-8", "replace")
        return SessionMessage(types.jsonrpc_message_adapter.validate_json(text, by_name=False))
    except (ValueError, TypeError, RecursionError):
        return error


class _Served:
    """The protocol's requests, answered by a toolset. Only here are the SDK's types made.

    Memory: that of the toolset's calls; a call that waits holds its request.
    """

    def __init__(self, tools: Toolset) -> None:
        import mcp_types as types

        self._tools = tools
        self._listed = types.ListToolsResult(tools=[types.Tool.model_validate(one) for one in tools.schemas("mcp")])
        self._templates = [types.ResourceTemplate(uri_template="file:///{+path}", name="file", mime_type=_TEXT, description=_FILE)]
        if tools.spills:
            one = types.ResourceTemplate(uri_template="spill://{session}/{id}", name="spilled result", mime_type=_TEXT, description=_SPILL)
            self._templates.append(one)

    async def list_tools(self, _: ServerRequestContext[Any], __: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        """Answer ``tools/list``."""
        return self._listed

    async def call(self, context: ServerRequestContext[Any], params: types.CallToolRequestParams) -> types.CallToolResult:
        """Answer ``tools/call``; what the client cancels stops at its next window."""
        import mcp_types as types

        telling = _Progress(context.session) if context.meta and context.meta.get("progress_token") is not None else None
        try:
            result = await self._tools.acall(params.name, params.arguments, progress=telling)
            if telling is not None:
                await telling.sent()
        finally:
            if telling is not None:
                telling.end()
        content: list[types.ContentBlock] = [types.TextContent(type="text", text=result.text)]
        content += [self._link(path) for path in _paths(result)]
        meta = {META: _sendable(result.data)} if result.data else None
        return types.CallToolResult(content=content, is_error=result.is_error, _meta=meta)

    async def resources(self, _: ServerRequestContext[Any], __: types.PaginatedRequestParams | None) -> types.ListResourcesResult:
        """Answer ``resources/list``: files are found by the tools, and read by the templates."""
        import mcp_types as types

        return types.ListResourcesResult(resources=[])

    async def templates(self, _: ServerRequestContext[Any], __: types.PaginatedRequestParams | None) -> types.ListResourceTemplatesResult:
        """Answer ``resources/templates/list``."""
        import mcp_types as types

        return types.ListResourceTemplatesResult(resource_templates=self._templates)

    async def read(self, _: ServerRequestContext[Any], params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
        """Answer ``resources/read`` with the first page, as the tool read gives it."""
        import mcp_types as types
        from mcp.shared.exceptions import MCPError

        uri = str(params.uri)
        path = uri if uri.startswith("spill://") else _path(uri)
        if not path:
            raise MCPError(code=types.INVALID_PARAMS, message=f"{printable(uri[:_SHOWN])}: no file:// address of this machine")
        result = await self._tools.acall("read", {"path": path}, shown=False)
        if result.is_error:
            raise MCPError(code=types.INVALID_PARAMS, message=result.text)
        return types.ReadResourceResult(contents=[types.TextResourceContents(uri=uri, mime_type=_TEXT, text=result.text)])

    def _link(self, path: str) -> types.ResourceLink:
        import mcp_types as types

        uri = path
        if not path.startswith("spill://"):
            uri = "file://" + quote(os.fsencode(os.path.join(self._tools.roots.folders[0], path)))
        for_people = types.Annotations(audience=["user"])
        return types.ResourceLink(type="resource_link", uri=uri, name=printable(path), mime_type=_TEXT, annotations=for_people)


class _Progress:
    """Sends the progress of one call, the newest only: while one word is on its way others are dropped.

    Memory: O(1), also where the client does not read.
    """

    def __init__(self, session: ServerSession) -> None:
        import asyncio

        self._session = session
        self._start: Callable[..., asyncio.Task[None]] = asyncio.create_task
        self._sending: asyncio.Task[None] | None = None

    def __call__(self, passed: int) -> None:
        if self._sending is None or self._sending.done():
            self._sending = self._start(self._session.report_progress(passed, None, f"{passed:,} windows and files passed"))

    async def sent(self) -> None:
        """Wait until the last word is sent, which must not come behind the result."""
        if self._sending is not None:
            await self._sending

    def end(self) -> None:
        """Drop what was not sent."""
        if self._sending is not None:
            self._sending.cancel()


def _paths(result: ToolResult) -> list[str]:
    """Return the files that a result names first."""
    found: Any = result.data.get("paths") or ([result.data["path"]] if "path" in result.data else [])
    return list(found)


def _path(uri: str) -> str:
    """Return the file of a ``file://`` address, ``""`` where it is none of this machine."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return ""
    local = parts.scheme == "file" and parts.netloc in {"", "localhost"}
    return os.fsdecode(unquote_to_bytes(parts.path)) if local else ""


def _sendable(value: object) -> object:
    """Return plain data that is valid Unicode: a name of a file need not be."""
    if isinstance(value, str):
        return value if value.isascii() else printable(value)
    if isinstance(value, list | tuple):
        return [_sendable(one) for one in value]
    if isinstance(value, Mapping):
        return {name: _sendable(one) for name, one in value.items()}
    return value
