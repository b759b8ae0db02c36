"""What a match is: the exact engines, and the matcher that is made of a query.

    matcher = compile(Query(("error|warn",)))
    matcher.spans(b"no error")        # [(3, 8)]

The library `regex` defines the answer: on a line decoded as UTF-8 (bytes that are not
UTF-8 stay, as one character each that no class but the negated ones and ``.`` holds),
alternatives in order. Where a query is nothing but literals, a faster engine gives the
same answer.
"""

from __future__ import annotations

import os

from streamtools.errors import InvalidArgument
from streamtools.match import candidates
from streamtools.match.exhausted import Exhausted
from streamtools.match.pattern import Query
from streamtools.match.plan import Plan, plan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final, Literal

    import regex

    from streamtools.match.candidates import Finder
    from streamtools.match.literals import Seeker

    Engine = Literal["auto", "regex", "find", "literals", "hyperscan"]

__all__ = ["ENGINES", "Exhausted", "Matcher", "compile"]


#: How a matcher may be forced to find its matches.
ENGINES: Final[tuple[Engine, ...]] = ("auto", "regex", "find", "literals", "hyperscan")

#: The work that `regex` may do without a timer, which takes 2 us a call: some ms.
_FREE_STEPS = 1_000_000
#: A byte that is not UTF-8, in text.
_INVALID: Final = "[\udc80-\udcff]"
#: Engines that don't look for a literal itself.
_OTHERWISE: Final = frozenset({"regex", "literals"})
#: From so many literals on an automaton is faster on a line than `regex`.
_MANY = 8


class Matcher:
    r"""Finds the matches in one line, and with ``finder`` the lines that are worth a look.

    ``data`` is a line without its ending (``\n``, ``\r\n``), a part of a long line, or
    with ``multiline`` a text of several lines; at most one segment. ``first`` says that it
    begins where its line does, ``last`` that it ends there. Positions are in bytes. Raises `Exhausted` when the
    pattern takes more than the ``seconds`` given to `compile`, or more memory than there is.

    Not for two threads at once. Memory: the engine's for the pattern; while it searches
    ``n`` bytes, up to 100 bytes for each in `regex`, and about 150 bytes a match.
    """

    __slots__ = ("_finder", "_fork", "_made", "_plan", "_seconds", "_want")

    def __init__(self, made: Plan, seconds: float, want: Engine, *, fork: bool = False) -> None:
        self._fork = fork
        self._plan = made
        self._seconds = seconds
        self._want = want
        self._finder: Finder | Literal[False] | None = False
        # Most searches never look at a line twice: what compiles for sure is built when a line needs it. The import of `regex` takes 13 ms.
        self._made = None if made.literals or made.sound else _engine(made, seconds, want)

    @property
    def seeker(self) -> Seeker:
        """The exact engine itself, for those who ask it about many lines."""
        if self._made is None:
            self._made = _engine(self._plan, self._seconds, self._want)
        return self._made

    @property
    def literal(self) -> bytes | None:
        """What is looked for, where every occurrence of just that is a match, and no part of it can be of a line's ending."""
        literals = self._plan.literals or ()
        if self._plan.fold or len(literals) != 1 or self._want in _OTHERWISE:
            return None
        found = literals[0].encode()
        return None if b"\r" in found or b"\n" in found else found

    @property
    def engine(self) -> str:
        """The name of the exact engine."""
        return type(self.seeker).__name__.lower()

    def spans(self, data: bytes, pos: int = 0, *, first: bool = True, last: bool = True) -> list[tuple[int, int]]:
        r"""Return the byte spans of all matches that start at ``pos`` or later: leftmost, not overlapping, ascending.

        An empty match is one, too, but not right behind another (as in ripgrep). What is before ``pos`` is seen by ``\b`` and lookbehinds,
        and by ``^``. With ``last=False`` a match that touches the end of ``data`` is left
        out if the pattern looks at what comes behind it (``$``, ``\b``, a lookahead,
        ``word``, ``line``); else it is kept, though it could be longer with more data.
        """
        return self.seeker.spans(data, pos, first, last)

    def matches(self, data: bytes, pos: int = 0, *, first: bool = True, last: bool = True) -> bool:
        """Return whether `spans` would give any; cheaper."""
        return self.seeker.matches(data, pos, first, last)

    @property
    def finder(self) -> Finder | None:
        """Finds the lines that may match; None: each may. Built at the first use."""
        if self._finder is False:
            self._finder = candidates.finder(self._plan, self._want, fork=self._fork)
        return self._finder

    @property
    def exact(self) -> bool:
        """Whether every line that the finder proposes matches, so that it needs no second look."""
        found = self.finder
        return found is not None and found.exact

    @property
    def plain(self) -> bool:
        r"""Whether those among them that are ASCII and hold no ``\r`` need none."""
        found = self.finder
        return found is not None and found.plain


def compile(query: Query, *, seconds: float = 1.0, engine: Engine = "auto", fork: bool = False) -> Matcher:
    """Make the matcher of a query; ``seconds`` bound the work on one line or segment.

    ``engine`` is for tests and for machines without a library: ``regex`` uses nothing
    else, ``find`` and ``literals`` look for literals with `bytes.find` and pyahocorasick
    (and for other patterns with `regex`), ``hyperscan`` finds candidates with it (ImportError if it isn't there). ``auto``
    takes what is best for the query, or what ``STREAMTOOLS_ENGINE`` names. ``fork`` says that the program has no threads, so that
    a fork of it may help.

    Raises `BadPattern` for a pattern that doesn't compile.
    """
    if engine == "auto":
        engine = _from_environment()
    if engine not in ENGINES:
        raise InvalidArgument(f"engine must be one of {', '.join(ENGINES)}, not {engine!r}")
    made = plan(query)
    return Matcher(made, seconds, engine, fork=fork)


def _from_environment() -> Engine:
    name = os.environ.get("STREAMTOOLS_ENGINE", "") or "auto"
    for known in ENGINES:
        if name == known:
            return known
    raise InvalidArgument(f"STREAMTOOLS_ENGINE must be one of {', '.join(ENGINES)}, not {name!r}")


def _engine(made: Plan, seconds: float, engine: Engine) -> Seeker:
    literals = made.literals
    if engine != "regex" and literals:
        from streamtools.match.literals import Find, Literals, have_automata

        if len(literals) == 1 and not made.fold and engine not in _OTHERWISE:
            return Find(literals[0].encode())
        if (len(literals) > _MANY or engine == "literals") and have_automata():
            return Literals((text.encode() for text in literals), seconds, Regex(made, seconds) if made.fold else None)
    return Regex(made, seconds)


class Regex:
    """The engine that defines a match."""

    __slots__ = ("decode", "free", "left", "made", "pattern", "right", "seconds", "strict")

    def __init__(self, made: Plan, seconds: float) -> None:
        self.pattern = _compiled(made, made.text)
        self.strict: regex.Pattern[str] | None = None
        self.made = made
        self.seconds = seconds
        self.left = made.left
        self.right = made.right
        self.free = _free(made)
        self.decode = _decode if made.query.unicode else _byte_by_byte

    def spans(self, data: bytes, pos: int, first: bool, last: bool) -> list[tuple[int, int]]:
        """All matches; see `Matcher.spans`."""
        if not first and self.left:
            return [(a - 1, b - 1) for a, b in self.spans(b"\0" + data, pos + 1, True, last)]
        text = self.decode(data)
        direct = len(text) == len(data)
        at = pos if direct else _characters(data, text, pos)
        try:
            found = [m.span() for m in self._for(text).finditer(text, at, concurrent=False, timeout=self._timeout(text))]
        except TimeoutError:
            raise Exhausted("time") from None
        except MemoryError:
            raise Exhausted("memory") from None
        if not last and self.right:
            found = [span for span in found if span[1] != len(text)]
        if any(start == end for start, end in found):
            ends = {end for start, end in found if end > start}
            found = [span for span in found if span[1] > span[0] or span[0] not in ends]
        return found if direct else _bytes(text, found)

    def matches(self, data: bytes, pos: int, first: bool, last: bool) -> bool:
        """Whether there is one; see `Matcher.matches`."""
        if not first and self.left:
            return self.matches(b"\0" + data, pos + 1, True, last)
        text = self.decode(data)
        at = pos if not pos or len(text) == len(data) else _characters(data, text, pos)
        try:
            pattern = self._for(text)
            if len(text) <= self.free:
                found = pattern.search(text, at, concurrent=False)
            else:
                found = pattern.search(text, at, concurrent=False, timeout=self.seconds)
        except TimeoutError:
            raise Exhausted("time") from None
        except MemoryError:
            raise Exhausted("memory") from None
        return found is not None and (last or not self.right or found.end() != len(text))

    def _for(self, text: str) -> regex.Pattern[str]:
        """Return the pattern for a text."""
        if not self.made.query.valid or text.isascii():
            return self.pattern
        import re

        if not re.search(_INVALID, text):
            return self.pattern
        if self.strict is None:
            self.strict = _compiled(self.made, self.made.valid_text)
        return self.strict

    def _timeout(self, text: str) -> float | None:
        return None if len(text) <= self.free else self.seconds


def _compiled(made: Plan, text: str) -> regex.Pattern[str]:
    import regex

    query = made.query
    flags = regex.V0 | regex.MULTILINE
    flags |= regex.IGNORECASE if made.fold else 0
    flags |= regex.DOTALL if query.dotall and query.multiline else 0
    flags |= 0 if query.unicode else regex.ASCII
    try:
        return regex.compile(text, flags)
    except (regex.error, ValueError, RecursionError, OverflowError, MemoryError) as error:
        from streamtools.match.complaint import complain

        raise complain(query, flags, error) from None


def _free(made: Plan) -> int:
    """The longest text, in characters, that needs no timer."""
    if made.tree is None:
        return 0
    from streamtools.match.syntax import steps

    factor, power = steps(made.tree)
    return int((_FREE_STEPS / factor) ** (1 / power)) if factor < _FREE_STEPS else 0


def _decode(data: bytes) -> str:
    return data.decode("ascii") if data.isascii() else data.decode("utf-8", "surrogateescape")


def _byte_by_byte(data: bytes) -> str:
    return data.decode("latin-1")


def _characters(data: bytes, text: str, pos: int) -> int:
    """The first character of ``text`` that begins at byte ``pos`` or later."""
    at = len(data[:pos].decode("utf-8", "surrogateescape"))
    while at and _length(text[:at]) > pos:
        at -= 1
    while at < len(text) and _length(text[:at]) < pos:
        at += 1
    return at


def _length(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))


def _bytes(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Turn spans of characters into spans of bytes."""
    found = []
    at = offset = 0
    for start, stop in spans:
        begin = offset + _length(text[at:start])
        offset = begin + _length(text[start:stop])
        at = stop
        found.append((begin, offset))
    return found
