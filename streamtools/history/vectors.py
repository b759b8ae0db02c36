"""Nearest vectors among very many, by sqlite-vec through apsw (the extra ``vec``).

The standard library's SQLite often can't load extensions, apsw brings its own that can. The vectors are in a file of their own,
beside the state database: it can be deleted at any time, searches then go by words alone.
"""

from __future__ import annotations

import array
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Self

from streamtools.errors import InvalidArgument, StateError, printable


class SqliteVectors:
    """The `Index` of `streamtools.history.passages` for vectors of ``dimensions`` numbers in the file ``path``.

    Raises `InvalidArgument` if the extra is not installed, `StateError` where the file can't be used or has other dimensions.

    Memory: SQLite's page cache (2 MiB) and one vector; a search reads all vectors from disk in blocks.
    """

    def __init__(self, path: str, dimensions: int) -> None:
        try:
            import apsw
            import sqlite_vec
        except ImportError as error:
            raise InvalidArgument("the vector index needs the extra 'vec': pip install 'streamtools-suite[vec]'") from error
        self._failure: type[Exception] = apsw.Error
        self._path = path
        self._dimensions = dimensions
        with self._guarded(), ExitStack() as undo:
            self._connection: Any = apsw.Connection(path)
            undo.callback(self._connection.close)
            self._connection.set_busy_timeout(10_000)
            self._connection.enable_load_extension(True)
            self._connection.load_extension(sqlite_vec.loadable_path())
            self._connection.enable_load_extension(False)
            self._connection.execute(f"CREATE VIRTUAL TABLE IF NOT EXISTS vectors USING vec0(vector float[{int(dimensions)}])")
            undo.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def add(self, numbers: Sequence[int], vectors: Sequence[Sequence[float]]) -> None:
        """Add vectors under their passages' numbers; a number that is there already is replaced."""
        with self._guarded(), self._connection:
            for number, vector in zip(numbers, vectors, strict=True):
                self._connection.execute("DELETE FROM vectors WHERE rowid = ?", (number,))
                self._connection.execute("INSERT INTO vectors(rowid, vector) VALUES (?, ?)", (number, self._blob(vector)))

    def nearest(self, vector: Sequence[float], count: int) -> Sequence[int]:
        """Return the numbers of the nearest vectors, the nearest first."""
        sql = "SELECT rowid FROM vectors WHERE vector MATCH ? AND k = ? ORDER BY distance"
        with self._guarded():
            return [int(row[0]) for row in self._connection.execute(sql, (self._blob(vector), count))]

    def remove(self, numbers: Sequence[int]) -> None:
        """Remove the vectors of passages that are gone."""
        with self._guarded(), self._connection:
            self._connection.executemany("DELETE FROM vectors WHERE rowid = ?", [(number,) for number in numbers])

    def close(self) -> None:
        """Close the file; a second time does nothing."""
        self._connection.close()

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except self._failure as error:
            raise StateError(f"{printable(self._path)}: the vector index can't be used: {error}") from error

    def _blob(self, vector: Sequence[float]) -> bytes:
        if len(vector) != self._dimensions:
            raise InvalidArgument(f"a vector has {len(vector)} numbers, the index holds vectors of {self._dimensions}")
        return array.array("f", vector).tobytes()
