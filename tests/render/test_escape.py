r"""File text made harmless, and fitted into a room; T3, T16."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.little import FILES
from streamtools.render import bulk, escape
from streamtools.render.bulk import visibles, widths
from streamtools.render.escape import fit, name, visible, width

DATA = st.one_of(
    st.binary(max_size=60),
    st.text(alphabet="ab\t\x00\x1b\x7f\x9b\u202e\u200b\u200d\ufeff\U000e0041é漢😀", max_size=40).map(lambda text: text.encode()),
)
#: What a terminal or a reader obeys: controls, line and paragraph separators, format characters but the two joiners.
HARMFUL = {"Cc", "Zl", "Zp", "Cf"}


def harmless(text: str) -> bool:
    """Whether no character of a text steers anything."""
    return all(char in "\t\u200c\u200d" or unicodedata.category(char) not in HARMFUL or char in OTHERS for char in text)


#: Format characters that show something, or are shaping marks of a script.
OTHERS = {chr(code) for code in (*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD, *range(0x13430, 0x13440))}
OTHERS |= {chr(code) for code in (*range(0x1BCA0, 0x1BCA4), *range(0x1D173, 0x1D17B))}


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b"plain\ttext", "plain\ttext"),
        (b"\x1b[31mred", r"\x1b[31mred"),
        (b"a\rb\x00\x07\x08\x7f", r"a\x0db\x00\x07\x08\x7f"),
        ("\x9b\u0085".encode(), r"\x9b\x85"),
        ("\u202euser\u2069".encode(), r"\u202euser\u2069"),
        ("\u2028\u2029\ufeff\u200b\u2060".encode(), r"\u2028\u2029\ufeff\u200b\u2060"),
        ("\U000e0041".encode(), r"\U000e0041"),
        ("می\u200cخواهم 👨\u200d👩".encode(), "می\u200cخواهم 👨\u200d👩"),
        (b"\xff\xc3(\xed\xa0\x80", r"\xff\xc3(\xed\xa0\x80"),
        (b"", ""),
    ],
)
def test_what_is_shown(data: bytes, shown: str) -> None:
    r"""T16: controls, ANSI, bidi, zero-width and bad bytes become visible; tabs and the joiners stay."""
    assert visible(data) == shown
    assert width(data) == len(shown.encode())


@settings(max_examples=300, deadline=None)
@given(DATA)
def test_nothing_harmful_is_left(data: bytes) -> None:
    """T16: for any bytes: valid UTF-8, no line end, no control, no invisible steering."""
    shown = visible(data)
    assert shown.encode("utf-8").decode("utf-8") == shown
    assert harmless(shown), [hex(ord(char)) for char in shown]
    assert width(data) == len(shown.encode())


@settings(max_examples=300, deadline=None)
@given(DATA, st.integers(0, 80))
def test_fit_takes_as_much_as_fits(data: bytes, room: int) -> None:
    """T3: what fits is within the room, ends between characters, and one character more would not fit."""
    kept = fit(data, room)
    assert 0 <= kept <= len(data)
    assert width(data[:kept]) <= room
    if kept < len(data):
        more = next(end for end in range(kept + 1, len(data) + 1) if _whole(data, kept, end))
        assert width(data[:more]) > room
        assert visible(data[:kept]) + visible(data[kept:]) == visible(data), "the cut is between characters"


def _whole(data: bytes, start: int, end: int) -> bool:
    """Whether ``data[start:end]`` is one character, or one byte that belongs to none."""
    first = data[start:].decode("utf-8", "surrogateescape")[0]
    return end - start == len(first.encode("utf-8", "surrogateescape"))


def test_the_corpus_of_tricks() -> None:
    """T16: every line of the committed tricks is harmless, and everything but two joiners is seen."""
    for line in FILES["controls.txt"].split(b"\n"):
        assert harmless(visible(line))
    joined = "\n".join(visible(line) for line in FILES["unicode.txt"].split(b"\n"))
    assert joined.encode() == FILES["unicode.txt"]


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("a/b.txt", "a/b.txt"),
        ("[x]", "./[x]"),
        ("a\nb", r"a\nb"),
        ("a\x1b[2Jb", r"a\x1b[2Jb"),
        ("\u202eb", r"\u202eb"),
        ("\udcffx", r"\xffx"),
        ("ü", "ü"),
    ],
)
def test_file_names(path: str, shown: str) -> None:
    """T16: a file's name is one harmless line, and can't begin as a notice does."""
    assert name(path) == shown


@settings(max_examples=200, deadline=None)
@given(st.text(min_size=1, max_size=30))
def test_any_file_name(path: str) -> None:
    """T16: the same for any name."""
    shown = name(path.encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape"))
    assert "\n" not in shown
    assert not shown.startswith("[")
    assert all(char.isprintable() for char in shown)


@pytest.mark.parametrize("library", [True, False])
@given(texts=st.lists(st.text(st.characters(max_codepoint=130), max_size=40).map(str.encode) | st.binary(max_size=40), max_size=8))
def test_many_texts_are_shown_as_each_is(texts: list[bytes], library: bool) -> None:
    """T16: looked at together, with `stringzilla` and without it, texts are what they are one by one, and as wide."""
    with pytest.MonkeyPatch.context() as patch:
        if not library:
            patch.setattr(bulk, "_first_of", None)
        assert visibles(texts) == [_slowly(data) for data in texts] == [visible(data) for data in texts]
        assert widths(texts) == sum(map(width, texts)) == sum(len(_slowly(data).encode()) for data in texts)


@pytest.mark.parametrize("library", [True, False])
@pytest.mark.parametrize("length", [1, 16, 31, 64, 65, 1000])
def test_no_byte_hides_behind_others(length: int, library: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """T16: each byte that may harm is seen at every place, also between two texts and at a border of them."""
    if not library:
        monkeypatch.setattr(bulk, "_first_of", None)
    for byte in range(256):
        for at in {0, length // 2, length - 1}:
            data = b"a" * at + bytes([byte]) + b"a" * (length - at - 1)
            plain = byte == 9 or 32 <= byte < 127
            assert (visible(data) == data.decode("latin-1")) is plain
            assert visibles([b"b", data, b"c"]) == ["b", visible(data), "c"]


def _slowly(data: bytes) -> str:
    """The text with everything hidden made visible, character by character."""
    return "".join(escape._TABLE.get(ord(char), char) for char in data.decode("utf-8", "backslashreplace"))
