"""The body of ``sread``: pages of files to standard output, within the caps or without."""

from __future__ import annotations

import re
import sys

from streamtools.adapters import shell
from streamtools.adapters.argv import UsageError, parse
from streamtools.adapters.handles import file_of
from streamtools.adapters.places import places
from streamtools.adapters.reading_flags import FLAGS, USAGE, contradictions
from streamtools.adapters.terminal import FOUND, cores, fail, stream, tell
from streamtools.errors import FileError, printable
from streamtools.events import Line
from streamtools.limits import DEFAULT
from streamtools.reading import iter_lines, read
from streamtools.reading.tool import opened
from streamtools.render.escape import fit, visible, width
from streamtools.text.source import from_fd, from_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Final

    from streamtools.adapters.argv import Parsed
    from streamtools.adapters.places import Place
    from streamtools.reading.tool import Target
    from streamtools.results import ReadResult


_ZIPPED: Final = (".gz", ".bz2", ".xz", ".zst", ".tgz")
#: From this line on several processes count: below, one is as fast, as forking and asking take some milliseconds.
_FAR: Final = 500_000
_WAY: Final = r"offset=(-?\d+)(?:, column=(\d+))?(?:, limit=(\d+))?"
_WHERE: Final = ("line ", "lines ", "the last line ", "the last lines ", "cut at ")


def command(arguments: list[str]) -> int:
    """Run one ``sread``; return its exit code."""
    try:
        parsed = parse(arguments, FLAGS)
        if parsed.get("help"):
            from streamtools.adapters.helping import help_text

            sys.stdout.write(help_text(USAGE, FLAGS) + "\n")
            return FOUND
        if not parsed.words:
            if sys.stdin is None or sys.stdin.isatty():
                raise UsageError("no file given; see --help")
            parsed.words.append("-")
        contradictions(parsed)
        return _Pager(parsed).run()
    except UsageError as error:
        return fail("sread", str(error))


class _Pager:
    """One command line: its files, and the budget that they share."""

    def __init__(self, parsed: Parsed) -> None:
        self._flags = parsed
        self._capped = not parsed.get("no_cap")
        self._write = sys.stdout.buffer.write
        self._room = DEFAULT.bytes
        self._lines = DEFAULT.lines
        self._plain = bool(parsed.get("plain"))
        self._json = bool(parsed.get("json"))
        self._raw = not self._capped and not sys.stdout.isatty()
        self._open = self._headed = False
        self._used = 0
        self._told = False
        encoding = parsed.get("encoding")
        assert encoding is None or isinstance(encoding, str)
        self._encoding = encoding
        column = parsed.get("column", 1)
        assert isinstance(column, int)
        self._column = column

    def run(self) -> int:
        """Show every file; one that fails is told, and the others are shown."""
        code = FOUND
        found = places(self._flags)
        for index, place in enumerate(found):
            try:
                if self._flags.get("follow"):
                    self._follow(place)
                elif self._flags.get("tail") == 0:
                    with opened(self._target(place.path)):
                        pass
                elif not self._capped:
                    self._all(place, self._target(place.path))
                elif not self._page(place, self._target(place.path), found[index + 1 :]):
                    break
            except FileError as error:
                code = fail("sread", str(error))
        return code

    # -- where lines come from and how to go on ----------------------------------------

    def _target(self, path: str) -> Target:
        fd = stream(path)
        path = file_of(path)
        if fd is None and not self._flags.get("zip"):
            return path
        source = from_path(path) if fd is None else from_fd(fd, path="<stdin>" if path == "-" else path)
        if not self._flags.get("zip"):
            return source
        from streamtools.text.compressed import decompressed

        return decompressed(source)

    def _command(self, flags: Iterable[str], *paths: str) -> str:
        """Return the command that reads on, with those flags that say how lines are read and shown."""
        kept = [f"-{letter}" for letter, dest in (("p", "plain"), ("z", "zip")) if self._flags.get(dest)]
        kept += ["--json"] if self._json else []
        kept += ["-E", shell.word(self._encoding)] if self._encoding is not None else []
        return shell.sread([*kept, *flags], [path for path in paths if stream(path) is None])

    def _spoken(self, notice: str, path: str) -> str:
        """Turn the options of a notice into flags, and a place to go on at into the whole command."""

        def command(found: re.Match[str]) -> str:
            flags = zip(("--offset", "--column", "--limit"), found.groups(), strict=True)
            return self._command([f"{flag} {value}" for flag, value in flags if value], path)

        return re.sub(r"\b(encoding|limit)=", r"--\1 ", re.sub(_WAY, command, notice))

    def _tell(self, path: str, notices: Iterable[str]) -> None:
        sys.stdout.flush()
        name = f"{printable(path)}: " if len(self._flags.words) > 1 else ""
        for notice in notices:
            tell("sread", name + self._spoken(notice, path))

    def _full(self, place: Place, line: Line | None, shown: int, others: list[Place]) -> None:
        """Tell that the budget of the whole command ends before ``line``, or before the file; and what is not shown."""
        sys.stdout.flush()
        typed = [f"--{name} {self._flags[name]}" for name in ("offset", "tail", "around", "limit", "column") if name in self._flags]
        rest = [other.word for other in others]
        ways = []
        if line is None:
            rest.insert(0, place.word)
        else:
            limit = [] if place.limit is None else [f"--limit {place.limit - shown}"]
            ways.append(self._command([f"--offset {line.number}", *limit], place.path))
        if rest:
            ways.append(self._command(typed, *rest))
        tell("sread", f"stopped at {DEFAULT.lines} lines or {DEFAULT.bytes // 1024} KiB in all; go on with {'; '.join(ways)}, or --no-cap")

    # -- within the caps -----------------------------------------------------------------

    def _page(self, place: Place, target: Target, others: list[Place]) -> bool:
        """Show one page; return whether it fitted into what the files before it left."""
        path = place.path
        if isinstance(target, str) and place.offset >= _FAR:
            from streamtools.adapters.ahead import count_ahead

            count_ahead(target, place.offset, cores(), self._encoding)
        result = read(target, place.offset, place.limit, column=self._column, encoding=self._encoding)
        if result.encoding.binary:
            hint = "; -z looks inside" if path.endswith(_ZIPPED) and not self._flags.get("zip") else ""
            name = printable(path)
            raise FileError(f"{name}{self._spoken(result.notices[-1].removeprefix(name), path)}{hint}", path)
        if not (self._json or self._head(path)):
            self._full(place, None, 0, others)
            return False
        shown = 0
        for line in result.lines:
            if not self._put(self._row(line)):
                break
            shown += 1
        left = result.lines[shown] if shown < len(result.lines) else None
        if self._json:
            self._write_page(result, left)
        notices = result.notices if left is None else [notice for notice in result.notices if not notice.startswith(_WHERE)]
        self._tell(path, notices)
        if left is not None:
            self._full(place, left, shown, others)
        return left is None

    def _head(self, path: str) -> bool:
        """Write the file's name above its lines, where there are several files."""
        if len(self._flags.words) < 2:
            return True
        blank, self._headed = b"\n" if self._headed else b"", True
        return self._put(blank + b"==> " + printable(path).encode() + b" <==\n")

    def _row(self, line: Line) -> bytes:
        if self._json:
            import json

            row = {"number": line.number, "text": line.text, "column": line.column, "offset": line.offset, "cut": line.cut}
            return json.dumps(row, ensure_ascii=False).encode("utf-8") + b"\n"
        number = b"" if self._plain else b"%d\t" % line.number
        return number + visible(line.data).encode("utf-8") + b"\n"

    def _put(self, data: bytes) -> bool:
        """Write lines if the budget of the whole command allows."""
        if self._capped:
            rows = data.count(b"\n")
            if len(data) > self._room or rows > self._lines:
                return False
            self._room -= len(data)
            self._lines -= rows
        self._write(data)
        return True

    def _write_page(self, result: ReadResult, left: Line | None) -> None:
        """Write the object that says what the page was and how to go on; ``left`` is the first line that did not fit."""
        import json

        following = dict(result.next.arguments) if result.next else None
        if left is not None:
            following = {"path": result.path, "offset": left.number}
            following |= {"encoding": self._encoding} if self._encoding else {}
        page = {
            "path": result.path,
            "total": {"value": result.total.value, "kind": result.total.kind},
            "encoding": result.encoding.name,
            "stopped": result.stopped if left is None else "bytes",
            "next": following,
            "notices": [notice for notice in result.notices if left is None or not notice.startswith(_WHERE)],
        }
        data = json.dumps({"page": page}, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"
        self._room -= len(data)
        self._write(data)

    # -- without -------------------------------------------------------------------------

    def _all(self, place: Place, target: Target) -> Line | None:
        """Show all that was asked for; return the last line."""
        left, last = place.limit, None
        lines = iter_lines(target, place.offset, encoding=self._encoding)
        first = next(lines, None)
        self._head(place.path)
        self._plain = self._plain or (bool(self._flags.get("follow")) and first is not None and first.number < 0)
        while first is not None and (left is None or left > 0):
            last = first
            self._write(self._whole(last))
            if left is not None and not last.cut:
                left -= 1
            first = next(lines, None)
        lines.close()  # type: ignore[attr-defined]
        return last

    def _whole(self, line: Line) -> bytes:
        number = b"" if self._plain or self._open else b"%d\t" % line.number
        self._open = line.cut
        if self._raw:
            return number + line.data + line.ending
        follows = self._flags.get("follow") and not line.ending
        return number + visible(line.data).encode("utf-8") + (b"" if line.cut or follows else b"\n")

    # -- as tail -F ----------------------------------------------------------------------

    def _follow(self, place: Place) -> None:
        """Show the page, then what is appended from its end on, until the caps are reached."""
        from streamtools.adapters.following import Followed

        if stream(place.path) is not None:
            raise UsageError(f"--follow needs a file's name; {printable(place.path)} is a stream")
        with Followed(file_of(place.path), self._encoding) as followed:
            last = self._begun(place, followed.until_now())
            if last is None:
                return
            self._open = inside = bool(last.number and not (last.ending or last.cut))
            self._used = len(last.data) if inside else 0
            for line in followed.lines(last.number + (not inside), inside=inside):
                if line is None:
                    sys.stdout.flush()
                elif not self._appended(line):
                    sys.stdout.flush()
                    tell("sread", "stopped at the caps; follow without them with --no-cap")
                    return

    def _begun(self, place: Place, target: Target) -> Line | None:
        """Show what there is already; return the last line, one numbered 0 of an empty file, None if the page ended before."""
        nothing = Line(0, b"")
        if self._flags.get("tail") == 0:
            self._plain = True
            return nothing
        if not self._capped:
            return self._all(place, target) or nothing
        result = read(target, place.offset, place.limit, encoding=self._encoding)
        self._plain = self._plain or result.first < 0
        for line in result.lines:
            self._put(self._row(line) if line.ending or line.cut else self._row(line)[:-1])
        ended = result.stopped == "end"
        self._tell(place.path, [notice for notice in result.notices if not ended or not notice.startswith(_WHERE)])
        if not ended:
            return None
        return result.lines[-1] if result.lines else Line(result.total.value, b"")

    def _appended(self, line: Line) -> bool:
        """Write a line, or a piece of a very long one; return whether the caps allowed it."""
        if not self._capped:
            self._write(self._whole(line))
            return True
        number = b"" if self._plain or line.column > 1 else b"%d\t" % line.number
        self._used = 0 if line.column == 1 else self._used
        data = visible(line.data[: fit(line.data, DEFAULT.line_bytes - self._used)]).encode("utf-8")
        if len(data) < width(line.data) and not self._told:
            self._told = True
            sys.stdout.flush()
            tell("sread", f"lines longer than {DEFAULT.line_bytes} bytes are cut; follow them whole with --no-cap")
        self._used += len(data)
        return self._put(number + data + (b"" if line.cut else b"\n"))
