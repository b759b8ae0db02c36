"""What is told beside the output: counts of matches, named binaries, budgets over several files; P1, T5, T9."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from streamtools.adapters import shell
from tests.adapters import refused, sgrep, sread


@pytest.mark.parametrize(
    "name", ["plain", "two words", "it's", "-dash", "new\nline", "back\\slash\n", "\udcff\u00e9\udc80", "$HOME", "a;b"]
)
def test_a_quoted_name_is_the_name_in_a_shell(name: str) -> None:
    """T5: one printable line that bash reads as the same bytes."""
    quoted = shell.file(name)
    assert quoted.isprintable()
    done = subprocess.run(["bash", "-c", f"printf %s {quoted}"], capture_output=True, check=True)
    assert done.stdout.removeprefix(b"./") == name.encode("utf-8", "surrogateescape")


@pytest.mark.parametrize(("flags", "want"), [(["-oc", "o"], "4\n"), (["-oc", "o*"], "5\n"), (["-ocv", "o"], "1\n"), (["-oc", "z"], "")])
def test_only_matching_counts_matches(flags: list[str], want: str, tmp_path: Path) -> None:
    """P1: `-c -o` counts matches, an empty one right behind another not, and lines with -v; numbers from ripgrep 15.2."""
    (tmp_path / "f").write_text("foo\noo\na\n")
    assert sgrep(*flags, "f", cwd=tmp_path).out.decode() == want


def test_counted_matches_of_a_line_longer_than_any_window(tmp_path: Path) -> None:
    """T2, T6: every match counts, wherever in the line, and no cap holds for what is only counted."""
    (tmp_path / "f").write_bytes(b"ab" * 500_000 + b"\n")
    assert sgrep("-oc", "a", "f", cwd=tmp_path).out == b"500000\n"


def test_a_named_binary_is_told_beside_hits_of_others(tmp_path: Path) -> None:
    """T9: hits in one named file do not hide that another was not searched."""
    (tmp_path / "a").write_text("foo\n")
    (tmp_path / "z").write_bytes(b"\x7fELF\0\1\2foo\n")
    done = sgrep("foo", "a", "z", cwd=tmp_path)
    assert done.out == b"a:foo\n"
    assert done.told == ["sgrep: z is a binary file and was not searched; -a searches it as text"]


def test_the_command_behind_a_full_budget_shows_the_rest(tmp_path: Path) -> None:
    """T5: several files share 2000 lines, and what the notice says, pasted, shows all that is left."""
    for name in "abc":
        (tmp_path / name).write_text("".join(f"{name}{number}\n" for number in range(900)))
    done = sread("--plain", "a", "b", "c", cwd=tmp_path)
    assert len(done.told) == 1
    assert done.told[0].endswith("; go on with sread -p --offset 196 c, or --no-cap")
    rest = sread("-p", "--offset", "196", "c", cwd=tmp_path)
    got = [line for line in (*done.lines, *rest.lines) if line and not line.startswith("==>")]
    assert got == [f"{name}{number}" for name in "abc" for number in range(900)]


def test_a_bad_argument_prints_no_head(tmp_path: Path) -> None:
    """T15: nothing on stdout, also where the first of several files has a head of its own."""
    (tmp_path / "a").write_text("text\n")
    assert "limit" in refused(sread("--limit", "0", "a", "a", cwd=tmp_path))
    assert "missing" in refused(sread("--tail", "0", "missing", cwd=tmp_path))
