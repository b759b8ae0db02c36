"""A part of a file, looked at where the system keeps it: nothing is copied.

That is a third of the time of a rare literal. A file that shrinks under its map kills whoever looks at it (SIGBUS), so
this is only for a child process whose work its parent does again, by reading.
"""

from __future__ import annotations

import mmap

from streamtools.limits import MIB
from streamtools.text.window import Block, Window

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import Final, Self

    from streamtools.events import Encoding
    from streamtools.text.source import Source


#: Bytes of a block: between two of them somebody may stop.
_BLOCK: Final = 4 * MIB
#: What went by is given back in pieces of this size.
_BEHIND: Final = 2 * MIB
#: Without it all that was looked at would count as this process's memory.
_DROP: Final[int | None] = getattr(mmap, "MADV_DONTNEED", None)


def expendable() -> None:
    """Say that this process may be killed by what it looks at: it then leaves no core and prints no traceback."""
    import faulthandler
    import resource

    faulthandler.disable()
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


class LongLine(Exception):
    """There may be a line that comes in pieces where it is read."""


class Mapped(Window):
    """The whole lines of a regular file from byte ``start`` to the end of its source, which must be UTF-8.

    Memory: the address space of the part, of which 2 MiB and a block of 4 MiB, or ``longest``, are resident at a time: the system's page
    cache, not a copy.
    """

    def __init__(self, buffer: mmap.mmap, origin: int, start: int, encoding: Encoding, *, longest: int, crlf: bool) -> None:
        super().__init__(buffer, crlf=crlf)
        self._map = buffer
        self._longest = longest
        self._step = max(_BLOCK, longest)
        self.encoding = encoding
        self._offset = self._line_offset = origin
        self._begin = start - origin
        self._end = len(buffer)

    @classmethod
    def of(cls, source: Source, start: int, encoding: Encoding, *, longest: int, crlf: bool) -> Self | None:
        """Map a part; None where that can't be done."""
        if source.fd is None or source.size is None or _DROP is None:
            return None
        origin = start - start % mmap.ALLOCATIONGRANULARITY
        try:
            buffer = mmap.mmap(source.fd, source.size - origin, access=mmap.ACCESS_READ, offset=origin)
        except (OSError, ValueError):
            return None
        return cls(buffer, origin, start, encoding, longest=longest, crlf=crlf)

    @property
    def first(self) -> int:
        """Where in the buffer the text begins."""
        return self._begin

    def blocks(self) -> Iterator[Block]:
        """Yield runs of whole lines of about 4 MiB; each is valid until the next is asked for.

        Raises `LongLine` where one may be of ``longest`` bytes or more.
        """
        assert _DROP is not None
        at, dropped, step = self._begin, 0, self._step
        while at < self._end:
            stop = min(at + step, self._end)
            if stop < self._end:
                # whatever somebody writes into the file meanwhile, it goes on
                stop = max(self.buffer.rfind(b"\n", at, stop), at) + 1
            self._check(at, stop)
            self._ended = stop == self._end
            yield Block(at, stop, resume=at, fresh=at)
            at = stop
            if at - dropped >= _BEHIND:
                size = (at - dropped) // mmap.PAGESIZE * mmap.PAGESIZE
                self._map.madvise(_DROP, dropped, size)
                dropped += size

    def _check(self, start: int, stop: int) -> None:
        """Look for a line end in each half of ``longest``: a line of that many bytes holds such a half."""
        half, find = self._longest // 2, self.buffer.find
        for at in range(start, stop - half, half):
            if find(b"\n", at, at + half) < 0:
                raise LongLine

    def close(self) -> None:
        """Give the map back."""
        self._view.release()
        self._map.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
