"""The last gate: never more than the limits, notices last; T3, T5, T16."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from streamtools.limits import Limits
from streamtools.render.capping import cap, clip

LIMITS = Limits(bytes=2048, notice_bytes=512, lines=20)
TEXT = st.text(alphabet="ab é漢😀[", max_size=300)


@settings(max_examples=200, deadline=None)
@given(st.lists(TEXT, max_size=40), st.lists(st.text(alphabet="ab é\n]", max_size=700), max_size=6))
def test_never_over_the_limits(lines: list[str], notices: list[str]) -> None:
    """T3: whatever a caller built: bytes, lines and notices stay within their limits."""
    text = cap(lines, notices, LIMITS)
    data = text.encode("utf-8")
    assert len(data) <= LIMITS.bytes
    rows = text.split("\n") if lines or notices else []
    kept = 0
    while kept < len(lines) and kept < len(rows) and rows[kept] == lines[kept]:
        kept += 1
    told = rows[kept:]
    assert kept <= LIMITS.lines
    assert sum(len(row.encode()) + 1 for row in told) <= LIMITS.notice_bytes + 1
    assert all(row.startswith("[") and row.endswith("]") for row in told)
    if kept < len(lines):
        assert f"{len(lines) - kept} more lines did not fit" in told[-1]


def test_the_last_notice_wins() -> None:
    """T5: where room for notices is short, the one that says how to go on stays."""
    text = cap([], ["x" * 400, "y" * 400, "go on with cursor='c1.abc'"], LIMITS)
    assert text.endswith("[go on with cursor='c1.abc']")


@settings(max_examples=200, deadline=None)
@given(TEXT, st.integers(-1, 400))
def test_clip_is_the_beginning(text: str, room: int) -> None:
    """T3: a clipped text is its beginning, in whole characters, as much as fits."""
    cut = clip(text, room)
    assert text.startswith(cut)
    assert len(cut.encode()) <= max(room, 0)
    if cut != text:
        assert len((cut + text[len(cut)]).encode()) > room
