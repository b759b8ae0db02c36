"""Real vectors behind the same protocol, with the extra ``vec``."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from streamtools.database import Database
from streamtools.errors import InvalidArgument, StateError
from streamtools.history.passages import Passages
from streamtools.history.tiers import TieredMemory
from streamtools.history.vectors import SqliteVectors

pytest.importorskip("apsw")
pytest.importorskip("sqlite_vec")


class Meaning:
    """Stands for a model that knows meanings: animals here, machines there."""

    name = "meaning-2"

    def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """Count what is an animal and what is a machine."""
        animals, machines = ("cat", "dog", "kitten", "pet"), ("car", "engine", "lorry", "vehicle")
        return [[sum(text.count(word) for word in kind) + 0.01 for kind in (animals, machines)] for text in texts]


def test_a_passage_without_a_common_word_is_found(tmp_path: object, opened: Callable[[object], Database]) -> None:
    """H4: with an embedder and the index, meaning finds what words can't; it is there after a restart; `forget` removes it from answers."""
    for _ in range(2):
        with SqliteVectors(f"{tmp_path}/vectors.db", 2) as index:
            passages = Passages("s1", opened(tmp_path), embedder=Meaning(), index=index)
            passages.add([(1, "the kitten sleeps"), (2, "the engine is cold"), (3, "nothing at all")])
            assert passages.search("a pet", 1000)[0].text == "the kitten sleeps"
            assert passages.search("which vehicle", 1000)[0].text == "the engine is cold"


def test_the_tiers_take_it(tmp_path: object, opened: Callable[[object], Database]) -> None:
    """H4: `TieredMemory` hands embedder and index on."""
    with SqliteVectors(f"{tmp_path}/vectors.db", 2) as index:
        memory = TieredMemory("s1", database=opened(tmp_path), embedder=Meaning(), index=index)
        memory.history.add_user("go")
        memory.history.add_assistant("my cat is called Mo")
        memory.history.add_assistant("so it is")
        memory.history.compact()
        assert "Mo" in memory.recall("name of the pet")[0].text


def test_wrong_vectors_and_files_are_told(tmp_path: object) -> None:
    """T15: a vector of another length and a file that is no database are one clear sentence."""
    with SqliteVectors(f"{tmp_path}/vectors.db", 2) as index, pytest.raises(InvalidArgument, match="3 numbers"):
        index.nearest([1.0, 2.0, 3.0], 1)
    with open(f"{tmp_path}/no.db", "w", encoding="utf-8") as file:
        file.write("no database at all " * 100)
    with pytest.raises(StateError, match="vector index can't be used"):
        SqliteVectors(f"{tmp_path}/no.db", 2)
