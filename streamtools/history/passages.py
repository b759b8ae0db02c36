"""The long memory: every turn that was dropped, in pieces, to be found by words and by likeness."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from streamtools.database import Database
from streamtools.errors import StateError
from streamtools.history.embedding import Embedder, HashedNgrams, packed, similarity
from streamtools.history.rows import RecallLimits, Row, Rows
from streamtools.tokens import estimate

__all__ = ["Index", "Passage", "Passages", "RecallLimits"]

_PIECE: Final = 2000
_CANDIDATES: Final = 200
_SCANNED: Final = 5000
_log: Final = logging.getLogger("streamtools.history")


class Index(Protocol):
    """Finds nearest vectors among very many; see `streamtools.history.vectors`. Any method may raise `StateError`."""

    def add(self, numbers: Sequence[int], vectors: Sequence[Sequence[float]]) -> None:
        """Add vectors under their passages' numbers; a number that is there already is replaced."""
        ...

    def nearest(self, vector: Sequence[float], count: int) -> Sequence[int]:
        """Return the numbers of the nearest vectors, the nearest first."""
        ...

    def remove(self, numbers: Sequence[int]) -> None:
        """Remove the vectors of passages that are gone."""
        ...


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a turn that was found; ``turn`` is its number, ``score`` is for comparing within one answer."""

    turn: int
    text: str
    score: float


class Passages:
    """The passages of one session, kept as long as ``limits`` say.

    Words find candidates (SQLite's bm25), likeness of vectors orders them. Where no word is found, the newest 5000 passages are
    compared by likeness alone. An ``index`` that fails is logged, never raised: the search then goes by words.

    Memory: 5000 passages of 2 KB at most while it searches, 500 while some are removed.
    """

    def __init__(
        self,
        session: str,
        database: Database,
        *,
        embedder: Embedder | None = None,
        index: Index | None = None,
        limits: RecallLimits | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._embedder = embedder if embedder is not None else HashedNgrams()
        self._index = index
        self._rows = Rows(session, database, limits if limits is not None else RecallLimits(), clock, self._unindex)

    def add(self, texts: Iterable[tuple[int, str]]) -> None:
        """Save the texts of turns, given with their numbers; a text that is there already is not saved twice."""
        added: list[int] = []
        vectors: list[Sequence[float]] = []
        with self._database.transaction() as connection:
            for turn, text in texts:
                digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
                pieces = _pieces(text)
                for part, (piece, vector) in enumerate(zip(pieces, self._embedder.embed(pieces), strict=True)):
                    number = self._rows.add(connection, digest, part, Row(0, turn, piece, self._embedder.name, packed(vector)))
                    if number and self._index is not None:
                        added.append(number)
                        vectors.append(vector)
            self._rows.make_room()
        if self._index is not None and added:
            try:
                self._index.add(added, vectors)
            except StateError as error:
                _log.warning("passages are saved, but not in the vector index: %s", error)

    def search(self, query: str, max_tokens: int) -> list[Passage]:
        """Return the passages that answer best, the best first, in at most ``max_tokens`` tokens together."""
        self._rows.touch()
        vector = self._embedder.embed([query])[0]
        near = packed(vector)
        rows = self._rows.with_numbers(self._candidates(query, vector)) or list(self._rows.newest(_SCANNED))
        ranked = [
            Passage(
                row.turn,
                row.text,
                1.0 - place / (2 * len(rows)) + (similarity(near, row.vector) if row.embedder == self._embedder.name else 0.0),
            )
            for place, row in enumerate(rows)
        ]
        ranked.sort(key=lambda passage: -passage.score)
        kept: list[Passage] = []
        for passage in ranked:
            max_tokens -= estimate(passage.text)
            if max_tokens < 0:
                break
            kept.append(passage)
        return kept

    def forget(self) -> None:
        """Remove all passages of the session."""
        self._rows.forget()

    def sweep(self) -> list[str]:
        """Remove what is over its time or over all bytes; return the sessions, never this one, that are gone whole."""
        return self._rows.sweep()

    def _candidates(self, query: str, vector: Sequence[float]) -> list[int]:
        numbers = self._rows.matching(query, _CANDIDATES)
        if self._index is not None:
            try:
                numbers += [number for number in self._index.nearest(vector, _CANDIDATES // 4) if number not in numbers]
            except StateError as error:
                _log.warning("passages are searched by words alone: %s", error)
        return numbers

    def _unindex(self, numbers: Sequence[int]) -> None:
        if self._index is not None:
            try:
                self._index.remove(numbers)
            except StateError as error:
                _log.warning("passages are removed, but not from the vector index: %s", error)


def _pieces(text: str) -> list[str]:
    """Cut a text at line ends where possible, into pieces of at most 2000 characters."""
    pieces: list[str] = []
    begin = 0
    while begin < len(text):
        end = begin + _PIECE
        if end < len(text):
            line = text.rfind("\n", begin + _PIECE // 2, end)
            end = line + 1 if line > 0 else end
        pieces.append(text[begin:end])
        begin = end
    return pieces
