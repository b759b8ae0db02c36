"""Generated patterns and texts that meet often: few letters, and the awkward ones among them."""

from __future__ import annotations

from hypothesis import strategies as st

#: Letters that fold across the border of ASCII, letters of two, three and four bytes, separators that end no line.
LETTERS = "abkKsSiI_ 1-.\t\rßſKİıéÉ漢😀\u2028\u0085\u0663"

_ATOMS = st.one_of(
    st.sampled_from([*"abkKsSiI1_ -", "é", "ß", "ſ", "K", "İ", "ı", "漢", "😀", "ab", "si", "ki"]),
    st.sampled_from(
        [".", r"\d", r"\w", r"\s", r"\D", r"\W", r"\S", r"\b", r"\B", "^", "$", r"\A", r"\Z", r"\z", r"\<", r"\>", r"\b{start}"]
    ),
    st.sampled_from(
        ["[ab]", "[^ab]", "[a-k]", "[K-s]", "[^s]", "[é-ſ]", "[^é]", r"[\w-]", r"[^\s]", "[[:alpha:]]", "[[:^upper:]]", "[]a]", "[^]a]"]
    ),
    st.sampled_from(
        [r"\x{61}", r"\x61", r"\u00e9", r"\p{Lu}", r"\P{L}", r"\pL", r"\.", r"\r", r"\Qa.b\E", r"\h", r"\X", r"\R", r"\101", r"\t", "(?#x)"]
    ),
    st.sampled_from(
        [
            r"(a|b)\1",
            r"(?P<q>a|k)(?P=q)",
            r"(?=a)",
            r"(?!b)",
            r"(?<=s)",
            r"(?<!k)",
            r"(?=.*1)",
            r"a\Kb",
            "x{e}",
            "{",
            "}",
            "(?>a|ab)",
            "a++",
        ]
    ),
)
_QUANTIFIERS = st.sampled_from(["*", "+", "?", "*?", "+?", "??", "{2}", "{0}", "{1,2}", "{,2}", "{2,}", "{0,3}?", "{3,12}"])


def _grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"(?:{'|'.join(parts)})"),
        st.tuples(inner, _QUANTIFIERS).map(lambda pair: f"(?:{pair[0]}){pair[1]}"),
        st.tuples(_ATOMS, _QUANTIFIERS).map("".join),
        inner.map(lambda part: f"({part})"),
        inner.map(lambda part: f"(?i:{part})"),
        inner.map(lambda part: f"(?-i:{part})"),
        inner.map(lambda part: f"(?i){part}"),
        st.tuples(inner, inner).map(lambda pair: f"{pair[0]}(?i){pair[1]}"),
        st.tuples(inner, inner).map("|".join),
        inner.map(lambda part: f"(?={part})"),
        inner.map(lambda part: f"^{part}"),
        inner.map(lambda part: f"{part}$"),
    )


#: Regexes in the dialect of `streamtools.match.dialect`; some are faulty.
PATTERNS = st.recursive(_ATOMS, _grow, max_leaves=8)

_PIECES = st.one_of(
    st.text(LETTERS, max_size=6).map(lambda text: text.encode()),
    st.sampled_from([b"\xff", b"\xc3", b"\xe2\x84", b"\xa9", b"\xed\xa0\x80", b"\xf0\x9f", b"\x00", b"a.b", b"x{e}"]),
)

#: One line without its ending, with bytes that are not UTF-8.
LINES = st.lists(_PIECES, max_size=5).map(b"".join)

_ENDINGS = st.sampled_from([b"\n", b"\n", b"\r\n"])

#: Several lines; the last may lack its ending.
WINDOWS = st.tuples(st.lists(st.tuples(LINES, _ENDINGS), max_size=12), LINES).map(
    lambda parts: b"".join(line + end for line, end in parts[0]) + parts[1]
)
