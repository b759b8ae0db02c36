"""What was asked of Grep: one checked, frozen object for all of its options."""

import os
from collections.abc import Sequence
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Final, Literal, Self, TypedDict, get_args

from streamtools.deadline import Deadline
from streamtools.errors import BadPattern, FileError, InvalidArgument, NotFound, printable
from streamtools.events import Skip
from streamtools.limits import DEFAULT, Limits
from streamtools.match.exact import Engine
from streamtools.match.pattern import Query, Syntax
from streamtools.text.encoding import NONE, codec_name
from streamtools.tuples import NamedTuple

if TYPE_CHECKING:
    from streamtools.files.confine import Roots
    from streamtools.files.selection import Selection

Mode = Literal["content", "files_with_matches", "files_without_match", "count"]
Binary = Literal["detect", "quit", "suppress"]
Sort = Literal["path", "modified", "accessed", "created", "none"]
Names = str | Sequence[str]

#: Options that say what matches and which files are searched: a cursor holds only for the same.
_IDENTITY: Final = (
    *("patterns", "fixed_strings", "ignore_case", "smart_case", "word_regexp", "line_regexp", "invert_match", "multiline"),
    *("multiline_dotall", "encoding", "text", "glob", "iglob", "exclude", "type", "type_not", "hidden", "ignore", "follow"),
    *("max_filesize", "max_depth", "one_file_system", "max_count", "output_mode", "crlf", "null_data", "unicode", "syntax", "detect"),
    *("stop_on_nonmatch", "ignore_file", "ignore_dot", "ignore_exclude", "ignore_files", "ignore_global", "ignore_parent", "ignore_vcs"),
    *(
        "require_git",
        "ignore_file_case_insensitive",
        "glob_case_insensitive",
        "as_written",
        "type_changes",
        "sort",
        "reverse",
        "search_zip",
        "pre",
    ),
    *("pre_glob", "binary", "mapped", "binary_lines"),
)

_ELSEWHERE: Final = {"patterns", "paths", "cursor", "limits", "deadline", "engine", "jobs", "avoid", "within", "bundles"}


class Options(TypedDict, total=False):
    r"""The keyword arguments of `grep`, `agrep` and `search`.

    What matches: ``ignore_case``, ``smart_case`` (ignore case unless the pattern has an upper-case
    letter), ``fixed_strings``, ``word_regexp``, ``line_regexp``, ``invert_match``, ``multiline``
    (a match may cross lines, within ``limits.segment`` bytes), ``multiline_dotall``,
    ``encoding`` of all files (``"none"``: their bytes as they are), ``detect=False`` (only a byte order mark decides
    an encoding), ``text`` (search binary files as text), ``binary`` (see `streamtools.searching.nuls`; with ``mapped`` as
    ripgrep does in files that it maps, with ``binary_lines`` hits in binary files are yielded all the same, for who counts
    them), ``null_data`` (lines end with NUL), ``unicode=False`` (characters are bytes), ``syntax`` (of patterns: wide, rust or pcre),
    ``crlf`` (None: a ``\r`` before ``\n`` is part of the ending, False: it is text, True: as None, and in multi-line searches
    ``$`` holds before it).

    Which files: ``glob`` (``!`` excludes), ``iglob``, ``glob_case_insensitive``, ``as_written``, ``exclude``, ``type``, ``type_not``,
    ``type_changes`` (``("add"|"clear"|"select"|"negate", text)`` in order), ``hidden``,
    ``ignore`` (obey ignore rules, on by default; ``ignore_dot``, ``ignore_exclude``, ``ignore_files``, ``ignore_global``,
    ``ignore_parent`` and ``ignore_vcs`` switch off some, ``require_git=False`` obeys git's outside of repositories),
    ``ignore_file`` (further ones), ``ignore_file_case_insensitive``, ``follow`` links, ``max_filesize`` in bytes,
    ``max_depth``, ``one_file_system``; ``sort`` and ``reverse`` say in which order.

    What is read: ``search_zip`` looks into compressed files, ``pre`` is a program whose output is searched instead of
    each file (of those only that match ``pre_glob``); it is called with the file's name and given the file as its input.

    What is shown: ``output_mode``, ``before``, ``after`` and ``context`` lines, ``head_limit`` (hits, not
    counting context), ``max_count`` (matching lines a file), ``cursor`` (goes on where another call
    stopped), ``stop_on_nonmatch`` (a file ends at the first line behind a hit that is none), ``line_numbers``, ``limits``
    (may only be lowered), ``deadline``.

    For those who write what ripgrep writes: ``joined`` (with ``multiline``, neighbouring lines that matches touch are one `Line` event
    with its spans whole), ``passthru`` (all lines, those that don't match as context), ``include_zero`` (files without a match begin
    and end too), ``trailing`` (behind the last of ``max_count`` lines, context that matches is a match and is counted).

    ``within`` are the allowed folders: nothing outside of them, and nothing their deny rules name, is opened.
    ``jobs`` processes share the work (1 by default); order and answers are the same.
    ``engine`` forces one of the exact and candidate engines; the answers are the same.
    """

    fixed_strings: bool
    ignore_case: bool
    smart_case: bool
    word_regexp: bool
    line_regexp: bool
    invert_match: bool
    multiline: bool
    multiline_dotall: bool
    encoding: str | None
    text: bool
    glob: Names
    iglob: Names
    exclude: Names
    type: Names
    type_not: Names
    hidden: bool
    ignore: bool
    follow: bool
    max_filesize: int | None
    max_depth: int | None
    one_file_system: bool
    output_mode: Mode
    before: int
    after: int
    context: int
    head_limit: int | None
    max_count: int | None
    cursor: str | None
    line_numbers: bool
    limits: Limits
    deadline: Deadline | None
    engine: Engine
    jobs: int
    joined: bool
    passthru: bool
    include_zero: bool
    trailing: bool
    within: "Roots | None"
    crlf: bool | None
    null_data: bool
    unicode: bool
    syntax: Syntax
    detect: bool
    stop_on_nonmatch: bool
    ignore_file: Names
    ignore_dot: bool
    ignore_exclude: bool
    ignore_files: bool
    ignore_global: bool
    ignore_parent: bool
    ignore_vcs: bool
    require_git: bool
    ignore_file_case_insensitive: bool
    glob_case_insensitive: bool
    as_written: bool
    type_changes: Sequence[tuple[str, str]]
    sort: Sort
    reverse: bool
    search_zip: bool
    pre: str | None
    pre_glob: Names
    binary: Binary
    mapped: bool
    binary_lines: bool


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
    within: "Roots | None" = None
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
    def of(cls, pattern: Names, path: str | os.PathLike[str] | Sequence[str | os.PathLike[str]], options: Options) -> Self:
        """Check and complete the arguments. Raises `InvalidArgument` or `UnknownEncoding`."""
        known = set(cls._fields)
        values: dict[str, object] = dict(options)
        context = values.pop("context", 0)
        for name in values:
            if name not in known:
                raise InvalidArgument(f"grep has no option {name!r}{_near(name, known)}")
        for name in ("before", "after"):
            values.setdefault(name, context)
        values["type_changes"] = tuple(map(tuple, values.get("type_changes", ())))  # type: ignore[call-overload]
        for name in ("glob", "iglob", "exclude", "type", "type_not", "ignore_file", "pre_glob"):
            values[name] = _names(name, values.get(name, ()))
        if values.get("deadline") is None:
            values["deadline"] = Deadline()
        paths = (path,) if isinstance(path, str | os.PathLike) else tuple(path)
        patterns = _names("pattern", pattern)
        request = cls(patterns, tuple(os.fspath(one) for one in paths) or (".",), **values)  # type: ignore[arg-type]
        request._check()
        return request

    def _check(self) -> None:
        if not all(isinstance(one, str) for one in self.patterns):
            raise InvalidArgument("a pattern must be a string")
        for one in self.patterns:
            if not one.isascii() and any("\ud800" <= char <= "\udfff" for char in one):
                raise BadPattern(f"the pattern {printable(one)!r} is not valid UTF-8")
        for name, least in _LEAST.items():
            value = getattr(self, name)
            if value is None and name not in {"before", "after"}:
                continue
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise InvalidArgument(f"{name} must be a whole number of at least {least}, not {value!r}")
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise InvalidArgument(f"{name} is one of {', '.join(choices)}, not {getattr(self, name)!r}")
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
    def selection(self) -> "Selection":
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
        for name, default in self._field_defaults.items():
            value = getattr(self, name)
            if name not in _ELSEWHERE and value != default:
                found[name] = list(value) if isinstance(value, tuple) else value
        return found

    def digest(self) -> str:
        """Return a short name of what matches and where, that a cursor is bound to."""
        import hashlib

        roots = self.within.folders if self.within is not None else ()
        values = zip(_identity(self), _usual(), strict=True)
        told = [text if value is usual else repr((name, value)) for value, (name, usual, text) in values]
        identity = f"[{', '.join(told)}, {('paths', self.paths)!r}, {('roots', roots)!r}]"
        return hashlib.blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=9).hexdigest()


_identity: Final = attrgetter(*_IDENTITY)
_CHOICES: Final = {"output_mode": get_args(Mode), "binary": get_args(Binary), "sort": get_args(Sort), "syntax": get_args(Syntax)}
_LEAST: Final = {"before": 0, "after": 0, "head_limit": 1, "max_count": 0, "max_filesize": 0, "max_depth": 0, "jobs": 1}


@cache
def _usual() -> list[tuple[str, object, str]]:
    """Return the name and the default of each option of `_IDENTITY`, and how a digest tells of both."""
    usual = [(name, Request._field_defaults.get(name)) for name in _IDENTITY]
    return [(*one, repr(one)) for one in usual]


def _names(option: str, value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,)
    if isinstance(value, Sequence) and all(isinstance(one, str) for one in value):
        return tuple(value)
    raise InvalidArgument(f"{option} must be a string or a list of strings, not {value!r}")


def _near(name: str, known: set[str]) -> str:
    import difflib

    names = difflib.get_close_matches(name, known, 1)
    return f"; did you mean {names[0]}?" if names else ""
