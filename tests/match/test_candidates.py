"""The finders propose every line that matches, and those that say they are exact no other."""

from __future__ import annotations

import subprocess
import sys
from bisect import bisect_right
from itertools import pairwise
from mmap import mmap
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from streamtools.errors import BadPattern
from streamtools.match.exact import Matcher, compile
from streamtools.match.pattern import Query
from tests.match.strategies import LINES, PATTERNS, WINDOWS

if TYPE_CHECKING:
    from streamtools.match.exact import Engine

ENGINES: tuple[Engine, ...] = ("hyperscan", "regex", "literals", "find")
FLAGS = st.fixed_dictionaries({}, optional=dict.fromkeys(("ignore_case", "smart_case", "word", "line", "unicode"), st.booleans()))


def cut(window: bytes, start: int = 0) -> list[tuple[int, int, bytes]]:
    """Begin, end and text without its ending of every line."""
    found = []
    for line in window[start:].split(b"\n"):
        stop = min(start + len(line) + 1, len(window))
        text = line.removesuffix(b"\r") if stop > start + len(line) else line
        if stop > start:
            found.append((start, stop, text))
        start = stop
    return found


def matcher(query: Query, engine: Engine) -> Matcher:
    """A matcher, or none of hypothesis' business."""
    try:
        return compile(query, engine=engine)
    except BadPattern:
        reject()


def plain(window: bytes, line: tuple[int, int, bytes]) -> bool:
    """Whether a line is one for which `Finder.plain` speaks."""
    whole = window[line[0] : line[1]]
    return whole.isascii() and b"\r" not in whole


def check(made: Matcher, window: bytes) -> None:
    """Hold a finder to its contract on one window."""
    finder = made.finder
    if finder is None:
        return
    ranges = list(finder.lines(window, 0, len(window)))
    assert all(a < b for a, b in ranges)
    assert all(b < c for (_, b), (c, _) in pairwise(ranges)), "apart"
    lines = cut(window)
    assert {a for a, _ in ranges} <= {start for start, _, _ in lines}
    assert {b for _, b in ranges} <= {stop for _, stop, _ in lines}
    starts = [a for a, _ in ranges]
    proposed = [line for line in lines if (n := bisect_right(starts, line[0])) and line[0] < ranges[n - 1][1]]
    assert [end for ends in finder.ends(window, 0, len(window)) for end in ends] == [stop for _, stop, _ in proposed]
    matching = [line for line in lines if made.matches(line[2])]
    assert set(matching) <= set(proposed), "too seldom"
    assert finder.any(window, 0, len(window)) or not matching
    for start, stop, _ in matching[:50]:
        assert finder.any(window, start, stop)
    if made.plain:
        assert [line for line in proposed if plain(window, line)] == [line for line in matching if plain(window, line)], "too often"
    if made.exact:
        assert proposed == matching
        assert finder.count(window, 0, len(window)) == len(matching)
        assert finder.any(window, 0, len(window)) == bool(matching)


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=80, deadline=None)
@given(patterns=st.lists(PATTERNS, min_size=1, max_size=3), flags=FLAGS, window=WINDOWS)
def test_never_too_seldom(engine: Engine, patterns: list[str], flags: dict[str, Any], window: bytes) -> None:
    """T2: whatever the pattern and the bytes, each line that matches is proposed; an exact finder proposes no other."""
    check(matcher(Query(tuple(patterns), **flags), engine), window)


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=60, deadline=None)
@given(
    patterns=st.lists(st.text("abkKsSi\r\u0131\u017fé", min_size=1, max_size=4), min_size=1, max_size=24),
    fold=st.booleans(),
    word=st.booleans(),
    window=WINDOWS,
)
def test_sets_of_literals(engine: Engine, patterns: list[str], fold: bool, word: bool, window: bytes) -> None:
    """T2: small and large sets of literals, with case or without, propose each line that matches."""
    check(matcher(Query(tuple(patterns), fixed=True, ignore_case=fold, word=word), engine), window)


@pytest.mark.parametrize(
    "pattern",
    [
        "foo",
        "foo|bar",
        "[a-z]+ing",
        "o$",
        "^f",
        r"\bfoo\b",
        "(?i)KISS",
        "f.o",
        "x{e}",
        "foo1 bar.*kiss",
        "nothing.*here",
        "|".join(f"foo{n}" for n in range(40)),
    ],
)
@pytest.mark.parametrize("engine", ENGINES)
def test_large_windows(engine: Engine, pattern: str) -> None:
    """T2: thousands of hits, dense and far apart, in a mapping that is not read from its beginning."""
    lines = [b"foo1 bar kiss", b"", b"nothing here", b"x\xff foo", "große KI\u017fS".encode(), b"sing" * 100, b"foo39\r", b"x{e}"]
    text = b"\n".join(lines[(n * n + n // 1000) % len(lines)] if n // 1000 % 2 else lines[0] for n in range(9_000))
    made = compile(Query((pattern,)), engine=engine)
    check(made, text)
    with mmap(-1, len(text) + 64) as window:
        window[:64] = b"foo foo\n" * 8
        window[64:] = text
        if made.finder is not None:
            inside = list(made.finder.lines(window, 64, len(window)))
            assert inside == [(a + 64, b + 64) for a, b in made.finder.lines(text, 0, len(text))]
            assert list(made.finder.lines(window, 64, 64)) == []
            if made.exact:
                assert made.finder.count(window, 64, len(window)) == made.finder.count(text, 0, len(text))


@pytest.mark.parametrize(
    ("pattern", "plain"),
    [
        (r"\bfoo\b", True),
        (r"(?i)\berror\b", True),
        (r"\b[A-Z]{4,}\b.*handler", True),
        (r"\d{4}-\d\d", True),
        (r"\w+ing", True),
        (r"\bk\b", True),
        (r"(?i)\bk\b", False),
        (r"\b\w+ x", False),
        (r"foo(?=bar)", False),
        (r"foo\Bbar", False),
        (r"\b-x", False),
        ("foo$", False),
    ],
)
def test_plainness(pattern: str, plain: bool) -> None:
    """T2: the finder needs no second look at plain lines where it stands for all of the pattern in ASCII."""
    assert compile(Query((pattern,)), engine="hyperscan").plain is plain


def test_no_view_stays() -> None:
    """T14: an iterator that is left in the middle keeps no view of the window, so that it can be closed."""
    for engine in ENGINES:
        made = compile(Query(("foo",)), engine=engine)
        assert made.finder is not None
        window = mmap(-1, 4096)
        window[:] = b"foo\nbar\n" * 512
        found = made.finder.lines(window, 0, 4096)
        assert next(found) == (0, 4)
        window.close()


@settings(max_examples=80, deadline=None)
@given(pattern=PATTERNS, line=LINES, cut_at=st.integers(0, 12))
def test_parts_of_lines(pattern: str, line: bytes, cut_at: int) -> None:
    """T2: what matches in a part of a long line is announced by `any`."""
    for engine in ENGINES[:2]:
        made = matcher(Query((pattern,)), engine)
        part = line[cut_at:]
        if made.finder is not None and made.matches(part, first=cut_at == 0, last=False):
            assert made.finder.any(line, min(cut_at, len(line)), len(line))


@pytest.mark.parametrize(
    ("pattern", "exact"),
    [
        ("error", True),
        ("error|warn", True),
        ("(?i)error", True),
        ("(?i)session", True),
        ("^def [a-z_]+[(]", True),
        ("error.*timeout", True),
        ("foo[^x]*bar", True),
        ("größe", True),
        ("[0-9a-f]{8}", True),
        (r"\d{4}", False),
        ("(?i)größe", False),
        (r"\bfoo\b", False),
        ("foo$", False),
        ("foo.", False),
        ("foo\r", False),
        (r"(a)\1", False),
    ],
)
def test_exactness(pattern: str, exact: bool) -> None:
    """T2: the finder is exact where bytes and characters can't differ, and not where they can."""
    made = compile(Query((pattern,)), engine="hyperscan")
    assert made.exact is exact


@pytest.mark.parametrize(
    "pattern", ["", "a*", ".*", r"\w", "^", "$", r"(?=a)", "a|", r"\b", "(?:a|b*)", r"(a(?1)?)", r"(a)?(?(1)a|b)", "."]
)
def test_no_finder(pattern: str) -> None:
    """T2: where every line may match, or the pattern is beyond the tree, each line is a candidate."""
    for engine in ENGINES[:2]:
        assert compile(Query((pattern,)), engine=engine).finder is None


@pytest.mark.parametrize(
    "pattern",
    [
        "x" * 20_000,
        "(?i)" + "k" * 2_000,
        "a{3000}b",
        r"\w{1,5000}x",
        "(?:ab|c[de]){100,2000}x",
        r"(?:\d{1,60}[a-z]*){1,60}x",
        "|".join(f"id{n}[a-z]+x" for n in range(400)),
        ".*".join("ab" * 40),
        r"(?:\w+\s+){30}x",
    ],
)
def test_large_patterns(pattern: str) -> None:
    """T15: what hyperscan can't compile as it is, is widened or searched otherwise; a line that matches is found."""
    made = compile(Query((pattern,)), engine="hyperscan")
    text = (
        b"nothing\n" + {"x": b"x" * 20_000, "a": b"a" * 3000 + b"b"}.get(pattern[0] * (len(pattern) < 10 or pattern[1] == "x"), b"") + b"\n"
    )
    check(made, text)


def test_without_hyperscan() -> None:
    """T2: a missing library changes the speed, not the answer."""
    code = (
        "import sys; sys.modules['hyperscan'] = None; sys.modules['ahocorasick'] = None\n"
        "from streamtools.match.exact import compile; from streamtools.match.pattern import Query\n"
        "text = b'one foo\\nbar\\n\\nBAZ'\n"
        "for patterns in ('foo',), ('foo', 'baz'), ('(?i)baz|one',), tuple(f'foo{n}' for n in range(20)) + ('bar',):\n"
        "    made = compile(Query(patterns)); print(list(made.finder.lines(text, 0, len(text))), made.spans(b'foo bar'))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "[(0, 8)] [(0, 3)]",
        "[(0, 8)] [(0, 3)]",
        "[(0, 8), (13, 16)] []",
        "[(8, 12)] [(4, 7)]",
    ]


@pytest.mark.parametrize("engine", ENGINES[:2])
@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        ("a.b", "aéb"),
        ("a.b", "a漢b"),
        ("a.b", "a😀b"),
        (r"x\wy", "xßy"),
        ("a[^b]{2}c", "a漢😀c"),
        ("a.{0,12}b", "a" + "漢" * 12 + "b"),
        ("a.{9}b", "a" + "😀" * 9 + "b"),
        (r"x\d+y", "x٣٣y"),
        ("(?i)task", "ta\u017f\u212a"),
        ("(?i)é", "É"),
        ("(?i)\u212aa", "ka"),
        ("foo$", "foo\r"),
        (r"(?:^|,)x", "x"),
        (r"x(?:$|,)", "x"),
        ("(?:a|)b", "b"),
    ],
)
def test_characters_of_several_bytes(engine: Engine, pattern: str, line: str) -> None:
    r"""T2: one character may be up to four bytes, a letter may fold out of ASCII, a \r may stand before the line's end."""
    window = f"nothing\n{line}\nelse\n".encode()
    made = compile(Query((pattern,)), engine=engine)
    assert made.matches(line.encode().removesuffix(b"\r"))
    assert made.finder is not None
    begin = len("nothing\n")
    assert any(a <= begin < b for a, b in made.finder.lines(window, 0, len(window)))


@pytest.mark.parametrize("pattern", [r"(?i)\p{Lu}$", r"(?i)k\p{Lu}", r"(?i)k\p{Ll}", r"(?i)k[\p{Lu}]", r"(?i)1\P{Lu}|k\p{Lt}"])
@pytest.mark.parametrize("unicode", [False, True])
def test_cases_as_properties(pattern: str, unicode: bool) -> None:
    """T2: without case a property of letters is one thing to search for and another in its place (`regex`): both are proposed."""
    for engine in ENGINES[:2]:
        made = compile(Query((pattern,), unicode=unicode), engine=engine)
        for line in (b"ka", b"kA", b"1a", b"1A", b"1$", b"a", b"A"):
            assert made.finder is None or not made.matches(line) or made.finder.any(line, 0, len(line))


def test_lines_hit_twice_are_not_two_lines() -> None:
    """T2: where two of many patterns hit the same lines, the lines between them are not taken for hits."""
    patterns = ("a[0-9]", "[ab]1", *(f"none{n}[x]" for n in range(20)))
    window = b"no\na1\n" * 200
    made = compile(Query(patterns), engine="hyperscan")
    assert made.exact
    assert made.finder is not None
    assert made.finder.count(window, 0, len(window)) == 200
    assert list(made.finder.lines(window, 0, len(window))) == [(at + 3, at + 6) for at in range(0, len(window), 6)]
