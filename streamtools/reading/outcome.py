"""What was asked of Read, checked; and what comes out of it, with the way to go on."""

from __future__ import annotations

import os

from streamtools.errors import InvalidArgument, printable
from streamtools.events import Encoding, Ledger, Next, Total
from streamtools.results import ReadResult
from streamtools.text.encoding import codec_name
from streamtools.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self

    from streamtools.events import Line
    from streamtools.limits import Limits
    from streamtools.reading.page import Page
    from streamtools.text.lineindex import Track
    from streamtools.text.source import Source
    from streamtools.text.windows import Windows


class Asked(NamedTuple):
    """The checked arguments of a Read; ``clamped`` is a limit over the cap, as it was given."""

    path: str
    offset: int
    limit: int
    column: int
    encoding: str | None
    limits: Limits
    clamped: int | None = None

    @classmethod
    def checked(cls, path: object, offset: object, limit: object, column: object, encoding: str | None, limits: Limits) -> Self:
        """Raise `InvalidArgument` or `UnknownEncoding` for what can't be meant."""
        offset, column = _whole("offset", offset), _whole("column", column)
        limit = None if limit is None else _whole("limit", limit)
        if offset == 0:
            raise InvalidArgument("offset counts lines from 1, or from the end with -1; there is no line 0")
        if limit is not None and limit < 1:
            raise InvalidArgument(f"limit must be at least 1, not {limit}; to read the last lines give a negative offset")
        if column < 1:
            raise InvalidArgument(f"column counts bytes from 1; {column} is none")
        if encoding is not None:
            codec_name(encoding)
        name = os.fspath(path) if isinstance(path, str | os.PathLike) else getattr(path, "path", "<stdin>")
        clamped = limit if limit is not None and limit > limits.lines else None
        return cls(str(name), offset, min(limit or limits.lines, limits.lines), column, encoding, limits, clamped)

    def call(self, offset: int, column: int = 1, limit: int | None = None) -> Next:
        """Return the call that goes on at a line, and at a byte in it."""
        arguments: dict[str, object] = {"path": self.path, "offset": offset}
        if column > 1:
            arguments["column"] = column
        limit = limit or (None if self.limit == self.limits.lines else self.limit)
        if limit is not None:
            arguments["limit"] = limit
        if self.encoding is not None:
            arguments["encoding"] = self.encoding
        return Next("read", arguments)


def _whole(name: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidArgument(f"{name} must be a whole number, not {value!r}")
    return value


def outcome(page: Page, windows: Windows, source: Source, asked: Asked, track: Track | None, *, ended: bool) -> ReadResult:
    """Make the result of a page; ``ended`` says that the stream was seen to its end, ``track`` learns from it."""
    encoding = windows.encoding or Encoding()
    if encoding.binary:
        return _binary(source, asked, encoding)
    if ended:
        page.finish()
    changed = source.changed()
    if changed and ended and source.size is not None and windows.offset(windows.end) < source.size:
        page.stopped = "changed"
    ended = ended and page.stopped in {"end", "changed"}
    total = _total(page, source, track, ended=ended, changed=changed)
    lines = tuple(page.lines)
    going_on = _next(page, lines, asked, ended=ended)
    undecodable = sum(_undecodable(line.data) for line in lines)
    return ReadResult(
        path=source.path,
        lines=lines,
        total=total,
        encoding=encoding,
        ledger=Ledger(files=1, bytes=windows.offset(windows.end), undecodable=undecodable),
        first=page.first,
        stopped=page.stopped,
        next=going_on,
        notices=tuple(_notices(page, lines, asked, total, encoding, going_on, changed=changed, undecodable=undecodable)),
        size=source.size,
    )


def _total(page: Page, source: Source, track: Track | None, *, ended: bool, changed: bool) -> Total:
    """Return what the page can say of the number of lines, or what an earlier read has found out."""
    total = page.total(source.size, ended=ended)
    if track is None:
        return total
    track.finish(total, changed=changed)
    return Total(track.total) if total.kind != "exact" and track.total is not None and not changed else total


def inside(line: Line, encoding: Encoding) -> int:
    """Return the column of the first byte of a cut line that is not shown."""
    if encoding.name == "utf-8":
        return line.column + len(line.data)
    from streamtools.text.transcode import Transcoder

    return line.column + Transcoder(encoding.name).width(line.data)


def _binary(source: Source, asked: Asked, encoding: Encoding) -> ReadResult:
    size = "" if source.size is None else f" of {source.size:,} bytes"
    notice = f"{printable(asked.path)} is a binary file{size}, not text; if it is text, give its encoding, for example encoding='latin-1'"
    ledger = Ledger(skipped={"binary": 1}, examples={"binary": (asked.path,)})
    return ReadResult(source.path, (), Total(0, "at_least"), encoding, ledger, notices=(notice,), size=source.size)


def _next(page: Page, lines: tuple[Line, ...], asked: Asked, *, ended: bool) -> Next | None:
    encoding = page.encoding
    if page.inside is not None:
        return asked.call(page.inside.number, inside(page.inside, encoding))
    if not ended:
        following = lines[-1].number + 1 if lines else page.first
        if not lines and page.stopped in {"deadline", "cancelled"}:
            following = asked.offset
        return asked.call(following) if following else None
    cut = next((line for line in lines if line.cut), None)
    if cut is not None and page.stopped == "end":
        return asked.call(cut.number, inside(cut, encoding), limit=1)
    return None


def _notices(
    page: Page,
    lines: tuple[Line, ...],
    asked: Asked,
    total: Total,
    encoding: Encoding,
    going_on: Next | None,
    *,
    changed: bool,
    undecodable: int,
) -> list[str]:
    found: list[str] = []
    limits = asked.limits
    if asked.clamped is not None:
        found.append(f"limit={asked.clamped} was lowered to {limits.lines}, the most one page holds")
    if encoding.name != "utf-8" or encoding.how in {"bom", "given"}:
        found.append(f"encoding: {encoding.name}{' (guessed; give encoding=... if it looks wrong)' if encoding.how == 'guess' else ''}")
    if undecodable:
        found.append(f"{undecodable} bytes are not valid {encoding.name} and are shown as \\xNN")
    if page.missed is not None:
        found.append(f"line {page.missed} ends before column {asked.column}")
    if page.dropped:
        found.append(f"{page.dropped} more of the last {-asked.offset} lines did not fit; a stream can't be read again")
    found.extend(_cuts(lines, page, asked, encoding))
    if changed:
        found.append("the file changed while it was read; read it again to see it whole")
    found.append(_where(page, lines, total, going_on))
    return [notice for notice in found if notice]


def _cuts(lines: tuple[Line, ...], page: Page, asked: Asked, encoding: Encoding) -> list[str]:
    cut = [line for line in lines if line.cut and line is not page.inside]
    if not cut:
        return []
    first = cut[0]
    names = ", ".join(str(line.number) for line in cut[:5]) + (f" and {len(cut) - 5} more" if len(cut) > 5 else "")
    way = f"offset={first.number}, column={inside(first, encoding)}, limit=1"
    return [f"cut at {asked.limits.line_bytes} bytes: line {names}; go on inside line {first.number} with {way}"]


def _where(page: Page, lines: tuple[Line, ...], total: Total, going_on: Next | None) -> str:
    """Say which lines these are, of how many, and how to go on; nothing where the page is the whole file."""
    way = f"; go on with {_arguments(going_on)}" if going_on is not None else ""
    if not lines:
        return _nothing(page, total, way)
    first, last = lines[0].number, lines[-1].number
    if page.stopped == "end" and page.inside is None:
        # the only way on is into a cut line, which the notice of that says
        if first == 1:
            return ""
        way = ""
    if page.inside is not None:
        return f"line {last} is very long and is cut here{way}, or read the next line with offset={last + 1}"
    why = {"deadline": "the time was up after ", "cancelled": "cancelled after "}.get(page.stopped, "")
    if first < 0:
        way = "" if going_on is None else way
        return f"{why}the last lines, counted from the end: {first} to {last} of {total}{way}"
    return f"{why}lines {first}-{last} of {total}{way}"


def _nothing(page: Page, total: Total, way: str) -> str:
    if page.stopped in {"deadline", "cancelled"}:
        return f"stopped ({page.stopped}) before line {page.first} was reached{way}"
    if total.value == 0:
        return "the file is empty"
    return f"line {page.first} is past the end: the last line is {total.value}"


def _arguments(going_on: Next | None) -> str:
    if going_on is None:
        return ""
    return ", ".join(f"{name}={value!r}" for name, value in going_on.arguments.items() if name not in {"path", "encoding"})


def _undecodable(data: bytes) -> int:
    if data.isascii():
        return 0
    return sum("\ud800" <= char <= "\udfff" for char in data.decode("utf-8", "surrogateescape"))
