"""What ripgrep says to globs and file types that it does not take."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from streamtools.adapters.argv import Parsed

_DEFINITION: Final = "invalid definition (format is type:glob, e.g., html:*.html)"
_UNCLOSED: Final = "unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)"
_UNOPENED: Final = "unopened alternate group; missing '{' (maybe escape '}' with '[}]'?)"
_NO_BRACKET: Final = "unclosed character class; missing ']'"


def refusal(flags: Parsed) -> str | None:
    """Return ripgrep's sentence about the first type, then the first glob, that it refuses."""
    from streamtools.errors import InvalidArgument
    from streamtools.files.types import Types

    changes: list[tuple[str, str]] = flags.get("type_changes", [])  # type: ignore[assignment]
    if changes:
        try:
            known = Types(change for change in changes if change[0] in {"add", "clear"}).names()
        except InvalidArgument:
            return _DEFINITION
        wanted = [name for action, name in changes if action in {"select", "negate"}]
        for name in wanted:
            if name not in known and name != "all":
                return f"unrecognized file type: {name}"
        found = _first(glob for name in wanted for glob in known.get(name, ()))
        if found is not None:
            return found
    globs: list[str] = [*flags.get("glob", ()), *flags.get("iglob", ()), *flags.get("pre_glob", ())]  # type: ignore[misc]
    return _first(globs)


def _first(globs: Iterable[str]) -> str | None:
    for glob in globs:
        wrong = complaint(glob)
        if wrong is not None:
            return f"error parsing glob '{glob}': {wrong}"
    return None


def complaint(glob: str, *, lenient: bool = False) -> str | None:
    """Return what is wrong with a glob for ripgrep; ``lenient`` takes a bracket that is not closed for itself, as in ignore files."""
    if glob.startswith("#"):
        return None
    depth, at = 0, 0
    while at < len(glob):
        sign = glob[at]
        if sign == "\\" and at + 1 == len(glob):
            return "dangling '\\'"
        if sign == "[":
            end, wrong = _bracket(glob, at + 1)
            if wrong is not None and not (lenient and wrong == _NO_BRACKET):
                return wrong
            at = at if wrong is not None else end
        elif sign == "}" and not depth:
            return _UNOPENED
        depth += (sign == "{") - (sign == "}")
        at += 2 if sign == "\\" else 1
    return _UNCLOSED if depth else None


def _bracket(glob: str, at: int) -> tuple[int, str | None]:
    """Return where the class that begins behind ``[`` ends, and what is wrong with it."""
    at += glob[at : at + 1] in {"!", "^"}
    start, previous, ranging = at, "", False
    for place, sign in islice(enumerate(glob), at, None):
        if sign == "]" and place > start:
            return place, None
        if sign == "-" and place > start and not ranging:
            ranging = True
            continue
        if ranging and sign < previous:
            return place, f"invalid range; '{previous}' > '{sign}'"
        previous, ranging = sign, False
    return len(glob), _NO_BRACKET
