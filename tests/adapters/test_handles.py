"""``sread`` and ``sgrep`` of what was spilled."""

from __future__ import annotations

import os

import pytest

from streamtools.database import Database
from streamtools.history.spill import SpillStore
from tests.adapters import run


@pytest.fixture
def handle(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> str:
    """A text of 5000 lines in a state folder of its own."""
    monkeypatch.setenv("XDG_STATE_HOME", f"{tmp_path}/state")
    with SpillStore() as store:
        return store.save("s1", "t1", b"".join(b"line %d\n" % number for number in range(1, 5001))).handle


def test_a_handle_is_read_like_a_file(handle: str) -> None:
    """H2, T5: pages, spans and the call that goes on take the handle."""
    assert run("sread", f"{handle}:70-71").lines == ["70\tline 70", "71\tline 71"]
    assert run("sread", "--plain", "--offset", "4999", handle).lines == ["line 4999", "line 5000"]
    assert run("sread", "--tail", "1", handle).lines == ["5000\tline 5000"]
    assert run("sread", "--no-cap", "--plain", handle).out.count(b"\n") == 5000
    first = run("sread", handle)
    assert len(first.lines) == 2000
    assert f"sread --offset 2001 {handle}" in " ".join(first.told)


def test_what_is_gone_says_when(handle: str, tmp_path: object) -> None:
    """H7, T15: an expired handle tells when it expired, others what is wrong with them; nothing is made where nothing was."""
    with SpillStore(clock=lambda: 4_000_000_000.0):
        assert not os.path.exists(f"{tmp_path}/state/streamtools/spill/s1/t1.txt")
    gone = run("sread", handle)
    assert gone.code == 2
    assert gone.told == [f"sread: {handle}: expired on 2096-10-02 07:06 UTC: it was kept for 7 days after its last use; run the tool again"]
    assert "nothing was spilled under that name" in run("sread", "spill://s1/t9").told[0]
    assert "not a handle" in run("sread", "spill://s1").told[0]


def test_no_state_is_made(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """T15: who has spilled nothing gets an answer, not a database; one that is broken is told."""
    monkeypatch.setenv("XDG_STATE_HOME", f"{tmp_path}/none")
    done = run("sread", "spill://s1/t1")
    assert done.code == 2
    assert "nothing was spilled here" in done.told[0]
    assert not os.path.exists(f"{tmp_path}/none")
    with Database():
        pass
    with open(f"{tmp_path}/none/streamtools/state.db", "wb") as file:
        file.write(b"no database " * 1000)
    assert "can't be used" in run("sread", "spill://s1/t1").told[0]


def test_a_handle_is_searched_like_a_file(handle: str) -> None:
    """H2, T5, T2: hits stand under the handle, counts are those of the file, and a cursor goes on in it."""
    assert run("sgrep", "-n", "line 70$", handle).lines == ["70:line 70"]
    assert run("sgrep", "-Hc", "0$", handle).lines == [f"{handle}:500"]
    first = run("sgrep", "-n", "line", handle)
    assert len(first.lines) == 2000
    cursor = first.told[-1].partition("--cursor ")[2].split(",")[0]
    assert run("sgrep", "-n", "--cursor", cursor, "line", handle).lines[0] == "2001:line 2001"


def test_a_handle_that_is_gone_ends_a_search(handle: str) -> None:
    """H7, T15: exit code 2 and a sentence; ripgrep's face knows no handles."""
    with SpillStore(clock=lambda: 4_000_000_000.0):
        pass
    gone = run("sgrep", "line", handle)
    assert (gone.code, gone.out) == (2, b"")
    assert "expired on 2096-10-02" in gone.told[0]
