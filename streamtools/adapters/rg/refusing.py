"""What ripgrep says to patterns that its engines do not take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from streamtools.adapters.argv import Parsed
    from streamtools.match.pattern import Query

_RULE: Final = "~" * 79
#: ripgrep's limit for compiled patterns where none is given.
_LARGEST: Final = 100 << 20


def refusal(flags: Parsed, query: Query) -> str | None:
    """Return the complaint of the engine that was asked for; None where it takes the patterns."""
    engine = flags.get("engine_name", "default")
    if engine == "pcre2":
        from streamtools.match.pcre import refusal as pcre

        return pcre(query)
    default = _default(flags, query)
    if default is None or engine == "default":
        return default
    from streamtools.match.pcre import refusal as pcre

    other = pcre(query)
    if other is None:
        return None
    return (
        "regex could not be compiled with either the default regex engine or with PCRE2.\n\n"
        f"default regex engine error:\n{_RULE}\n{default.partition(chr(10) * 2)[0]}\n{_RULE}\n\nPCRE2 regex engine error:\n{other}"
    )


def _default(flags: Parsed, query: Query) -> str | None:
    if not all(map(str.isalnum, query.patterns)):
        from streamtools.match.rust import refusal as rust

        refused = rust(query, binary=not flags.get("text"))
        if refused is not None:
            return refused
    limit = flags.get("regex_size_limit", _LARGEST)
    assert isinstance(limit, int)
    if limit == _LARGEST and not any("{" in pattern for pattern in query.patterns):
        return None
    from streamtools.match.weight import compiled

    return f"compiled regex exceeds size limit of {limit}" if compiled(query) > limit else None
