"""Both faces of ``sgrep`` against ripgrep, over command lines and trees drawn by chance; P1, T2, T10."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from streamtools.searching.options import Options
from tests.differential import drawn, known
from tests.differential.running import Full, full, one_full, ripgrep

_TIMES = (
    (re.compile(rb'"(?:elapsed|elapsed_total)":\{[^}]*\}'), b"TIME"),
    (re.compile(rb"[0-9.]+ seconds"), b"TIME"),
)
_SEARCHED = (re.compile(rb'"bytes_searched":\d+|\d+ bytes searched'), b"SEARCHED")
#: Whether the search knows ripgrep's ways with files, lines and encodings.
_READY = "detect" in Options.__annotations__


def theirs(folder: str, command: Sequence[str]) -> Full:
    """What ripgrep answers, in the order of paths."""
    return one_full(folder, [ripgrep(), "--no-config", *in_order(command)])


def in_order(command: Sequence[str]) -> list[str]:
    """The command in an order that can be compared; to ripgrep it also means one thread, which changes its sentences."""
    return [*([] if any(word.startswith("--sort") for word in command) else ["--sort", "path"]), *command]


def timeless(out: bytes, *, known: bool = True) -> bytes:
    """Output without what differs from run to run, and with ``known`` without what is among the known differences."""
    for pattern, instead in (*_TIMES, *((_SEARCHED,) if known else ())):
        out = pattern.sub(instead, out)
    return out


def odd(command: Sequence[str]) -> bool:
    """Whether ripgrep answers in a way of its own: with -U and -m it looks for matches again in the lines it shows, and may panic."""
    few = any(word.startswith("-m") for word in command)
    return few and "-U" in command


def unknown(command: Sequence[str]) -> bool:
    """Whether the search does not know yet what is asked."""
    return not _READY and bool({"--sortr", "--no-ignore-dot", "nothing"} & set(command))


def differing(asked: Sequence[Sequence[str]], ours: Sequence[Full], wanted: Sequence[Full], parts: int) -> list[str]:
    """The command lines whose answers differ in their first ``parts``, with both answers."""
    found = []
    for command, our, their in zip(asked, ours, wanted, strict=True):
        pair = [(one[0], timeless(one[1]), one[2])[:parts] for one in (our, their)]
        if pair[0] != pair[1]:
            found.append(f"{command}\n  ours   {str(pair[0])[:400]}\n  theirs {str(pair[1])[:400]}")
    return found


@pytest.mark.parametrize("seed", range(4))
def test_as_ripgrep(seed: int, tmp_path: Path) -> None:
    """P1: in ripgrep's face output, error output and exit code are ripgrep's, byte for byte."""
    folder = drawn.plant(str(tmp_path), seed, odd=_READY)
    asked = [command for command in drawn.commands(1000 + seed, 110) if not odd(command) and not unknown(command)]
    wrong = differing(asked, full(folder, list(map(in_order, asked)), rg=True), [theirs(folder, command) for command in asked], 3)
    assert not wrong, f"{len(wrong)} of {len(asked)} differ:\n" + "\n".join(wrong[:20])


@pytest.mark.parametrize("seed", range(4))
def test_as_ours(seed: int, tmp_path: Path) -> None:
    """P1: on ordinary text and below the caps, our own face prints ripgrep's bytes and exits as ripgrep does."""
    folder = drawn.plant(str(tmp_path), seed)
    asked, wanted = [], []
    for command in drawn.commands(2000 + seed, 110):
        context = any(word.startswith(("-A", "-B", "-C")) for word in command)
        answer = theirs(folder, command)
        small = len(answer[1]) <= 51_200 and answer[1].count(b"\n") <= 2000
        if small and not unknown(command) and not odd(command) and not (context and any(word.startswith("-m") for word in command)):
            asked.append(command)
            wanted.append(answer)
    assert len(asked) > 80
    wrong = differing(asked, full(folder, asked), wanted, 2)
    assert not wrong, f"{len(wrong)} of {len(asked)} differ:\n" + "\n".join(wrong[:20])


@pytest.mark.parametrize("one", known.DIFFERENCES, ids=lambda one: one.what)
def test_known_differences(one: known.Difference, tmp_path: Path) -> None:
    """P1: every difference that is told in the docs is one: what is not different any more has to go from the table."""
    for name, data in known.FILES.items():
        (tmp_path / name).write_bytes(data)
    command = [list(one.command)]
    answers = [theirs(str(tmp_path), one.command), *(full(str(tmp_path), command, rg=rg)[0] for rg in (False, True))]
    wanted, ours, as_rg = ((code, timeless(out, known=False)) for code, out, _ in answers)
    assert (ours != wanted) == (one.face in {"ours", "both"})
    if _READY:
        assert (as_rg != wanted) == (one.face in {"rg", "both"})
