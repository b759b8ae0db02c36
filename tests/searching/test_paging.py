"""Page after page is everything, once and in order; and only the own cursor is taken; T2, T5, T10."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamtools.errors import BadCursor
from streamtools.limits import Limits
from streamtools.results import Summary
from streamtools.searching import grep, search
from streamtools.searching.options import Mode
from tests.searching.oracle import GAP, Row, follow, rows, rows_of

TINY = Limits(window=64, segment=64, overlap=16, bytes=2048, notice_bytes=1024)
NAMES = st.sampled_from(["a", "b.txt", "d/a", "d/b", "d/e/x", "z", "[odd]", "h.txt"])
TEXT = st.lists(st.sampled_from(["", "x", "foo", "foo foo", "bar", "a long line with foo in it and more", "é漢 foo"]), max_size=30)
TREES = st.dictionaries(NAMES, TEXT, min_size=1, max_size=5)
OPTIONS = st.fixed_dictionaries(
    {"head_limit": st.integers(1, 6)},
    optional={
        "before": st.integers(0, 3),
        "after": st.integers(0, 3),
        "invert_match": st.booleans(),
        "max_count": st.integers(1, 4),
        "multiline": st.booleans(),
        "output_mode": st.sampled_from(["content", "count", "files_with_matches", "files_without_match"]),
        "limits": st.just(TINY),
    },
)


@contextlib.contextmanager
def tree(texts: dict[str, list[str]]) -> Iterator[str]:
    """A folder with these files."""
    with tempfile.TemporaryDirectory() as folder:
        for name, lines in texts.items():
            path = Path(folder, name)
            with contextlib.suppress(FileExistsError):
                path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\n".join(lines))
        yield folder


def hits(found: list[Row]) -> list[Row]:
    """Rows without the gaps."""
    return [row for row in found if row != GAP]


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TREES, OPTIONS, st.booleans())
def test_all_pages_are_everything(texts: dict[str, list[str]], options: dict[str, object], twice: bool) -> None:
    """T10: following the cursor gives each line once and in order, gaps included, whatever ends the pages."""
    with tree(texts) as folder:
        paths = [folder, os.path.join(folder, next(iter(texts)))] if twice else folder
        pages = follow("foo", paths, **options)
        free = {name: value for name, value in options.items() if name != "head_limit"}
        whole = list(search("foo", paths, **free))  # type: ignore[arg-type]
        if options.get("output_mode", "content") == "content":
            assert rows_of(pages) == rows(whole, path=True)
        else:
            once = follow("foo", paths, **{**free, "head_limit": 1000})
            listed = [(hit.path, hit.count.value) for page in pages for hit in page.files]
            assert listed == [(hit.path, hit.count.value) for page in once for hit in page.files]
        summary = whole[-1]
        assert isinstance(summary, Summary)
        if options.get("output_mode", "content") in {"content", "count"}:
            assert pages[-1].total == summary.matches
        assert pages[-1].total_files == summary.files_with_matches
        assert pages[-1].stopped == "end"
        assert all(page.stopped in {"lines", "bytes"} for page in pages[:-1])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 900), min_size=1, max_size=40), st.integers(0, 2), st.booleans())
def test_the_byte_cap_cuts_pages_not_lines(sizes: list[int], context: int, every: bool) -> None:
    """T3, T10: pages that end at the byte cap leave nothing out and repeat nothing."""
    data = "\n".join(("foo " if every or index % 2 else "bar ") + "y" * size for index, size in enumerate(sizes))
    limits = Limits(bytes=2048, notice_bytes=1024, line_bytes=2000)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "f")
        Path(path).write_text(data)
        pages = follow("foo", path, context=context, limits=limits)
        shown = rows_of(pages)
        expected = rows(list(search("foo", path, context=context)), path=True)
        assert [row[:3] for row in shown] == [row[:3] for row in expected]
        assert all(whole[3].startswith(cut[3]) for cut, whole in zip(shown, expected, strict=True))


def test_pages_across_usual_windows(tmp_path: Path) -> None:
    """T10: the same with windows of the usual size and context across their borders."""
    lines = [f"{number} {'needle' if number % 97 == 0 else 'hay'} {'z' * (number % 300)}" for number in range(1, 12_000)]
    path = tmp_path / "big"
    path.write_text("\n".join(lines))
    pages = follow("needle", str(path), context=2, head_limit=40)
    expected = rows(list(search("needle", path, context=2)), path=True)
    assert len(pages) > 3
    assert rows_of(pages) == expected
    assert pages[-1].total.value == len(lines) // 97


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1"])
@pytest.mark.parametrize("context", [0, 1])
@pytest.mark.parametrize("at", [0, 9000, 19_990])
def test_pages_behind_a_giant_line(tmp_path: Path, encoding: str, context: int, at: int) -> None:
    """T7, T10: going on behind a line longer than the window, the numbers are right."""
    path = tmp_path / "f"
    giant = "a" * at + "needle" + "a" * (20_000 - at)
    path.write_bytes(f"{giant}\nneedle 2\nx\ny\nneedle 5\n{giant}\nneedle 7".encode(encoding))
    limits = Limits(window=8192, segment=2048, overlap=128)
    label = "latin-1" if encoding == "latin-1" else None
    pages = follow("needle", str(path), head_limit=1, context=context, limits=limits, encoding=label)
    whole = follow("needle", str(path), context=context, limits=limits, encoding=label)
    assert rows_of(pages) == rows_of(whole)
    assert [number for _, number, sign, _ in rows_of(whole) if sign == ":"] == [1, 2, 5, 6, 7]


@pytest.mark.parametrize("head_limit", [1, 3])
@pytest.mark.parametrize(
    "data", [b"", b"foo", b"foo\n", b"\xef\xbb\xbffoo\nx\nfoo", "foo\nx\nfoo\nfoo".encode("utf-16"), b"foo\r\nfoo\r\n"]
)
def test_pages_of_other_encodings(tmp_path: Path, data: bytes, head_limit: int) -> None:
    """T8, T10: going on in the middle of a file needs its encoding again, which its head tells."""
    path = tmp_path / "f"
    path.write_bytes(data)
    pages = follow("foo", str(path), head_limit=head_limit)
    assert rows_of(pages) == rows(list(search("foo", path)), path=True)


@pytest.mark.parametrize(
    "options",
    [
        {"ignore_case": True},
        {"fixed_strings": True},
        {"word_regexp": True},
        {"invert_match": True},
        {"multiline": True},
        {"hidden": True},
        {"glob": "*.txt"},
        {"output_mode": "count"},
        {"max_count": 2},
        {"context": 1},
        {"encoding": "utf-8"},
        {"head_limit": 1},
    ],
)
def test_next_is_the_call_that_goes_on(tmp_path: Path, options: dict[str, object]) -> None:
    """T5: the arguments of ``next``, and nothing else, are the next page."""
    for name in ("a.txt", "b.txt", "c.txt"):
        (tmp_path / name).write_text("Foo foo\nfoo Foo\nx\n")
    options = {"head_limit": 1, **options}
    expected = follow("foo", str(tmp_path), **options)
    page = grep("foo", str(tmp_path), **options)  # type: ignore[arg-type]
    for wanted in expected[1:]:
        assert page.next is not None
        page = grep(**page.next.arguments)  # type: ignore[arg-type]
        assert [line.text for line in page.lines] == [line.text for line in wanted.lines]
        assert page.paths == wanted.paths
    assert page.next is None


def cursor_of(folder: Path, **options: object) -> str:
    """A cursor behind the first hit of a little tree."""
    (folder / "a").write_text("foo\nfoo\nfoo\n")
    page = grep("foo", folder, head_limit=1, **options)  # type: ignore[arg-type]
    assert page.next is not None
    return str(page.next.arguments["cursor"])


@pytest.mark.parametrize(
    ("pattern", "options"),
    [
        ("bar", {}),
        ("foo", {"ignore_case": True}),
        ("foo", {"glob": "*.c"}),
        ("foo", {"multiline": True}),
        ("foo", {"output_mode": "count"}),
    ],
)
def test_cursor_of_another_search(tmp_path: Path, pattern: str, options: dict[str, object]) -> None:
    """T15: a cursor is refused for another pattern, other options or another folder, with what to do."""
    cursor = cursor_of(tmp_path)
    with pytest.raises(BadCursor, match="belongs to another search"):
        grep(pattern, tmp_path, cursor=cursor, **options)  # type: ignore[arg-type]
    with pytest.raises(BadCursor, match="belongs to another search"):
        grep("foo", tmp_path / "a", cursor=cursor)


@pytest.mark.parametrize("change", ["head_limit", "context", "limits", "engine"])
def test_cursor_for_another_presentation(tmp_path: Path, change: str) -> None:
    """T5: how much is shown may change from page to page; what matches may not."""
    values: dict[str, object] = {"head_limit": 2, "context": 1, "limits": TINY, "engine": "regex"}
    page = grep("foo", tmp_path, cursor=cursor_of(tmp_path), **{change: values[change]})  # type: ignore[arg-type]
    assert [line.number for line in page.lines if line.kind == "match"][:2] == [2, 3]


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_altered_cursors(tmp_path: Path, data: st.DataObject) -> None:
    """T15: a cursor with anything changed in it is refused, or gives lines of the file; it never breaks."""
    cursor = cursor_of(tmp_path)
    raw = cursor.removeprefix("c1.").encode()
    values = json.loads(base64.urlsafe_b64decode(raw + b"=" * (-len(raw) % 4)))
    junk = st.one_of(
        st.none(), st.booleans(), st.integers(-3, 20), st.sampled_from([2**62, 2**63, -(2**63), 10**400]), st.floats(), st.text(max_size=4)
    )
    other = data.draw(st.sampled_from(["field", "text", "drop", "add", "json"]))
    if other == "field":
        at = data.draw(st.integers(1, len(values) - 1))
        values[at] = data.draw(junk)
    elif other == "drop":
        values.pop()
    elif other == "add":
        values.append(data.draw(junk))
    word = base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")
    if other == "json":
        word = base64.urlsafe_b64encode(json.dumps(data.draw(st.recursive(junk, st.lists, max_leaves=5))).encode()).decode()
    word = data.draw(st.text(max_size=12)) if other == "text" else f"c1.{word}"
    try:
        page = grep("foo", tmp_path, cursor=word)
    except BadCursor:
        return
    assert all(line.data in {b"foo", b"oo", b"o", b""} for line in page.lines)


def test_cursor_does_not_name_the_file_in_the_clear_to_other_roots(tmp_path: Path) -> None:
    """T12: a cursor with another file's name in it opens nothing that the walk would not give."""
    cursor = cursor_of(tmp_path)
    secret = tmp_path.parent / "secret"
    secret.write_text("foo secret\n")
    raw = cursor.removeprefix("c1.").encode()
    values = json.loads(base64.urlsafe_b64decode(raw + b"=" * (-len(raw) % 4)))
    values = [str(secret) if isinstance(value, str) and value.endswith("/a") else value for value in values]
    forged = "c1." + base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")
    with contextlib.suppress(BadCursor):
        assert "secret" not in "".join(line.text for line in grep("foo", tmp_path, cursor=forged).lines)


@pytest.mark.parametrize("mode", ["content", "count", "files_with_matches"])
def test_a_file_removed_between_pages(tmp_path: Path, mode: Mode) -> None:
    """T14: the page goes on behind a file that is gone."""
    for name in "abc":
        (tmp_path / name).write_text("foo\nfoo\n")
    page = grep("foo", tmp_path, head_limit=1, output_mode=mode)
    assert page.next is not None
    (tmp_path / "a").unlink()
    rest = grep("foo", tmp_path, output_mode=mode, cursor=str(page.next.arguments["cursor"]))
    assert [Path(path).name for path in rest.paths] == ["b", "c"]
