"""``streamtools status``: what runs here, for people and for programs: S1, S4, M1, W3's place."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from streamtools.adapters import status
from streamtools.database import Database
from streamtools.limits import MIB
from streamtools.sessions import Budget, SessionManager, Settings

COMMAND = [sys.executable, "-m", "streamtools.adapters.streamtools", "status"]
#: As above, on a Python that has no rich.
NO_RICH = [
    sys.executable,
    "-c",
    "import sys; sys.modules['rich'] = None; import streamtools.adapters.streamtools as it; sys.exit(it.main())",
]


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A state file with this process in it, an open session and a closed one with a name that would paint a terminal."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    with Database() as database, Budget(database, settings=Settings(), memory=lambda: 32 * 1024 * MIB) as budget:
        budget.join("my host")
        budget.tell(123 * MIB, budget.bytes(), "elevated")
        manager = SessionManager(database=database, settings=Settings())
        with manager.session("closed \x1b[31m\N{RIGHT-TO-LEFT OVERRIDE}") as session:
            session.status = "completed"
        with manager.session("open", observer=True) as session:
            session.history.add_user("x" * 1000)
        yield tmp_path
        manager.shutdown()


def terminal(command: list[str], until: str = "") -> str:
    """Run a command with a terminal as its stdout to its end, or until it has shown a text; return what was shown."""
    master, slave = pty.openpty()
    with subprocess.Popen(command, stdout=slave, stderr=slave, env={**os.environ, "TERM": "xterm"}) as child:
        os.close(slave)
        shown = b""
        try:
            while (piece := os.read(master, 65536)) and not (until and until.encode() in shown):
                shown += piece
        except OSError:
            # How Linux tells that nobody has the other end any more.
            pass
        if until:
            child.send_signal(signal.SIGINT)
        os.close(master)
    return shown.decode()


def test_a_pipe_gets_json(state: Path) -> None:
    """S4, M1: one document of all sections; sizes in bytes, times in seconds, names as they are."""
    done = subprocess.run(COMMAND, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert list(found) == [section.name for section in status.SECTIONS]
    (process,) = found["processes"]
    assert (process["pid"], process["name"], process["pressure"]) == (os.getpid(), "my host", "elevated")
    assert (process["memory"], process["budget"]) == (123 * MIB, 28_672 * MIB)
    one, other = found["sessions"]
    assert (one["id"], one["status"], one["pid"], one["observer"], one["messages"]) == ("open", "open", os.getpid(), True, 1)
    assert one["bytes"] > 1000
    assert (other["id"], other["status"], other["pid"], other["reason"]) == (
        "closed \x1b[31m\N{RIGHT-TO-LEFT OVERRIDE}",
        "completed",
        None,
        "completed",
    )


@pytest.mark.parametrize("command", [COMMAND, NO_RICH], ids=["rich", "plain"])
def test_a_terminal_gets_tables(state: Path, command: list[str]) -> None:
    """S4, T16: the same as tables, with rich and without; names can't paint the terminal."""
    arguments = command if command is COMMAND else [*command, "status"]
    shown = terminal(arguments)
    text = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    for word in ("processes", "my host", "123.0 MB", "28,672.0 MB", "elevated", "sessions", "open", " ago"):
        assert word in text, word
    assert r"closed \x1b[31m\u202e" in text
    assert "\x1b[31mX" not in shown
    assert ("┃" in text or "│" in text) == (command is COMMAND)


def test_json_in_a_terminal_too(state: Path) -> None:
    """S4: --json is JSON wherever it goes."""
    assert json.loads(terminal([*COMMAND, "--json"]))["processes"]


def test_watching_shows_again_and_again(state: Path) -> None:
    """S4: a line of JSON every so often into a pipe; in a terminal the tables are drawn anew until Ctrl-C."""
    with subprocess.Popen([*COMMAND, "--watch", "0.1"], stdout=-1, text=True) as child:
        assert child.stdout is not None
        lines = [json.loads(child.stdout.readline()) for _ in range(3)]
        child.terminate()
    assert all(line["processes"] for line in lines)
    for command in (COMMAND, [*NO_RICH, "status"]):
        assert "my host" in terminal([*command, "--watch", "0.1"], "my host")


def test_nothing_ran_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """S4: without a state file there is nothing to show, and none is made."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    done = subprocess.run(COMMAND, capture_output=True, text=True, check=True)
    assert not any(json.loads(done.stdout).values())
    assert not list(tmp_path.iterdir())
    assert status.plain(status.SECTIONS[0], []) == "processes: none\n"


def test_wrong_seconds_and_a_damaged_file_are_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """T15: both are a sentence and exit code 2."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    done = subprocess.run([*COMMAND, "--watch", "0"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "--watch=0: the seconds" in done.stderr
    (tmp_path / "streamtools").mkdir()
    (tmp_path / "streamtools" / "state.db").write_text("no database" * 1000)
    done = subprocess.run(COMMAND, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "can't be used" in done.stderr
