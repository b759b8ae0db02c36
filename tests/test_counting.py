"""Counting line ends, however they lie."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streamtools.counting import line_ends

#: Lines that are all of one length: short ones are counted in another way than long ones.
BODIES = st.builds(lambda width, number: (b"x" * width + b"\n") * number, st.integers(0, 80), st.integers(0, 400))


@given(head=BODIES, rest=BODIES, tail=st.binary(max_size=40), newline=st.sampled_from([b"\n", b"\0"]))
def test_the_number_is_that_of_a_plain_count(head: bytes, rest: bytes, tail: bytes, newline: bytes) -> None:
    """T7: whatever way is taken for lines of whatever length, each line end is counted once."""
    data = (head + rest + tail).replace(b"\n", newline)
    assert line_ends(data, newline) == len(data.split(newline)) - 1


def test_units_of_two_bytes_are_counted_as_such() -> None:
    """A line end of two bytes, as in UTF-16, is one."""
    assert line_ends("a\nb\n".encode("utf-16-le") * 400, "\n".encode("utf-16-le")) == 800
