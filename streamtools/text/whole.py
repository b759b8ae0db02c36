"""A small text that is in memory whole: nothing is read or copied."""

from __future__ import annotations

from streamtools.text.window import Block, Window

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtools.events import Encoding


class Whole(Window):
    """One text after another, each whole, in UTF-8 without a mark and ended.

    Memory: the text.
    """

    def __init__(self, *, crlf: bool = True) -> None:
        super().__init__(b"", crlf=crlf)
        self._ended = True

    def hold(self, data: bytes, encoding: Encoding) -> None:
        """Let go of the last text and take another one."""
        self.buffer, self._view = data, memoryview(data)
        self.encoding, self._end = encoding, len(data)

    def blocks(self) -> Iterator[Block]:
        """Yield the text as one block of whole lines, unless it is empty."""
        if self._end:
            yield Block(0, self._end)
