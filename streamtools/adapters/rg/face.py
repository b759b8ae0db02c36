"""``rg``: ripgrep's defaults, no caps, and its sentences."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from streamtools.adapters.argv import Parsed, UsageError
from streamtools.adapters.flags import RG_FLAGS
from streamtools.adapters.terminal import FOUND, fail

if TYPE_CHECKING:
    from streamtools.adapters.asking import Asked
    from streamtools.adapters.rg.telling import Teller
    from streamtools.adapters.telling import Shown
    from streamtools.errors import FileError, StreamtoolsError
    from streamtools.match.pattern import Query
    from streamtools.searching.tree import Search

_VERSION: Final = "ripgrep 15.2.0 (streamtools)"
_PCRE2: Final = "PCRE2 is available (as the library regex)"


class Ripgrep:
    """What `streamtools.adapters.faces.Face` asks for, as ripgrep 15.2 does it."""

    name = "rg"
    flags = RG_FLAGS
    variable = "RIPGREP_CONFIG_PATH"

    def __init__(self) -> None:
        self._teller: Teller | None = None

    def capped(self, _: Parsed) -> bool:
        """Whether output ends at our limits: never."""
        return False

    def options(self, flags: Parsed, paths: Sequence[str]) -> dict[str, object]:
        """Return ripgrep's defaults: only a byte order mark tells an encoding, binary files are left at their first NUL.

        ripgrep maps files into memory where a few are named, and looks for NULs elsewhere then; that is all that is left of it here.
        """
        few = len(paths) <= 10 and all(map(os.path.isfile, paths))
        return {
            "mapped": bool(flags.get("mmap", few)),
            "syntax": {"default": "rust", "pcre2": "pcre"}.get(str(flags.get("engine_name", "default")), "wide"),
            "detect": False,
            "as_written": True,
            "crlf": bool(flags.get("crlf")),
            "binary": "suppress" if flags.get("binary") else "quit",
            "trailing": not flags.get("passthru"),
        }

    def check(self, flags: Parsed, query: Query | None) -> None:
        """Refuse types and globs, and patterns that the engine of ripgrep's that was asked for does not take."""
        if flags.keys() & {"glob", "iglob", "pre_glob", "type_changes"}:
            from streamtools.adapters.rg import selecting

            wrong = selecting.refusal(flags)
            if wrong is not None:
                raise UsageError(wrong)
        if query is None:
            return
        from streamtools.adapters.rg.refusing import refusal

        wrong = refusal(flags, query)
        if wrong is not None:
            raise UsageError(wrong)

    def refuse(self, error: UsageError | StreamtoolsError) -> int:
        """Say it in ripgrep's words."""
        return fail(self.name, getattr(error, "rg", "") or str(error))

    def patterns(self, path: str) -> list[str]:
        """Read them as UTF-8, which they have to be."""
        from streamtools.adapters.rg.patterns import read

        return read(path)

    def failing(self, asked: Asked) -> Teller:
        """Return what says it in ripgrep's words."""
        from streamtools.adapters.rg.telling import Teller

        self._teller = Teller(asked)
        if asked.flags.get("debug"):
            from streamtools.adapters.rg import debugging

            debugging.before(asked)
        return self._teller

    def reading(self, _: Asked) -> Callable[[Sequence[str], bool], object] | None:
        """Return what complains of the lines of ignore files."""
        teller = self._teller
        return None if teller is None else teller.rules

    def version(self, what: str) -> int:
        """Print the version of the ripgrep that this is like."""
        texts = {"version_short": _VERSION, "pcre2_version": _PCRE2}
        sys.stdout.write(texts.get(what, f"{_VERSION}\n\nfeatures:+pcre2\n\n{_PCRE2}") + "\n")
        return FOUND

    def report(self, asked: Asked, search: Search, shown: Shown, begun: float, _: FileError | None) -> int:
        """Say what could not be read, that nothing was searched, and the statistics."""
        from streamtools.adapters.rg.telling import Teller

        teller = self._teller or Teller(asked)
        if asked.implicit and not asked.streams and not teller.unread and not _searched(search):
            teller.nothing_searched()
        if asked.flags.get("debug"):
            from streamtools.adapters.rg import debugging

            debugging.after(search)
        if asked.flags.get("stats") and asked.mode != "json":
            from streamtools.adapters.stats import write_stats

            write_stats(asked, search, shown, begun)
        return teller.errors


def _searched(search: Search) -> bool:
    """Whether there was a file to search."""
    return bool(search.tally.files or "binary" in search.tally.ledger().skipped)
