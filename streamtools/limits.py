"""The numbers that everybody shares: what a result may hold and how large a window is.

One source of truth: code, schemas, help texts and the memory gate read them from here.
"""

from __future__ import annotations

from streamtools.errors import InvalidArgument
from streamtools.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final, Self


KIB: Final = 1024
MIB: Final = 1024 * 1024


class _Numbers(NamedTuple):
    lines: int = 2000
    bytes: int = 50 * KIB
    line_bytes: int = 2000
    notice_bytes: int = 1024
    head_limit: int = 250
    window: int = 256 * KIB
    segment: int = 64 * KIB
    overlap: int = 8 * KIB
    detect_bytes: int = 64 * KIB
    skip_bytes: int = 16 * MIB
    match_seconds: float = 1.0


class Limits(_Numbers):
    """What one result may hold, and the sizes of the buffers behind it.

    ``lines``, ``bytes`` and ``line_bytes`` are hard caps: a caller may lower them
    and never raise them. ``bytes`` counts the final rendered UTF-8, with prefixes
    and notices; ``notice_bytes`` of it are kept free for the notices.

    Memory: a Read or Grep holds at most ``2 * window + 4 * segment + 3 * bytes``
    and, while the exact engine verifies one segment, what the engine takes for it.
    """

    __slots__ = ()

    def __new__(cls, *values: float, **numbers: float) -> Self:
        """Raise `InvalidArgument` for a number below 1 or a cap above its default."""
        self = super().__new__(cls, *values, **numbers)  # type: ignore[arg-type]
        self._check()
        return self

    def lowered(self, **numbers: float) -> Self:
        """Return the same limits but for some numbers. Raises as the constructor does."""
        return type(self)(**(self._asdict() | numbers))

    def _check(self) -> None:
        for name, value in self._asdict().items():
            if value <= 0:
                raise InvalidArgument(f"limits.{name} must be at least 1, not {value}")
        for name in ("lines", "bytes", "line_bytes"):
            most = CAPS[name]
            if getattr(self, name) > most:
                raise InvalidArgument(f"limits.{name} may be lowered, not raised: {getattr(self, name)} is over {most}")
        if self.bytes < 2 * self.notice_bytes:
            raise InvalidArgument(f"limits.bytes must be at least {2 * self.notice_bytes}, not {self.bytes}")
        if self.segment > self.window or 2 * self.overlap > self.segment:
            raise InvalidArgument("limits: window >= segment >= 2 * overlap must hold")


CAPS: Final = {"lines": 2000, "bytes": 50 * KIB, "line_bytes": 2000}
DEFAULT: Final = Limits()
