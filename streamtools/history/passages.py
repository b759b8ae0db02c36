"""The long memory: every turn that was dropped, in pieces, to be found by words and by likeness."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from streamtools.database import Database
from streamtools.errors import StateError
from streamtools.history.embedding import Embedder, HashedNgrams, packed, similarity
from streamtools.history.rows import RecallLimits, Row, Rows
from streamtools.logs import logger
from streamtools.tokens import estimate
from streamtools.tuples import NamedTuple

__all__ = ["Index", "Passage", "Passages", "RecallLimits"]

_PIECE: Final = 2000
_CANDIDATES: Final = 200
_SCANNED: Final = 5000
_log: Final = logger("history")


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


class _Points(NamedTuple):
    """Vectors and whose they are; ``instead`` says that they are not the embedder's that was asked."""

    name: str
    vectors: Sequence[Sequence[float]]
    packed: list[bytes]
    instead: bool = False


class Passages:
    """The passages of one session, kept as long as ``limits`` say.

    Words find candidates (SQLite's bm25), likeness of vectors orders them. Where no word is found, the newest 5000 passages are
    compared by likeness alone. An ``index`` that fails is logged, never raised: the search then goes by words. Where an ``embedder``
    fails, or gives what are no vectors, that is logged too, and `HashedNgrams` serves for that time.

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
                points = self._points(pieces)
                for part, (piece, vector) in enumerate(zip(pieces, points.vectors, strict=True)):
                    number = self._rows.add(connection, digest, part, Row(0, turn, piece, points.name, points.packed[part]))
                    if number and self._index is not None and not points.instead:
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
        points = self._points([query])
        near = points.packed[0]
        found = self._candidates(query, None if points.instead else points.vectors[0])
        rows = self._rows.with_numbers(found) or list(self._rows.newest(_SCANNED))
        ranked = [
            Passage(
                row.turn,
                row.text,
                1.0 - place / (2 * len(rows)) + (similarity(near, row.vector) if row.embedder == points.name else 0.0),
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

    def _points(self, texts: Sequence[str]) -> _Points:
        """Return the texts' vectors, those of `HashedNgrams` where the embedder fails."""
        try:
            vectors = self._embedder.embed(texts)
            return _Points(self._embedder.name, vectors, [packed(vector) for vector, _ in zip(vectors, texts, strict=True)])
        except Exception as error:  # noqa: BLE001 (a model behind a network may raise anything, and the turns must not be lost)
            _log.warning("the embedder failed, spelling alone is compared: %s", error)
        plain = HashedNgrams()
        vectors = plain.embed(texts)
        return _Points(plain.name, vectors, list(map(packed, vectors)), instead=True)

    def _candidates(self, query: str, vector: Sequence[float] | None) -> list[int]:
        numbers = self._rows.matching(query, _CANDIDATES)
        if self._index is not None and vector is not None:
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
