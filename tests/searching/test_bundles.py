"""Hits of a page that are made several at once are those that come one by one; T2, T3, T5, T10."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamtools.events import Bundle
from streamtools.limits import Limits
from streamtools.results import Line
from streamtools.searching import search
from streamtools.searching.request import Request
from streamtools.searching.tree import Search
from streamtools.searching.units import shift, weight
from tests.searching.oracle import follow

SMALL = Limits(window=1024, segment=512, overlap=64, line_bytes=200, bytes=4096, notice_bytes=1024)
LINES = st.sampled_from(
    [
        b"aa",
        b"aaaa b aa",
        b"x",
        b"",
        b"a\r",
        b"\xff aa",
        "é aa 漢".encode(),
        b"\x1b aa",
        b"aa" + b"y" * 190,
        b"y" * 210 + b"aa",
        b"y" * 600,
        b"aa\r",
    ]
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(LINES, max_size=40),
    st.sampled_from([1, 10]),
    st.booleans(),
    st.sampled_from(["aa", "a.", "a"]),
    st.sampled_from([3, 40, 250]),
    st.sampled_from(["auto", "regex", "find"]),
)
def test_the_same_one_by_one(lines: list[bytes], times: int, ended: bool, pattern: str, most: int, engine: str) -> None:
    """T5, T10: each page is that of a search with a ``max_count`` that is never reached, which knows no bundles."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "f")
        path.write_bytes(b"\n".join(lines * times) + b"\n" * ended)
        options = {"limits": SMALL, "engine": engine, "head_limit": most}
        made = follow(pattern, str(path), **options)
        plain = follow(pattern, str(path), **options, max_count=10_000)
    assert [page.lines for page in made] == [page.lines for page in plain]
    assert [(page.total, page.stopped, page.ledger) for page in made] == [(page.total, page.stopped, page.ledger) for page in plain]
    assert [page.notices[:-1] for page in made] == [page.notices[:-1] for page in plain]


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_a_literal_looked_for_line_by_line(tmp_path: Path, newline: bytes) -> None:
    """T10: behind a block full of hits a literal is found without an engine: the same lines and spans."""
    dense = [b"aaaa" if number % 3 else b"b aa aa" for number in range(3000)]
    (tmp_path / "f").write_bytes(newline.join(dense + [b"x" * 50] * 3000 + [b"aa", b"y" * 700 + b"aa", b"aa"]))
    limits = Limits(window=4096, segment=512, overlap=64)
    made, slow = (list(search("aa", tmp_path / "f", limits=limits, engine=engine)) for engine in ("auto", "regex"))
    assert made == slow
    assert sum(isinstance(event, Line) for event in made) == 3003


def test_what_a_bundle_is(tmp_path: Path) -> None:
    """T3: nothing in it is cut; it weighs what its lines weigh, and moves with them."""
    (tmp_path / "f").write_bytes(b"aa one aa\n" * 50 + b"y" * 3000 + b"aa\n" + b"aa\n" * 3)
    request = Request.of("aa", str(tmp_path / "f"), {})._replace(bundles=True)
    running = Search(request, capped=True)
    events = list(running.events())
    assert running.summary().spans == sum(line.count(b"aa") for line in (tmp_path / "f").read_bytes().split(b"\n"))
    bundles = [event for event in events if isinstance(event, Bundle)]
    alone = [event for event in events if isinstance(event, Line)]
    assert [line.number for bundle in bundles for line in bundle.lines] == [*range(1, 51), 52, 53, 54]
    assert [(line.number, line.cut or line.column > 1) for line in alone] == [(51, True)]
    assert weight(bundles[0]) == sum(map(weight, bundles[0].lines))
    moved = shift(bundles[0], 5)
    assert isinstance(moved, Bundle)
    assert [line.number for line in moved.lines] == [line.number + 5 for line in bundles[0].lines]
