"""The body of ``sread``: pages of files to standard output, within the caps or without."""

from __future__ import annotations

import os
import re
import sys
from typing import Final

from streamtools.adapters.argv import Flag, Parsed, UsageError, help_text, parse, whole
from streamtools.adapters.terminal import FOUND, fail, stream, tell
from streamtools.errors import FileError, InvalidArgument, printable
from streamtools.limits import DEFAULT, Limits
from streamtools.reading import iter_lines, read
from streamtools.reading.tool import Target
from streamtools.render.escape import visible
from streamtools.results import Line, ReadResult
from streamtools.text.compressed import decompressed
from streamtools.text.source import from_fd, from_path

_USAGE: Final = """\
usage: sread [FLAGS] FILE ...
       sread FILE:120          line 120 and what follows
       sread FILE:120-180      lines 120 to 180

Show lines of files, numbered, in constant memory. Output ends at 2000 lines or 50 KiB and a line
at 2000 bytes, and a line on stderr then says how to go on; --no-cap lifts that.
Exit codes: 0 shown, 2 error."""
_ZIPPED: Final = (".gz", ".bz2", ".xz", ".zst", ".tgz")
_WAY: Final = re.compile(r"offset=(-?\d+)(?:, column=(\d+))?(?:, limit=(\d+))?")
_SPAN: Final = re.compile(r"(?s)(.+):(\d+)(?:-(\d+))?")
_AROUND: Final = 20


def _number(text: str) -> int:
    if not re.fullmatch(r"-?\d+", text):
        raise ValueError(f"{text!r} is not a whole number")
    return int(text)


_SHOWN: Final = "What is shown"
_FLAGS: Final = (
    Flag("offset", "o", "offset", "First line; -20 is the 20th from the end.", _SHOWN, "LINE", convert=_number),
    Flag("limit", "n", "limit", "At most so many lines.", _SHOWN, "N", convert=_number),
    Flag("column", "", "column", "Begin at this byte of the first line.", _SHOWN, "BYTE", convert=_number),
    Flag("tail", "", "tail", "The last N lines.", _SHOWN, "N", convert=whole),
    Flag("around", "", "around", "This line and 20 lines on either side; --limit changes that.", _SHOWN, "LINE", convert=whole),
    Flag("encoding", "E", "encoding", "The file's encoding; found by itself otherwise.", _SHOWN, "LABEL"),
    Flag("plain", "p", "plain", "No line numbers.", _SHOWN),
    Flag("json", "", "json", "One JSON object a line, and one for the page.", _SHOWN),
    Flag("search-zip", "z", "zip", "Look inside gzip, bzip2, xz and (Python 3.14) zstd files.", _SHOWN),
    Flag("follow", "f", "follow", "Go on with what is appended, also after rotation, as tail -F.", _SHOWN),
    Flag("no-cap", "", "no_cap", "Lift the caps of 2000 lines, 50 KiB and 2000 bytes a line.", "Limits"),
    Flag("help", "h", "help", "Show this help.", "Other"),
    Flag("version", "V", "version", "Show the version.", "Other"),
)


def command(arguments: list[str]) -> int:
    """Run one ``sread``; return its exit code."""
    try:
        parsed = parse(arguments, _FLAGS)
        if parsed.get("help"):
            sys.stdout.write(help_text(_USAGE, _FLAGS) + "\n")
            return FOUND
        if not parsed.words:
            if sys.stdin is None or sys.stdin.isatty():
                raise UsageError("no file given; see --help")
            parsed.words.append("-")
        if len(parsed.keys() & {"offset", "tail", "around"}) > 1:
            raise UsageError("--offset, --tail and --around contradict each other; give one of them")
        if parsed.get("follow") and len(parsed.words) > 1:
            raise UsageError("--follow takes one file")
    except UsageError as error:
        return fail("sread", str(error))
    return _Pager(parsed).run()


class _Pager:
    """One command line: its files, and the budget that they share."""

    def __init__(self, parsed: Parsed) -> None:
        self._flags = parsed
        self._limits: Limits | None = None if parsed.get("no_cap") else DEFAULT
        self._write = sys.stdout.buffer.write
        self._room = DEFAULT.bytes
        self._lines = DEFAULT.lines
        self._plain = bool(parsed.get("plain"))
        self._raw = self._limits is None and not sys.stdout.isatty()
        self._open = False

    def run(self) -> int:
        """Show every file; one that fails is told, and the others are shown."""
        code = FOUND
        words = self._flags.words
        nothing = self._flags.get("tail") == 0
        for index, word in enumerate([] if nothing else words):
            try:
                path, offset, limit = self._place(word)
                if len(words) > 1 and not self._flags.get("json"):
                    self._put((b"\n" if index else b"") + b"==> " + printable(path).encode() + b" <==\n")
                if self._limits is None:
                    self._all(path, offset, limit)
                else:
                    self._page(path, offset, limit)
            except FileError as error:
                code = fail("sread", str(error))
        if self._flags.get("follow"):
            self._follow(words[0])
        return code

    def _place(self, word: str) -> tuple[str, int, int | None]:
        """Return path, first line and number of lines, from the flags or from ``FILE:120-180``."""
        flags = self._flags
        offset, limit = flags.get("offset", 1), flags.get("limit")
        assert isinstance(offset, int)
        assert limit is None or isinstance(limit, int)
        tail, around = flags.get("tail"), flags.get("around")
        if isinstance(tail, int):
            offset, limit = -max(tail, 1), limit or max(tail, 1)
        elif isinstance(around, int):
            reach = _AROUND if limit is None else max(limit // 2, 0)
            offset, limit = max(around - reach, 1), min(around, reach + 1) + reach
        elif flags.get("follow") and "offset" not in flags:
            offset, limit = -10, 10
        named = _SPAN.fullmatch(word)
        if named and stream(word) is None and not os.path.lexists(word) and os.path.lexists(named[1]):
            if flags.keys() & {"offset", "tail", "around"}:
                raise InvalidArgument(f"{printable(word)} says which lines; leave --offset, --tail and --around away")
            word, offset = named[1], int(named[2])
            if named[3]:
                lines = int(named[3]) - offset + 1
                if lines < 1:
                    raise InvalidArgument(f"lines {named[2]}-{named[3]}: the last one comes before the first")
                limit = lines if limit is None else min(limit, lines)
        return word, offset, limit

    def _open_target(self, path: str) -> Target:
        fd = stream(path)
        if fd is None and not self._flags.get("zip"):
            return path
        source = from_path(path) if fd is None else from_fd(fd, path="<stdin>" if path == "-" else path)
        return decompressed(source) if self._flags.get("zip") else source

    # -- within the caps -----------------------------------------------------------------

    def _page(self, path: str, offset: int, limit: int | None) -> None:
        flags = self._flags
        column, encoding = flags.get("column", 1), flags.get("encoding")
        assert isinstance(column, int)
        assert encoding is None or isinstance(encoding, str)
        result = read(self._open_target(path), offset, limit, column=column, encoding=encoding)
        if result.encoding.binary:
            hint = "; -z looks inside" if path.endswith(_ZIPPED) and not flags.get("zip") else ""
            raise FileError(result.notices[-1] + hint, path)
        if flags.get("json"):
            self._json(result)
        for line in () if flags.get("json") else result.lines:
            number = b"" if self._plain else b"%d\t" % line.number
            if not self._put(number + visible(line.data).encode("utf-8") + b"\n"):
                full = f"stopped at {DEFAULT.lines} lines or {DEFAULT.bytes} bytes in all"
                tell("sread", f"{full}; go on with --offset {line.number} {printable(path)}, or --no-cap")
                break
        sys.stdout.flush()
        name = f"{printable(path)}: " if len(self._flags.words) > 1 else ""
        for notice in result.notices:
            tell("sread", name + _as_command(notice, path))

    def _put(self, data: bytes) -> bool:
        """Write one line if the budget of the whole command allows."""
        if self._limits is not None:
            if len(data) > self._room or not self._lines:
                return False
            self._room -= len(data)
            self._lines -= 1
        self._write(data)
        return True

    def _json(self, result: ReadResult) -> None:
        import json

        shown = 0
        for line in result.lines:
            row = json.dumps(_row(line), ensure_ascii=False).encode("utf-8") + b"\n"
            if not self._put(row):
                break
            shown += 1
        cut = shown < len(result.lines)
        following = {"offset": result.lines[shown].number} if cut else dict(result.next.arguments) if result.next else None
        page = {
            "path": result.path,
            "total": {"value": result.total.value, "kind": result.total.kind},
            "encoding": result.encoding.name,
            "stopped": "bytes" if cut else result.stopped,
            "next": following,
            "notices": list(result.notices),
        }
        self._write(json.dumps({"page": page}, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n")

    # -- without -------------------------------------------------------------------------

    def _all(self, path: str, offset: int, limit: int | None) -> None:
        flags = self._flags
        encoding = flags.get("encoding")
        assert encoding is None or isinstance(encoding, str)
        column = flags.get("column", 1)
        if column != 1 or flags.get("json"):
            raise FileError("--column and --json page by page; give them without --no-cap", path)
        left = limit
        for line in iter_lines(self._open_target(path), offset, encoding=encoding):
            if left is not None and left <= 0:
                break
            self._write(self._whole(line))
            if left is not None and not line.cut:
                left -= 1

    def _whole(self, line: Line) -> bytes:
        number = b"" if self._plain or self._open else b"%d\t" % line.number
        self._open = line.cut
        if self._raw:
            return number + line.data + line.ending
        return number + visible(line.data).encode("utf-8") + (b"\n" if line.ending or not line.cut else b"")

    # -- as tail -F ----------------------------------------------------------------------

    def _follow(self, path: str) -> None:
        from streamtools.adapters.following import followed

        for data in followed(path):
            if not self._put(visible(data).encode("utf-8") + b"\n"):
                tell("sread", "stopped at the caps; follow without them with --no-cap")
                return
            sys.stdout.flush()


def _row(line: Line) -> dict[str, object]:
    return {"number": line.number, "text": line.text, "column": line.column, "offset": line.offset, "cut": line.cut}


def _as_command(notice: str, path: str) -> str:
    """Turn ``offset=5, column=9`` of a notice into the command that goes on."""
    import shlex

    def command(found: re.Match[str]) -> str:
        flags = zip(("--offset", "--column", "--limit"), found.groups(), strict=True)
        words = " ".join(f"{flag} {value}" for flag, value in flags if value)
        return f"sread {words} {shlex.quote(printable(path))}"

    return _WAY.sub(command, notice).replace("encoding='", "--encoding '")
