"""The estimate of tokens without a tokenizer."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtools.tokens import estimate

with open(os.path.join(os.path.dirname(__file__), "data", "o200k_base.json"), encoding="utf-8") as _file:
    SAMPLES = json.load(_file)["samples"]


@pytest.mark.parametrize("sample", SAMPLES, ids=[sample["name"] for sample in SAMPLES])
def test_within_a_quarter_of_o200k_base(sample: dict[str, str | int]) -> None:
    """H1: prose, code, logs, Chinese, Japanese, Korean are within 25 % of the counts recorded with npm's gpt-tokenizer."""
    text, tokens = str(sample["text"]), int(sample["tokens"])
    assert abs(estimate(text) - tokens) <= tokens / 4


def test_samples_were_not_fitted_to_four_characters() -> None:
    """H1: the usual four characters a token fails on these samples, so that the test above says something."""
    wrong = [sample["name"] for sample in SAMPLES if abs(len(sample["text"]) / 4 - sample["tokens"]) > sample["tokens"] / 4]
    assert {"chinese", "japanese", "korean"} <= set(wrong)


@given(st.text(), st.text())
def test_adds_up_and_takes_both_kinds(one: str, two: str) -> None:
    """H1: text and its UTF-8 are the same; parts add up, so that sums over messages are good."""
    assert estimate(one) == estimate(one.encode("utf-8", "surrogatepass"))
    assert abs(estimate(one + two) - estimate(one) - estimate(two)) <= 2
    assert (estimate(one) == 0) == (not one)
