"""The window: whole lines, pieces of long lines, offsets; T6, T7, T8."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from streamtools.text.windows import Windows

TEXT = st.text(alphabet=st.sampled_from("ab\n\r\u00e9\u6f22\U0001f600\u2028\x0c"), max_size=300)


def pieces(
    data: bytes, *, size: int, chunk: int, overlap: int = 0, label: str | None = None
) -> tuple[list[tuple[bytes, int, bool]], Windows]:
    """Run ``data`` through a window; return (new bytes, file offset of them, ends its line) a block."""
    found = []
    windows = Windows(size=size, overlap=overlap, label=label)
    at = 0
    while True:
        room = windows.room()
        count = min(chunk, len(room), len(data) - at)
        room[:count] = data[at : at + count]
        del room
        at += count
        windows.fed(count)
        for block in windows.blocks():
            assert block.start <= block.resume <= block.fresh <= block.stop
            if block.whole:
                assert bytes(windows.buffer[block.start : block.stop]).endswith(b"\n") or at == len(data)
            found.append((bytes(windows.buffer[block.fresh : block.stop]), windows.offset(block.fresh), block.tail))
        if not count:
            return found, windows


@settings(max_examples=300)
@given(TEXT, st.sampled_from([64, 100, 4096]), st.sampled_from([1, 2, 7, 65536]), st.sampled_from([0, 8]))
def test_blocks_join_to_the_text_at_their_offsets(text: str, size: int, chunk: int, overlap: int) -> None:
    """T6, T7: nothing is lost or repeated whatever the window and the chunks, and offsets are the file's."""
    data = text.encode()
    found, windows = pieces(data, size=size, chunk=chunk, overlap=overlap, label="utf-8")
    windows.close()
    assert b"".join(part for part, _, _ in found) == data
    for part, offset, _ in found:
        assert data[offset : offset + len(part)] == part
        part.decode()


@settings(max_examples=300)
@given(
    TEXT,
    st.sampled_from(["utf-16-le", "utf-16-be", "gb18030", "utf-32-le", "shift_jis", "iso2022_jp"]),
    st.sampled_from([64, 100, 4096]),
    st.sampled_from([1, 2, 7, 65536]),
)
def test_other_encodings_come_out_as_utf8_with_offsets_of_the_file(text: str, label: str, size: int, chunk: int) -> None:
    """T7, T8: transcoded blocks join to the text, and each begins where the file says."""
    raw = text.encode(label, "ignore")
    text = raw.decode(label)
    found, windows = pieces(raw, size=size, chunk=chunk, label=label)
    windows.close()
    assert b"".join(part for part, _, _ in found) == text.encode()
    at = 0
    for part, offset, _ in found:
        if not label.startswith("iso"):
            assert offset == len(text[:at].encode(label))
        at += len(part.decode())
