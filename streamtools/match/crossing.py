"""Whether a pattern can match across lines at all."""

from __future__ import annotations

from streamtools.match.dialect import Kind, walk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from streamtools.match.dialect import Token
    from streamtools.match.pattern import Query


def crosses(query: Query) -> bool:
    r"""Return whether a match may hold a ``\n``, or depends on where a line or the whole text begins or ends; in doubt, True.

    Where it is False, ripgrep searches line by line even with ``--multiline``.
    """
    if query.line:
        return True
    if query.fixed:
        return any("\n" in pattern for pattern in query.patterns)
    return any(_crosses(pattern, dotall=query.dotall) for pattern in query.patterns)


def _crosses(pattern: str, *, dotall: bool) -> bool:
    import regex

    tokens = walk(pattern)
    dotall = dotall or any(token.kind in {Kind.OPEN, Kind.OTHER} and "s" in token.value + token.text for token in tokens)
    for token in tokens:
        if token.kind in {Kind.OTHER, Kind.GRAPHEME} or (token.kind is Kind.CHAR and token.value == "\n"):
            return True
        if token.kind is Kind.LOOK and (token.value in {"^", "$"} or token.text[:2] in {"\\A", "\\Z", "\\z", "\\G"}):
            return True
        if token.kind is Kind.SET and (dotall if token.text == "." else _matches_newline(regex, token)):
            return True
    return False


def _matches_newline(regex: object, token: Token) -> bool:
    try:
        return regex.fullmatch(token.text, "\n") is not None  # type: ignore[attr-defined]
    except regex.error:  # type: ignore[attr-defined]
        return True
