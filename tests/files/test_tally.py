"""The ledger's mutable side."""

from __future__ import annotations

from streamtools.files.tally import Tally
from streamtools.results import Ledger


def test_counts_and_bounds() -> None:
    """T6, T9: everything is counted, three names a reason and twenty messages are kept."""
    tally = Tally()
    for number in range(1000):
        tally.skip("ignored", f"name{number}")
        tally.error(f"message {number}")
    ledger = tally.ledger()
    assert ledger.skipped == {"ignored": 1000}
    assert ledger.examples == {"ignored": ("name0", "name1", "name2")}
    assert len(ledger.errors) == 20
    assert tally.errors == 1000


def test_merge() -> None:
    """T9: ledgers add up, and a ledger does not change after it was taken."""
    tally = Tally()
    tally.files, tally.bytes, tally.undecodable = 1, 2, 3
    tally.skip("hidden", "a")
    before = tally.ledger()
    tally.merge(Ledger(10, 20, {"hidden": 5, "binary": 1}, {"hidden": ("a", "b", "c"), "binary": ("x",)}, 30, ("bad",)))
    assert before == Ledger(1, 2, {"hidden": 1}, {"hidden": ("a",)}, 3, ())
    expected = Ledger(11, 22, {"hidden": 6, "binary": 1}, {"hidden": ("a", "b", "c"), "binary": ("x",)}, 33, ("bad",))
    assert tally.ledger() == expected
