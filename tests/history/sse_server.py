"""A real server of server-sent events, for the tests: ``python sse_server.py`` prints its port.

``/events?count=N&size=B`` sends N events of the sessions s1 and s2 in turn, each with a tool output of B bytes; count 0 never
ends. ``/open`` tells how many streams are open. ``DELETE /session/NAME`` works but for the name ``stuck``.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

OPEN: set[object] = set()
DELETED: list[str] = []


async def events(request: Request) -> StreamingResponse:
    """Stream events."""
    count, size = int(request.query_params.get("count", 0)), int(request.query_params.get("size", 10))
    pause = float(request.query_params.get("pause", 0))

    async def stream() -> AsyncIterator[bytes]:
        mark = object()
        OPEN.add(mark)
        output = "x" * size
        try:
            number = 0
            while not count or number < count:
                event = {
                    "type": "tool",
                    "number": number,
                    "properties": {"sessionID": f"s{1 + number % 2}", "state": {"output": output, "title": "t" * 900}},
                }
                yield b"data: " + json.dumps(event).encode() + b"\n\n"
                number += 1
                await asyncio.sleep(pause)
        finally:
            OPEN.discard(mark)

    return StreamingResponse(stream(), media_type="text/event-stream")


async def opened(_: Request) -> JSONResponse:
    """How many streams are open, and which sessions were deleted."""
    return JSONResponse({"open": len(OPEN), "deleted": DELETED})


async def delete(request: Request) -> JSONResponse:
    """Delete a session."""
    name = request.path_params["name"]
    if name == "stuck":
        return JSONResponse({"error": "busy"}, status_code=500)
    DELETED.append(name)
    return JSONResponse({})


if __name__ == "__main__":
    app = Starlette(routes=[Route("/events", events), Route("/open", opened), Route("/session/{name}", delete, methods=["DELETE"])])
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(128)
        print(listening.getsockname()[1], flush=True)
        asyncio.run(uvicorn.Server(uvicorn.Config(app, log_level="error")).serve(sockets=[listening]))
