"""Many literals in several finders propose what one would, and compile in a process beside this one where that may be."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamtools.match import databases, several
from streamtools.match.exact import compile
from streamtools.match.hyper import MOST
from streamtools.match.pattern import Query
from tests.started import children

pytest.importorskip("hyperscan")

WORDS = st.lists(st.text("abc\r", min_size=1, max_size=4), min_size=1, max_size=12)
TEXTS = st.text("abc \r\n", max_size=300)


def holding(text: bytes, needles: list[bytes]) -> list[tuple[int, int]]:
    """Where the lines that hold a needle begin and end."""
    found, start = [], 0
    for line in text.splitlines(keepends=True) if b"\r" not in text else [part + b"\n" for part in text.split(b"\n")]:
        stop = min(start + len(line), len(text))
        if stop > start and any(needle in line for needle in needles):
            found.append((start, stop))
        start = stop
    return found


@given(WORDS, TEXTS, st.integers(1, 5), st.integers(1, 40), st.booleans())
@settings(max_examples=150, deadline=None)
def test_several_propose_what_one_does(words: list[str], text: str, most: int, piece: int, fold: bool) -> None:
    """T10: the same lines, ends and number, for the whole text and behind its first line, however they and the text are cut."""
    needles, data = [word.encode() for word in words], text.encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(several, "MOST", most)
        patch.setattr(several, "_PIECE", piece)
        patch.setattr(several, "_SOME", 2)
        made = several.of_many([*map(bytes.lower, needles)] if fold else needles, fold, fork=False)
        for start in {0, data.find(b"\n") + 1}:
            wanted = [(start + a, start + b) for a, b in holding(data[start:], needles)]
            ranges = list(made.lines(data, start, len(data)))
            assert all(b < c for (_, b), (c, _) in pairwise(ranges)), "apart"
            assert [line for low, high in ranges for line in holding(data[low:high], [b""]) or []] != [] or not wanted
            assert [(a, b) for a, b in wanted if not any(low <= a and b <= high for low, high in ranges)] == []
            assert sum(data.count(b"\n", low, high) + (not data[low:high].endswith(b"\n")) for low, high in ranges) == len(wanted)
            assert [end for some in made.ends(data, start, len(data)) for end in some] == [b for _, b in wanted]
            assert made.count(data, start, len(data)) == len(wanted)
            assert made.any(data, start, len(data)) is bool(wanted)
            assert not data[start:] or made.holds(memoryview(data)[start:]) is bool(wanted)
    assert made.exact is not (fold or any("\r" in word for word in words))


def _needles(count: int) -> list[str]:
    dice = random.Random(count)
    return sorted({"".join(dice.choices("abcdefgh", k=dice.randrange(5, 9))) for _ in range(count)})


@pytest.mark.parametrize("way", ["compiles", "dies", "can't begin"])
def test_a_fork_compiles_half_of_them(monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    """T10: what it compiled is used; what it did not, since it died, is compiled here. No process and no descriptor is left."""
    parent, own, compiled = os.getpid(), [], databases._compiled

    def no_more() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    def watched(wanted: databases.Key) -> object:
        if os.getpid() != parent and way == "dies":
            os.kill(os.getpid(), 9)
        own.append(len(wanted.expressions))
        return compiled(wanted)

    monkeypatch.setattr(databases, "_compiled", watched)
    monkeypatch.setattr(several, "MOST", 100)
    if way == "can't begin":
        monkeypatch.setattr(os, "fork", no_more)
    databases.WAITING.reclaim(10**9, urgent=True)
    needles = [word.encode() for word in _needles(400)]
    others = children()
    before = sorted(os.listdir("/proc/self/fd")) if os.path.exists("/proc/self/fd") else []
    made = several.of_many(needles, False, fork=True)
    assert len(own) == (2 if way == "compiles" else 4)
    assert not before or sorted(os.listdir("/proc/self/fd")) == before
    assert children() == others
    text = b"".join(b"%s\nno\n" % needle for needle in needles)
    assert made.count(text, 0, len(text)) == len(needles)


def test_many_words_from_a_file(tmp_path: Path) -> None:
    """T10: sgrep with 11,000 words counts and shows what grep does, alone and with a helper; a library finds the same."""
    words = _needles(11_000)
    assert len(words) > 2 * MOST
    dice = random.Random(1)
    (tmp_path / "words").write_text("\n".join(words) + "\n")
    lines = ["".join(dice.choices("abcdefgh ", k=12)) for _ in range(40_000)]
    (tmp_path / "log").write_text("\n".join(lines))
    by_size = [(size, {word for word in words if len(word) == size}) for size in range(5, 9)]
    wanted = [number for number, line in enumerate(lines, 1) if _holds(line, by_size)]
    for jobs in ("-j1", "-j2"):
        command = [sys.executable, "-m", "streamtools.adapters.sgrep", jobs, "--no-cap", "-F", "-f", "words"]
        done = subprocess.run([*command, "-c", "log"], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (done.stdout, done.stderr) == (f"{len(wanted)}\n", "")
        done = subprocess.run([*command, "-n", "log"], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.stdout.splitlines() == [f"{number}:{lines[number - 1]}" for number in wanted]
    if shutil.which("grep"):
        done = subprocess.run(["grep", "-c", "-F", "-f", "words", "log"], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.stdout == f"{len(wanted)}\n"
    finder = compile(Query(tuple(words), fixed=True)).finder
    data = (tmp_path / "log").read_bytes()
    assert finder is not None
    assert finder.count(data, 0, len(data)) == len(wanted)


def _holds(line: str, by_size: list[tuple[int, set[str]]]) -> bool:
    return any(line[at : at + size] in words for size, words in by_size for at in range(13 - size))
