"""File types by name, as ``-t`` and ``-T`` take them: ripgrep 15.2's table and the user's changes to it.

The table ``types.txt`` is the output of ``rg --type-list``: ``name: glob, glob`` a line.
"""

from __future__ import annotations

import os
import re

from streamtools.errors import InvalidArgument, printable
from streamtools.files.patterns import literal, regex
from streamtools.files.selection import glob_patterns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


#: What other tools call a type that has no such name here and no near one.
_OTHERWISE = {"javascript": "js", "typescript": "ts", "golang": "go", "c++": "cpp", "c#": "csharp", "shell": "sh"}
_TABLE = os.path.join(os.path.dirname(__file__), "types.txt")


class Types:
    """The known types; ``changes`` are applied in their order.

    A change is ``("add", "web:*.html")``, ``("add", "web:include:html,css")`` or ``("clear", "web")``; others are `chosen`'s.
    Raises `InvalidArgument` for a change that is malformed or includes an unknown type.
    Memory: the table, 10 KB.
    """

    def __init__(self, changes: Iterable[tuple[str, str]] = ()) -> None:
        self._globs: dict[str, list[str]] = {}
        with open(_TABLE, encoding="ascii") as table:
            for line in table:
                name, _, globs = line.rstrip("\n").partition(": ")
                self._globs[name] = globs.split(", ")
        for action, argument in changes:
            if action == "clear":
                self._globs.pop(argument, None)
            elif action == "add":
                self._add(argument)

    def _add(self, definition: str) -> None:
        name, colon, glob = definition.partition(":")
        includes = glob.startswith("include:")
        if not (colon and glob and name.isalnum() and name != "all") or ":" in glob[8 * includes :]:
            raise InvalidArgument(f"file type {printable(definition)!r}: write name:glob or name:include:type,type")
        found = [one for other in glob[8:].split(",") for one in self._of(other)] if includes else [glob]
        self._globs.setdefault(name, []).extend(found)

    def names(self) -> dict[str, tuple[str, ...]]:
        """Return all types and their globs, sorted by name."""
        return {name: tuple(sorted(globs)) for name, globs in sorted(self._globs.items())}

    def _of(self, name: str) -> list[str]:
        """Return the globs of a type; ``all`` is every type."""
        if name == "all":
            return [glob for globs in self._globs.values() for glob in globs]
        if name not in self._globs:
            raise InvalidArgument(f"file type {printable(name)!r} is not known{self._hint(name)}; --type-list shows all")
        return self._globs[name]

    def _hint(self, name: str) -> str:
        from difflib import get_close_matches

        wanted = name.lower().lstrip("*.")
        by_glob = [known for known, globs in self._globs.items() if f"*.{wanted}" in globs]
        other = [_OTHERWISE[wanted]] if wanted in _OTHERWISE else []
        close = dict.fromkeys([*other, *by_glob, *get_close_matches(wanted, self._globs, 4, 0.6)])
        return f"; did you mean {', '.join(list(close)[:4])}?" if close else ""

    def select(self, include: Sequence[str], exclude: Sequence[str] = ()) -> Callable[[str], bool]:
        """Return a predicate over file names (without folders): of a type in ``include``, if there is one, and of none in ``exclude``.

        Raises `InvalidArgument` for an unknown type, with names that are near.
        """
        return self.chosen([*(("select", name) for name in include), *(("negate", name) for name in exclude)])

    def chosen(self, changes: Iterable[tuple[str, str]]) -> Callable[[str], bool]:
        """Return a predicate as `select` does, where of ``("select", type)`` and ``("negate", type)`` the last that holds wins."""
        rows: list[tuple[bool, list[str]]] = []
        for action, name in changes:
            if action not in {"select", "negate"}:
                continue
            selects = action == "select"
            if not rows or rows[-1][0] != selects:
                rows.append((selects, []))
            rows[-1][1].extend(self._of(name))
        tests = [(selects, _any_of(globs)) for selects, globs in reversed(rows)]
        otherwise = not any(selects for selects, _ in rows)
        if len(tests) == 1 and not otherwise:
            return tests[0][1]
        return lambda name: next((selects for selects, test in tests if test(name)), otherwise)


def _any_of(globs: Iterable[str]) -> Callable[[str], bool]:
    """Return a predicate: the name matches one of the globs."""
    exact, ends, rest = set(), set(), []
    for glob in set(globs):
        for pattern in glob_patterns(glob):
            name = pattern.name
            plain = literal(name)
            end = literal(name[1:]) if name[0] == "*" else None
            if plain is not None:
                exact.add(plain)
            elif end is not None and end.rfind(".") == 0:
                ends.add(end)
            else:
                rest.append(regex(name))
    search = re.compile(b"(?s:" + b"|".join(rest) + rb")\Z").match if rest else None

    def matches(name: str) -> bool:
        dot = name.rfind(".")
        if name in exact or (dot >= 0 and name[dot:] in ends):
            return True
        return search is not None and search(os.fsencode(name)) is not None

    return matches
