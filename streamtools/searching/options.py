"""The keyword arguments of a search, for type checkers and for who reads hints; a command line does not load them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, TypedDict

from streamtools.deadline import Deadline
from streamtools.files.confine import Roots
from streamtools.limits import Limits

if TYPE_CHECKING:
    from streamtools.match.exact import Engine
    from streamtools.match.pattern import Syntax

Mode = Literal["content", "files_with_matches", "files_without_match", "count"]
Binary = Literal["detect", "quit", "suppress"]
Sort = Literal["path", "modified", "accessed", "created", "none"]
Names = str | Sequence[str]


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
    within: Roots | None
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
