"""Several processes give what one gives; T10, T13."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from streamtools.events import End, Summary, Total
from streamtools.searching import parallel, parts, search, units
from streamtools.searching.request import Request
from streamtools.searching.tree import Search
from streamtools.text.mapped import Mapped
from streamtools.text.window import Block
from tests.searching.oracle import follow

HERE = Path(__file__).parents[2]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Files of all kinds: small, in need of several parts, dense, with a giant line, binary, encoded, unreadable."""
    rng = random.Random(7)

    def text(lines: int, word: str = "needle") -> str:
        return "".join(f"{n} {'x' * rng.randrange(60)} {word if n % 5 == 0 else 'hay'} {rng.randrange(99)}\n" for n in range(lines))

    for folder in ("d1", "d2", "d2/sub"):
        (tmp_path / folder).mkdir()
        for n in range(12):
            (tmp_path / folder / f"f{n}.txt").write_text(text(rng.randrange(40)) if n % 3 else "hay\n" * 9)
    (tmp_path / "big.log").write_text(text(600))
    (tmp_path / "d1" / "big2.log").write_text(text(300, "Needle"))
    (tmp_path / "d2" / "dense.log").write_text("needle\n" * 3000)
    (tmp_path / "giant").write_bytes(b"a\n" * 3000 + b"x needle y " * 3000 + b"\nneedle 7\n" + b"hay\n" * 2000)
    (tmp_path / "d2" / "bin").write_bytes(b"needle\0\1\2\n" * 3000)
    (tmp_path / "d2" / "utf16").write_bytes(text(50).encode("utf-16"))
    (tmp_path / "d2" / "latin").write_bytes("größe needle\n".encode("latin-1") * 500)
    (tmp_path / "d1" / "no").write_text("needle\n")
    (tmp_path / "d1" / "no").chmod(0)
    (tmp_path / "d1" / "open").write_text("needle 7")
    (tmp_path / "d1" / "empty").write_text("")
    return tmp_path


@pytest.mark.parametrize("way", ["fork", "spawn"])
def test_helpers_change_nothing(tree: Path, way: str) -> None:
    """T10: event by event, page by page and in the ledger, with several processes and with one."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.searching.parity", way, str(tree)], cwd=HERE, capture_output=True, text=True, check=False
    )
    assert done.stdout == "same\n", done.stderr[-2000:]
    assert not done.stderr


def test_drawn_trees_and_searches(tmp_path: Path) -> None:
    """T2, T5, T10, T15: of random trees, patterns and options several processes and one give the same.

    That is every event, ledger, total and failure, also of a search that is left after any event; the pages and cursors of `grep`;
    and all pages together have the hits and the ledger of the whole, so that nothing is lost or told twice.
    """
    command = [sys.executable, "-m", "tests.searching.drawn", "0", "6", str(tmp_path)]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(HERE)})
    assert done.stdout == "same\n", done.stderr[-3000:]


@pytest.mark.parametrize("left", [100, 150_000])
def test_a_file_that_shrinks_while_its_parts_are_searched(left: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """T14: bytes are those that were read: the first part, as the file was cut behind its first hits, and what is left of others."""
    for module in (parallel, parts):
        monkeypatch.setattr(module, "FIRST", 64 * 1024)
    for name in ("PART", "LARGE_PART", "SHOWN_PART"):
        monkeypatch.setattr(units, name, 64 * 1024)
    path = tmp_path / "log"
    path.write_text("".join(f"row {number} {'needle' if number % 100 == 0 else ''}\n" for number in range(1, 80_000)))
    events = search("needle", path, jobs=2)
    seen = [next(events) for _ in range(4)]
    os.truncate(path, left)
    end, summary = [*seen, *events][-2:]
    assert isinstance(end, End)
    assert isinstance(summary, Summary)
    assert (end.stopped, end.changed, end.matches.kind) == ("changed", True, "at_least")
    assert max(left, 64 * 1024) <= end.bytes <= max(left, 64 * 1024) + 100
    assert summary.ledger.bytes == end.bytes


def test_a_file_that_shrinks_under_its_map(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """T14: a helper that looks at a file while it is cut is killed by the system; the parent reads what is left, and tells it."""
    monkeypatch.setattr(parallel, "FIRST", 64 * 1024)
    monkeypatch.setattr(parts, "FIRST", 64 * 1024)
    path = tmp_path / "log"
    row = f"{'x' * 90} needle\n".encode()
    path.write_bytes(row * 80_000)
    looked, survived = tmp_path / "looked", tmp_path / "survived"
    blocks = Mapped.blocks

    def cut(self: Mapped) -> Iterator[Block]:
        for block in blocks(self):
            looked.touch()
            os.truncate(path, len(row) * 1000)
            survived.write_bytes(self.buffer[block.stop - 10 : block.stop])
            yield block

    monkeypatch.setattr(Mapped, "blocks", cut)
    request = Request.of("needle", [str(path)], {"jobs": 2, "output_mode": "count"})
    *_, end = Search(request, capped=False, fork=True).events()
    assert looked.exists()
    assert not survived.exists()
    assert isinstance(end, End)
    assert (end.matches, end.stopped, end.changed, end.bytes) == (Total(1000, "at_least"), "changed", True, len(row) * 1000)


@pytest.mark.parametrize("mode", ["count", "content"])
def test_a_part_that_begins_with_a_long_line_is_read_whole(mode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """T10: a helper that goes from the map to reading begins anew, with the head that it has read to know the encoding."""
    for module in (parallel, parts):
        monkeypatch.setattr(module, "FIRST", 64 * 1024)
    path = tmp_path / "log"
    path.write_bytes(b"needle\n" * 1000 + b"x" * 600_000 + b" needle\n" + b"needle\n" * 1000)
    for fork in (True, False):
        request = Request.of("needle", [str(path)], {"jobs": 2, "output_mode": mode})  # type: ignore[typeddict-item]
        *_, end = Search(request, capped=False, fork=fork).events()
        assert isinstance(end, End)
        assert (end.matches, end.stopped, end.bytes) == (Total(2001, "exact"), "end", path.stat().st_size)


def test_pages_tell_what_was_left_out_once(tmp_path: Path) -> None:
    """T5, T15: a page knows nothing of what the walk has seen behind its end, which may be within a file: that counts in the next."""
    for name in "abcdefgh":
        (tmp_path / f"{name}.txt").write_text("needle\n")
        (tmp_path / f".{name}").write_text("")
        (tmp_path / f"{name}.o").write_text("")
    (tmp_path / ".ignore").write_text("*.o\n")
    pages = follow("needle", str(tmp_path), head_limit=3)
    assert [dict(page.ledger.skipped) for page in pages] == [{"hidden": 9, "ignored": 3}, {"ignored": 3}, {"ignored": 2}]
    assert [page.ledger.files for page in pages] == [2, 3, 3]


def test_every_file_of_a_batch_may_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """T9: as many failures are told as the largest batch has files; half of them were lost."""
    # the names of sockets must be short
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("s")
    names = [f"{number:04}" for number in range(2 * units.FILES)]
    for name in names:
        os.link(tmp_path / "s", tmp_path / name)
    worker = units.Worker(Request.of("x", str(tmp_path), {}), capped=True, runs=False)
    done = worker(units.Batch(((f"{tmp_path}/", "\0".join(names)),)))
    assert isinstance(done, units.Done)
    assert done.ledger.skipped == {"unreadable": len(names)}
    assert [failure.path for failure in done.ledger.failures] == [f"{tmp_path}/{name}" for name in names]
    worker.close()
