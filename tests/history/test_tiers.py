"""A conversation of any length in 80,000 tokens, with nothing lost."""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from streamtools.database import Database
from streamtools.errors import InvalidArgument
from streamtools.held import Reclaimable
from streamtools.history.extract import Extract
from streamtools.history.passages import Passages, RecallLimits
from streamtools.history.repair import repair
from streamtools.history.tiers import TieredMemory, TierLimits
from streamtools.history.turns import Call, Result, Shape, Text, Turn
from streamtools.results import ToolResult
from streamtools.tokens import estimate

Opened = Callable[[object], Database]
Memories = Callable[..., TieredMemory]
SHAPES: tuple[Shape, ...] = ("anthropic", "openai", "responses")
DAY = 86_400.0
SMALL = TierLimits(head=500, recent=3000, mid=1500, long=1000, summary=400)


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def tiers(database: Database, limits: TierLimits | None = None, session: str = "s1", **more: object) -> TieredMemory:
    """Make the memory of a session, or take it up again."""
    return TieredMemory(session, database=database, limits=limits, **more)  # type: ignore[arg-type]


@pytest.fixture
def memory_in(opened: Opened) -> Memories:
    """The same in a folder; the file is closed with the test."""
    return lambda folder, *limits, **more: tiers(opened(folder), *limits, **more)


def turn(memory: TieredMemory, number: int, text: str, *, own: bool = False) -> None:
    """Append a call and its result."""
    memory.history.add_assistant(f"Step {number}.", [Call(f"c{number}", "shell", json.dumps({"cmd": f"make {number}"}).encode())])
    memory.history.add_result(f"c{number}", ToolResult(text) if own else text)


@pytest.mark.slow
@pytest.mark.parametrize("recent_messages", [15, 200])
def test_two_hundred_thousand_tokens(tmp_path: object, memory_in: Memories, recent_messages: int) -> None:
    """H4, H5: 400,000 tokens pass through; at most 80,000 are in memory at any time; every result is reached by handle or by recall."""
    memory = memory_in(tmp_path, TierLimits(recent_messages=recent_messages))
    store = memory.history.store
    memory.history.add_system("you are a careful engineer")
    memory.history.add_user("find out why the build fails")
    rng = random.Random(7)
    total, peak, handles = 0, 0, {}
    for number in range(250):
        size = rng.choice([1, 5, 40, 200, 900, 4000])
        text = "\n".join(f"step {number} line {line} marker{number}x{line} value {rng.randrange(10**6)}" for line in range(size))
        turn(memory, number, text, own=number % 3 == 0)
        total += estimate(text)
        peak = max(peak, memory.tokens())
        shown = memory.messages("openai")[-1]["content"]
        if f"spill://s1/c{number}'" in shown:
            handles[number] = text
    print(f"{total:,} tokens passed, at most {peak:,} in memory, {sum(memory.stats().compactions.values())} compactions of 250 turns")
    assert total > 400_000
    assert peak <= 80_000
    assert len(handles) > 20
    for number, text in handles.items():
        with open(store.path(f"spill://s1/c{number}"), encoding="utf-8") as file:
            assert file.read() == text
    shown = json.dumps(memory.messages("anthropic"))
    for number in range(250):
        assert f"marker{number}x0 " in shown or any(
            f"marker{number}x0 " in passage.text for passage in memory.recall(f"marker{number}x0", 2000)
        ), number
    out = memory.messages("anthropic")
    assert not repair(out, "anthropic")[1]
    assert "find out why the build fails" in json.dumps(out[0])
    assert "summarised" in json.dumps(out[0])


def test_ten_to_fifteen_messages_are_recent(tmp_path: object, memory_in: Memories) -> None:
    """H4: behind the head the last 10 to 15 messages are shown, as soon as there are so many; parallel results of one turn stay together."""
    memory = memory_in(tmp_path)
    memory.history.add_system("you are")
    memory.history.add_user("go")
    counts = []
    for number in range(100):
        turn(memory, number, "a few words")
        counts.append(memory.stats().messages - 2)
    assert counts[:5] == [2, 4, 6, 8, 10]
    assert {min(counts[5:]), max(counts)} == {10, 14}
    memory.history.add_assistant("many", [Call(f"p{number}", "shell", b"{}") for number in range(30)])
    for number in range(30):
        memory.history.add_result(f"p{number}", "ok")
    assert memory.stats().messages - 2 == 31
    turn(memory, 200, "a few words")
    assert memory.stats().messages - 2 == 2


def test_recent_acts_at_ninety_percent_by_half(tmp_path: object, memory_in: Memories) -> None:
    """H5: recent turns are never over 90 % of their tokens, and each time about the newer half stays."""
    memory = memory_in(tmp_path, TierLimits(recent_messages=200))
    memory.history.add_user("go")
    before = 0
    for number in range(200):
        turn(memory, number, f"a line of step {number}\n" * 60)
        tokens = memory.stats().tokens
        assert tokens <= 36_000
        if tokens < before:
            assert 16_000 < tokens < 20_000
        before = tokens
    assert memory.stats().compactions["tokens"] >= 2


def test_loaded_summaries_stay_below_their_share(tmp_path: object, memory_in: Memories) -> None:
    """H4, H5: loaded summaries never reach 95 % of theirs; the oldest move on and can still be recalled; a restart loads the rest."""
    memory = memory_in(tmp_path, SMALL)
    memory.history.add_user("go")
    for number in range(300):
        turn(memory, number, f"the answer of step {number} is {number * 7}\n" * 8)
        assert memory._mid_tokens() <= 0.95 * 1500 + 1
        assert memory.tokens() <= 500 + 3000 + 1500
    database = memory._database
    assert 2 <= len(database.rows("SELECT id FROM summaries")) < len(database.rows("SELECT id FROM passages WHERE text LIKE 'summary: %'"))
    assert "the answer of step 3 is 21" in memory.recall("answer of step 3 is 21")[0].text
    again = memory_in(tmp_path, SMALL)
    assert again.note() == memory.note() != b""


KILLED = """
import os, signal, sys
from streamtools.database import Database
from streamtools.history.tiers import TieredMemory, TierLimits
from streamtools.history.turns import Call
folder, first, limits = sys.argv[1], int(sys.argv[2]), TierLimits(head=500, recent=3000, mid=1500, long=1000, summary=400)
memory = TieredMemory("s1", database=Database(f"{folder}/state.db"), limits=limits)
with open(f"{folder}/saved", "rb") as file:
    memory.history.restore(file.read())

class Dying:
    note = staticmethod(memory.note)
    def keep(self, turns):
        memory.keep(turns)
        os.kill(os.getpid(), signal.SIGKILL)

memory.history._body._archive = Dying()
for number in range(first, first + 1000):
    memory.history.add_assistant("", [Call(f"c{number}", "shell", b"{}")])
    memory.history.add_result(f"c{number}", f"fact{number} is {number * 7}\\n" * 30)
"""


class Crashing(RuleBasedStateMachine):
    """Turns, saves and real processes that are killed between the commit and the drop."""

    @initialize()
    def begin(self) -> None:
        """Start a session that is saved at once."""
        self.folder = tempfile.TemporaryDirectory()
        self.memory = tiers(Database(f"{self.folder.name}/state.db"), SMALL)
        self.memory.history.add_user("go")
        self.number = 0
        self.facts: list[int] = []
        self.save()

    @rule(count=st.integers(1, 6))
    def turns(self, count: int) -> None:
        """A few turns with a fact each."""
        for _ in range(count):
            turn(self.memory, self.number, f"fact{self.number} is {self.number * 7}\n" * 30)
            self.facts.append(self.number)
            self.number += 1

    @rule()
    def save(self) -> None:
        """Save the session, as its manager does."""
        with open(f"{self.folder.name}/saved", "wb") as file:
            file.write(self.memory.history.dump())

    @rule()
    def compact(self) -> None:
        """By hand."""
        self.memory.history.compact()

    @rule()
    def killed_between_commit_and_drop(self) -> None:
        """Another process takes the session up, works, and is killed; then this one takes it up again."""
        self.save()
        environment = {**os.environ, "PYTHONPATH": os.getcwd()}
        done = subprocess.run([sys.executable, "-c", KILLED, self.folder.name, str(self.number + 100_000)], check=False, env=environment)
        assert done.returncode == -signal.SIGKILL
        self.memory._database.close()
        self.memory = tiers(Database(f"{self.folder.name}/state.db"), SMALL)
        with open(f"{self.folder.name}/saved", "rb") as file:
            self.memory.history.restore(file.read())
        self.number += 200_000

    @invariant()
    def nothing_is_lost(self) -> None:
        """What was appended is shown, or is recalled; the export is healthy."""
        out = self.memory.messages("openai")
        assert not repair(out, "openai")[1]
        shown = json.dumps(out)
        for fact in self.facts[:2] + self.facts[-12::3]:
            text = f"fact{fact} is {fact * 7}\\n"
            found = self.memory.recall(f"fact{fact}")
            assert text in shown or any(text.replace("\\n", "\n") in passage.text for passage in found)

    def teardown(self) -> None:
        """Close the files."""
        if hasattr(self, "folder"):
            self.memory._database.close()
            self.folder.cleanup()


TestCrashing = Crashing.TestCase
TestCrashing.settings = settings(max_examples=10, stateful_step_count=12)


@pytest.mark.slow
def test_a_fact_among_twenty_thousand_rows(tmp_path: object, opened: Opened) -> None:
    """H4: recall finds one planted sentence among 20,000 passages, in other words than it was planted too; the time is for the benchmark."""
    rng = random.Random(1)
    words = [f"w{rng.randrange(5000)}" for _ in range(20_000)]
    passages = Passages("s1", opened(tmp_path))
    planted = " the code of the vault is 7741 and nobody may know it"
    passages.add((number, " ".join(rng.choices(words, k=30)) + (planted if number == 12_345 else "")) for number in range(20_000))
    for query in ("what is the code of the vault?", "vaults codes", "7741"):
        assert "7741" in passages.search(query, 2000)[0].text
    seconds = []
    for _ in range(20):
        begin = time.perf_counter()
        passages.search("which " + " ".join(rng.sample(words, 4)), 10_000)
        seconds.append(time.perf_counter() - begin)
    print(f"median of recall among 20,000 passages: {statistics.median(seconds) * 1000:.1f} ms")


def test_chinese_japanese_korean_are_found_without_blanks(tmp_path: object, opened: Opened) -> None:
    """H4: scripts without blanks between words are found by a part of a sentence."""
    passages = Passages("s1", opened(tmp_path))
    passages.add(
        [
            (1, "配置文件的路径不正确"),
            (2, "今天天气很好"),
            (3, "設定ファイルのパスを確認してください"),
            (4, "설정 파일의 경로가 올바르지 않습니다"),
        ]
    )
    assert [passages.search(query, 1000)[0].turn for query in ("文件的路径", "ファイル", "경로")] == [1, 3, 4]


def test_sessions_do_not_find_each_other_and_can_be_forgotten(tmp_path: object, opened: Opened) -> None:
    """H4: one database serves all sessions; nobody recalls what is another's; a forgotten session leaves no row."""
    database = opened(tmp_path)
    for session in ("a", "b"):
        Passages(session, database).add([(0, f"the secret of {session} is {session * 5}"), (1, "something else")])
    assert {passage.text for passage in Passages("a", database).search("secret", 1000)} == {"the secret of a is aaaaa"}
    Passages("a", database).forget()
    assert Passages("a", database).search("secret", 1000) == []
    assert [row[0] for row in database.rows("SELECT DISTINCT session FROM passages")] == ["b"]
    assert Passages("b", database).search("secret", 1000)[0].text == "the secret of b is bbbbb"


def test_what_nobody_came_back_to_goes_by_itself(opened: Opened, tmp_path: object) -> None:
    """H7: a session's summaries and passages go 30 days after its last use, at anybody's start; recalling is a use; the living stay."""
    database, clock = opened(tmp_path), Clock()
    for session in ("old", "used", "own"):
        memory = tiers(database, SMALL, session, clock=clock)
        memory.history.add_user("go")
        for number in range(30):
            turn(memory, number, f"fact{number} is {number * 7}\n" * 30)
    clock.now += 20 * DAY
    assert tiers(database, SMALL, "used", clock=clock).recall("fact3")
    clock.now += 11 * DAY
    own = tiers(database, SMALL, "own", clock=clock)
    assert own.recall("fact3")
    for table in ("summaries", "passages", "passage_sessions"):
        assert database.rows(f"SELECT DISTINCT session FROM {table} ORDER BY 1") == [("own",), ("used",)]
    words = "SELECT COUNT(*) FROM passages_words WHERE passages_words MATCH 'fact3'"
    assert database.rows(words) == database.rows("SELECT COUNT(*) FROM passages WHERE text LIKE '%fact3 %'")


def test_passages_have_a_quota(opened: Opened, tmp_path: object) -> None:
    """H7: a session over its bytes loses its oldest passages; over all bytes the session not used for longest goes."""
    database, clock = opened(tmp_path), Clock()
    limits = RecallLimits(session_bytes=2_000_000, total_bytes=5_000_000)
    for session in ("a", "b", "c"):
        passages = Passages(session, database, limits=limits, clock=clock)
        for number in range(20):
            passages.add([(number, f"number{number} {word} " + "filler " * 250) for word in range(100)])
        assert database.rows("SELECT bytes FROM passage_sessions WHERE session = ?", (session,))[0][0] <= 2_000_000
        assert "number19" in passages.search("number19", 1000)[0].text
        assert not any("number2 " in passage.text for passage in passages.search("number2", 1000))
        clock.now += 60
    assert database.rows("SELECT session, bytes FROM passage_sessions") == database.rows(
        "SELECT session, SUM(LENGTH(text)) FROM passages GROUP BY session"
    )
    assert Passages("d", database, limits=limits, clock=clock).sweep() == ["a"]
    assert [row[0] for row in database.rows("SELECT DISTINCT session FROM passages ORDER BY 1")] == ["b", "c"]


class Broken:
    """A model that can't be reached."""

    def summarize(self, turns: Sequence[Turn], max_tokens: int) -> str:  # noqa: ARG002
        """Fail."""
        raise ConnectionError("no route to the model")


class Chatty:
    """A model that does not keep to its tokens."""

    def summarize(self, turns: Sequence[Turn], max_tokens: int) -> str:  # noqa: ARG002
        """Say too much."""
        return "word " * (max_tokens * 3)


class Rubbish:
    """A model whose answer is no summary."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def summarize(self, turns: Sequence[Turn], max_tokens: int) -> Any:  # noqa: ANN401, ARG002 (rubbish)
        """Answer."""
        return self.answer


class Hanging:
    """A model that never answers."""

    def __init__(self) -> None:
        self.asked = 0
        self.never = threading.Event()

    def summarize(self, turns: Sequence[Turn], max_tokens: int) -> str:  # noqa: ARG002
        """Wait."""
        self.asked += 1
        self.never.wait()
        return "late"


def test_a_summariser_that_hangs_is_waited_for_once(tmp_path: object, caplog: pytest.LogCaptureFixture, memory_in: Memories) -> None:
    """H5: the conversation goes on with extracts after ``summary_seconds``, and asks no second time while the first hangs; then it does."""
    hanging = Hanging()
    limits = dataclasses.replace(SMALL, summary_seconds=0.05)
    memory = memory_in(tmp_path, limits, summarizer=hanging)
    memory.history.add_user("go")
    with caplog.at_level(logging.WARNING, "streamtools.history"):
        for number in range(40):
            turn(memory, number, f"fact{number} is {number * 7}\n" * 30)
    assert hanging.asked == 1
    assert "no summary within 0.05 seconds" in caplog.text
    assert "fact2 is 14" in memory.recall("fact2")[0].text
    hanging.never.set()
    while any(thread.name == "streamtools summary" for thread in threading.enumerate()):
        time.sleep(0.001)
    for number in range(40, 60):
        turn(memory, number, f"fact{number} is {number * 7}\n" * 30)
    assert b"late" in memory.note()


@pytest.mark.parametrize("answer", [None, 5, b"bytes", "", "\n", "half \ud83d", "\0"])
def test_whatever_a_summariser_answers_nothing_is_lost(tmp_path: object, answer: object, memory_in: Memories) -> None:
    """H5: what is no text is not taken, half a character is written as its escape; turns are dropped and found again all the same."""
    memory = memory_in(tmp_path, SMALL, summarizer=Rubbish(answer))
    memory.history.add_user("go")
    for number in range(20):
        turn(memory, number, f"fact{number} is {number * 7}\n" * 30)
    assert "fact2 is 14" in memory.recall("fact2")[0].text
    for shape in SHAPES:
        json.dumps(memory.messages(shape), ensure_ascii=False).encode()


class Points:
    """An embedder that gives what it is told to."""

    name = "points"

    def __init__(self, answer: Callable[[Sequence[str]], Any]) -> None:
        self.embed = answer


def _unreachable(texts: Sequence[str]) -> Any:  # noqa: ANN401
    raise ConnectionError(f"no route to the model of {len(texts)} texts")


@pytest.mark.parametrize(
    "answer",
    [_unreachable, lambda _: None, lambda _: [], lambda texts: [[float("nan")] * 4] * len(texts), lambda texts: ["ab"] * len(texts)],
)
def test_an_embedder_that_fails_costs_nothing(
    tmp_path: object, answer: Callable[[Sequence[str]], Any], caplog: pytest.LogCaptureFixture, memory_in: Memories
) -> None:
    """H4, H5: what can't be embedded is saved and found by words and spelling, and the log says so."""
    memory = memory_in(tmp_path, SMALL, embedder=Points(answer))
    memory.history.add_user("go")
    with caplog.at_level(logging.WARNING, "streamtools.history"):
        for number in range(20):
            turn(memory, number, f"fact{number} is {number * 7}\n" * 30)
        assert "fact2 is 14" in memory.recall("fact2")[0].text
    assert "the embedder failed" in caplog.text
    assert memory.stats().unarchived == 0


@pytest.mark.parametrize(
    "query",
    [
        *(
            '"',
            "a AND",
            "NEAR(a b",
            "*",
            'x"y',
            "col:abc",
            "-a",
            "^a",
            "___",
            "(",
            "\0",
            "\ud800",
            "",
            " ",
            "NOT",
            "'; DROP TABLE passages;--",
        ),
        *("a" * 1_000_000, "文" * 5000, "²", "\u0301"),
    ],
)
def test_any_query_is_answered(tmp_path: object, opened: Opened, query: str) -> None:
    """H4, T15: nothing in a query is taken for the search engine's own language."""
    passages = Passages("s1", opened(tmp_path))
    passages.add([(number, f"the fact number{number}") for number in range(5)])
    assert len(passages.search(query, 1000)) == 5
    assert passages.search(query, 0) == passages.search(query, -1) == []


@pytest.mark.parametrize("summarizer", [Broken(), Chatty()])
def test_a_summariser_that_fails_costs_nothing(
    tmp_path: object, summarizer: object, caplog: pytest.LogCaptureFixture, memory_in: Memories
) -> None:
    """H5: the extract takes its place for that time; turns are dropped, and found again."""
    memory = memory_in(tmp_path, SMALL, summarizer=summarizer)
    memory.history.add_user("go")
    with caplog.at_level(logging.WARNING, "streamtools.history"):
        for number in range(40):
            turn(memory, number, f"fact{number} is {number * 7}\n" * 30)
    assert "the extract is used" in caplog.text
    assert memory.tokens() <= 5000
    assert "fact2 is 14" in memory.recall("fact2")[0].text
    assert memory.stats().unarchived == 0


def test_the_extract_names_calls_handles_and_errors() -> None:
    """H4: without a model a summary holds what was asked, what was called, where the whole is, and what went wrong; always the same bytes."""
    one = Turn(1, "user", (Text(b"Fix the build. It broke yesterday. Thanks."),))
    two = Turn(2, "assistant", (Text(b"I look."), Call("a", "shell", b'{"cmd":"make"}')))
    two.answer(Result("a", b"compiling\nfoo.c:3: error: no such thing\ndone", handle="spill://s1/a", is_error=True, bytes=123_456))
    text = Extract().summarize([one, two], 4000)
    assert text == Extract().summarize([one, two], 4000)
    for part in ("Fix the build.", "shell", '{"cmd":"make"}', "spill://s1/a", "123,456 bytes", "foo.c:3: error: no such thing"):
        assert part in text
    many = [Turn(number, "user", (Text(b"Many words are said here. " * 50),)) for number in range(500)]
    assert 0 < estimate(Extract().summarize(many, 300)) <= 300


def test_it_is_reclaimable_and_its_limits_are_checked(tmp_path: object, memory_in: Memories) -> None:
    """M1: pressure summarises instead of losing; limits that hold nothing are refused."""
    memory = memory_in(tmp_path, TierLimits(recent_messages=200))
    assert isinstance(memory, Reclaimable)
    memory.history.add_user("go")
    for number in range(50):
        turn(memory, number, f"fact{number} is {number * 7}\n" * 60)
    assert memory.reclaim(20_000, urgent=True) >= 20_000
    assert "fact1 is 7" in memory.recall("fact1")[0].text
    with pytest.raises(InvalidArgument):
        TierLimits(mid=100)
    memory.forget()
    assert memory.recall("fact1") == []
