"""Events as ripgrep's JSON lines: any bytes survive; P1, T16."""

from __future__ import annotations

import base64
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from streamtools.render.json import data_of, message
from streamtools.results import Begin, End, Ledger, Line, Summary, Total


def back(data: dict[str, str]) -> bytes:
    """The bytes of ``{"text": ...}`` or ``{"bytes": ...}``."""
    return base64.b64decode(data["bytes"]) if "bytes" in data else data["text"].encode()


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=50))
def test_any_bytes_survive(data: bytes) -> None:
    """P1: text comes as text, anything else as base64, and nothing is lost."""
    assert back(data_of(data)) == data
    assert set(data_of(data)) == ({"text"} if data.decode("utf-8", "replace").encode() == data else {"bytes"})


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=40), st.data())
def test_a_line(text: bytes, data: st.DataObject) -> None:
    """P1: number, offset, text with its ending and submatches are in the record, on one line."""
    low = data.draw(st.integers(0, len(text)))
    high = data.draw(st.integers(low, len(text)))
    line = Line(7, text, 1, "match", ((low, high),), 99, False, b"\r\n")
    row = message(line, "a/b")
    assert "\n" not in row
    body = json.loads(row)
    assert body["type"] == "match"
    assert back(body["data"]["path"]) == b"a/b"
    assert back(body["data"]["lines"]) == text + b"\r\n"
    assert body["data"]["line_number"] == 7
    assert body["data"]["absolute_offset"] == 99
    (found,) = body["data"]["submatches"]
    assert (back(found["match"]), found["start"], found["end"]) == (text[low:high], low, high)


def test_context_and_cut_lines() -> None:
    """P1: context is of its own type; a line that is shown in part says so."""
    assert json.loads(message(Line(1, b"x", kind="before"), "f"))["type"] == "context"
    body = json.loads(message(Line(1, b"x", 11, "match", ((0, 1),), 0, True), "f"))["data"]
    assert body["line_truncated"] is True
    assert body["line_offset"] == 10


def test_the_other_records() -> None:
    """P1: begin, end and summary as ripgrep writes them; a path that is no UTF-8 comes as bytes."""
    begin = json.loads(message(Begin("\udcff"), "\udcff"))
    assert begin == {"type": "begin", "data": {"path": {"bytes": base64.b64encode(b"\xff").decode()}}}
    end = json.loads(message(End("f", Total(2), 3, 10), "f", 1.5))
    assert end["data"]["binary_offset"] is None
    assert end["data"]["stats"]["matched_lines"] == 2
    assert end["data"]["stats"]["matches"] == 3
    assert end["data"]["stats"]["elapsed"]["secs"] == 1
    total = json.loads(message(Summary(Total(2), Total(1), Ledger(files=4, bytes=10), spans=3), "", 0.25))
    assert total["type"] == "summary"
    assert total["data"]["stats"]["searches"] == 4
    assert total["data"]["elapsed_total"]["nanos"] == 250_000_000
