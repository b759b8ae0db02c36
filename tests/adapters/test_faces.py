"""The two faces of ``sgrep``: how one is chosen, and what is told in each; P1."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.adapters import ROOT

MAIN = f"import sys; sys.path.insert(0, {ROOT!r}); from streamtools.adapters.sgrep import main; sys.exit(main())"


def run(folder: Path, *words: str, name: str = "rg", **variables: str) -> tuple[int, str, str]:
    """Exit code, output and error output of the command, started as a file of a name."""
    program = folder / "bin" / name
    program.parent.mkdir(exist_ok=True)
    program.write_text(f"#!{sys.executable}\n{MAIN}\n")
    program.chmod(0o755)
    environment = {key: value for key, value in os.environ.items() if key not in {"SGREP_AS_RG", "RIPGREP_CONFIG_PATH"}} | variables
    done = subprocess.run(
        [str(program), *words], cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A folder with a file of more lines than are shown."""
    (tmp_path / "n").write_text("".join(f"{number}\n" for number in range(3000)))
    return tmp_path


def test_the_name_chooses(many: Path) -> None:
    """P1: under the name rg, or with SGREP_AS_RG=1, nothing is capped and nothing of ours is said."""
    for found in (run(many, "-c", ".", "n"), run(many, ".", "n"), run(many, ".", "n", name="sgrep", SGREP_AS_RG="1")):
        assert found[0] == 0
        assert found[2] == ""
    assert run(many, ".", "n")[1].count("\n") == 3000
    code, out, told = run(many, ".", "n", name="sgrep")
    assert (code, out.count("\n")) == (0, 2000)
    assert told.startswith("sgrep: stopped at 2000 lines")


def test_each_face_has_its_file_of_flags(many: Path) -> None:
    """P1: the variable that names it is the face's own."""
    (many / "flags").write_text("--count\n")
    path = str(many / "flags")
    assert run(many, ".", "n", RIPGREP_CONFIG_PATH=path)[1] == "3000\n"
    assert run(many, ".", "n", name="sgrep", STREAMTOOLS_CONFIG_PATH=path)[1] == "3000\n"
    assert run(many, "-m1", ".", "n", name="sgrep", RIPGREP_CONFIG_PATH=path)[1] == "0\n"
    assert run(many, "-m1", ".", "n", STREAMTOOLS_CONFIG_PATH=path)[1] == "0\n"


def test_versions(many: Path) -> None:
    """P1: each face says what it is, and ripgrep's that it is ours."""
    assert run(many, "--version")[1].startswith("ripgrep 15.2.0 (streamtools)")
    assert run(many, "-V", name="sgrep")[1].startswith("sgrep ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["("], "rg: regex parse error:\n    (?:()\n    ^\nerror: unclosed group\n"),
        (["--nope", "x"], "rg: unrecognized flag --nope\n"),
        ([], "rg: ripgrep requires at least one pattern to execute a search\n"),
        (["--colors=x", "x"], "rg: error parsing flag --colors: invalid color spec format: 'x'."),
        (["x", "-g", "*.none"], "rg: No files were searched, which means ripgrep probably applied a filter you didn't expect.\n"),
        (["x", "--max-total", "3"], "rg: unrecognized flag --max-total"),
    ],
)
def test_refusals_in_ripgreps_words(words: list[str], said: str, many: Path) -> None:
    """P1, T15: exit code 2 and ripgrep's sentence."""
    code, _, told = run(many, *words)
    assert code == 2
    assert told.startswith(said)


def test_look_around_needs_a_flag_only_there(many: Path) -> None:
    """P1: ripgrep's face wants -P, or --engine auto; ours takes it as it is."""
    assert run(many, "(?<=1)7$", "n")[0] == 2
    assert run(many, "-P", "-c", "(?<=1)7$", "n")[1] == run(many, "-c", "(?<=1)7$", "n", name="sgrep")[1] == "30\n"
    assert run(many, "--engine=auto", "-c", "(?<=1)7$", "n")[1] == "30\n"
    assert run(many, "--engine=auto", "(", "n")[0] == 2
