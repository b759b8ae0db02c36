"""Repeats of repeats, as in ``a**`` and ``a{2}{3}``, which `regex` takes for a mistake."""

from __future__ import annotations

from streamtools.match.dialect import Kind, Token


def regrouped(tokens: list[Token]) -> list[Token]:
    """Return tokens in which what is repeated is no repeat itself: a group stands around it."""
    found: list[Token] = []
    opened: list[int] = []
    start = 0
    for token in tokens:
        if token.kind is Kind.REPEAT and _repeated(found):
            found[start:start] = [Token(Kind.OPEN, "(?:", found[start].at)]
            found.append(Token(Kind.CLOSE, ")", token.at))
        elif token.kind is Kind.CLOSE and opened:
            start = opened.pop()
        elif token.kind is not Kind.REPEAT and token.text:
            start = len(found)
        if token.kind is Kind.OPEN:
            opened.append(len(found))
        found.append(token)
    return found


def _repeated(tokens: list[Token]) -> bool:
    """Whether the last of some tokens that is something is a repeat."""
    return next((token.kind is Kind.REPEAT for token in reversed(tokens) if token.text), False)
