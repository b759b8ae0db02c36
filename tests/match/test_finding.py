"""A few literals, found by `stringzilla` or without it: the same candidates."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from mmap import mmap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamtools import counting
from streamtools.match import finding
from streamtools.match.exact import compile
from streamtools.match.finding import Found
from streamtools.match.pattern import Query

pytest.importorskip("stringzilla")

NEEDLES = st.lists(st.binary(min_size=1, max_size=3).map(lambda raw: bytes(b"ab\rx"[byte % 4] for byte in raw)), min_size=1, max_size=4)
TEXTS = st.lists(st.sampled_from([b"a", b"b", b"ab", b"\n", b"\r\n", b"x", b"\xff", b"\0"]), max_size=80).map(b"".join)


def holding(text: bytes, start: int, needles: list[bytes]) -> list[tuple[int, int]]:
    """Where the lines from ``start`` on that hold a needle begin and end."""
    found = []
    while start < len(text):
        stop = text.find(b"\n", start) + 1 or len(text)
        if any(needle in text[start:stop] for needle in needles):
            found.append((start, stop))
        start = stop
    return found


@given(NEEDLES, TEXTS, st.integers(1, 50))
@settings(max_examples=300, deadline=None)
def test_it_finds_the_lines_that_hold_one(needles: list[bytes], text: bytes, piece: int) -> None:
    """T10: lines, ends and number, from each line on, in bytes and in a window, however it is cut."""
    made = Found(needles)
    with pytest.MonkeyPatch.context() as patch, mmap(-1, len(text) + 1) as window:
        window[: len(text)] = text
        for name, value in (("_PIECE", piece), ("_FEW", 1), ("_SOME", 2)):
            patch.setattr(finding, name, value)
        for start in {0, text.find(b"\n") + 1, text.rfind(b"\n") + 1}:
            wanted = holding(text, start, needles)
            for where in (text, window):
                ranges = list(made.lines(where, start, len(text)))
                assert [line for low, high in ranges for line in holding(text[:high], low, [b""])] == wanted
                assert all(b < c for (_, b), (c, _) in pairwise(ranges)), "apart"
                assert [end for ends in made.ends(where, start, len(text)) for end in ends] == [stop for _, stop in wanted]
                assert made.count(where, start, len(text)) == len(wanted)
                assert made.any(where, start, len(text)) is bool(wanted)
        assert made.holds(memoryview(text)) is bool(holding(text, 0, needles))
    assert made.exact is not any(b"\r" in needle for needle in needles)


@given(st.binary(max_size=2000).map(lambda raw: raw.replace(b"\x80", b"\n")), st.sampled_from([b"\n", b"\0"]), st.data())
@settings(max_examples=200, deadline=None)
def test_line_ends_are_counted_alike(text: bytes, newline: bytes, data: st.DataObject) -> None:
    """T7: with `stringzilla` and without it, in all of a text and in a part."""
    start = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(start, len(text)))
    for count in {counting._count, None}:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(counting, "_count", count)
            patch.setattr(counting, "_PIECE", 300)
            assert counting.line_ends(text, newline) == counting.line_ends(bytearray(text), newline) == text.count(newline)
            assert counting.line_ends_in(memoryview(text), start, stop, newline) == text[start:stop].count(newline)


def test_few_literals_need_no_engine() -> None:
    """T10: up to four literals are found without hyperscan, which takes 4 ms to import; more of them with it."""
    code = """
import sys
from streamtools.match.exact import compile
from streamtools.match.pattern import Query
text = b"foo\\nbar\\n" * 100000 + b"foo"
for patterns, more in ((("foo",), 0), (("foo", "bar", "x", "y"), 100000)):
    finder = compile(Query(patterns)).finder
    assert finder.count(text[:8000], 0, 8000) == 1000 * (1 + bool(more)), patterns
    assert list(finder.lines(text, 0, len(text)))[0] == (0, 4 if not more else len(text))
    assert "hyperscan" not in sys.modules, patterns
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert not done.stderr


@pytest.mark.parametrize("missing", ["stringzilla", "hyperscan", "stringzilla,hyperscan", "stringzilla,hyperscan,ahocorasick"])
def test_without_a_library_the_answers_are_the_same(missing: str) -> None:
    """T10: whatever is not installed, literals, sets of them and regexes find the same lines, and lines have the same numbers."""
    code = f"""
import sys
for name in {missing.split(",")!r}:
    sys.modules[name] = None
from streamtools.match.exact import compile
from streamtools.match.pattern import Query
from streamtools import grep
import pathlib, tempfile
text = b"".join(b"line %d %s\\n" % (n, (b"needle", b"pin", b"error x", b"haystack")[n % 4]) for n in range(9000))
for patterns, wanted in ((("needle",), 2250), (("needle", "pin"), 4500), (("needle", "pin", "haystack", "nothing", "else"), 6750), ((r"err\\w+ x",), 2250)):
    finder = compile(Query(patterns)).finder
    found = sum(text.count(b"\\n", low, high) for low, high in finder.lines(text, 0, len(text)))
    assert found == wanted, (patterns, found)
    for _ in range(3):
        assert not finder.exact or finder.count(text, 0, len(text)) == wanted
with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder, "log")
    path.write_bytes(text)
    hit = grep("line 8997", str(path)).files[0]
    assert hit.lines[0].number == 8998, hit
assert not any(sys.modules.get(name) for name in {missing.split(",")!r})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert not done.stderr


def test_an_empty_literal_is_in_every_line() -> None:
    """T10: it is not looked for."""
    for each in (("",), ("a", "")):
        matcher = compile(Query(each, fixed=True))
        assert matcher.matches(b"x")
        assert matcher.finder is None or matcher.finder.count(b"x\ny\n", 0, 4) == 2
