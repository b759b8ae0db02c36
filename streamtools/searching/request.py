"""What was asked of Grep: one checked, frozen object for all of its options."""

from __future__ import annotations

import os
from itertools import compress
from operator import is_not

from streamtools.deadline import Deadline
from streamtools.errors import BadPattern, InvalidArgument, NotFound, printable
from streamtools.limits import DEFAULT
from streamtools.match.pattern import Query
from streamtools.text.encoding import NONE, codec_name
from streamtools.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Final, Self, TypeGuard

    from streamtools.errors import FileError
    from streamtools.files.confine import Roots
    from streamtools.files.selection import Selection
    from streamtools.limits import Limits
    from streamtools.match.exact import Engine
    from streamtools.match.pattern import Syntax
    from streamtools.searching.options import Binary, Mode, Names, Options, Sort
    from streamtools.words import Skip


_ELSEWHERE: Final = {"patterns", "paths", "cursor", "limits", "deadline", "engine", "jobs", "avoid", "within", "bundles"}


class Request(NamedTuple):
    """The checked options; see `Options` for their meaning."""

    patterns: tuple[str, ...]
    paths: tuple[str, ...]
    deadline: Deadline
    fixed_strings: bool = False
    ignore_case: bool = False
    smart_case: bool = False
    word_regexp: bool = False
    line_regexp: bool = False
    invert_match: bool = False
    multiline: bool = False
    multiline_dotall: bool = False
    encoding: str | None = None
    text: bool = False
    glob: tuple[str, ...] = ()
    iglob: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    type: tuple[str, ...] = ()
    type_not: tuple[str, ...] = ()
    hidden: bool = False
    ignore: bool = True
    follow: bool = False
    max_filesize: int | None = None
    max_depth: int | None = None
    one_file_system: bool = False
    output_mode: Mode = "content"
    before: int = 0
    after: int = 0
    head_limit: int | None = None
    max_count: int | None = None
    cursor: str | None = None
    line_numbers: bool = True
    limits: Limits = DEFAULT
    engine: Engine = "auto"
    jobs: int = 1
    avoid: tuple[int, int] | None = None
    joined: bool = False
    passthru: bool = False
    include_zero: bool = False
    trailing: bool = False
    within: Roots | None = None
    crlf: bool | None = None
    null_data: bool = False
    unicode: bool = True
    syntax: Syntax = "wide"
    detect: bool = True
    stop_on_nonmatch: bool = False
    ignore_file: tuple[str, ...] = ()
    ignore_dot: bool = True
    ignore_exclude: bool = True
    ignore_files: bool = True
    ignore_global: bool = True
    ignore_parent: bool = True
    ignore_vcs: bool = True
    require_git: bool = True
    ignore_file_case_insensitive: bool = False
    glob_case_insensitive: bool = False
    as_written: bool = False
    type_changes: tuple[tuple[str, str], ...] = ()
    sort: Sort = "path"
    reverse: bool = False
    search_zip: bool = False
    pre: str | None = None
    pre_glob: tuple[str, ...] = ()
    binary: Binary = "detect"
    mapped: bool = False
    binary_lines: bool = False
    bundles: bool = False

    @classmethod
    def of(
        cls, pattern: Names, path: str | os.PathLike[str] | Sequence[str | os.PathLike[str]], options: Options, *, bundles: bool = False
    ) -> Self:
        """Check and complete the arguments; hits may come in ``bundles``. Raises `InvalidArgument` or `UnknownEncoding`."""
        values: dict[str, object] = dict(options)
        if "context" in values:
            context = values.pop("context")
            values = {"before": context, "after": context, **values}
        for name in values:
            if name not in _KNOWN:
                raise InvalidArgument(f"grep has no option {name!r}{_near(name)}")
        if "type_changes" in values:
            values["type_changes"] = tuple(map(tuple, values["type_changes"]))  # type: ignore[call-overload]
        for name in _LISTS:
            if name in values:
                values[name] = _names(name, values[name])
        if values.get("deadline") is None:
            values["deadline"] = Deadline()
        if bundles:
            values["bundles"] = True
        paths = (path,) if isinstance(path, str | os.PathLike) else tuple(path)
        patterns = _names("pattern", pattern)
        request = cls(patterns, tuple(os.fspath(one) for one in paths) or (".",), **values)  # type: ignore[arg-type]
        request._check(values)
        return request

    def _check(self, given: Mapping[str, object]) -> None:
        if not all(isinstance(one, str) for one in self.patterns):
            raise InvalidArgument("a pattern must be a string")
        for one in self.patterns:
            if not one.isascii() and any("\ud800" <= char <= "\udfff" for char in one):
                raise BadPattern(f"the pattern {printable(one)!r} is not valid UTF-8")
        for name, value in given.items():
            least, choices = _LEAST.get(name), _CHOICES.get(name)
            if least is not None and (value is not None or name in {"before", "after"}):
                if not isinstance(value, int) or isinstance(value, bool) or value < least:
                    raise InvalidArgument(f"{name} must be a whole number of at least {least}, not {value!r}")
            elif choices is not None and value not in choices:
                raise InvalidArgument(f"{name} is one of {', '.join(choices)}, not {value!r}")
        if self.encoding is not None and self.encoding != NONE:
            codec_name(self.encoding)

    @property
    def query(self) -> Query:
        """What is to match, for the match stage."""
        return Query(
            self.patterns,
            fixed=self.fixed_strings,
            ignore_case=self.ignore_case,
            smart_case=self.smart_case,
            word=self.word_regexp,
            line=self.line_regexp,
            multiline=self.multiline,
            dotall=self.multiline_dotall,
            crlf=bool(self.crlf),
            unicode=self.unicode,
            null_data=self.null_data,
            syntax=self.syntax,
            valid=not self.detect and self.unicode,
        )

    @property
    def selection(self) -> Selection:
        """Which files are to be searched, for the walk."""
        from streamtools.files.selection import Selection

        return Selection(
            hidden=self.hidden,
            ignore=self.ignore,
            follow=self.follow,
            one_file_system=self.one_file_system,
            max_filesize=self.max_filesize,
            max_depth=self.max_depth,
            globs=self.glob,
            iglobs=self.iglob,
            exclude=self.exclude,
            types=self.type,
            types_not=self.type_not,
            type_changes=self.type_changes,
            ignore_vcs=self.ignore_vcs,
            ignore_dot=self.ignore_dot,
            ignore_parent=self.ignore_parent,
            ignore_global=self.ignore_global,
            ignore_exclude=self.ignore_exclude,
            ignore_files=self.ignore_file if self.ignore_files else (),
            require_git=self.require_git,
            fold_ignore=self.ignore_file_case_insensitive,
            fold_globs=self.glob_case_insensitive,
            as_written=self.as_written,
        )

    @property
    def walked(self) -> bool:
        """Whether the order is that of the walk, root by root."""
        return not self.reverse and self.sort in {"path", "none"}

    @property
    def plain_input(self) -> bool:
        """Whether every file is searched as it is, in the order of the walk."""
        return not (self.pre or self.search_zip) and self.walked

    @property
    def watches_nuls(self) -> bool:
        """Whether binary files are treated as ripgrep treats them."""
        return self.binary != "detect" and not self.text

    def avoids(self, identity: tuple[int, ...] | None) -> bool:
        """Whether a file is the one that must not be searched: where the output goes."""
        return self.avoid is not None and identity is not None and identity[:2] == self.avoid

    def reason(self, error: FileError, path: str) -> Skip | None:
        """Return the ledger's reason for a file of a walk that can't be opened; None for one that is just gone."""
        if self.within is not None:
            return None if isinstance(error, NotFound) else self.within.skip(error)
        return "unreadable" if os.path.lexists(path) else None

    def check_selection(self) -> None:
        """Raise `InvalidArgument` for a bad glob or an unknown type, also where only files are named."""
        if self.glob or self.iglob or self.exclude or self.type or self.type_not or self.type_changes:
            from streamtools.files.selection import Sieve

            Sieve(self.selection, ".")

    def arguments(self) -> dict[str, object]:
        """Return the call that this is: pattern, path, and the options that are not the default."""
        found: dict[str, object] = {
            "pattern": self.patterns[0] if len(self.patterns) == 1 else list(self.patterns),
            "path": self.paths[0] if len(self.paths) == 1 else list(self.paths),
        }
        defaults = self._field_defaults
        for name in compress(defaults, map(is_not, self[-len(defaults) :], defaults.values())):
            value = getattr(self, name)
            if name not in _ELSEWHERE and value != defaults[name]:
                found[name] = list(value) if isinstance(value, tuple) else value
        return found


_KNOWN: Final = frozenset(Request._fields)
_LISTS: Final = ("glob", "iglob", "exclude", "type", "type_not", "ignore_file", "pre_glob")
_CHOICES: Final = {
    "output_mode": ("content", "files_with_matches", "files_without_match", "count"),
    "binary": ("detect", "quit", "suppress"),
    "sort": ("path", "modified", "accessed", "created", "none"),
    "syntax": ("wide", "rust", "pcre"),
}
_LEAST: Final = {"before": 0, "after": 0, "head_limit": 1, "max_count": 0, "max_filesize": 0, "max_depth": 0, "jobs": 1}


def _names(option: str, value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,)
    if (isinstance(value, list | tuple) or _is_sequence(value)) and all(isinstance(one, str) for one in value):
        return tuple(value)
    raise InvalidArgument(f"{option} must be a string or a list of strings, not {value!r}")


def _is_sequence(value: object) -> TypeGuard[Sequence[object]]:
    from collections.abc import Sequence

    return isinstance(value, Sequence)


def _near(name: str) -> str:
    import difflib

    names = difflib.get_close_matches(name, _KNOWN, 1)
    return f"; did you mean {names[0]}?" if names else ""
