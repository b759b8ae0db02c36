"""Events to the bytes that ``sgrep`` writes: ripgrep's layouts, with a budget."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from streamtools.errors import printable
from streamtools.events import Begin, End, Event, Gap, Line, Runs
from streamtools.limits import Limits
from streamtools.render.escape import fit, visible


class Style(NamedTuple):
    """How lines look; ``raw`` writes file text byte for byte, else control characters are made visible."""

    filename: bool = False
    heading: bool = False
    numbers: bool = False
    column: bool = False
    color: bool = False
    only_matching: bool = False
    null: bool = False
    raw: bool = False
    context: bool = False

    @property
    def runs(self) -> bool:
        """Whether neighbouring matching lines can be written as they stand in the file."""
        return self.raw and not (self.column or self.color or self.only_matching or self.context)


_PATH, _NUMBER, _MATCH, _RESET = b"\x1b[0m\x1b[35m", b"\x1b[0m\x1b[32m", b"\x1b[0m\x1b[1m\x1b[31m", b"\x1b[0m"


class Printer:
    """Writes events through ``write`` until ``limits`` are reached; None lifts them.

    In mode ``count`` with ``style.only_matching``, the lines of a search are not written but their matches counted.

    ``event`` returns False when something did not fit; ``stopped`` then says what was full. ``cut`` is
    the first line that was shown in part, with its path.

    Memory: one line.
    """

    def __init__(self, write: Callable[[bytes], object], style: Style, mode: str, limits: Limits | None) -> None:
        self.stopped = ""
        self.lines = 0
        self.cut: tuple[str, Line] | None = None
        self._write = write
        self._style = style
        self._mode = mode
        self._limits = limits
        self._room = limits.bytes if limits else 0
        self._path = b""
        self._files = 0
        self._open = False
        self._gap = b""
        self._spans = 0

    def event(self, event: Event) -> bool:
        """Write an event; return whether it fitted."""
        if isinstance(event, Line):
            if self._mode == "count":
                self._spans += len(_apart(event.matches))
                return True
            return self._line(event)
        if isinstance(event, Runs):
            return self.put(self._runs(event))
        if isinstance(event, Gap):
            self._gap = b"--\n" if self._style.context else b""
            return True
        if isinstance(event, Begin):
            self._gap, self._spans = b"", 0
            self._path = self.name(event.path)
            return self._mode != "content" or self._heading()
        if isinstance(event, End):
            return self._end(event)
        return True

    def name(self, path: str) -> bytes:
        """Return a file's name as it is written."""
        import os

        raw = os.fsencode(path) if self._style.raw or self._style.null else printable(path).encode("utf-8", "backslashreplace")
        return _PATH + raw + _RESET if self._style.color else raw

    def put(self, data: bytes) -> bool:
        """Write whole lines if the budget allows; return whether it did."""
        if self._limits is not None:
            if self.lines + data.count(b"\n") > self._limits.lines:
                self.stopped = f"{self._limits.lines} lines"
                return False
            if len(data) > self._room:
                self.stopped = f"{self._limits.bytes // 1024} KiB"
                return False
            self._room -= len(data)
        self.lines += data.count(b"\n")
        self._write(data)
        return True

    def _heading(self) -> bool:
        self._files += 1
        style = self._style
        if style.heading and style.filename:
            return self.put((b"\n" if self._files > 1 else b"") + self._path + (b"\0" if style.null else b"\n"))
        return self._files == 1 or not style.context or self.put(b"--\n")

    def _end(self, event: End) -> bool:
        if self._mode == "content":
            return True
        end = b"\0" if self._style.null else b"\n"
        if self._mode == "count":
            count = b"%d\n" % (self._spans if self._style.only_matching else event.matches.value)
            if not self._style.filename:
                return self.put(count)
            return self.put(self._path + (b"\0" if self._style.null else b":") + count)
        if (self._mode == "files_without_match") == (event.matches.value == 0):
            return self.put(self._path + end)
        return True

    def _runs(self, event: Runs) -> bytes:
        """Return lines in bulk, each with its prefix."""
        style = self._style
        prefix = self._path + (b"\0" if style.null else b":") if style.filename and not style.heading else b""
        parts: list[bytes] = []
        for behind, run in event.runs:
            data = run if run.endswith(b"\n") else run + b"\n"
            number = event.number + behind
            if not prefix and not style.numbers:
                parts.append(data)
            elif data.find(b"\n") == len(data) - 1:
                parts.append(b"%b%d:%b" % (prefix, number, data) if style.numbers else prefix + data)
            else:
                lines = data[:-1].split(b"\n")
                if style.numbers:
                    parts += [b"%b%d:%b\n" % (prefix, at, line) for at, line in enumerate(lines, number)]
                else:
                    parts += [b"%b%b\n" % (prefix, line) for line in lines]
        return b"".join(parts)

    def _line(self, line: Line) -> bool:
        style = self._style
        sign = b":" if line.kind == "match" else b"-"
        if style.only_matching and line.kind == "match":
            return self._matches(line, sign)
        if self.cut is None and (line.cut or line.column > 1) and self._limits is not None:
            self.cut = (line.path, line)
        going_on = self._open and line.column > 1
        self._open = line.cut and style.raw
        column = line.column + line.matches[0][0] if line.matches else line.column
        prefix = b"" if going_on else self._prefix(line, sign, column)
        ending = b"" if self._open else (line.ending if style.raw and line.ending else b"\n")
        gap, self._gap = self._gap, b""
        return self.put(gap + prefix + self._marked(line) + ending)

    def _matches(self, line: Line, sign: bytes) -> bool:
        """Write the matches of a line, all or, where they are more than a page can hold, as many as that."""
        gap, self._gap = self._gap, b""
        spans = _apart(line.matches)
        limits = self._limits
        if limits is None:
            return all(self.put((b"" if at else gap) + self._only(line, sign, *span)) for at, span in enumerate(spans))
        data = gap
        for at, span in enumerate(spans):
            row = self._only(line, sign, *span)
            if at >= limits.lines - gap.count(b"\n") or len(data) + len(row) > limits.bytes:
                self.cut = self.cut or (line.path, line)
                break
            data += row
        fitted = not spans or self.put(data)
        if not fitted and line.column > 1:
            self.cut = self.cut or (line.path, line)
        return fitted

    def _only(self, line: Line, sign: bytes, start: int, end: int) -> bytes:
        """Return one match of a line as a line of its own."""
        data = line.data[start:end]
        if self._limits is not None and len(data) > self._limits.line_bytes:
            data = data[: fit(data, self._limits.line_bytes)]
            self.cut = self.cut or (line.path, line)
        return self._prefix(line, sign, line.column + start) + self._text(data, data) + b"\n"

    def _prefix(self, line: Line, sign: bytes, column: int) -> bytes:
        style = self._style
        parts = b""
        if style.filename and not style.heading:
            parts += self._path + (b"\0" if style.null else sign)
        if style.numbers:
            number = b"%d" % line.number
            parts += (_NUMBER + number + _RESET if style.color else number) + sign
        if style.column and line.kind == "match":
            parts += b"%d" % column + sign
        return parts

    def _marked(self, line: Line) -> bytes:
        if not self._style.color or not line.matches:
            return self._plain(line.data)
        parts, at = [], 0
        for start, end in _joined(line.matches):
            parts += [self._plain(line.data[at:start]), self._text(line.data[start:end], b"x" if end > start else b"")]
            at = end
        return b"".join([*parts, self._plain(line.data[at:])])

    def _text(self, data: bytes, shown: bytes) -> bytes:
        plain = self._plain(data)
        return _MATCH + plain + _RESET if self._style.color and shown else plain

    def _plain(self, data: bytes) -> bytes:
        return data if self._style.raw else visible(data).encode("utf-8")


def _joined(spans: tuple[tuple[int, int], ...]) -> list[tuple[int, int]]:
    """Join matches that touch, which get one colour."""
    found: list[tuple[int, int]] = []
    for start, end in spans:
        if found and start == found[-1][1]:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def _apart(spans: tuple[tuple[int, int], ...]) -> list[tuple[int, int]]:
    """Return the matches that ripgrep tells: an empty one right behind another is none."""
    ends = [-1, *(end for _, end in spans)]
    return [span for span, before in zip(spans, ends, strict=False) if span != (before, before)]
