"""A steered expression proposes what the plain one does, and more only where bytes are that no UTF-8 holds."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamtools.match.exact import compile
from streamtools.match.expression import literal
from streamtools.match.pattern import Query
from streamtools.match.steering import steered

WORDS = st.text("errortimn cu01-_.\\+Z", min_size=1, max_size=14)
BITS = st.lists(
    st.sampled_from([b"e", b"r", b"ro", b"rr", b"or", b"error", b"ERROR", b" ", b"tim", b"\xf8", b"\xff", b"\xc3\xa9", b"0", b"\n"]),
    max_size=12,
)


@given(WORDS, st.booleans(), st.booleans(), st.sampled_from(["", "+", "?", "[0-9]", r"\b"]), BITS)
@settings(max_examples=500, deadline=None)
def test_it_matches_what_it_did(word: str, fold: bool, border: bool, behind: str, bits: list[bytes]) -> None:
    """T10: the same in UTF-8, and never less."""
    tokens = (f"(?i:{char})" if fold and char.isalpha() else literal(char.encode()) for char in word)
    expression = rf"\b{''.join(tokens)}{behind}" if border else "".join(tokens) + behind
    made = steered(expression)
    assert made == steered(expression)
    for line in [b"".join(bits), *(b"".join([word.encode(), bit]) for bit in bits), *(bit + word.swapcase().encode() for bit in bits)]:
        plain, found = re.search(expression.encode(), line), re.search(made.encode(), line)
        assert found or not plain
        if not any(byte >= 0xF8 for byte in line):
            assert (found and found.span()) == (plain and plain.span())


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("error", r"[e\xf8-\xff]rror"),
        (r"\b(?i:e)(?i:r)(?i:r)(?i:o)(?i:r)\b", r"\b[eE\xf8-\xff](?i:r)(?i:r)(?i:o)(?i:r)\b"),
        (r"\x20errors", r"[\x20\xf8-\xff][e\xf8-\xff]rrors"),
        ("connection", r"[c\xf8-\xff][o\xf8-\xff][n\xf8-\xff][n\xf8-\xff][e\xf8-\xff]ction"),
        *[
            (kept, kept)
            for kept in ("", "e", "erro", "exception", "erroR?", "er+ror", "(?:error|x)", "^error", r"[a-z]ing", r"\xc3\xa9error")
        ],
    ],
)
def test_what_is_common_becomes_sets(expression: str, wanted: str) -> None:
    """T10: the beginning of a literal, as far as its rarest pair lies behind; four characters stay, and what a quantifier holds."""
    assert steered(expression) == wanted


@pytest.mark.parametrize(
    "query", [Query(("error",), ignore_case=True, word=True), Query((r"connection.*timeout",)), Query((r"request\d*\b",))]
)
def test_files_that_are_not_utf8(query: Query) -> None:
    """T8, T10: lines with bytes of no UTF-8 are looked at a second time, and only the right ones are hits."""
    pytest.importorskip("hyperscan")
    matcher = compile(query, engine="hyperscan")
    finder = matcher.finder
    assert finder is not None
    exact = finder.exact
    lines = [
        b"an error",
        b"\xffrror",
        b"x \xf8rror y",
        b"connection timeout",
        b"\xf9onnection timeout",
        b"a request7 \xff",
        b"\xff\xfequest",
        b"ERROR\xff",
    ]
    text = b"\n".join(lines) + b"\n"
    proposed = {text[low:high] for low, high in finder.lines(text, 0, len(text))}
    for line in lines:
        wanted = matcher.matches(line)
        assert not wanted or any(line in part for part in proposed)
        if exact or line.isascii():
            assert any(line in part.split(b"\n") for part in proposed) is wanted
