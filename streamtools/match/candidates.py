r"""Finding the lines that are worth a look, without decoding the others.

A finder says "maybe" too often and never too seldom: every line in which the exact
engine finds a match is inside a range that it proposes. With ``exact`` set it is never
too often either; with ``plain`` it is not for lines of ASCII that hold no ``\r``.
"""

from __future__ import annotations

from mmap import mmap

from streamtools.match.dense import Dense
from streamtools.match.expression import expressible, of_needles

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Final, Protocol

    from streamtools.match.expression import Approximation
    from streamtools.match.plan import Plan

    class Finder(Protocol):
        r"""Finds candidates in ``window[start:stop]``: whole lines, of which the last may lack its ``\n``.

        ``start`` is where a line begins. The window may not change while an iterator over it
        is in use; no view of it is kept between two steps. One thread at a time.
        """

        exact: bool
        plain: bool

        def lines(self, window: Window, start: int, stop: int) -> Iterator[tuple[int, int]]:
            """Yield ranges of bytes, ascending and apart, each one or several whole lines with their endings."""

        def ends(self, window: Window, start: int, stop: int) -> Iterator[list[int]]:
            """Yield lists of where each line that `lines` proposes ends, ascending."""

        def any(self, window: Window, start: int, stop: int) -> bool:
            """Return whether there is a candidate; also for a part of one line."""

        def holds(self, text: memoryview) -> bool:
            """Return whether there is a candidate in all of a text; the quickest way to ask that."""

        def count(self, window: Window, start: int, stop: int) -> int:
            """Return the number of lines with a match; of use only where ``exact``."""


Window = bytes | bytearray | mmap

#: Up to so many literals hyperscan takes as one expression with one event a line.
_FEW: Final = 16
#: Up to so many literals are looked for one by one.
_QUICK: Final = 4


def ranges(window: Window, start: int, ends: Iterable[list[int]]) -> Iterator[tuple[int, int]]:
    """Yield what `Finder.lines` does from what `Finder.ends` yields."""
    begin = end = start
    for some in ends:
        for after in some:
            line = window.rfind(b"\n", end, after - 1) + 1 or end
            if line > end:
                if end > begin:
                    yield begin, end
                begin = line
            end = after
    if end > begin:
        yield begin, end


def finder(made: Plan, want: str, *, fork: bool = False) -> Finder | None:
    """Return the best finder for a query; None where every line is a candidate.

    ``want`` is the name of an engine as in `streamtools.match.exact.compile`; raises
    ImportError only if it is ``hyperscan`` and that is not installed. ``fork`` says that the program has no threads.
    """
    if made.query.null_data:
        # finders know lines that end with a line break
        return None
    needles = () if made.query.multiline else tuple(text.encode() for text in made.literals or ())
    if want == "auto" and 0 < len(needles) <= _QUICK and not made.fold and all(needles) and expressible(needles):
        found = _found(needles)
        if found is not None:
            return Dense(found, needles)
    return _loaded(made, needles, want, fork=fork)


def _found(needles: tuple[bytes, ...]) -> Finder | None:
    try:
        from streamtools.match.finding import Found

        return Found(needles)
    except ImportError:
        return None


def _loaded(made: Plan, needles: tuple[bytes, ...], want: str, *, fork: bool) -> Finder | None:
    if want in {"auto", "hyperscan"}:
        try:
            return _hyperscan(made, needles, want, fork=fork)
        except ImportError:
            if want == "hyperscan":
                raise
    return _slower(made, needles, want)


def _hyperscan(made: Plan, needles: tuple[bytes, ...], want: str, *, fork: bool) -> Finder | None:
    from streamtools.match.hyper import MOST, TooLarge, of_approximation, of_literals, of_need

    try:
        if len(needles) > MOST:
            from streamtools.match.several import of_many

            return of_many(needles, made.fold, fork=fork)
        if len(needles) > _FEW:
            return of_literals(needles, made.fold)
        found = (of_needles(needles) if needles and not made.fold else None) or _approximate(made)
        if found is None:
            return None
        inner = of_approximation(found)
        if needles and inner.exact:
            return Dense(inner, needles)
        # by vectors it is found twice as fast as an expression, by hyperscan only where that has a gap
        first = _found((found.need,)) if found.need and want == "auto" else None
        if not found.need or not (first or found.gap):
            return inner
        from streamtools.match.sieve import Sieve

        return Sieve(first or of_need(found.need), inner)
    except TooLarge:
        return _slower(made, needles, "auto")


def _slower(made: Plan, needles: tuple[bytes, ...], want: str) -> Finder | None:
    from streamtools.match.slower import by_automaton, by_find, by_regex

    if want != "regex" and needles and not made.fold:
        from streamtools.match.literals import have_automata

        if len(needles) == 1 and want != "literals":
            return by_find(needles[0])
        if want != "find" and have_automata():
            return by_automaton(needles)
    if want not in {"auto", "regex"}:
        return None
    found = _approximate(made)
    return None if found is None else by_regex(found)


def _approximate(made: Plan) -> Approximation | None:
    from streamtools.match.approximate import approximate

    found = approximate(made)
    if found is not None and found.exact and made.query.valid and not made.literals:
        # in text that is not UTF-8 it may be too often
        return found._replace(exact=False, plain=True)
    return found
