"""The tools as plain typed functions: what they are called, what they take, and what a model reads of them.

This is the one place that says so. Schemas and the checks of arguments are made from these signatures and docstrings
(Google's style, which the frameworks read as well). Every default is a plain value: an empty string stands for "not given",
since not every framework takes unions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from streamtools.errors import printable
from streamtools.limits import KIB, Limits

Function = Callable[..., str]


def functions(run: Callable[[str, Mapping[str, object]], str], folders: tuple[str, ...], limits: Limits) -> dict[str, Function]:
    """Return the tools by name; each calls ``run`` with its own name and its arguments."""

    def read(path: str, offset: int = 1, limit: int = 0, column: int = 1, encoding: str = "") -> str:
        """Read a text file as numbered lines (number, tab, text), one page at a time.

        A page holds at most {lines} lines and {kib} KiB. When more follows, the last line in brackets gives the exact
        arguments that go on: use them instead of guessing. Look for the place with grep first and read around it with offset
        and limit, rather than reading a large file whole. {places}

        Args:
            path: The file.
            offset: First line, from 1; a negative number counts from the end, so -50 gives the last 50 lines.
            limit: How many lines, at most {lines}; 0 for a whole page.
            column: First byte of that line, from 1; only to go on inside a very long line.
            encoding: How the file is encoded, such as "gb18030"; empty to find out.
        """
        return run("read", {"path": path, "offset": offset, "limit": limit, "column": column, "encoding": encoding})

    def grep(
        pattern: str,
        path: str = ".",
        glob: str = "",
        type: str = "",
        output_mode: Literal["content", "files_with_matches", "count"] = "content",
        ignore_case: bool = False,
        fixed_strings: bool = False,
        word_regexp: bool = False,
        line_regexp: bool = False,
        invert_match: bool = False,
        multiline: bool = False,
        before: int = 0,
        after: int = 0,
        context: int = 0,
        head_limit: int = 0,
        exclude: str = "",
        hidden: bool = False,
        ignore: bool = True,
        follow: bool = False,
        text: bool = False,
        encoding: str = "",
        cursor: str = "",
    ) -> str:
        """Search files for a regular expression, line by line; hits come as path:line:text, in a stable order.

        At most {hits} hits and {kib} KiB come back. When more follow, the last line in brackets gives a cursor: repeat the
        call with it added. To narrow instead, give glob, type or a deeper path, or begin with output_mode
        "files_with_matches". What was not searched (ignored, hidden, binary and denied files) is told in brackets, so no hits
        in there does not mean absent. Line numbers are those of read. {places}

        Args:
            pattern: The regular expression; with fixed_strings, the plain text.
            path: A folder, searched with all below it, or a file.
            glob: Only files whose names match, such as "*.py" or "src/**/*.{{ts,tsx}}"; with "!" in front, all others.
            type: Only files of a type, such as "py", "js" or "md".
            output_mode: The matching lines, or only the names of the files, or the number of matching lines a file.
            ignore_case: Whether upper and lower case are the same.
            fixed_strings: Whether the pattern is plain text.
            word_regexp: Whether only whole words match.
            line_regexp: Whether only whole lines match.
            invert_match: Whether the lines that do not match are wanted.
            multiline: Whether a match may span lines.
            before: Lines of context before each hit.
            after: Lines of context after each hit.
            context: Lines of context before and after each hit.
            head_limit: How many hits, not counting context; 0 for {hits}.
            exclude: Leave out files and folders whose names match.
            hidden: Whether files and folders that begin with a dot are searched too.
            ignore: Whether .gitignore and its like are obeyed.
            follow: Whether links to folders and files are followed, as far as they stay in the allowed folders.
            text: Whether binary files are searched as text.
            encoding: How the files are encoded; empty to find out.
            cursor: What an earlier call with the same arguments gave to go on from.
        """
        given = locals()
        return run("grep", {name: given[name] for name in taken["grep"]})

    def glob(
        pattern: str = "",
        path: str = ".",
        type: str = "",
        exclude: str = "",
        sort: Literal["path", "modified"] = "path",
        max_depth: int = 0,
        hidden: bool = False,
        ignore: bool = True,
        follow: bool = False,
        head_limit: int = 0,
        cursor: str = "",
    ) -> str:
        """List the files below a folder whose names match, one path a line, in path order or newest first.

        At most 100 names come back. When more follow, the last line in brackets gives a cursor: repeat the call with it added,
        or narrow the pattern or the path. {places}

        Args:
            pattern: Names to list, such as "*.py" or "src/**/*.md"; empty for all.
            path: The folder.
            type: Only files of a type, such as "py", "js" or "md".
            exclude: Leave out files and folders whose names match.
            sort: "path", or "modified" for the newest first.
            max_depth: How many folders deep, 1 for the folder itself only; 0 for all.
            hidden: Whether files and folders that begin with a dot are listed too.
            ignore: Whether .gitignore and its like are obeyed.
            follow: Whether links are followed, as far as they stay in the allowed folders.
            head_limit: How many names, at most {lines}; 0 for 100.
            cursor: What an earlier call with the same arguments gave to go on from.
        """
        given = locals()
        return run("glob", {name: given[name] for name in taken["glob"]})

    found: dict[str, Function] = {"read": read, "grep": grep, "glob": glob}
    taken = {name: one.__code__.co_varnames[: one.__code__.co_argcount] for name, one in found.items()}
    for one in found.values():
        text = one.__doc__ or ""
        one.__doc__ = text.format(lines=limits.lines, kib=limits.bytes // KIB, hits=limits.head_limit, places=_places(folders))
        one.__qualname__ = one.__name__
    return found


def _places(folders: tuple[str, ...]) -> str:
    others = f"; the other folders that may be used are {', '.join(map(printable, folders[1:]))}" if folders[1:] else ""
    return f"Paths are relative to {printable(folders[0])}{others}."
