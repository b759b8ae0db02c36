"""Which encoding a file is in; T8, T9."""

from __future__ import annotations

import codecs
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.little import FILES, TEXTS
from streamtools.errors import UnknownEncoding
from streamtools.results import Encoding
from streamtools.text.encoding import codec_name, detect
from tests.adapters import SMALL

SAME_TEXT = {"gbk": {"gb18030"}, "shift_jis": {"cp932", "shift_jis"}, "euc_kr": {"cp949", "euc_kr"}, "latin-1": {"iso8859-1", "cp1252"}}


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_every_little_text_is_recognised(name: str) -> None:
    """T8: by its mark, as UTF-8, as UTF-16 without a mark, or by chardet; decoded it is the text."""
    codec, text = TEXTS[name]
    data = Path(SMALL, name).read_bytes()
    found = detect(data, complete=True)
    assert found.name in SAME_TEXT.get(codec, {codec})
    assert data[found.mark :].decode(found.name) == text
    assert found.how == ("bom" if "bom" in name else "guess")


@pytest.mark.parametrize("name", sorted(set(FILES) - set(TEXTS)))
def test_what_is_text_and_what_is_binary(name: str) -> None:
    """T8, T9: pictures, programs and archives are binary; a source with a NUL, control characters or bad bytes are text."""
    found = detect(FILES[name], complete=True)
    assert found.binary == (name in {"image.png", "program.elf", "archive.gz"})
    if not found.binary:
        assert found.name == "utf-8"


@given(st.text(max_size=200))
def test_utf8_is_utf8(text: str) -> None:
    """T8: valid UTF-8 without NULs or control bytes is never taken for anything else, wherever the head is cut."""
    data = text.encode("utf-8", "ignore")
    if data.startswith((b"\xef\xbb\xbf", b"PK\x03\x04", b"BZh9", b"%PDF-", b"GIF8")) or 0 in data:
        return
    for cut in {0, len(data) // 2, max(len(data) - 1, 0)}:
        assert detect(data[:cut], complete=False).name == "utf-8"
    assert detect(data, complete=True).name == "utf-8"


@given(st.text(st.characters(max_codepoint=0x7F, min_codepoint=9), max_size=300))
def test_the_same_text_in_both_utf16(text: str) -> None:
    """T8: ASCII text in UTF-16, with a mark always, is found in either byte order."""
    for order, mark in (("le", codecs.BOM_UTF16_LE), ("be", codecs.BOM_UTF16_BE)):
        data = text.encode(f"utf-16-{order}")
        assert detect(mark + data, complete=True) == Encoding(f"utf-16-{order}", "bom", 2)


@pytest.mark.parametrize("order", ["le", "be"])
@pytest.mark.parametrize(
    "text",
    [
        "plain English lines\nand another one\n",
        "int main(void) {\r\n\treturn 0;\r\n}\r\n" * 50,
        "清晨的雾还没有散去，老人已经坐在河边的石头上钓鱼。\n他每天都来这里。\n" * 3,
        "Рано утром, когда город ещё спал\n" * 5,
        "駅前の小さな本屋は、毎朝九時に店を開ける。\nneedle = 42\n",
    ],
)
def test_utf16_without_a_mark(text: str, order: str) -> None:
    """T8, field.md 1: found by its shape, also where the head ends within a character."""
    data = text.encode(f"utf-16-{order}")
    assert detect(data, complete=True).name == f"utf-16-{order}"
    assert detect(data[:-1], complete=False).name == f"utf-16-{order}"


@pytest.mark.parametrize(
    "data",
    [
        bytes(range(256)) * 16,
        b"\0" * 4096,
        b"\x7fELF" + b"\x02\0\x01" * 900,
        b"\x89PNG\r\n\x1a\n" + b"\0\x01" * 99,
        random.Random(8).randbytes(8192),
    ],
)
def test_binary_is_binary(data: bytes) -> None:
    """T9: and how much of it was seen does not matter."""
    assert detect(data, complete=True).binary
    assert detect(data, complete=False).binary


def test_a_few_nuls_in_text_are_text() -> None:
    """T9, field.md 1: a log with a NUL now and then, in ASCII or UTF-8."""
    line = "2024-01-01 some log line with words größe\n"
    for text in (line * 100, line.replace("ö", "o").replace("ß", "ss") * 100):
        data = bytearray(text.encode())
        data[500] = data[2500] = 0
        assert detect(bytes(data), complete=True).name == "utf-8"


def test_a_label_is_obeyed() -> None:
    """T8: given beats found; its mark is passed over, another's is text."""
    assert detect(b"abc", complete=True, label="UTF8") == Encoding("utf-8", "given")
    assert detect(b"\xef\xbb\xbfabc", complete=True, label="utf-8") == Encoding("utf-8", "given", 3)
    assert detect(b"\xef\xbb\xbfabc", complete=True, label="utf-8-sig") == Encoding("utf-8", "given", 3)
    assert detect(b"\xff\xfea\0", complete=True, label="utf-16") == Encoding("utf-16-le", "given", 2)
    assert detect(b"\xfe\xff\0a", complete=True, label="UTF-16") == Encoding("utf-16-be", "given", 2)
    assert detect(b"a\0", complete=True, label="utf-16") == Encoding("utf-16-le", "given")
    assert detect(b"\xef\xbb\xbfabc", complete=True, label="latin-1").mark == 0
    assert detect(b"\x7fELF\0\0\0", complete=True, label="latin-1").name == "iso8859-1"


@pytest.mark.parametrize(
    "label",
    ["utf-99", "", "rot13", "hex", "base64", "zip", "idna", "punycode", "unicode_escape", "undefined", "a\0b", "\udcff", "ü", "x" * 300],
)
def test_labels_that_are_no_encodings(label: str) -> None:
    """T15: also codecs of Python that are none of files."""
    with pytest.raises(UnknownEncoding) as caught:
        codec_name(label)
    assert "\n" not in str(caught.value)
    assert "\0" not in str(caught.value)


@pytest.mark.parametrize(
    ("label", "near"), [("latin1x", "latin1"), ("uft-8", "utf"), ("shiftjs", "shiftjis"), ("windows1251x", "windows_1251")]
)
def test_near_misses(label: str, near: str) -> None:
    """T15: the sentence has what was probably meant."""
    with pytest.raises(UnknownEncoding, match=near):
        codec_name(label)


@pytest.mark.parametrize(
    "name",
    ["utf-8", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252", "gb18030", "gbk", "big5", "shift_jis", "euc_jp", "koi8-r", "cp437"],
)
def test_names_are_pythons_own(name: str) -> None:
    """T8: what is reported can be given back."""
    found = codec_name(name)
    assert codec_name(found) == found
    assert codecs.lookup(found) == codecs.lookup(name)
