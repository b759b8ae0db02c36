"""How lines look: everything that ripgrep's flags say about it, as one frozen object."""

from __future__ import annotations

from streamtools.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from streamtools.adapters.colors import Palette
    from streamtools.adapters.links import Links


class Style(NamedTuple):
    r"""How lines look; ``raw`` writes file text byte for byte, else control characters are made visible.

    ``only_matching`` shows each match on a line of its own, ``each`` its line once for each match (the first of several
    lines). ``group`` stands between groups of context, None for nothing. ``max_columns`` is the most bytes of a line with
    its ending; of longer ones a remark is shown, or with ``preview`` their beginning. ``longest`` is the most bytes of a
    match that is shown alone. ``replaced`` says that matches come replaced, ``inverted`` that context lines are what
    matches, ``multiline`` that an event may hold several lines, ``counted`` that matches are counted, ``zero`` that counts of
    0 are shown too; ``named`` are the files that are searched to their end where they turn out binary, None for all.
    ``terminator`` ends what has no ending of its own.
    """

    filename: bool = False
    heading: bool = False
    numbers: bool = False
    column: bool = False
    byte_offset: bool = False
    only_matching: bool = False
    each: bool = False
    null: bool = False
    raw: bool = False
    context: bool = False
    passthru: bool = False
    trim: bool = False
    multiline: bool = False
    inverted: bool = False
    replaced: bool = False
    counted: bool = False
    zero: bool = False
    named: frozenset[str] | None = None
    max_columns: int | None = None
    preview: bool = False
    longest: int | None = None
    terminator: bytes = b"\n"
    group: bytes | None = b"--"
    match_sign: bytes = b":"
    context_sign: bytes = b"-"
    path_separator: bytes = b""
    palette: Palette | None = None
    links: Links | None = None

    @property
    def spans(self) -> bool:
        """Whether the single matches of a line must be known."""
        colored = self.palette is not None and not self.palette.match.none
        return colored or self.column or self.only_matching or self.each or self.replaced or self.counted

    @property
    def runs(self) -> bool:
        """Whether neighbouring matching lines can be written as they stand in the file."""
        plain = not (self.spans or self.byte_offset or self.palette or self.context or self.passthru or self.trim)
        return self.raw and plain and self.max_columns is None and not self.multiline and self.terminator != b"\0"
