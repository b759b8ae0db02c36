"""``streamtools workers report`` and ``streamtools spill``: what the tables hold, for people and for scripts; W2, W3, W4, H7."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from streamtools.adapters.scatter import scatter
from streamtools.database import Database, process_key
from streamtools.history.spill import SpillStore
from streamtools.limits import MIB
from streamtools.workers.store import End, Store

_ENDS = (
    End("done", "", 40 * MIB, 120.0, 8.0, 0),
    End("memory", "it took more\x1b[31m memory", 5800 * MIB, 60_000.0, 9.0, 0),
    End("crashed", "its process crashed: SIGSEGV", None, 3.0, None, -11, 11),
)


def run(*arguments: str, state: Path) -> subprocess.CompletedProcess[str]:
    """Run a command in a real process, as a user of that state folder."""
    command = [sys.executable, "-m", "streamtools.adapters.streamtools", *arguments]
    environ = dict(os.environ, XDG_STATE_HOME=str(state))
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environ)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """The user's state file, with three workers that have ended, one that runs, and an alert."""
    with Database(str(tmp_path / "streamtools" / "state.db")) as found:
        store = Store(found)
        store.enter("s1", process_key(), "q")
        for number in range(4):
            store.add("q", "s1", f"agent<{number}>\x07", "{}")
            claim = store.claim("s1", "q")
            assert claim is not None
            if number < 3:
                store.end(claim.worker, _ENDS[number], again=False)
        store.alert("critical", "out of memory", "task 2: it took more\nmemory", 2)
        yield found


@pytest.mark.usefixtures("database")
def test_the_report_is_a_table_or_json(tmp_path: Path) -> None:
    """W2, W3, W4: each ended worker with status, time, dispatch and peak, and the alerts; nothing in them reaches the terminal raw."""
    shown = run("workers", "report", state=tmp_path)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "\x1b" not in shown.stdout
    assert "\x07" not in shown.stdout
    rows = [re.split(r"  +", line.strip()) for line in shown.stdout.splitlines()]
    assert rows[0] == ["id", "task", "started", "status", "ms", "dispatch", "peak MB", "what"]
    assert [row[3:7] for row in rows[1:4]] == [
        ["crashed", "3", "-", "-"],
        ["memory", "60,000", "9", "5,800.0"],
        ["done", "120", "8", "40.0"],
    ]
    assert "3 workers: 1 crashed, 1 memory, 1 done" in shown.stdout
    assert re.search(r"critical +out of memory +task 2: it took more\\nmemory \(worker 2\)", shown.stdout)
    found = json.loads(run("workers", "report", "--json", "--limit", "2", state=tmp_path).stdout)
    assert [worker["status"] for worker in found["workers"]] == ["crashed", "memory"]
    assert found["workers"][0]["signal"] == 11
    assert found["summary"]["dispatch_ms_p95"] == 9.0
    assert found["alerts"][0]["severity"] == "critical"


def test_the_status_shows_workers_and_alerts(database: Database, tmp_path: Path) -> None:
    """W3: stored and shown: what runs first, with its process, then the newest that have ended, and the newest alerts."""
    with database.transaction() as connection:
        connection.execute("UPDATE worker_sessions SET process = '77:5' WHERE status = 'running'")
    found = json.loads(run("status", state=tmp_path).stdout)
    workers = [(one["id"], one["status"], one["pid"], one["memory"]) for one in found["workers"]]
    assert workers == [(4, "running", 77, None), (3, "crashed", None, None), (2, "memory", None, 5800 * MIB), (1, "done", None, 40 * MIB)]
    (alert,) = found["alerts"]
    assert (alert["severity"], alert["kind"], alert["worker"]) == ("critical", "out of memory", 2)


def test_the_plot_is_svg(database: Database, tmp_path: Path) -> None:
    """W4: a dot a worker that has both numbers, whatever its names hold; none at all is a picture too."""
    target = tmp_path / "plot.svg"
    assert run("workers", "report", "--plot", str(target), state=tmp_path).returncode == 0
    picture = ET.fromstring(target.read_text())
    dots = [dot for dot in picture.iter("{http://www.w3.org/2000/svg}circle") if len(dot)]
    assert len(dots) == 2
    told = [dot[0].text for dot in dots]
    assert any("agent<0>?: done, 120 ms, 40.0 MB" in str(one) for one in told), told
    assert float(dots[0].attrib["cx"]) > float(dots[1].attrib["cx"]), "the longer one is on the right"
    assert float(dots[0].attrib["cy"]) < float(dots[1].attrib["cy"]), "the larger one is above"
    assert "1 without numbers" in target.read_text()
    ET.fromstring(scatter([]))
    failed = run("workers", "report", "--plot", str(tmp_path / "no" / "plot.svg"), state=tmp_path)
    assert failed.returncode == 2
    assert "no such file or folder" in failed.stderr
    assert database.rows("SELECT status, duration_ms, memory_peak_mb FROM duration_memory ORDER BY id LIMIT 1") == [("done", 120.0, 40.0)]


def test_spilled_texts_are_listed_and_cleaned_up(tmp_path: Path) -> None:
    """H7: what is kept, and whether it may go; gc removes what is older than asked for, and nothing that is leased."""
    now = [1_700_000_000.0]
    with Database(str(tmp_path / "streamtools" / "state.db")) as database:
        store = SpillStore(database=database, clock=lambda: now[0])
        old, leased, new = (store.save("s", name, b"x" * 1000 * number) for number, name in enumerate(("old", "leased", "new"), 1))
        store.lease(leased.handle, "somebody", durable=True)
    listed = run("spill", "ls", state=tmp_path)
    assert listed.returncode == 0
    assert "3 texts, 6,000 bytes" in listed.stdout
    assert re.search(r"spill://s/leased +2,000 .* leased +result", listed.stdout)
    (first,) = run("spill", "ls", "--json", "--limit", "1", state=tmp_path).stdout.splitlines()
    assert json.loads(first)["complete"] is True
    with Database(str(tmp_path / "streamtools" / "state.db")) as database:
        SpillStore(database=database, clock=lambda: 1_700_000_000.0).path(new.handle)
    many = str(10**9)
    assert run("spill", "gc", "--days", many, state=tmp_path).stdout == "0 removed; 3 are kept, 6,000 bytes\n"
    assert run("spill", "gc", state=tmp_path).stdout == "2 removed; 1 are kept, 2,000 bytes\n"
    assert not (tmp_path / "streamtools" / "spill" / "s" / "old.txt").exists()
    assert (tmp_path / "streamtools" / "spill" / "s" / "leased.txt").exists()
    assert old.handle not in run("spill", "ls", state=tmp_path).stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("workers", "report"), "nothing was kept here yet; XDG_STATE_HOME may differ"),
        (("spill", "ls"), "nothing was kept here yet"),
        (("workers", "report", "--limit", "0"), "--limit=0: from 1 to 10,000"),
        (("spill", "gc", "--state", "NO-DATABASE"), "the state file can't be used"),
    ],
)
def test_wrong_questions_are_one_sentence(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, arguments: tuple[str, ...], sentence: str
) -> None:
    """T15: one line, exit code 2, and nothing is made."""
    text = tmp_path_factory.mktemp("other") / "text"
    text.write_text("no database\n" * 1000)
    done = run(*(str(text) if word == "NO-DATABASE" else word for word in arguments), state=tmp_path)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_empty_tables(tmp_path: Path) -> None:
    """Exit code 1 says that there is nothing, as a search does."""
    with Database(str(tmp_path / "streamtools" / "state.db")):
        pass
    report = run("workers", "report", state=tmp_path)
    assert (report.returncode, report.stdout) == (1, "no worker has ended yet\n")
    assert run("spill", "ls", state=tmp_path).returncode == 1
