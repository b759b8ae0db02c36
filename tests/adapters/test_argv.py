"""The parser of flags; P1: ripgrep's rules."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtools.adapters.argv import Flag, UsageError, parse, whole
from streamtools.adapters.flags import FLAGS

TABLE = (
    Flag("after", "A", "after", "Lines behind.", "G", "N", convert=whole),
    Flag("regexp", "e", "patterns", "A pattern.", "G", "PATTERN", many=True),
    Flag("ignore-case", "i", "case", "Ignore case.", "G", const="ignore"),
    Flag("case-sensitive", "s", "case", "Mind case.", "G", const="sensitive"),
    Flag("number", "n", "number", "Numbers.", "G"),
    Flag("no-number", "N", "number", "No numbers.", "G", const=False),
    Flag("unrestricted", "u", "unrestricted", "More files.", "G", many=True),
    Flag("secret", "", "secret", "Not for people.", "G", hidden=True),
)


@pytest.mark.parametrize(
    "words",
    [["-A3"], ["-A", "3"], ["-A=3"], ["--after=3"], ["--after", "3"], ["-nA3"], ["-nA", "3"], ["--A", "3"], ["-A1", "-A3"]],
)
def test_a_value_comes_in_every_spelling_and_the_last_one_wins(words: list[str]) -> None:
    """P1: ``-A3``, ``-A 3``, ``-A=3``, ``--after=3``, ``--after 3`` and joined switches."""
    parsed = parse([*words, "word"], TABLE)
    assert parsed["after"] == 3
    assert parsed.words == ["word"]


def test_switches_join_undo_and_count() -> None:
    """P1: the last of two opposites wins, repeated values are a list, repeated switches a number."""
    parsed = parse(["-isn", "-N", "-uu", "-u", "-e", "a", "-eb", "--regexp=", "--regexp", "--"], TABLE)
    assert dict(parsed) == {"case": "sensitive", "number": False, "unrestricted": 3, "patterns": ["a", "b", "", "--"]}


def test_words_may_stand_anywhere_and_two_dashes_end_the_flags() -> None:
    """P1: ``-`` is a word (standard input), and behind ``--`` everything is."""
    parsed = parse(["x", "-n", "-", "--", "-i", "--", "--no-such"], TABLE)
    assert parsed.words == ["x", "-", "-i", "--", "--no-such"]
    assert dict(parsed) == {"number": True}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--nubmer"], "unknown flag --nubmer; did you mean --number?"),
        (["--zzzzzz"], "unknown flag --zzzzzz; see --help"),
        (["-z"], "unknown flag -z"),
        (["-nz"], "unknown flag -z"),
        (["-A"], "-A needs a value"),
        (["--after"], "--after needs a value"),
        (["-A", "x"], "'x' is not a whole number"),
        (["-A", "-1"], "'-1' is not a whole number"),
        (["--after="], "'' is not a whole number"),
        (["--number=1"], "--number takes no value"),
        (["--="], "unknown flag --"),
        (["-A", "\u0663"], "is not a whole number"),
    ],
)
def test_a_wrong_command_line_gets_one_sentence(words: list[str], said: str) -> None:
    """T15: the sentence names the flag as it was written, and the nearest one where there is one."""
    with pytest.raises(UsageError) as caught:
        parse(words, TABLE)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_flag_that_resembles_nothing_gets_no_suggestion() -> None:
    """T15: a near miss is near: ``--quack`` is not ``--quiet``."""
    with pytest.raises(UsageError) as caught:
        parse(["--quack"], FLAGS)
    assert "did you mean" not in str(caught.value)


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=6) | st.sampled_from(["-e", "--", "-A3", "-n", "--regexp=x"]), max_size=6
    )
)
def test_any_command_line_is_parsed_or_refused(words: list[str]) -> None:
    """T15: whatever the words, there is an answer or a sentence, and no word is lost behind ``--``."""
    with contextlib.suppress(UsageError):
        parse(words, FLAGS)
    assert parse(["--", *words], FLAGS).words == words
