"""Any encoding to UTF-8 in pieces, and back to offsets; T7, T8."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtools.text.transcode import Transcoder

CODECS = [
    "utf-16-le",
    "utf-16-be",
    "utf-32-le",
    "gb18030",
    "cp932",
    "euc_jp",
    "cp949",
    "big5",
    "cp1251",
    "latin-1",
    "cp1252",
    "iso2022_jp",
    "utf-8",
]
TEXT = st.text(alphabet="ab\n\r é漢字ДЯ가\U0001f600〜ー", max_size=60)


def poured(transcoder: Transcoder, data: bytes, step: int) -> bytes:
    """Feed data in steps and end it."""
    return b"".join(transcoder.feed(data[at : at + step]) for at in range(0, len(data), step)) + transcoder.feed(b"", final=True)


@pytest.mark.parametrize("codec", CODECS)
@given(TEXT, st.sampled_from([1, 2, 3, 7, 100]), st.sampled_from([1, 4, 4096]))
def test_pieces_are_the_whole(codec: str, text: str, step: int, piece: int) -> None:
    """T8: wherever the input is cut, the output is the text in UTF-8 and nothing was undecodable."""
    data = text.encode(codec, "ignore")
    transcoder = Transcoder(codec, piece=piece)
    assert poured(transcoder, data, step) == data.decode(codec).encode()
    assert transcoder.undecodable == 0


@pytest.mark.parametrize("codec", [codec for codec in CODECS if codec != "iso2022_jp"])
@given(TEXT, st.sampled_from([1, 3, 100]), st.sampled_from([1, 4, 64]), st.integers(0, 5))
def test_offsets_lead_back_to_the_file(codec: str, text: str, step: int, piece: int, offset: int) -> None:
    """T7: every character's byte of UTF-8 maps to its byte of the file, through anchor and width."""
    text = text.encode(codec, "ignore").decode(codec)
    data = text.encode(codec)
    transcoder = Transcoder(codec, offset=offset, piece=piece)
    output = poured(transcoder, data, step)
    for index in range(len(text)):
        position = len(text[:index].encode())
        produced, at = transcoder.anchor(position)
        assert produced <= position
        assert at + transcoder.width(output[produced:position]) == offset + len(text[:index].encode(codec)), index


@pytest.mark.parametrize("codec", ["utf-8", "gb18030", "cp932", "euc_jp", "cp949", "big5", "cp1252"])
@given(st.binary(max_size=60), st.sampled_from([1, 3, 100]))
def test_undecodable_bytes_stay(codec: str, data: bytes, step: int) -> None:
    """T8: nothing is lost or replaced: the good characters are decoded, and going back gives the same number of bytes."""
    transcoder = Transcoder(codec)
    output = poured(transcoder, data, step)
    assert output == poured(Transcoder(codec), data, 1000)
    assert b"\xef\xbf\xbd" not in output or "\ufffd" in data.decode(codec, "ignore")
    if codec == "utf-8":
        assert output == data


@pytest.mark.parametrize("order", ["le", "be"])
@given(st.lists(st.sampled_from([0x41, 0x0A, 0xD800, 0xDC00, 0xD83D, 0xDE00, 0x6F22, 0xE9]), max_size=12), st.sampled_from([1, 2, 3, 100]))
def test_lone_surrogates_of_utf16_stay(order: str, units: list[int], step: int) -> None:
    """T8: each becomes the three bytes UTF-8 would give it, pairs become characters, and widths are two bytes a unit."""
    name = f"utf-16-{order}"
    data = b"".join(unit.to_bytes(2, "little" if order == "le" else "big") for unit in units)
    transcoder = Transcoder(name)
    output = poured(transcoder, data, step)
    assert output == data.decode(name, "surrogatepass").encode("utf-8", "surrogatepass")
    assert transcoder.width(output) == len(data)
    lone = sum("\ud800" <= char <= "\udfff" for char in data.decode(name, "surrogatepass"))
    assert transcoder.undecodable == lone


def test_a_cut_end_is_undecodable() -> None:
    """T14: an odd byte at the end of UTF-16, half a character of GB18030: kept and counted, no error."""
    for codec, data in (("utf-16-le", b"a\0\xe9"), ("gb18030", b"a\xc4"), ("utf-8", b"a\xe6\xbc")):
        transcoder = Transcoder(codec)
        output = poured(transcoder, data, 1)
        assert output[:1] == b"a"
        assert len(output) > 1
        assert transcoder.undecodable >= 1


def test_forgetting_keeps_what_is_needed() -> None:
    """T6: marks before a position go, later ones still lead back; the number of marks stays small."""
    data = "漢字かな\n".encode("cp932") * 2000
    transcoder = Transcoder("cp932", piece=64)
    output = b""
    for at in range(0, len(data), 500):
        output += transcoder.feed(data[at : at + 500])
        transcoder.forget(max(len(output) - 1000, 0))
        assert len(transcoder._offsets) < 60
    position = len(output) - 13
    produced, at = transcoder.anchor(position)
    assert at + transcoder.width(output[produced:position]) == len(data) - 9
