"""Hits of a page that are made several at once are those that come one by one; T2, T3, T5, T10."""

from __future__ import annotations

import copy
import pickle
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamtools.events import Begin, Bundle, Encoding, Total
from streamtools.limits import Limits
from streamtools.results import FileHits, Line
from streamtools.searching import grep, search
from streamtools.searching.collect import Collector
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


def bundle(lines: Sequence[Line]) -> Bundle:
    """Lines as a bundle."""
    rows = [(line.matches, line.number, line.data, line.offset, line.ending) for line in lines]
    return Bundle(lines[0].path, *zip(*rows, strict=True))


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
    for some in (bundles[0], bundle(bundles[0].lines)):
        held = sum(map(sys.getsizeof, (*some.numbers, *some.texts, *some.offsets))) + 5 * 8 * len(some.texts)
        assert held <= weight(some) <= sum(map(weight, some.lines))
    moved = shift(bundles[0], 5)
    assert isinstance(moved, Bundle)
    assert [line.number for line in moved.lines] == [line.number + 5 for line in bundles[0].lines]
    for some in bundles:
        assert bundle(some.lines).lines == some.lines
        assert [some.first(count).lines for count in range(1, len(some.texts) + 1)] == [
            some.lines[:count] for count in range(1, len(some.texts) + 1)
        ]


def test_hits_are_equal_if_their_lines_are() -> None:
    """T10: whether they came one by one or together; they are hashed, pickled and copied like any result."""
    lines = tuple(Line(number, b"aa aa", 1, "match", ((0, 2), (3, 5)), 6 * number, path="f") for number in range(1, 9))
    one, many = FileHits("f", lines), FileHits("f", (bundle(lines[:3]), lines[3], bundle(lines[4:])))
    literal = FileHits("f", (bundle(lines)._replace(matches=b"aa"),))
    for hits in (many, literal, pickle.loads(pickle.dumps(many)), copy.deepcopy(literal)):
        assert hits == one
        assert (hits != one) is False
        assert (hash(hits), hits.lines) == (hash(one), lines)
    for other in (
        one._replace(path="g"),
        one._replace(found=lines[1:]),
        literal._replace(found=(bundle(lines)._replace(matches=b"a"),)),
        lines,
    ):
        assert one != other
        assert (one == other) is False


def _pages(folder: Path, **options: object) -> list[tuple[object, ...]]:
    """All pages of a search, without what names the call itself."""
    found: list[tuple[object, ...]] = []
    page = grep("aa", str(folder), **options)  # type: ignore[arg-type]
    while True:
        found.append((page.files, page.total, page.total_files, page.stopped, page.ledger))
        if page.next is None:
            return found
        page = grep(**page.next.arguments, limits=options["limits"])  # type: ignore[arg-type]


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
@pytest.mark.parametrize(
    ("most", "limits"), [(250, Limits()), (40, Limits()), (2000, Limits(bytes=6000)), (2000, Limits(lines=70)), (2000, SMALL)]
)
def test_many_hits_at_once(tmp_path: Path, newline: bytes, most: int, limits: Limits) -> None:
    """T3, T5, T10: numbers, offsets, spans and endings where most lines match, and where a page ends within them, are those of one by one."""
    some = [b"aa", b"x", b"aa aa", b"", b"long " * 30 + b"aa", b"y" * 450 + b"aa", b"aa" + b"y" * 2500, b"aaaaa", "é aa".encode()]
    some.append(b"aa\r" if newline == b"\n" else b"aa")
    weights = [90, 90, 30, 90, 9, 9, 1, 9, 9, 9]
    drawn = random.Random(7)
    for name in ("a", "b", "c"):
        (tmp_path / name).write_bytes(newline.join(drawn.choices(some, weights, k=1200)))
    (tmp_path / "d").write_bytes(newline.join([b"aa"] * 12 + [b"z" * 3000 + b"aa" * 2000] + [b"aa", b"x"] * 90) + newline)
    made = _pages(tmp_path, head_limit=most, limits=limits)
    assert made == _pages(tmp_path, head_limit=most, limits=limits, max_count=100_000)
    assert len(made) > 5


def test_spans_of_many_hits(tmp_path: Path) -> None:
    """T10: all spans are counted, also of lines with several, and numbers go on behind what was made at once."""
    text = b"aa\nx\nx\naa aa\n" * 500 + b"x\n" * 50 + b"aa"
    (tmp_path / "a").write_bytes(text)
    (tmp_path / "b").write_bytes(text)
    running = Search(Request.of("aa", str(tmp_path), {})._replace(bundles=True), capped=True)
    lines = [
        line
        for event in running.events()
        if isinstance(event, Bundle | Line)
        for line in (event.lines if isinstance(event, Bundle) else (event,))
    ]
    assert running.summary().spans == 2 * text.count(b"aa") == sum(len(line.matches) for line in lines)
    assert [line.number for line in lines if line.path.endswith("b")][-1] == text.count(b"\n") + 1


def test_a_page_ends_within_a_file(tmp_path: Path) -> None:
    """T5: of the last file so many hits are told as are shown, whatever files there were before."""
    (tmp_path / "a").write_bytes(b"aa\nx\n" * 30)
    (tmp_path / "b").write_bytes(b"aa\nx\n" * 300)
    for limits in (Limits(), Limits(lines=100)):
        first, last = grep("aa", tmp_path, head_limit=110, limits=limits).files
        assert (first.count, len(first.lines)) == (Total(30, "exact"), 30)
        assert (last.count, len(last.lines)) == (Total(min(limits.lines, 110) - 30, "at_least"), min(limits.lines, 110) - 30)


class _Marked(Search):
    """A search of which only the marks are asked."""

    def __init__(self) -> None: ...

    def mark(self, last: Line | None = None, left: int = 0) -> None:
        """Take no notice."""

    @property
    def due(self) -> int:
        """No context."""
        return 0


@pytest.mark.parametrize("first", [1, 3, 9, 10, 95, 996, 9_990, 999_990, 0])
def test_lines_are_charged_alike(first: int) -> None:
    """T5: several lines take as much of a page as one by one, also where their numbers get longer, or have none."""
    left = []
    lines = [Line(first and first + 3 * number, b"a\xff\t\x1b"[: number % 5], kind="match") for number in range(60)]
    for events in (lines, [bundle(lines)], [bundle(lines[:7]), bundle(lines[7:])], [bundle(lines[:1]), bundle(lines[1:])]):
        collector = Collector(Request.of("aa", ".", {}))
        for event in (Begin("path/of/a file", Encoding()), *events):
            assert collector.add(event, _Marked())
        left.append((collector._room, collector._rows, collector.matches))
    assert left[0] == left[1] == left[2]
