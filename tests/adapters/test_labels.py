"""Labels of encodings that ripgrep takes; P1."""

from __future__ import annotations

import codecs
import contextlib
import subprocess
import sys
from pathlib import Path

import pytest

from streamtools.adapters.argv import BadValue
from streamtools.adapters.labels import _LABELS, codec
from streamtools.adapters.values import encoding
from tests.differential.running import ripgrep

EVERY = [(label, name) for name, labels in _LABELS.items() for label in labels.split()]


@pytest.mark.parametrize(("label", "name"), EVERY)
def test_a_label_that_python_lacks_gets_its_codec(label: str, name: str) -> None:
    """P1: the oldest Python does not know the label (else it needs no row); a newer one may, as the same codec."""
    if sys.version_info < (3, 12):
        with pytest.raises(LookupError):
            codecs.lookup(label)
    with contextlib.suppress(LookupError):
        assert codecs.lookup(label).name == codecs.lookup(name).name
    assert codecs.lookup(encoding(f" {label.upper()}\n")).name == codecs.lookup(name).name  # type: ignore[arg-type]


def test_ripgrep_decodes_as_the_codec_does(tmp_path: Path) -> None:
    """P1: a label and its codec are the same encoding to ripgrep: a letter beyond ASCII is found."""
    letters = dict.fromkeys(("cp874",), "ก") | dict.fromkeys(("gb18030", "big5hkscs", "euc-jp", "cp932"), "中") | {"cp949": "가"}
    for label, name in EVERY:
        letter = next(letter for letter in (letters.get(name, ""), *"äßжλאبčāđ") if letter and _can(letter, name))
        (tmp_path / "file").write_bytes(f"{letter}\n".encode(name))
        command = [ripgrep(), "-c", "-E", label, letter, tmp_path / "file"]
        assert subprocess.run(command, capture_output=True, check=False).stdout == b"1\n", label


def _can(letter: str, name: str) -> bool:
    try:
        letter.encode(name)
    except UnicodeEncodeError:
        return False
    return True


def test_other_labels_stay() -> None:
    """P1: what Python knows is left to it, and nothing is guessed."""
    assert codec("shift_jis") == "shift_jis"
    with pytest.raises(BadValue, match="unknown encoding 'utf-99'") as caught:
        encoding("utf-99")
    assert caught.value.rg == "grep config error: unknown encoding: utf-99"
