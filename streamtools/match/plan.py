"""From a query to what the engines need: one regex, its tree, its literals."""

from __future__ import annotations

from streamtools.errors import BadPattern, InvalidArgument
from streamtools.match.pattern import quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final, Literal

    from streamtools.match.pattern import Query
    from streamtools.match.regexes import Regexes
    from streamtools.match.syntax import Node

#: The most characters of all patterns together: regexes, and plain literals (an automaton takes some 100 bytes for each).
REGEX_LIMIT: Final = 256 * 1024
LITERAL_LIMIT: Final = 4 * 1024 * 1024

#: A pattern that is larger is not said to compile before `regex` did it.
SURE_SIZE: Final = 1000

#: What so many queries of at most so many characters come to is kept: a search that goes on from a cursor asks the same again.
_FEW: Final = 4
_SHORT: Final = 128
_KEPT: Final[dict[Query, Plan]] = {}

_META = frozenset("\\.^$*+?{}[]()|")


class Plan:
    """What a query comes to.

    ``fold`` says whether case is ignored, ``left`` and ``right`` whether the match depends on
    what is before or behind it. ``literals`` are the alternatives if the query is nothing but a
    choice of literals (in order, those that can't ever match left out), else None.

    Memory: about 100 bytes a character of a regex, 60 a literal, up to the limits of this module.
    """

    def __init__(self, query: Query, regexes: Regexes | None) -> None:
        wrapped = query.word or query.line
        self.query = query
        self._regexes = regexes
        self._tree: Node | Literal[False] | None = False
        self._text: str | None = None
        if regexes is None:
            spelled = "".join(query.patterns)
            self.left = self.right = wrapped
        else:
            spelled = regexes.spelled
            self.left, self.right = wrapped or regexes.left, wrapped or regexes.right
        self.fold = query.ignore_case or (query.smart_case and bool(spelled) and not any(map(str.isupper, spelled)))
        literals = query.patterns if regexes is None else regexes.literals(self.fold)
        self.literals = None if wrapped or literals is None or not all(map(_possible, literals)) else _alive(literals, self.fold)

    @property
    def tree(self) -> Node | None:
        """The tree of all patterns; None where the syntax is not understood here."""
        if self._tree is False:
            from streamtools.match.regexes import tree

            self._tree = tree(self.query, self.fold, self._regexes)
        return self._tree

    @property
    def text(self) -> str:
        """The pattern for `regex`, with the patterns of the query as alternatives in order."""
        if self._text is None:
            from streamtools.match.regexes import joined

            self._text = joined(self.query)
        return self._text

    @property
    def sound(self) -> bool:
        """Whether `regex` compiles `text` for sure, so that it need not be imported to find out."""
        query = self.query
        if self._regexes is not None:
            return query.unicode and self._regexes.sound(self.fold)
        return query.unicode and sum(map(len, query.patterns)) <= SURE_SIZE and all(map(sound_text, query.patterns))

    @property
    def valid_text(self) -> str:
        """The same for text that is not all UTF-8, where the bytes that are not match nothing."""
        from streamtools.match.regexes import joined

        return joined(self.query, valid=True)


def sound_text(text: str) -> bool:
    """Whether a text holds nothing but characters of Unicode."""
    return text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text)


def plan(query: Query) -> Plan:
    r"""Read a query.

    Raises `BadPattern` for patterns over the limits of this module and for one with a
    ``\n`` where lines are searched one by one. Other faults show when `regex` compiles.

    Memory: the plan; four small ones that are kept.
    """
    for pattern in query.patterns:
        if not isinstance(pattern, str):
            raise InvalidArgument(f"a pattern is text, not {type(pattern).__name__}")
    kept = _KEPT.get(query)
    if kept is not None:
        return kept
    made = _planned(query)
    if sum(map(len, query.patterns)) <= _SHORT:
        if len(_KEPT) >= _FEW:
            _KEPT.clear()
        _KEPT[query] = made
    return made


def _planned(query: Query) -> Plan:
    special = _META | {"\n"} if query.syntax == "pcre" else _META
    plain = query.fixed or all(map(special.isdisjoint, query.patterns))
    _check_size(query, plain)
    if plain:
        _check_newlines(query)
        return Plan(query, None)
    from streamtools.match.regexes import Regexes

    return Plan(query, Regexes(query))


def _check_size(query: Query, plain: bool) -> None:
    limit = LITERAL_LIMIT if plain and not (query.word or query.line) else REGEX_LIMIT
    size = sum(map(len, query.patterns))
    if size > limit:
        kind = "literals" if plain else "regexes"
        raise BadPattern(f"the patterns have {size:,} characters, and {limit:,} is the most for {kind}; search in several calls")


def _check_newlines(query: Query) -> None:
    for pattern in () if query.multiline or query.null_data else query.patterns:
        if "\n" in pattern:
            at = pattern.index("\n")
            raise BadPattern(f"the pattern {quote(pattern, at)} holds a line break at character {at}, {NO_BREAK}", at)


NO_BREAK: Final = "which no single line holds; to search across lines, use multiline=True"


def _possible(literal: str) -> bool:
    """Whether it is a text of at least one character that UTF-8 can hold."""
    return bool(literal) and (literal.isascii() or not any("\ud800" <= char <= "\udfff" for char in literal))


def _alive(texts: Sequence[str], fold: bool) -> tuple[str, ...] | None:
    """Leave out what can't match because an earlier one is its beginning; None where folding isn't plain ASCII.

    Of those that are left, the longest at a place is the first that matches there.
    """
    if fold:
        if not all(map(str.isascii, texts)):
            return None
        texts = list(map(str.lower, texts))
    ordered = sorted(set(texts))
    if len(ordered) == len(texts) and not any(map(str.startswith, ordered[1:], ordered)):
        # all that begin with a text stand behind it
        return tuple(texts)
    seen: set[str] = set()
    lengths: list[int] = []
    alive: list[str] = []
    for text in texts:
        if text in seen or any(text[:length] in seen for length in lengths if length < len(text)):
            continue
        if len(text) not in lengths:
            lengths.append(len(text))
        seen.add(text)
        alive.append(text)
    return tuple(alive)
