"""The long memory: every turn that was dropped, in pieces, to be found by words and by likeness."""

from __future__ import annotations

import hashlib
import logging
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from streamtools.database import Database, Schema
from streamtools.errors import StateError
from streamtools.history.embedding import Embedder, HashedNgrams, packed, similarity
from streamtools.tokens import estimate

if TYPE_CHECKING:
    import sqlite3

_SCHEMA: Final = Schema(
    "passages",
    (
        """
        CREATE TABLE passages(
            id INTEGER PRIMARY KEY,
            session TEXT NOT NULL,
            digest TEXT NOT NULL,
            part INTEGER NOT NULL,
            turn INTEGER NOT NULL,
            created REAL NOT NULL,
            text TEXT NOT NULL,
            embedder TEXT NOT NULL,
            vector BLOB NOT NULL,
            UNIQUE (session, digest, part)
        );
        CREATE VIRTUAL TABLE passages_words USING fts5(body, content='', tokenize='porter unicode61')
        """,
    ),
)
_PIECE: Final = 2000
_CANDIDATES: Final = 200
_SCANNED: Final = 5000
_WORDS: Final = re.compile(r"\w+")
_log: Final = logging.getLogger("streamtools.history")
#: Scripts that are written without blanks: each character is a word, and a query's word is a phrase of them.
_CLOSE: Final = re.compile("([\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff])")


class Index(Protocol):
    """Finds nearest vectors among very many; see `streamtools.history.vectors`."""

    def add(self, numbers: Sequence[int], vectors: Sequence[Sequence[float]]) -> None:
        """Add vectors under their passages' numbers."""
        ...

    def nearest(self, vector: Sequence[float], count: int) -> Sequence[int]:
        """Return the numbers of the nearest vectors, the nearest first."""
        ...


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a turn that was found; ``turn`` is its number, ``score`` is for comparing within one answer."""

    turn: int
    text: str
    score: float


class Passages:
    """The passages of one session.

    Words find candidates (SQLite's bm25), likeness of vectors orders them. Where no word is found, the newest 5000 passages are
    compared by likeness alone.

    Memory: 200 passages of 2 KB while it searches.
    """

    def __init__(
        self,
        session: str,
        database: Database,
        *,
        embedder: Embedder | None = None,
        index: Index | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._session = session
        self._database = database
        self._embedder = embedder if embedder is not None else HashedNgrams()
        self._index = index
        self._clock = clock
        self._mark = "session" + hashlib.sha256(session.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        database.migrate(_SCHEMA)

    def add(self, texts: Iterable[tuple[int, str]]) -> None:
        """Save the texts of turns, given with their numbers; a text that is there already is not saved twice."""
        added: list[int] = []
        vectors: list[Sequence[float]] = []
        with self._database.transaction() as connection:
            for turn, text in texts:
                digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
                pieces = _pieces(text)
                for part, (piece, vector) in enumerate(zip(pieces, self._embedder.embed(pieces), strict=True)):
                    number = self._insert(connection, (digest, part, turn), piece, vector)
                    if number:
                        added.append(number)
                        vectors.append(vector)
        if self._index is not None and added:
            try:
                self._index.add(added, vectors)
            except StateError as error:
                _log.warning("passages are saved, but not in the vector index: %s", error)

    def search(self, query: str, max_tokens: int) -> list[Passage]:
        """Return the passages that answer best, the best first, in at most ``max_tokens`` tokens together."""
        vector = self._embedder.embed([query])[0]
        near = packed(vector)
        rows = self._rows(self._candidates(query, vector))
        if not rows:
            sql = "SELECT id, turn, text, embedder, vector FROM passages WHERE session = ? ORDER BY id DESC LIMIT ?"
            rows = self._database.rows(sql, (self._session, _SCANNED))
        best = len(rows)
        ranked = [
            Passage(turn, text, 1.0 - place / (2 * best) + (similarity(near, other) if name == self._embedder.name else 0.0))
            for place, (_, turn, text, name, other) in enumerate(rows)
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
        with self._database.transaction() as connection:
            while rows := connection.execute("SELECT id, text FROM passages WHERE session = ? LIMIT 500", (self._session,)).fetchall():
                for number, text in rows:
                    sql = "INSERT INTO passages_words(passages_words, rowid, body) VALUES ('delete', ?, ?)"
                    connection.execute(sql, (number, self._words(text)))
                    connection.execute("DELETE FROM passages WHERE id = ?", (number,))

    def _insert(self, connection: sqlite3.Connection, key: tuple[str, int, int], text: str, vector: Sequence[float]) -> int:
        sql = "INSERT OR IGNORE INTO passages(session, digest, part, turn, created, text, embedder, vector) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        row = (self._session, *key, self._clock(), text, self._embedder.name, packed(vector))
        done = connection.execute(sql, row)
        if not done.rowcount or done.lastrowid is None:
            return 0
        connection.execute("INSERT INTO passages_words(rowid, body) VALUES (?, ?)", (done.lastrowid, self._words(text)))
        return done.lastrowid

    def _words(self, text: str) -> str:
        """The text as the word index takes it: the session is a word of it, so that a search reads no other's rows."""
        return f"{self._mark} {_apart(text)}"

    def _candidates(self, query: str, vector: Sequence[float]) -> list[int]:
        words = [_apart(word).split() for word in dict.fromkeys(_WORDS.findall(query))][:32]
        numbers: list[int] = []
        if words:
            phrases = " OR ".join('"' + " ".join(word) + '"' for word in words)
            sql = "SELECT rowid FROM passages_words WHERE passages_words MATCH ? ORDER BY rank LIMIT ?"
            numbers = [int(row[0]) for row in self._database.rows(sql, (f"{self._mark} AND ({phrases})", _CANDIDATES))]
        if self._index is not None:
            try:
                numbers += [number for number in self._index.nearest(vector, _CANDIDATES // 4) if number not in numbers]
            except StateError as error:
                _log.warning("passages are searched by words alone: %s", error)
        return numbers

    def _rows(self, numbers: Sequence[int]) -> list[tuple[int, int, str, str, bytes]]:
        """The passages with these numbers that are of this session, in the order of the numbers."""
        marks = ",".join("?" * len(numbers))
        sql = f"SELECT id, turn, text, embedder, vector FROM passages WHERE session = ? AND id IN ({marks})"  # noqa: S608 (marks only)
        found = {row[0]: row for row in self._database.rows(sql, (self._session, *numbers))}
        return [found[number] for number in numbers if number in found]


def _apart(text: str) -> str:
    return _CLOSE.sub(r" \1 ", text)


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
