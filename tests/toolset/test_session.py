"""A session: capped results that say how to go on, budgets of turns, what was shown before; P2, P4, T3, T5, T12, T13."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from streamtools.deadline import Deadline
from streamtools.errors import FileError, InvalidArgument, NotFound
from streamtools.limits import DEFAULT, Limits
from streamtools.results import ToolResult
from streamtools.tokens import estimate
from streamtools.toolset import Toolset


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A long file, a few more, a secret, and something outside."""
    root = tmp_path / "project"
    (root / "sub").mkdir(parents=True)
    (root / "long.txt").write_text("".join(f"line {number} of the needle\n" for number in range(1, 5001)))
    for number in range(30):
        (root / "sub" / f"f{number:02}.py").write_text(f"needle = {number}\n")
    (root / ".env").write_text("needle SECRET\n")
    (tmp_path / "outside.txt").write_text("needle OUTSIDE\n")
    return root


@pytest.fixture
def tools(project: Path) -> Iterator[Toolset]:
    """A toolset on the project."""
    with Toolset([project]) as found:
        yield found


def data(result: ToolResult) -> dict[str, Any]:
    """The structured data, as a program would read it from JSON."""
    found: dict[str, Any] = json.loads(json.dumps(result.data))
    return found


def follow(tools: Toolset, name: str, arguments: dict[str, Any]) -> list[ToolResult]:
    """All pages, each by the call that the data of the one before names."""
    pages = [tools.call(name, arguments)]
    while (going_on := data(pages[-1])["next"]) is not None:
        pages.append(tools.call(going_on["tool"], going_on["arguments"]))
    return pages


def test_pages_are_followed_to_the_end(tools: Toolset) -> None:
    """T5, T3, P4: nothing is lost or repeated by the calls that results name, and none is over the cap."""
    pages = follow(tools, "read", {"path": "long.txt"})
    lines = [line for page in pages for line in page.text.splitlines() if not line.startswith("[")]
    assert lines == [f"{number}\tline {number} of the needle" for number in range(1, 5001)]
    hits = follow(tools, "grep", {"pattern": "needle", "hidden": "true", "head_limit": 900})
    found = [line for page in hits for line in page.text.splitlines() if not line.startswith("[")]
    assert len(found) == len(set(found)) == 5030
    names = follow(tools, "glob", {"pattern": "*.py", "head_limit": 7})
    assert [line for page in names for line in page.text.splitlines() if line[0] != "["] == [f"sub/f{n:02}.py" for n in range(30)]
    for page in (*pages, *hits, *names):
        assert len(page.text.encode()) <= DEFAULT.bytes
        assert page.data["next"] is None or page.text.splitlines()[-1].startswith("["), "the way on stands last"


def test_plain_functions_give_the_text(tools: Toolset) -> None:
    """P2: what a framework gets is what `call` gives, errors as a sentence too."""
    assert tools.grep("needle", glob="f01.py") == tools.call("grep", {"pattern": "needle", "glob": "f01.py"}).text
    assert tools.grep("needle", glob="f01.py").startswith("sub/f01.py:1:needle = 1\n[")
    assert tools.read("long.text").startswith("long.text: no such file or folder; did you mean long.txt?")
    assert tools.glob("f0[12].py").startswith("sub/f01.py\nsub/f02.py")


@pytest.mark.parametrize(
    "given", [{"path": "../outside.txt"}, {"path": ".env"}, {"path": "/etc/passwd"}, {"path": "sub/../../outside.txt"}]
)
def test_nothing_leaks(tools: Toolset, given: dict[str, Any]) -> None:
    """T12: outside and denied are errors of the call, for read and grep alike."""
    for name, more in (("read", {}), ("grep", {"pattern": "needle"})):
        result = tools.call(name, given | more)
        assert result.is_error
        assert "OUTSIDE" not in result.text
        assert "SECRET" not in result.text
    assert "SECRET" not in tools.grep("needle", hidden=True, ignore=False, text=True)
    assert "1 denied (a deny rule of this toolset holds)" in tools.grep("SECRET", hidden=True)


def test_the_data_is_small(tools: Toolset) -> None:
    """P2, T9: cursor, totals, ledger and encoding; not the text twice."""
    found = data(tools.call("grep", {"pattern": "needle", "head_limit": 2}))
    assert found["total"] == {"value": 2, "kind": "at_least"}
    assert found["ledger"]["skipped"] == {"denied": 1}
    assert found["encoding"] == "utf-8"
    assert found["next"]["arguments"]["cursor"].startswith("c1.")
    read = tools.call("read", {"path": "long.txt", "offset": 10, "limit": 5}).data
    assert read["lines"] == [10, 14]
    assert read["shown"] == [[10, 14]]
    assert len(repr(read)) + len(repr(found)) < 3000


def test_a_deadline_gives_what_was_found_and_the_way_on(project: Path) -> None:
    """T13: no time at all is a result that says so, and another session goes on from it."""
    (project / "longer.txt").write_text("line\n" * 100_000)
    with Toolset([project], deadline=0) as hurried, Toolset([project]) as tools:
        for name, given in (("grep", {"pattern": "needle"}), ("read", {"path": "longer.txt", "offset": 90_000}), ("glob", {})):
            result = hurried.call(name, given)
            assert not result.is_error
            assert result.data["stopped"] == "deadline", name
            going_on = data(result)["next"]
            assert not tools.call(going_on["tool"], going_on["arguments"]).is_error


def test_spilled_results_are_files(project: Path, tmp_path: Path) -> None:
    """P2: a handle is read and searched through the one who keeps it, and is what results show, also to go on with."""

    def resolve(handle: str) -> str:
        if handle != "spill://s/1":
            raise NotFound(f"{handle} is not known", handle)
        return str(tmp_path / "outside.txt")

    (tmp_path / "outside.txt").write_text("needle\n" * 3000)
    with Toolset([project], resolve=resolve) as tools:
        page = tools.call("read", {"path": "spill://s/1"})
        assert data(page)["next"]["arguments"] == {"path": "spill://s/1", "offset": 2001}
        hits = follow(tools, "grep", {"pattern": "needle", "path": "spill://s/1", "head_limit": 2000})
        assert hits[0].text.startswith("spill://s/1:1:needle\n")
        assert "outside.txt" not in "".join(hit.text for hit in hits)
        assert sum(hit.text.count("1:needle") for hit in hits) == 300
        assert tools.call("read", {"path": "spill://s/2"}).text == "spill://s/2 is not known"
    with Toolset([project]) as tools:
        assert "keeps no spilled results" in tools.read("spill://s/1")


def test_a_runner_gets_checked_arguments_and_stays_capped(project: Path) -> None:
    """P4: what runs elsewhere is asked only for what is right, and is cut if it gives too much."""
    asked: list[tuple[str, Mapping[str, object]]] = []

    def runner(name: str, arguments: Mapping[str, object], *, limits: Limits, until: Deadline) -> ToolResult:
        assert limits == DEFAULT
        assert until.passed() is None
        asked.append((name, arguments))
        return ToolResult("ü" * 100_000, {"a": 1})

    with Toolset([project], runner=runner) as tools:
        assert tools.call("read", {"path": 5}).is_error
        result = tools.call("read", {"file_path": "a", "offset": "7"})
        assert asked == [("read", {"path": "a", "offset": 7})]
        assert len(result.text.encode()) <= DEFAULT.bytes
        assert result.data == {"a": 1}


def test_calls_of_a_turn_share_its_budget(tools: Toolset) -> None:
    """P4: each call is lowered to what is left, says so with the call that goes on, and the last ones give nothing but that."""
    with tools.turn(tokens=12_000) as turn:
        results = [tools.call("read", {"path": "long.txt", "offset": 1 + 1000 * number, "limit": 1000}) for number in range(4)]
    texts = [result.text for result in results]
    assert 10_000 < sum(map(estimate, texts[:-1])) <= 12_000
    lowered = next(result for result in results if "all that the turn's budget leaves" in result.text)
    assert lowered.text.splitlines()[-1].startswith("[lines "), "the way on stands last"
    assert lowered.data["stopped"] == "bytes"
    assert texts[-1] == "[nothing is left of this turn's budget for results; make this call again in the next turn]"
    assert results[-1].data["next"] == {"tool": "read", "arguments": {"path": "long.txt", "offset": 3001, "limit": 1000}}
    assert turn.bytes > 0
    with tools.turn():
        assert len(tools.read("long.txt", offset=4001)) > 20_000
    with pytest.raises(InvalidArgument), tools.turn(tokens=0):
        pass


def test_a_page_that_was_shown_is_told_once_and_given_when_asked_again(tools: Toolset, project: Path) -> None:
    """P2: an unchanged re-read is one line; the same call after it gives the text."""
    first = tools.read("sub/f01.py")
    again = tools.call("read", {"path": str(project / "sub" / "f01.py")})
    assert again.text == "[unchanged: line 1 is as you were shown before; make the same call again to get the text once more]"
    assert again.data["unchanged"] is True
    assert tools.read("sub/f01.py") == first
    tools.read("long.txt", limit=100)
    tools.read("long.txt", offset=101, limit=100)
    assert tools.read("long.txt", offset=50, limit=100).startswith("[unchanged: lines 50-149 are as you were shown")
    assert tools.read("long.txt", offset=50, limit=200).startswith("50\t")


def test_coverage_is_told(tools: Toolset) -> None:
    """P2: which lines this session was shown, of how many."""
    tools.read("long.txt", offset=4900)
    told = tools.read("long.txt", offset=1, limit=400)
    assert "[shown so far: 1-400, 4900-5000 of 5000]" in told
    assert told.splitlines()[-1].startswith("[lines 1-400 of "), "the way on stands last"
    assert tools.call("read", {"path": "long.txt", "offset": 401, "limit": 10}).data["shown"] == [[1, 410], [4900, 5000]]


def test_a_change_is_told(tools: Toolset, project: Path) -> None:
    """T14, P2: a file that changed since it was read says so, and is read anew."""
    tools.read("long.txt", limit=400)
    (project / "long.txt").write_text("new\n")
    told = tools.read("long.txt", limit=400)
    assert told == "1\tnew\n[the file changed since you read lines 1-400]"
    info = os.stat(project / "long.txt")
    (project / "other").write_text("neu\n")
    os.utime(project / "other", ns=(info.st_atime_ns, info.st_mtime_ns))
    os.rename(project / "other", project / "long.txt")
    assert "[the file changed since you read lines 1-1]".replace("1-1", "1") in tools.read("long.txt", limit=400)


@pytest.mark.parametrize(
    "make",
    [
        lambda root: Toolset([root / "nosuch"]),
        lambda root: Toolset([root / "long.txt"]),
        lambda _: Toolset([]),
        lambda root: Toolset([root], turn_tokens=0),
        lambda root: Toolset([root], deny=["[a"]),
        lambda root: Toolset([root], limits=Limits(bytes=60_000)),
    ],
)
def test_bad_settings_are_told_at_once(project: Path, make: Callable[[Path], Toolset]) -> None:
    """T15: a toolset that can't work is not made."""
    with pytest.raises((InvalidArgument, FileError)):
        make(project)


def test_limits_are_obeyed(project: Path) -> None:
    """T3: a toolset's own lower limits hold, and are what the model is told."""
    with Toolset([project], limits=Limits(lines=50, bytes=4096)) as tools:
        assert "at most 50 lines and 4 KiB" in (tools.read.__doc__ or "")
        assert len(tools.read("long.txt").splitlines()) <= 52
        assert len(tools.grep("needle").encode()) <= 4096


def test_a_file_is_read_by_the_name_that_it_is_shown_with(project: Path, tools: Toolset) -> None:
    """T16, T15: names that hold line ends, escapes or bytes that are no UTF-8 are listed with escapes, and opened by them."""
    names = [b"new\nline", b"red\x1b[31m", "bidi\u202e".encode(), "next\u0085".encode(), b"back\\slash", b"hex\\x41"]
    names += [b"bad\xff"] if sys.platform == "linux" else []
    (project / "odd\t").mkdir()
    for name in names:
        Path(os.fsdecode(os.fsencode(project) + b"/odd\t/" + name)).write_text(f"hit {name!a}\n")
    shown = tools.glob(path="odd\\t").splitlines()
    assert len(shown) == len(names)
    assert {tools.read(name) for name in shown} == {f"1\thit {name!a}" for name in names}
    assert all(tools.grep("hit", name).startswith(f"{name}:1:hit ") for name in shown)
    assert tools.call("read", {"path": "odd\\t/no\\x41"}).is_error


def test_pages_by_another_encoding_are_other_pages(tools: Toolset, project: Path) -> None:
    """P2: what was shown of a file by one encoding says nothing of its lines by another, which has other line ends."""
    (project / "two.txt").write_bytes(b"one\ntwo\n")
    assert tools.read("two.txt") == "1\tone\n2\ttwo"
    assert "shown" not in tools.read("two.txt", encoding="utf-16")
    assert tools.call("read", {"path": "two.txt", "encoding": "utf-16"}).data["unchanged"] is True
    assert tools.call("read", {"path": "two.txt"}).data["unchanged"] is True


@pytest.mark.parametrize("name", [None, 5, [], {}, "", "Read", "x" * 10_000, "\ud800"])
def test_any_name_of_a_tool_is_answered(tools: Toolset, name: Any) -> None:  # noqa: ANN401 (anything)
    """T15: what is no tool's name, of whatever type, is told in a sentence."""
    result = tools.call(name, {})
    assert result.is_error
    assert result.text.startswith("there is no tool ")
    assert len(result.text) < 200


@pytest.mark.parametrize("name", ["grep", "glob"])
def test_a_cursor_is_of_its_own_roots(tools: Toolset, project: Path, tmp_path: Path, name: str) -> None:
    """T5, T12: what goes on in one folder is refused in another, where it would skip files; in a new session on the same one it goes on."""
    (tmp_path / "other").mkdir()
    going_on = data(tools.call(name, {"pattern": "*.py" if name == "glob" else "needle", "head_limit": 3}))["next"]["arguments"]
    with Toolset([tmp_path / "other"]) as other, Toolset([project]) as same:
        refused = other.call(name, going_on)
        assert refused.is_error
        assert "the cursor belongs to another search" in refused.text
        assert not same.call(name, going_on).is_error


def test_a_root_that_was_removed_is_told(tools: Toolset, project: Path) -> None:
    """T15, T9: a folder that is gone is no folder without hits, also when another one has its name."""
    for _ in range(2):
        shutil.rmtree(project)
        for name, given in (
            ("read", {"path": "long.txt"}),
            ("grep", {"pattern": "needle"}),
            ("glob", {}),
            ("glob", {"path": str(project)}),
        ):
            result = tools.call(name, given)
            assert result.is_error
            assert "this allowed folder was removed" in result.text
        project.mkdir()
