"""Glob: the call that goes on with every option, the caps, deadlines and altered cursors; T3, T5, T13, T15, T18."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamtools.deadline import Deadline
from streamtools.errors import BadCursor
from streamtools.limits import Limits
from streamtools.listing import glob
from streamtools.render.text import text_of
from streamtools.searching import grep


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Twelve files in folders, some hidden, some ignored, with times in the reverse order of their names."""
    names = [*(f"{letter}{end}" for letter in "abc" for end in (".py", ".txt")), "d/e/f.py", "d/g.py", ".h.py", "i.log", "z/1.py", "[x].py"]
    for at, name in enumerate(sorted(names, reverse=True)):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x\n")
        os.utime(path, ns=(at * 10**9, at * 10**9))
    (tmp_path / ".ignore").write_text("*.log\n")
    return tmp_path


OPTIONS = [
    *({}, {"pattern": "*.py"}, {"pattern": ["*.py", "*.txt"]}, {"type": "py"}, {"exclude": "d"}, {"hidden": True}, {"ignore": False}),
    *({"max_depth": 1}, {"follow": True}, {"type": "py", "hidden": True, "exclude": ["z", "a*"]}),
]


@pytest.mark.parametrize("sort", ["path", "modified"])
@pytest.mark.parametrize("options", OPTIONS)
def test_next_is_the_call_that_goes_on(tree: Path, options: dict[str, object], sort: str) -> None:
    """T5, T10, T18: the arguments of ``next`` alone give page after page, with every option and in both orders."""
    whole = glob(path=tree, sort=sort, **options)  # type: ignore[arg-type]
    page = glob(path=tree, sort=sort, head_limit=2, **options)  # type: ignore[arg-type]
    found = [*page.paths]
    while page.next is not None:
        assert page.next.tool == "glob"
        page = glob(**page.next.arguments)  # type: ignore[arg-type]
        assert len(page.paths) <= 2
        found += page.paths
    assert found == list(whole.paths)
    assert page.total == whole.total
    times = [os.stat(path).st_mtime_ns for path in found]
    assert sort == "path" or times == sorted(times, reverse=True)


@pytest.mark.parametrize("options", [{}, {"type": "py"}, {"hidden": True}, {"ignore": False}, {"max_depth": 1}])
def test_the_same_walk_as_grep(tree: Path, options: dict[str, int]) -> None:
    """T18: Glob lists the files that Grep searches, in the same order, with the same ledger of what is left out."""
    listed = glob(path=tree, **options)  # type: ignore[arg-type]
    searched = grep("x", tree, output_mode="files_with_matches", **options)  # type: ignore[arg-type]
    same = [path for path in listed.paths if not path.endswith(".ignore")]
    assert same == list(searched.paths)
    assert listed.ledger.skipped == searched.ledger.skipped


def test_a_hundred_by_default_and_never_over_the_cap(tmp_path: Path) -> None:
    """T3, T18: a hundred names, however many there are; long names end a page at the byte cap."""
    for number in range(150):
        (tmp_path / f"{number:03}{'n' * 200}").touch()
    assert len(glob(path=tmp_path).paths) == 100
    limits = Limits(bytes=4096)
    page = glob(path=tmp_path, limits=limits)
    found = [*page.paths]
    while page.next is not None:
        assert page.stopped == "bytes"
        assert len(text_of(page, limits).encode()) <= 4096
        page = glob(**{**page.next.arguments, "limits": limits})  # type: ignore[arg-type]
        found += page.paths
    assert len(found) == len(set(found)) == 150


@pytest.mark.parametrize("sort", ["path", "modified"])
def test_a_deadline_gives_what_was_found(tree: Path, sort: str) -> None:
    """T13: a listing that is cancelled says so, and its totals are no promise."""
    deadline = Deadline()
    deadline.cancel()
    page = glob(path=tree, sort=sort, deadline=deadline)  # type: ignore[arg-type]
    assert page.stopped == "cancelled"
    assert page.total.kind == "at_least"
    assert any("cancelled" in notice for notice in page.notices)


def test_a_name_can_not_pass_for_a_notice(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """T16: a name that begins with a bracket is written so that it is none."""
    monkeypatch.chdir(tree)
    rows = text_of(glob("*.py", ".")).split("\n")
    assert "./[x].py" in rows
    assert all(row.startswith("[") for row in rows[rows.index("z/1.py") + 1 :])


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_altered_cursors(tree: Path, data: st.DataObject) -> None:
    """T15: a cursor with anything changed in it is refused or lists files of the folder; it never breaks."""
    page = glob(path=tree, head_limit=1, sort=data.draw(st.sampled_from(["path", "modified"])))
    assert page.next is not None
    raw = str(page.next.arguments["cursor"]).removeprefix("c1.").encode()
    values = json.loads(base64.urlsafe_b64decode(raw + b"=" * (-len(raw) % 4)))
    at = data.draw(st.integers(1, len(values) - 1))
    values[at] = data.draw(st.one_of(st.none(), st.booleans(), st.integers(-2, 9), st.just(10**30), st.text(max_size=4), st.just("/etc/a")))
    word = "c1." + base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")
    try:
        rest = glob(**{**page.next.arguments, "cursor": word})  # type: ignore[arg-type]
    except BadCursor:
        return
    assert all(path.startswith(str(tree)) for path in rest.paths)
