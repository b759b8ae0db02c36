"""Why a pattern doesn't compile, said so that it can be put right."""

from __future__ import annotations

from streamtools.errors import BadPattern
from streamtools.match.dialect import Kind, walk
from streamtools.match.pattern import quote
from streamtools.match.regexes import translate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from streamtools.match.dialect import Token
    from streamtools.match.pattern import Query


def complain(query: Query, flags: int, error: Exception) -> BadPattern:
    """Return the error to raise after `regex` refused the patterns of a query: which one, why, where, what to try."""
    import regex

    for pattern in query.patterns:
        try:
            regex.compile(translate(query, pattern), flags)
        except regex.error as found:
            return _refused(pattern, found, walk(pattern, syntax=query.syntax))
        except (ValueError, RecursionError, OverflowError, MemoryError) as found:
            return BadPattern(f"the pattern {quote(pattern, 0)} can't be compiled: {_reason(found)}")
    return BadPattern(f"the patterns can't be compiled together: {_reason(error)}; search for them one by one")


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "its groups are nested too deeply"
    if isinstance(error, MemoryError):
        return "it takes too much memory"
    text = getattr(error, "msg", None) or str(error)
    return "".join(c if c.isprintable() else " " for c in str(text))


def _refused(pattern: str, error: Exception, tokens: list[Token]) -> BadPattern:
    reason = _reason(error)
    position = getattr(error, "pos", None)
    if position and "escape" in reason:
        position -= 1  # `regex` is behind it by then.
    at = _place(tokens, position, len(pattern))
    opened = _unclosed(tokens)
    if reason == "missing )" and opened is not None:
        reason, at = "the group has no )", opened
    elif reason == "unterminated character set" and tokens and tokens[-1].kind is Kind.OTHER:
        reason, at = "the set has no ]", tokens[-1].at
    hint = "; to search for it as it is, use fixed_strings=True" if _looks_literal(pattern) else ""
    return BadPattern(f"bad pattern {quote(pattern, at)}: {reason}, at character {at}{hint}", at)


def _place(tokens: list[Token], position: int | None, length: int) -> int:
    """Translate a place in the text that `regex` saw into one of the user's pattern."""
    passed = 0
    for token in tokens:
        if position is not None and position < passed + len(token.text):
            inside = token.kind is Kind.OTHER and not token.text.startswith("\\")
            return min(token.at + position - passed, length) if inside else token.at
        passed += len(token.text)
    return length


def _unclosed(tokens: list[Token]) -> int | None:
    """Where the innermost group begins that nothing closes."""
    opened: list[int] = []
    for token in tokens:
        if token.kind is Kind.OPEN:
            opened.append(token.at)
        elif token.kind is Kind.CLOSE and opened:
            opened.pop()
    return opened[-1] if opened else None


def _looks_literal(pattern: str) -> bool:
    """Whether a faulty pattern was rather meant as plain text, as ``foo(`` and ``a[0`` are."""
    return not any(sign in pattern for sign in ("\\", ".*", ".+", "|", "(?", "[^"))
