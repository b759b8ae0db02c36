"""Plain text: ASCII without a NUL, with the library and without it; and UTF-8 without one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtools.text import plain as module
from streamtools.text.plain import plain, utf8


@pytest.mark.parametrize("library", [True, False])
@given(data=st.binary(max_size=200) | st.text(st.characters(max_codepoint=127), max_size=200).map(str.encode), end=st.integers(0, 200))
def test_it_is_ascii_without_a_nul(data: bytes, end: int, library: bool) -> None:
    """T10: what is taken for plain text is so in each byte, and what is so is taken for it; a part of a buffer speaks for itself."""
    with pytest.MonkeyPatch.context() as patch:
        if not library:
            patch.setattr(module, "_first_of", None)
        assert plain(memoryview(data)[:end]) == (data[:end].isascii() and b"\0" not in data[:end])


@pytest.mark.parametrize("library", [True, False])
@pytest.mark.parametrize("length", [1, 15, 16, 31, 32, 63, 64, 65, 1000])
def test_every_other_byte_is_found_at_every_place(length: int, library: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """T10: no byte hides behind the width of a vector."""
    if not library:
        monkeypatch.setattr(module, "_first_of", None)
    for byte in (0, 1, 10, 127, 128, 194, 255):
        for at in {0, length // 2, length - 1}:
            data = bytearray(b"a" * length)
            data[at] = byte
            assert plain(memoryview(data)) == (0 < byte < 128)


@given(data=st.binary(max_size=12) | st.text(max_size=12).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_utf8_is_what_decodes(data: bytes) -> None:
    """T10: text is what Python decodes, NULs apart."""
    try:
        decodes = "\0" not in data.decode()
    except UnicodeDecodeError:
        decodes = False
    assert utf8(data) == decodes
