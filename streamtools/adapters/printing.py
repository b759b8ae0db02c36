"""Events to the bytes that ``sgrep`` writes: ripgrep's layouts, with a budget."""

from __future__ import annotations

from streamtools.adapters.rows import Rows, told
from streamtools.errors import printable
from streamtools.events import Begin, End, Gap, Line, Runs
from streamtools.limits import KIB

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from streamtools.adapters.style import Style
    from streamtools.events import Event
    from streamtools.limits import Limits


#: A line of which the printer gets parts is longer than this.
_WINDOW = 256 * KIB


class Printer:
    """Writes events through ``write`` until ``limits`` are reached; None lifts them.

    ``mode`` is ``content``, ``count``, ``count_matches`` (which counts in the lines of a search and writes none), ``files_with_matches``,
    ``files_without_match``, or another one of which only `name` and `put` are used. ``event`` returns False when something did not fit;
    ``stopped`` then says what was full. ``cut`` is the first line that was shown in part, with its path; ``written`` counts bytes
    without colours.

    Memory: one line.
    """

    def __init__(self, write: Callable[[bytes], object], style: Style, mode: str, limits: Limits | None, rows: Rows | None = None) -> None:
        self.stopped = ""
        self.lines = self.written = 0
        self.cut: tuple[str, Line] | None = None
        self._write = write
        self._style = style
        self._mode = mode
        self._limits = limits
        self._rows = rows or Rows(style)
        self._room = limits.bytes if limits else 0
        self._path = self._gap = b""
        self._begun = self._any = self._open = False
        self._spans = 0
        self._held: tuple[Line, int] | None = None

    def event(self, event: Event) -> bool:
        """Write an event; return whether it fitted."""
        if isinstance(event, Line):
            if self._mode == "count_matches":
                # a line that matches has a match, even where it is none that is told
                self._spans += len(told(event)) or event.kind == "match"
            return self._mode != "content" or self._line(event)
        if isinstance(event, Runs):
            lead = self._lead()
            return self.put(lead + self._runs(event), event.lines + lead.count(b"\n"))
        if isinstance(event, Gap):
            self._gap = self._between()
            return True
        if isinstance(event, Begin):
            self._begun, self._spans, self._gap = False, 0, b""
            self._path = self.name(event.path)
            self._rows.file(self._path, event.path)
            return True
        if isinstance(event, End):
            return self._end(event)
        return True

    def name(self, path: str) -> bytes:
        """Return a file's name as it is written."""
        import os

        style = self._style
        path = "<stdin>" if path == "-" else path
        raw = os.fsencode(path) if style.raw or style.null else printable(path).encode("utf-8", "backslashreplace")
        if style.path_separator:
            raw = raw.replace(b"/", style.path_separator)
        return style.palette.path.start() + raw + b"\x1b[0m" if style.palette else raw

    @property
    def plain(self) -> bool:
        """Whether `file` changes nothing, and all of it fits."""
        style = self._style
        return self._limits is None and style.raw and not (style.palette or style.path_separator)

    def file(self, path: str) -> bytes:
        """Return a file's name, with a link to it, as it stands without a line."""
        shown, style = self.name(path), self._style
        if style.links is None or not style.palette:
            return shown
        style.links.file(path)
        return style.links.start() + shown + style.links.end

    def put(self, data: bytes, lines: int | None = None) -> bool:
        """Write whole lines, so many or to be counted, if the budget allows; return whether it did."""
        if self._limits is not None:
            lines = data.count(b"\n") if lines is None else lines
            if self.lines + lines > self._limits.lines:
                self.stopped = f"{self._limits.lines} lines"
                return False
            if len(data) > self._room:
                self.stopped = f"{self._limits.bytes // 1024} KiB"
                return False
            self._room -= len(data)
            self.lines += lines
        self.written += len(_uncoloured(data) if self._style.palette else data)
        self._write(data)
        return True

    # -- one file ------------------------------------------------------------------------

    def _lead(self) -> bytes:
        """Return what stands before the next line: the head of its file, or what separates groups of context."""
        style = self._style
        gap, self._gap = self._gap, b""
        if self._begun:
            return gap
        first = not self._any
        self._begun = self._any = True
        if not style.heading:
            return (b"" if first else self._between()) + gap
        head = b"" if first else style.terminator
        return (head + self._linked() + (b"\0" if style.null else style.terminator) if style.filename else head) + gap

    def _between(self) -> bytes:
        style = self._style
        return style.group + style.terminator if style.context and style.group is not None else b""

    def _linked(self) -> bytes:
        links = self._style.links if self._style.palette else None
        return self._path if links is None else links.start() + self._path + links.end

    def _end(self, event: End) -> bool:
        style, end = self._style, self._style.terminator
        quit = event.binary_at is not None and style.named is not None and event.path not in style.named
        if self._mode == "content":
            return event.binary_at is None or not event.matches.value or self._binary(event.binary_at, quit=quit)
        if self._mode in {"count", "count_matches"}:
            count = event.matches.value if self._mode == "count" else self._spans
            if quit or (not count and not style.zero):
                return True
            shown = b"%d" % count + end
            return self.put(self._linked() + (b"\0" if style.null else b":") + shown if style.filename else shown)
        listed = self._mode in {"files_with_matches", "files_without_match"}
        missing = self._mode == "files_without_match"
        if listed and missing == (event.matches.value == 0) and not quit:
            return self.put(self._linked() + (b"\0" if style.null else end))
        return True

    def _binary(self, offset: int, *, quit: bool) -> bool:
        """Say that a file with matches is binary: that the search ended there, or what was found is not shown."""
        what = b"WARNING: stopped searching binary file after match" if quit else b"binary file matches"
        self._any = True
        gap, self._gap = self._gap, b""
        path = gap + self._linked() + b": " if self._style.filename else gap
        return self.put(b'%b%b (found "\\0" byte around offset %d)\n' % (path, what, offset))

    def _runs(self, event: Runs) -> bytes:
        """Return lines in bulk, each with its prefix."""
        style, sign = self._style, self._style.match_sign
        prefix = self._path + (b"\0" if style.null else sign) if style.filename and not style.heading else b""
        text = event.text if event.text.endswith(b"\n") else event.text + style.terminator
        if not prefix and not style.numbers:
            return text
        lines = text[:-1].split(b"\n")
        if not style.numbers:
            return b"".join([b"%b%b\n" % (prefix, line) for line in lines])
        row, number = prefix.replace(b"%", b"%%") + b"%d" + sign + b"%b\n", event.number
        return b"".join([row % (number + behind, line) for behind, line in zip(event.behind, lines, strict=True)])

    # -- one line ------------------------------------------------------------------------

    def _line(self, line: Line) -> bool:
        most = self._style.max_columns
        held = most is not None and most < _WINDOW and self._limits is None and not self._style.only_matching
        if held and (line.cut or self._held is not None):
            return self._long(line)
        if self._limits is not None and self.cut is None and (line.cut or line.column > 1) and not self._style.only_matching:
            self.cut = (line.path, line)
        going_on = self._open and line.column > 1
        self._open = line.cut and self._style.raw
        rows = self._rows.of(line, going_on=going_on)
        if self._limits is not None:
            return self._page(line, rows, self._limits)
        return self._all(rows)

    def _all(self, rows: Iterable[bytes]) -> bool:
        return all(self.put(self._lead() + row) for row in rows)

    def _long(self, line: Line) -> bool:
        """Keep the first part of a line that is too long to be shown until its matches are counted."""
        first, more = self._held or (line, -len(line.matches))
        more += len(line.matches)
        self._held = (first, more) if line.cut else None
        return line.cut or self._all(self._rows.of(first, more=more))

    def _page(self, line: Line, rows: Iterable[bytes], limits: Limits) -> bool:
        """Write the rows of a line, all or, where they are more than a page can hold, as many as that."""
        data = b""
        for row in rows:
            lead = b"" if data else self._lead()
            if data and (data.count(b"\n") >= limits.lines or len(data) + len(row) > limits.bytes):
                self.cut = self.cut or (line.path, line)
                break
            data += lead + row
        if self._rows.shortened:
            self.cut = self.cut or (line.path, line)
        fitted = not data or self.put(data)
        if not fitted and line.column > 1:
            self.cut = self.cut or (line.path, line)
        return fitted


def _uncoloured(data: bytes) -> bytes:
    import re

    return re.sub(rb"\x1b\[[0-9;]*m", b"", data)
