"""Glob: names by pattern, in path order or newest first, paged without loss; T18, T10, T9."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from streamtools.errors import BadCursor, InvalidArgument, NotFound, NotRegular
from streamtools.listing import glob
from streamtools.results import GlobResult, Total


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Some files in folders, one of them hidden, with times that rise with the number."""
    for number in range(30):
        path = tmp_path / f"d{number % 3}" / f"f{number:02}.{'py' if number % 2 else 'txt'}"
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
        os.utime(path, ns=(number * 10**9, number * 10**9))
    (tmp_path / ".hidden").write_text("x")
    return tmp_path


def pages(tree: Path, **options: object) -> list[GlobResult]:
    """All pages of a listing, each made by the call that the one before names."""
    found = [glob(path=tree, **options)]  # type: ignore[arg-type]
    while (going_on := found[-1].next) is not None:
        found.append(glob(**going_on.arguments))  # type: ignore[arg-type]
        assert len(found) < 100
    return found


@pytest.mark.parametrize("sort", ["path", "modified"])
@pytest.mark.parametrize("limit", [1, 4, 100])
def test_page_after_page_is_everything_once(tree: Path, sort: str, limit: int) -> None:
    """T10, T18: in either order nothing is lost and nothing repeated, and the last total is exact."""
    found = pages(tree, pattern="*.py", sort=sort, head_limit=limit)
    paths = [path for page in found for path in page.paths]
    expected = sorted(str(path) for path in tree.rglob("*.py"))
    if sort == "modified":
        expected.sort(key=os.path.getmtime, reverse=True)
    assert paths == expected
    assert found[-1].total == Total(15)


def test_newest_first_breaks_ties_by_name(tmp_path: Path) -> None:
    """T10: files of one time come in path order, and paging through them is stable."""
    for name in "cab":
        (tmp_path / name).write_text("x")
        os.utime(tmp_path / name, ns=(5, 5))
    found = pages(tmp_path, sort="modified", head_limit=1)
    assert [os.path.basename(path) for page in found for path in page.paths] == ["a", "b", "c"]


def test_the_ledger_tells_what_is_left_out(tree: Path) -> None:
    """T9: hidden files are counted, with the option that includes them."""
    result = glob((), tree)
    assert result.ledger.skipped == {"hidden": 1}
    assert any("hidden=True" in notice for notice in result.notices)
    assert glob((), tree, hidden=True).total == Total(31)


def test_bad_arguments(tree: Path) -> None:
    """T15: each is one clear error."""
    with pytest.raises(NotFound, match="did you mean"):
        glob("*", tree / "dd0")
    with pytest.raises(NotRegular, match="is a file"):
        glob("*", tree / "d0" / "f00.txt")
    with pytest.raises(InvalidArgument, match="head_limit"):
        glob("*", tree, head_limit=0)
    with pytest.raises(InvalidArgument, match="sort"):
        glob("*", tree, sort="size")  # type: ignore[arg-type]
    with pytest.raises(BadCursor):
        glob("*", tree, cursor="c1.xx")
    page = glob("*", tree, head_limit=1)
    assert page.next is not None
    with pytest.raises(BadCursor, match="another search"):
        glob("*.py", tree, cursor=str(page.next.arguments["cursor"]))
