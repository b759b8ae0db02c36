"""Sessions leased, closed, saved and resumed, on a real state file: S1, S2, S3, H1, H3, H4."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from streamtools.database import Database
from streamtools.errors import InvalidArgument, StateError, TooManySessions
from streamtools.held import Reclaimable
from streamtools.history import BoundedHistory, Call, SpillStore, TierLimits
from streamtools.history.repair import repair
from streamtools.sessions import Session, SessionManager, Settings
from streamtools.sessions.leasing import Reason
from tests.sessions.conftest import Clock

SMALL = Settings(max_active_sessions=3)


def talk(session: Session, number: int = 0) -> None:
    """A call and its result."""
    session.history.add_assistant("next", [Call(f"c{number}", "shell", b"{}")])
    session.history.add_result(f"c{number}", f"result {number}")


def test_a_session_lives_its_hour_and_comes_back_as_it_was(database: Database, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    """S1, S3: closed 60 minutes after its last lease, with the reason in the log; conversation, state and pending work are those saved."""
    manager = SessionManager(database=database, settings=Settings(), clock=clock)
    with manager.session("s1") as session:
        session.history.add_system("you are")
        session.history.add_user("the task")
        talk(session)
        session.state["cwd"] = "/tmp"
        session.pending.append({"do": 1})
        shown = session.history.messages("anthropic")
        clock.minutes(120)
        assert manager.sweep() == 0, "in use"
    clock.minutes(59)
    assert manager.sweep() == 0
    with manager.session("s1") as again:
        assert again is session
    clock.minutes(59)
    assert manager.sweep() == 0
    clock.minutes(1)
    with caplog.at_level(logging.INFO, "streamtools"):
        assert manager.sweep() == 1
        assert len(manager) == 0
        assert session.history.held() == 0
        with manager.session("s1") as resumed:
            assert resumed is not session
            assert resumed.history.messages("anthropic") == shown
            assert resumed.history.system == "you are"
            assert (resumed.state, resumed.pending, resumed.status) == ({"cwd": "/tmp"}, [{"do": 1}], "active")
    assert "session s1 closed: nobody used it for its time" in caplog.text
    assert "session s1 resumed: 4 messages" in caplog.text
    manager.shutdown()


def test_the_least_recently_used_idle_one_makes_room(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    """S1, S3: over the limit the idle one used longest ago goes, never one in use; with all in use there is an error; a hundred by default."""
    assert Settings().max_active_sessions == 100
    with caplog.at_level(logging.INFO, "streamtools"), SessionManager(database=database, settings=SMALL) as manager:
        for name in ("a", "b", "c", "a"):
            with manager.session(name):
                pass
        with manager.session("d"):
            pass
        assert "session b closed: there were too many" in caplog.text
        with manager.session("a"), manager.session("c"), manager.session("d"):
            with manager.session("a"):
                pass
            with pytest.raises(TooManySessions, match="all 3 sessions are in use"), manager.session("e"):
                pass
        assert len(manager) == 3
    assert len(manager) == 0


def test_who_is_done_is_closed_at_once_and_pending_work_goes_on(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    """S1, S2: completed or failed without pending work closes with the last lease; with pending work the host is told to go on with it."""
    restarted: list[str] = []

    def restart(id: str) -> None:
        restarted.append(id)
        with manager.session(id) as session:
            assert session.status == "active"
            session.pending.clear()
            session.status = "completed"

    manager = SessionManager(database=database, settings=SMALL, restart=restart)
    with caplog.at_level(logging.INFO, "streamtools"):
        for status in ("completed", "failed"):
            with manager.session(status) as session, manager.session(status):
                session.status = status
            assert len(manager) == 0
        assert "session completed closed: it was completed" in caplog.text
        assert "session failed closed: it failed" in caplog.text
        with manager.session("more") as session:
            session.status = "failed"
            session.pending.append("one more")
        assert restarted == ["more"]
        assert len(manager) == 0
        assert "session more is failed, but 1 pending: it goes on" in caplog.text
    kept = SessionManager(database=database, settings=SMALL)
    with kept.session("kept") as session:
        session.status = "completed"
        session.pending.append("one more")
    assert len(kept) == 1
    with kept.session("completed") as session:
        assert session.status == "active", "new work begins it anew"
    kept.shutdown()
    manager.shutdown()


def test_hooks_run_before_it_is_dropped_and_what_they_do_is_kept(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    """S3: each hook once, the last first, with the reason, while the session is whole; a failing one is logged; closing twice is closing once."""
    told: list[tuple[str, Reason, int]] = []
    manager = SessionManager(database=database, settings=SMALL)
    with manager.session("s1") as session:
        talk(session)
        session.on_close(lambda one, reason: told.append(("first", reason, one.history.stats().messages)))
        session.on_close(lambda one, _: one.state.update(last="words"))
        session.on_close(lambda *_: 1 // 0)
        assert not manager.close("s1"), "in use"
    for name in ("s1", "s1", "never was"):
        assert manager.close(name)
    assert told == [("first", "asked", 2)]
    assert "ZeroDivisionError" in caplog.text
    with manager.session("s1") as session:
        assert session.state == {"last": "words"}
    manager.shutdown()
    assert len(told) == 1


def test_an_opener_during_a_close_waits_and_resumes(database: Database) -> None:
    """S3: who comes while a slow hook closes a session gets it from disk when that is done, with what the hook left."""
    manager = SessionManager(database=database, settings=SMALL)
    closing, go_on = threading.Event(), threading.Event()

    def slowly(session: Session, _: Reason) -> None:
        closing.set()
        assert go_on.wait(60)
        session.state["closed"] = True

    with manager.session("s1") as first:
        first.on_close(slowly)
    closer = threading.Thread(target=manager.close, args=("s1",))
    closer.start()
    assert closing.wait(60)
    got: list[Session] = []

    def open_it() -> None:
        with manager.session("s1") as session:
            got.append(session)

    opener = threading.Thread(target=open_it)
    opener.start()
    opener.join(0.05)
    assert not got, "nobody gets a dying session"
    go_on.set()
    closer.join()
    opener.join()
    assert got[0] is not first
    assert got[0].state == {"closed": True}
    manager.shutdown()


@pytest.mark.parametrize(
    "damage",
    [
        lambda dump: dump[: len(dump) * 2 // 3],
        lambda dump: dump.replace(b'"results":[{', b'"results":[{"":"Nonsense"},{', 1),
        lambda dump: dump.replace(b'"call":"c3"', b'"call":"nobody"'),
        lambda dump: dump.replace(b'"role":"assistant"', b'"role":7', 1),
        lambda dump: dump.replace(b'"id":"c4"', b'"id":"c3"').replace(b'"call":"c4"', b'"call":"c3"'),
    ],
    ids=["cut off", "unknown piece", "orphan result", "wrong type", "same id twice"],
)
def test_a_damaged_history_is_repaired(database: Database, damage: Callable[[bytes], bytes], caplog: pytest.LogCaptureFixture) -> None:
    """H3, S3: whatever happened to the saved bytes, what is readable comes back in a valid form, with every call answered, and can go on."""
    manager = SessionManager(database=database, settings=SMALL)
    with manager.session("s1") as session:
        session.history.add_user("the task")
        for number in range(8):
            talk(session, number)
        session.history.add_assistant("open", [Call("open", "shell", b"{}")])
    manager.close("s1")
    (saved,) = database.rows("SELECT history FROM sessions")[0]
    broken = damage(saved)
    assert broken != saved
    with database.transaction() as connection:
        connection.execute("UPDATE sessions SET history = ?", (broken,))
    with manager.session("s1") as session:
        messages = session.history.messages("openai")
        healed, done = repair(messages, "openai")
        assert not done
        assert healed == messages
        text = json.dumps(messages)
        assert "the task" in text
        assert text.count("result ") >= 4
        talk(session, 99)
        assert "result 99" in json.dumps(session.history.messages("anthropic"))
    manager.shutdown()
    assert "damaged" in caplog.text or "repaired" in caplog.text or "interrupted" in text
    assert b"nobody" not in database.rows("SELECT history FROM sessions")[0][0]


def test_nothing_readable_begins_anew_and_keeps_the_evidence(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    """S3: nonsense in the row is an empty session, told in the log, and the bytes stay for whoever looks."""
    manager = SessionManager(database=database, settings=SMALL)
    with manager.session("s1") as session:
        session.history.add_user("the task")
    manager.close("s1")
    with database.transaction() as connection:
        connection.execute("UPDATE sessions SET history = ?, state = ?, pending = ?", (b"\xff\x00 nonsense [{", "[1", '{"a": 1}'))
    with manager.session("s1") as session:
        assert session.history.messages("openai") == []
        assert (session.state, session.pending) == ({}, [])
        session.history.add_user("anew")
    manager.shutdown()
    assert database.rows("SELECT damaged FROM sessions") == [(b"\xff\x00 nonsense [{",)]
    assert "the saved history is damaged" in caplog.text
    assert caplog.text.count("saved state is damaged") == 2


def test_open_calls_are_answered_when_a_killed_process_is_resumed(database: Database) -> None:
    """S3, H3: a process that dies by kill -9 loses nothing that was there when its last lease ended; its session is free for others."""
    code = """
import os, signal, sys
from streamtools.database import Database
from streamtools.history import Call
from streamtools.sessions import SessionManager, Settings
with Database(sys.argv[1]) as database:
    manager = SessionManager(database=database, settings=Settings())
    with manager.session("s1") as session:
        session.history.add_user("the task")
        session.history.add_assistant("open", [Call("c1", "shell", b"{}")])
    print("saved", flush=True)
    if sys.stdin.readline():
        os.kill(os.getpid(), signal.SIGKILL)
"""
    manager = SessionManager(database=database, settings=SMALL)
    with subprocess.Popen([sys.executable, "-c", code, database.path], stdin=-1, stdout=-1, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "saved\n"
        with pytest.raises(StateError, match=f"is open in process {child.pid}; close it there first"), manager.session("s1"):
            pass
        assert manager.listed()[0].process.startswith(f"{child.pid}:")
        child.communicate("die\n")
    with manager.session("s1") as session:
        assert "interrupted" in json.dumps(session.history.messages("openai"))
        assert manager.listed()[0].process
    manager.shutdown()
    assert not manager.listed()[0].process


def test_observers_have_fifty_messages(database: Database) -> None:
    """H1: an observer's session keeps 50 messages, another 200, also after it was resumed."""
    manager = SessionManager(database=database, settings=Settings())
    for name, observer, most in (("s1", False, 200), ("s1:watch", True, 50)):
        for _ in range(2):
            with manager.session(name, observer=observer) as session:
                for number in range(150):
                    talk(session, number)
                assert session.observer is observer
                assert most // 2 < session.history.stats().messages <= most
            manager.close(name)
    with manager.session("s1:watch") as session:
        assert session.observer
        assert session.history.limits.messages == 50
    manager.shutdown()


def test_tiers_are_resumed_with_their_summaries(database: Database) -> None:
    """H4, S3: with tiers the conversation goes on behind its summaries, and what was said early is recalled."""
    manager = SessionManager(database=database, settings=Settings(), tiers=TierLimits())
    with manager.session("s1") as session:
        session.history.add_user("the task")
        for number in range(60):
            session.history.add_assistant("next", [Call(f"c{number}", "shell", b"{}")])
            session.history.add_result(f"c{number}", f"fact{number:03} is {number * 7}\n" * 20)
        shown = session.history.messages("openai")
    manager.close("s1")
    with manager.session("s1") as session:
        assert session.history.messages("openai") == shown
        assert session.tiers is not None
        assert any("fact000 is 0" in passage.text for passage in session.tiers.recall("fact000"))
        assert session.memory is session.tiers
    manager.shutdown()


def test_spilled_text_stays_leased_as_long_as_it_is_shown(database: Database, tmp_path: object) -> None:
    """H7, S3: closing lets go of the spilled texts, resuming holds them again."""
    store = SpillStore(database=database)
    manager = SessionManager(database=database, store=store, settings=SMALL)

    def leases() -> int:
        return int(database.rows("SELECT COUNT(*) FROM leases")[0][0])

    with manager.session("s1") as session:
        session.history.add_assistant("", [Call("c1", "shell", b"{}")])
        session.history.add_result("c1", "x" * 100 + "\n" * 60_000)
    assert leases() == 1
    manager.close("s1")
    assert leases() == 0
    with manager.session("s1"):
        assert leases() == 1
    manager.shutdown()
    assert leases() == 0


def test_shutdown_closes_all_and_waits_for_those_in_use(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    """S3: idle ones at once, those in use when their leases end, what is not given back in time is saved as it is; nothing opens afterwards."""
    manager = SessionManager(database=database, settings=SMALL)
    holding, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        with manager.session("held") as session:
            session.history.add_user("before")
            holding.set()
            assert let_go.wait(60)
            session.history.add_user("after")

    thread = threading.Thread(target=hold)
    thread.start()
    assert holding.wait(60)
    with manager.session("idle"):
        pass
    with caplog.at_level(logging.INFO, "streamtools"):
        assert manager.shutdown(0.01) == 1
        assert "session idle closed: all sessions were shut down" in caplog.text
        assert "session held is still in use at the shutdown" in caplog.text
        assert b"before" in database.rows("SELECT history FROM sessions WHERE id = 'held'")[0][0]
        with pytest.raises(StateError, match="shut down"), manager.session("new"):
            pass
        let_go.set()
        assert manager.shutdown(60) == 0
    thread.join()
    assert "session held closed: all sessions were shut down" in caplog.text
    assert b"after" in database.rows("SELECT history FROM sessions WHERE id = 'held'")[0][0]
    assert manager.shutdown() == 0


def test_a_session_that_cannot_be_saved_is_kept(database: Database, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    """S3, H5: while the state file is locked nothing is dropped; what JSON can't hold is told and holds up nothing."""
    manager = SessionManager(database=database, settings=SMALL, clock=clock)
    with manager.session("s1") as session:
        session.history.add_user("the task")
        session.state["bad"] = object()
    assert "JSON can't hold it" in caplog.text
    with manager.session("s1") as session:
        session.state.clear()
        session.history.add_user("unsaved")
        with database.transaction() as connection:
            connection.execute("CREATE TRIGGER full BEFORE UPDATE ON sessions BEGIN SELECT RAISE(ABORT, 'disk is full'); END")
    assert "session s1 could not be saved" in caplog.text
    clock.minutes(61)
    assert manager.sweep() == 0
    assert len(manager) == 1
    with database.transaction() as connection:
        connection.execute("DROP TRIGGER full")
    clock.minutes(61)
    assert manager.sweep() == 1
    assert b"unsaved" in database.rows("SELECT history FROM sessions")[0][0]
    manager.shutdown()


def test_it_gives_memory_back_by_closing_idle_sessions(database: Database) -> None:
    """M1: the manager is Reclaimable: idle sessions go to disk, the one used longest ago first, as many as are needed; those in use stay."""
    manager = SessionManager(database=database, settings=SMALL)
    assert isinstance(manager, Reclaimable)
    for name in "abc":
        with manager.session(name) as session:
            session.history.add_user(name * 5000)
    with manager.session("c"):
        assert 10_000 < manager.held() < 20_000
        assert len(manager.conversations()) == 3
        assert manager.reclaim(100) >= 5000
        assert [row.id for row in manager.listed() if row.process] == ["c", "b"]
        manager.reclaim(10**9)
        assert len(manager) == 1
        assert manager.held() == 0
    manager.shutdown()


def test_sessions_that_nobody_came_back_to_are_forgotten(database: Database) -> None:
    """S1: the state file does not grow for ever: 30 days after its last use a closed session's row goes, an open one's does not."""
    manager = SessionManager(database=database, settings=SMALL)
    for name in "abc":
        with manager.session(name):
            pass
    manager.close("a")
    manager.close("b")
    with database.transaction() as connection:
        connection.execute("UPDATE sessions SET used = used - 31 * 86400 WHERE id <> 'b'")
    assert manager._store.sweep() == 1
    assert {row.id for row in manager.listed()} == {"b", "c"}
    manager.shutdown()


@pytest.mark.parametrize("id", ["", "x" * 201, "a\0b"])
def test_ids_are_checked(database: Database, id: str) -> None:
    """T15: an id that can't be one is refused in a sentence."""
    manager = SessionManager(database=database, settings=SMALL)
    with pytest.raises(InvalidArgument, match="a session's id has 1 to 200 characters"), manager.session(id):
        pass
    manager.shutdown()


def test_real_threads_never_meet_a_closed_session(database: Database) -> None:
    """S2: eight threads over six sessions of which three fit, a thread that sweeps and closes all the time: counts add up on disk."""
    clock = Clock()
    manager = SessionManager(database=database, settings=SMALL, clock=clock)
    stop = threading.Event()
    errors: list[BaseException] = []

    def work(number: int) -> None:
        done = 0
        while done < 15:
            try:
                with manager.session(f"s{(number + done) % 6}") as session, session.history._lock:
                    session.state["n"] = session.state.get("n", 0) + 1
                done += 1
            except TooManySessions:
                continue
            except BaseException as error:  # noqa: BLE001 (shown by the test)
                errors.append(error)
                return

    def disturb() -> None:
        while not stop.wait(0.001):
            clock.minutes(61)
            manager.sweep()
            manager.close("s1")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    disturber = threading.Thread(target=disturb)
    for thread in (*threads, disturber):
        thread.start()
    for thread in threads:
        thread.join()
    stop.set()
    disturber.join()
    manager.shutdown()
    assert not errors
    states: list[dict[str, Any]] = [json.loads(state) for (state,) in database.rows("SELECT state FROM sessions")]
    assert sum(state["n"] for state in states) == 8 * 15


def test_import_starts_nothing() -> None:
    """S1: importing makes no thread and no file."""
    code = """
import sys, threading
import streamtools.sessions.manager, streamtools.sessions.pressure, streamtools.sessions.budget
assert threading.active_count() == 1
assert "asyncio" not in sys.modules
assert "memray" not in sys.modules and "psutil" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_history_in_use_elsewhere_is_not_touched() -> None:
    """S3: dropping a session gives up its own conversation only."""
    mine, other = BoundedHistory("a"), BoundedHistory("a")
    other.add_user("kept")
    Session("a", observer=False, history=mine).drop()
    assert other.held() > 0
