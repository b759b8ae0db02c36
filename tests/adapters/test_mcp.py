"""The MCP server, asked by the SDK's own client over a real process: P3, P2, P4, T12, T13, T15, M4."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self, TypeVar

import mcp_types as types
import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp.shared.dispatcher import ProgressFnT
from mcp.shared.exceptions import MCPError

from streamtools.adapters import mcp, streamtools
from streamtools.database import Database
from streamtools.errors import NotFound
from streamtools.limits import DEFAULT, MIB
from streamtools.sessions import Budget
from streamtools.sessions.budget import Host
from streamtools.toolset import Toolset
from streamtools.toolset.schemas import parameters
from tests.toolset.test_fuzz import _arguments as random_arguments

Answer = TypeVar("Answer")
#: Seconds that a search of the server may take; a test that would have to wait for one ends well before.
_DEADLINE = 30


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A long file, a hit, a secret, a name that is not UTF-8 where the system has such, and a hole that takes minutes to search."""
    root = tmp_path / "pro ject"
    (root / "sub").mkdir(parents=True)
    (root / "long.txt").write_text("".join(f"line {number}\n" for number in range(1, 5001)))
    (root / "sub" / "a.py").write_text("needle = 1\n")
    (root / ".env").write_text("needle SECRET\n")
    (tmp_path / "outside.txt").write_text("needle OUTSIDE\n")
    if sys.platform == "linux":
        Path(os.fsdecode(os.fsencode(root) + b"/sub/b\xff.py")).write_text("needle = 2\n")
    return root


@pytest.fixture
def hole(project: Path) -> str:
    """A file that no search gets through in its time."""
    with (project / "hole.bin").open("wb") as file:
        file.truncate(1 << 40)
    return "hole.bin"


@asynccontextmanager
async def _client(project: Path, *more: str) -> AsyncIterator[Client]:
    arguments = ["-m", "streamtools.adapters.streamtools", "mcp", "--root", str(project), *more]
    env = {"XDG_STATE_HOME": str(project.parent / "state")}
    async with Client(StdioServerParameters(command=sys.executable, args=arguments, cwd=project, env=env)) as client:
        yield client


def ask(project: Path, body: Callable[[Client], Awaitable[Answer]], *more: str) -> Answer:
    """Return what ``body`` returns for a client of a fresh server."""

    async def asked() -> Answer:
        async with _client(project, *more) as client:
            return await body(client)

    return asyncio.run(asked())


def text(result: types.CallToolResult) -> str:
    """What a model reads."""
    block = result.content[0]
    assert isinstance(block, types.TextContent)
    return block.text


def test_the_tools_are_those_of_the_toolset_and_only_read(project: Path) -> None:
    """P3, P2: names, schemas and descriptions are the toolset's, with read-only annotations; what a client reads first."""

    async def body(client: Client) -> tuple[list[types.Tool], str]:
        return (await client.list_tools()).tools, client.instructions or ""

    tools, instructions = ask(project, body)
    with Toolset([project]) as own:
        definitions = own.schemas("mcp")
    assert [tool.model_dump(by_alias=True, exclude_none=True) for tool in tools] == definitions
    for tool in tools:
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint
        assert not tool.annotations.open_world_hint
        assert tool.output_schema is None
    assert "goes on" in instructions or "go on" in instructions


def test_a_result_is_text_links_and_small_data(project: Path) -> None:
    """P3, P4: the text once and within the cap, links to the files that can be read, the data where no client shows it to a model."""

    async def body(client: Client) -> tuple[types.CallToolResult, types.CallToolResult, types.ReadResourceResult]:
        page = await client.call_tool("read", {"path": "long.txt"})
        hits = await client.call_tool("grep", {"pattern": "needle", "hidden": True})
        link = hits.content[1]
        assert isinstance(link, types.ResourceLink)
        return page, hits, await client.read_resource(link.uri)

    page, hits, resource = ask(project, body)
    assert text(page).endswith("[lines 1-2000 of 5,000; go on with offset=2001]")
    assert len(text(page).encode()) <= DEFAULT.bytes
    assert page.structured_content is None
    assert page.meta is not None
    assert page.meta[mcp.META]["next"] == {"tool": "read", "arguments": {"path": "long.txt", "offset": 2001}}
    assert len(repr(page.meta)) < 1500
    links = [block for block in hits.content if isinstance(block, types.ResourceLink)]
    assert links[0].name == "sub/a.py"
    assert links[0].uri.endswith("/pro%20ject/sub/a.py")
    assert "SECRET" not in text(hits)
    if sys.platform == "linux":
        assert [link.name for link in links] == ["sub/a.py", r"sub/b\xff.py"]
        assert links[1].uri.endswith("/sub/b%FF.py")
    contents = resource.contents[0]
    assert isinstance(contents, types.TextResourceContents)
    assert contents.text == "1\tneedle = 1"


@pytest.mark.parametrize(
    ("name", "given", "sentence"),
    [
        ("grep", {"pattern": "("}, "("),
        ("grep", {"pattern": "a", "head_limit": "many"}, "grep: head_limit must be a whole number, not 'many'"),
        ("grep", {}, "grep needs pattern"),
        ("read", {"path": "lon.txt"}, "lon.txt: no such file or folder; did you mean long.txt?"),
        ("read", {"path": "../outside.txt"}, "leads out of the allowed folders"),
        ("write", {"path": "a"}, "there is no tool 'write'; there are read, grep, glob"),
    ],
)
def test_bad_arguments_are_readable_errors(project: Path, name: str, given: dict[str, Any], sentence: str) -> None:
    """P3, T15, T12: what a model got wrong is a result that says so in one sentence, and the server goes on."""

    async def body(client: Client) -> tuple[types.CallToolResult, types.CallToolResult]:
        return await client.call_tool(name, given), await client.call_tool("read", {"path": "sub/a.py"})

    wrong, right = ask(project, body)
    assert wrong.is_error
    assert sentence in text(wrong)
    assert "Traceback" not in text(wrong)
    assert "OUTSIDE" not in text(wrong)
    assert text(right) == "1\tneedle = 1"


def test_progress_is_told_and_a_cancelled_call_frees_its_place(project: Path, hole: str) -> None:
    """P3, T13: searches that would take their whole 30 s tell how far they are; cancelled, they leave their places to others."""
    told: dict[int, list[float]] = {0: [], 1: []}

    async def body(client: Client) -> types.CallToolResult:
        both = asyncio.Event()

        def telling(number: int) -> ProgressFnT:
            async def tell(progress: float, total: float | None, message: str | None) -> None:
                told[number].append(progress)
                if all(len(one) >= 2 for one in told.values()):
                    both.set()

            return tell

        # As many as run at once.
        given = {"pattern": "nosuch", "path": hole, "text": True}
        searches = [asyncio.create_task(client.call_tool("grep", given, progress_callback=telling(number))) for number in told]
        await both.wait()
        for search in searches:
            search.cancel()
        await asyncio.gather(*searches, return_exceptions=True)
        return await client.call_tool("grep", {"pattern": "needle", "path": "sub"})

    begun = time.monotonic()
    assert "sub/a.py:1:needle = 1" in text(ask(project, body))
    assert time.monotonic() - begun < _DEADLINE, "it waited until the searches had come to their own end"
    for numbers in told.values():
        assert numbers == sorted(set(numbers))


def test_a_client_that_goes_away_ends_the_server(project: Path, hole: str) -> None:
    """P3: when stdin ends, what runs is cancelled and the process ends."""

    async def body(client: Client) -> None:
        running = asyncio.Event()

        async def tell(progress: float, total: float | None, message: str | None) -> None:
            running.set()

        search = asyncio.create_task(client.call_tool("grep", {"pattern": "x", "path": hole, "text": True}, progress_callback=tell))
        await running.wait()
        search.cancel()

    begun = time.monotonic()
    ask(project, body)
    assert time.monotonic() - begun < _DEADLINE


def test_control_c_ends_the_server(project: Path) -> None:
    """P3: although its reader still waits for stdin; and a line that is no message is answered, not died of."""
    arguments = [sys.executable, "-m", "streamtools.adapters.streamtools", "mcp", "--root", str(project)]
    asked = b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n'
    env = {**os.environ, "XDG_STATE_HOME": str(project.parent / "state")}
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(b"no message\n" + asked)
        server.stdin.flush()
        assert b'"id":1' in server.stdout.readline()
        server.send_signal(signal.SIGINT)
        assert server.wait(30) == -signal.SIGINT


def test_resources_are_confined_and_errors_are_the_protocols(project: Path) -> None:
    """P3, T12: addresses outside of the roots, of other machines and of other schemes are refused in a sentence."""

    async def body(client: Client) -> list[str]:
        told = []
        for uri in (
            f"file://{project.parent}/outside.txt",
            "file://elsewhere/etc/passwd",
            "https://example.com/",
            f"file://{project}/.env",
        ):
            with pytest.raises(MCPError) as raised:
                await client.read_resource(uri)
            told.append(str(raised.value))
        return told

    told = ask(project, body)
    assert "leads out of the allowed folders" in told[0]
    assert "no file:// address" in told[1]
    assert "no file:// address" in told[2]
    assert "deny" in told[3]


def test_a_resource_is_always_the_text(project: Path) -> None:
    """P3: what a program reads is given whenever it asks, and is nothing that the model was shown."""

    async def body(client: Client) -> list[str]:
        uri = f"file://{project}/sub/a.py".replace(" ", "%20")
        contents = [(await client.read_resource(uri)).contents[0] for _ in range(3)]
        return [
            *(one.text for one in contents if isinstance(one, types.TextResourceContents)),
            text(await client.call_tool("read", {"path": "sub/a.py"})),
        ]

    assert ask(project, body) == ["1\tneedle = 1"] * 4


_ADDRESSES = ("file://[", "", "x" * 100_000, "file:///" + "a/" * 3000, "file:///%00", "file:///%ff", "spill://", "spill://a/../b")


def test_odd_addresses_are_told_in_a_sentence(project: Path) -> None:
    """P3, P4, T15: what is no address of a file here is the protocol's error, short however long the address is."""

    async def body(client: Client) -> list[str]:
        told = []
        for uri in _ADDRESSES:
            with pytest.raises(MCPError) as raised:
                await client.read_resource(uri)
            told.append(str(raised.value))
        return told

    for told in ask(project, body):
        assert 10 < len(told) < 1000
        assert "Traceback" not in told


class Raw:
    """A server that is sent lines as they are, as a client of another language or a broken one sends them."""

    def __init__(self, project: Path) -> None:
        arguments = [sys.executable, "-m", "streamtools.adapters.streamtools", "mcp", "--root", str(project)]
        self.process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._out, self._in = self.process.stdin, self.process.stdout
        hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "raw", "version": "1"}}
        self.send(json.dumps({"jsonrpc": "2.0", "id": "hello", "method": "initialize", "params": hello}).encode())
        self.send(b'{"jsonrpc":"2.0","method":"notifications/initialized"}')
        assert self.answer()["id"] == "hello"

    def send(self, *lines: bytes) -> None:
        """Send lines."""
        self._out.write(b"".join(line + b"\n" for line in lines))
        self._out.flush()

    def call(self, number: int, name: str, given: object) -> None:
        """Send a call; what JSON has no word for goes as Python writes it."""
        params = {"name": name, "arguments": given}
        self.send(json.dumps({"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}).encode())

    def answer(self) -> dict[str, Any]:
        """Return the next answer."""
        found: dict[str, Any] = json.loads(self._in.readline())
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._out.close()
        try:
            assert self.process.wait(60) == 0
        finally:
            self.process.kill()
            self._in.close()


_NO_MESSAGES = (
    *(b"", b"x", b"{}", b"[]", b"null", b'{"jsonrpc":"2.0"}', b'{"jsonrpc":"2.0","id":5,"result":{}}', b"[" * 100_000, b"\xff\xfe"),
    *(b'{"jsonrpc":"2.0","id":5,"method":"no/such"}', b'{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":5}}'),
    *(b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"nobody"}}', b'{"id":' + b"9" * 5000 + b"}"),
)


def test_a_line_that_is_no_message_ends_nothing(project: Path) -> None:
    """P3, T15: behind each the next request is answered, and the server still ends in peace."""
    with Raw(project) as server:
        for line in _NO_MESSAGES:
            server.send(line)
            server.call(1, "read", {"path": "sub/a.py"})
            while (found := server.answer()).get("id") != 1:
                assert found["id"] == 5
            assert not found["result"]["isError"]


def test_what_json_has_no_word_for_is_answered(project: Path) -> None:
    """P3, T15: half a character and NaN, which models and clients do send, are an error of the call; no client waits in vain."""
    with Raw(project) as server:
        server.call(1, "read", {"path": "half\ud83d"})
        assert server.answer()["result"]["isError"] is True
        server.call(2, "grep", {"pattern": "x", "context": float("nan")})
        assert server.answer()["result"]["content"][0]["text"] == "grep: context must be a whole number, not nan"


@pytest.mark.slow
def test_any_arguments_are_answered(project: Path) -> None:
    """P3, P4, T15: 10,000 random argument objects through the real server, many at a time: each is answered, capped, and never a traceback."""
    chance = random.Random(11)
    with Toolset([project]) as own:
        known = {name: parameters(function) for name, function in own.functions.items()}
    asked, results, errors = 0, 0, 0
    with Raw(project) as server:
        while asked < 10_000:
            sent = 0
            for _ in range(50):
                name = chance.choice(("read", "grep", "glob"))
                given = random_arguments(chance, known[name])
                try:
                    server.call(asked + sent, name, given)
                except (TypeError, ValueError):
                    continue
                sent += 1
            for _ in range(sent):
                answer = server.answer()
                if "error" in answer:
                    assert answer["error"]["code"] == -32602, "arguments that are no object"
                    continue
                shown = answer["result"]["content"][0]["text"]
                assert len(shown.encode()) <= DEFAULT.bytes
                assert "internal error" not in shown, shown
                results += 1
                errors += answer["result"].get("isError", False)
            asked += sent
    assert 1000 < errors < results
    assert results > 9000


@pytest.mark.slow
def test_a_storm_of_cancellations_leaves_the_server_free(project: Path, hole: str) -> None:
    """P3, T13: 1000 calls, each cancelled at once, most of them endless ones: what is asked behind them is answered well before their time."""
    with Raw(project) as server:
        begun = time.monotonic()
        for number in range(1000):
            server.call(number, "grep", {"pattern": "nosuch", "path": hole, "text": True})
            server.send(b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":%d}}' % number)
        server.call(-1, "grep", {"pattern": "needle", "path": "sub/a.py"})
        while (found := server.answer()).get("id") != -1:
            pass
        assert "needle = 1" in found["result"]["content"][0]["text"]
        assert time.monotonic() - begun < 2 * _DEADLINE


def test_spilled_results_are_a_template(tmp_path: Path) -> None:
    """H2, P3: a handle is read as a tool's path and as a resource; what is gone says so."""
    (tmp_path / "kept").write_text("spilled text\n")

    def resolve(handle: str) -> str:
        if handle != "spill://s1/7":
            raise NotFound(f"{handle}: expired")
        return str(tmp_path / "kept")

    (tmp_path / "root").mkdir()

    async def asked(tools: Toolset) -> None:
        async with Client(mcp.server(tools)) as client:
            templates = (await client.list_resource_templates()).resource_templates
            assert [one.uri_template for one in templates] == ["file:///{+path}", "spill://{session}/{id}"]
            result = await client.call_tool("grep", {"pattern": "text", "path": "spill://s1/7"})
            assert "spilled text" in text(result)
            assert [block.uri for block in result.content if isinstance(block, types.ResourceLink)] == ["spill://s1/7"]
            contents = (await client.read_resource("spill://s1/7")).contents[0]
            assert isinstance(contents, types.TextResourceContents)
            assert contents.text == "1\tspilled text"
            with pytest.raises(MCPError, match="expired"):
                await client.read_resource("spill://s1/8")

    with Toolset([tmp_path / "root"], resolve=resolve) as tools:
        asyncio.run(asked(tools))


def test_memory_is_limited_by_option(project: Path) -> None:
    """M4: the limit is there by default, as given, and off with 0."""
    if sys.platform != "linux":
        pytest.skip("the limit is looked up in /proc")

    async def body(client: Client) -> str:
        def limits() -> str:
            own = os.getpid()
            for name in filter(str.isdigit, os.listdir("/proc")):
                try:
                    if (
                        f"PPid:\t{own}\n" in Path(f"/proc/{name}/status").read_text()
                        and b"mcp" in Path(f"/proc/{name}/cmdline").read_bytes()
                    ):
                        return next(line for line in Path(f"/proc/{name}/limits").read_text().splitlines() if "data size" in line)
                except OSError:
                    continue
            return ""

        await client.list_tools()
        return limits()

    assert str(8192 << 20) in ask(project, body)
    assert str(512 << 20) in ask(project, body, "--max-memory", "512")
    assert "unlimited" in ask(project, body, "--max-memory", "0")


def test_calls_run_in_workers_when_asked(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """W6, W1, P3: off by default; with ``--use-workers`` the same texts come from processes of their own, which the state file lists."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    state = tmp_path / "streamtools" / "state.db"

    async def body(client: Client) -> list[str]:
        calls: list[tuple[str, dict[str, Any]]] = [
            ("read", {"path": "long.txt", "limit": 3}),
            ("grep", {"pattern": "needle"}),
            ("read", {"path": "../outside.txt"}),
        ]
        return [text(await client.call_tool(name, arguments)) for name, arguments in calls]

    async def served(*more: str) -> list[str]:
        environ = dict(os.environ)
        arguments = ["-m", "streamtools.adapters.streamtools", "mcp", "--root", str(project), *more]
        async with Client(StdioServerParameters(command=sys.executable, args=arguments, cwd=project, env=environ)) as client:
            return await body(client)

    own = asyncio.run(served())
    with Database(str(state)) as database:
        assert database.rows("SELECT name FROM sqlite_master WHERE name = 'worker_sessions'") == [], "nobody had tables of workers made"
    assert asyncio.run(served("--use-workers")) == own
    with Database(str(state)) as database:
        rows = database.rows("SELECT agent_type, status FROM worker_sessions ORDER BY id")
        assert rows == [("read", "done"), ("grep", "done"), ("read", "done")]
        assert database.rows("SELECT COUNT(*) FROM supervisors WHERE ended_at IS NULL") == [(0,)], "it was closed, not killed"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["mcp", "--root", "/no/such/folder"], "streamtools: /no/such/folder: no such file or folder"),
        (["mcp", "--max-memory", "3"], "streamtools: --max-memory=3: at least 64 MB are needed, or 0 for no limit"),
        (["serve"], "streamtools: there is no command 'serve'; there are mcp, spill, status, workers"),
    ],
)
def test_a_wrong_command_line_is_one_sentence(
    arguments: list[str], sentence: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """T15: exit code 2, and no traceback."""
    monkeypatch.setattr(sys, "argv", ["streamtools", *arguments])
    assert streamtools.main() == 2
    assert capsys.readouterr().err.startswith(sentence)


def found(find: Callable[[], list[Host]]) -> list[Host]:
    """Return what there is, once there is something."""
    while not (hosts := find()):
        time.sleep(0.01)
    return hosts


def test_its_memory_is_watched_and_reported(project: Path) -> None:
    """M1, M6, S4: while it serves it is in the registry with its budget (no more than --max-memory), and SIGUSR1 writes a report."""
    state = project.parent / "state" / "streamtools"

    async def body(client: Client) -> tuple[Host, str]:
        await client.call_tool("grep", {"pattern": "need[l]e"})
        with Database(str(state / "state.db")) as database:
            (host,) = await asyncio.to_thread(found, lambda: [host for host in Budget(database).hosts() if host.rss])
        os.kill(int(host.process.partition(":")[0]), signal.SIGUSR1)
        texts = (path.read_text() for _ in iter(int, 1) for path in state.glob("reports/*.txt"))
        report = await asyncio.to_thread(next, (one for one in texts if one.endswith("\n")))
        page = await client.call_tool("read", {"path": "sub/a.py"})
        assert text(page) == "1\tneedle = 1", "it goes on"
        return host, report

    host, report = ask(project, body, "--max-memory", "700")
    assert (host.name, host.level) == ("mcp", "normal")
    assert 512 * MIB <= host.budget <= 700 * MIB
    assert "  search patterns" in report
    assert "  coverage of files" in report
    with Database(str(state / "state.db")) as database:
        assert Budget(database).hosts() == []


def test_settings_and_a_state_folder_that_cannot_be_used(project: Path) -> None:
    """M4, T15: a wrong setting is one line and exit code 2; without a state folder the server works, and says why it is not in the registry."""
    arguments = [sys.executable, "-m", "streamtools.adapters.streamtools", "mcp", "--root", str(project)]
    (project.parent / "file").write_text("no folder")
    for variable, value, code, told in (
        ("STREAMTOOLS_MAX_MEMORY_MB", "lots", 2, "must be a whole number of megabytes"),
        ("XDG_STATE_HOME", str(project.parent / "file"), 0, "not in the registry"),
    ):
        env = {**os.environ, "XDG_STATE_HOME": str(project.parent / "state"), variable: value}
        done = subprocess.run(arguments, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=env, check=False, timeout=60)
        assert done.returncode == code
        assert told in done.stderr
        assert "Traceback" not in done.stderr


def test_memray_records_its_first_seconds(project: Path) -> None:
    """M6: --memray leaves a recording that memray can read."""
    memray = pytest.importorskip("memray")
    state = project.parent / "state" / "streamtools"

    async def body(client: Client) -> None:
        await client.call_tool("read", {"path": "sub/a.py"})

    ask(project, body, "--memray", "60")
    (path,) = state.glob("reports/*.bin")
    assert memray.FileReader(str(path)).metadata.total_allocations > 0
