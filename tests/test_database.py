"""The state file: opened, locked and upgraded by any number of processes."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading

import pytest

from streamtools.database import Database, Schema, process_alive, process_key, state_folder
from streamtools.errors import StateError

COUNTER = Schema("counter", ("CREATE TABLE counter(n INTEGER NOT NULL); INSERT INTO counter VALUES (0)",))


def test_is_where_xdg_says_and_private(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """H7: the default is $XDG_STATE_HOME/streamtools/state.db, readable for its owner only; a relative setting is ignored."""
    monkeypatch.setenv("XDG_STATE_HOME", f"{tmp_path}/state")
    database = Database()
    assert database.path == f"{tmp_path}/state/streamtools/state.db"
    assert stat.S_IMODE(os.stat(database.path).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(os.path.dirname(database.path)).st_mode) == 0o700
    assert database.rows("PRAGMA journal_mode") == [("wal",)]
    database.close()
    monkeypatch.setenv("XDG_STATE_HOME", "here")
    assert state_folder() == os.path.expanduser("~/.local/state/streamtools")


def test_many_processes_open_upgrade_and_count_at_once(tmp_path: object) -> None:
    """H5: eight processes that make the same new file, each counting 50 times, lose no step."""
    code = """
import sys
from streamtools.database import Database, Schema
database = Database(sys.argv[1])
database.migrate(Schema("counter", ("CREATE TABLE counter(n INTEGER NOT NULL); INSERT INTO counter VALUES (0)",)))
for _ in range(50):
    with database.transaction() as connection:
        n = connection.execute("SELECT n FROM counter").fetchone()[0]
        connection.execute("UPDATE counter SET n = ?", (n + 1,))
"""
    path = f"{tmp_path}/state.db"
    children = [subprocess.Popen([sys.executable, "-c", code, path]) for _ in range(8)]
    assert [child.wait() for child in children] == [0] * 8
    database = Database(path)
    assert database.rows("SELECT n FROM counter") == [(400,)]
    database.close()


def test_upgrades_step_by_step_and_refuses_a_newer_file(tmp_path: object) -> None:
    """H5: a second step runs once over old data; a file of a newer version is refused with one sentence; a bad step changes nothing."""
    database = Database(f"{tmp_path}/state.db")
    database.migrate(COUNTER)
    newer = Schema("counter", (*COUNTER.steps, "ALTER TABLE counter ADD COLUMN note TEXT; UPDATE counter SET n = n + 7"))
    database.migrate(newer)
    database.migrate(newer)
    assert database.rows("SELECT n, note FROM counter") == [(7, None)]
    with pytest.raises(StateError, match="newer streamtools"):
        database.migrate(COUNTER)
    with pytest.raises(StateError):
        database.migrate(Schema("counter", (*newer.steps, "UPDATE counter SET n = 100; SELECT nonsense FROM nowhere")))
    assert database.rows("SELECT n FROM counter") == [(7,)]
    database.close()


def test_a_transaction_is_all_or_nothing_and_survives_a_kill(tmp_path: object) -> None:
    """H5: what raised is rolled back; after kill -9 what was committed is there and what was not is not."""
    path = f"{tmp_path}/state.db"
    database = Database(path)
    database.migrate(COUNTER)
    with pytest.raises(ZeroDivisionError), database.transaction() as connection:  # noqa: PT012 (what raises is the block)
        connection.execute("UPDATE counter SET n = 1")
        raise ZeroDivisionError
    assert database.rows("SELECT n FROM counter") == [(0,)]
    code = """
import os, signal, sys
from streamtools.database import Database
database = Database(sys.argv[1])
with database.transaction() as connection:
    connection.execute("UPDATE counter SET n = 2")
with database.transaction() as connection:
    connection.execute("UPDATE counter SET n = 3")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", code, path], check=False).returncode == -signal.SIGKILL
    assert database.rows("SELECT n FROM counter") == [(2,)]
    database.close()


def test_threads_share_it_and_a_fork_gets_a_connection_of_its_own(tmp_path: object) -> None:
    """S2: transactions of threads don't mix; a child made by fork while a thread holds the lock can work."""
    database = Database(f"{tmp_path}/state.db")
    database.migrate(COUNTER)

    def count() -> None:
        for _ in range(100):
            with database.transaction() as connection:
                n = connection.execute("SELECT n FROM counter").fetchone()[0]
                connection.execute("UPDATE counter SET n = ?", (n + 1,))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    code = f"""
import os, threading
from streamtools.database import Database
database = Database({database.path!r})
inside, go = threading.Event(), threading.Event()
def hold():
    with database._lock:
        inside.set(); go.wait()
threading.Thread(target=hold).start(); inside.wait()
pid = os.fork()
if pid == 0:
    with database.transaction() as connection:
        connection.execute("UPDATE counter SET n = n + 1")
    os._exit(0)
status = os.waitpid(pid, 0)[1]
go.set()
raise SystemExit(status)
"""
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=False, timeout=60).returncode == 0
    assert database.rows("SELECT n FROM counter") == [(401,)]
    database.close()
    database.close()
    with pytest.raises(StateError, match="was closed"):
        database.rows("SELECT 1")


def test_a_file_that_is_no_database_says_so(tmp_path: object) -> None:
    """T15: damage and a folder that can't be made are one clear sentence of our own."""
    path = f"{tmp_path}/state.db"
    with open(path, "w", encoding="utf-8") as file:
        file.write("this is not a database " * 100)
    with pytest.raises(StateError, match="not a database"):
        Database(path)
    with pytest.raises(StateError, match="XDG_STATE_HOME"):
        Database(f"{path}/below/state.db")


def test_process_keys_tell_the_living_from_the_dead() -> None:
    """W5: a key is this process's own, and dead once the process is gone; nonsense is dead."""
    assert process_alive(process_key())
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        key = process_key(child.pid)
        assert process_alive(key)
        child.kill()
    assert not process_alive(key)
    assert not process_alive("")
    assert not process_alive("1:not-this")


def test_who_opens_closes_and_a_forgotten_one_is_told(tmp_path: object) -> None:
    """M2: a block closes its file on every way out; a file that nobody closed is closed when it is collected, with a warning."""
    with pytest.raises(ZeroDivisionError), Database(f"{tmp_path}/state.db") as database:
        raise ZeroDivisionError
    with pytest.raises(StateError, match="was closed"):
        database.rows("SELECT 1")
    forgotten = Database(f"{tmp_path}/state.db")
    connection = forgotten._connection
    assert connection is not None
    with pytest.warns(ResourceWarning, match=r"state\.db: the state file was never closed"):
        del forgotten
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute("SELECT 1")


def test_a_second_one_in_a_process_takes_no_locks_from_the_first(tmp_path: object) -> None:
    """What one connection commits is there for other processes, also after one of them closed the file while this process has two open."""
    path = f"{tmp_path}/state.db"
    script = f"from streamtools.database import Database\nwith Database({path!r}) as database: print(database.rows('SELECT n FROM t'))"
    with Database(path) as first:
        with first.transaction() as connection:
            connection.execute("CREATE TABLE t(n)")
        with Database(path):
            for number in range(2):
                with first.transaction() as connection:
                    connection.execute("INSERT INTO t VALUES (?)", (number,))
                done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
                assert done.stdout.count("(") == number + 1, "the last process to leave must not remove the log"
