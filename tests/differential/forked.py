"""Runs command lines as they stand in a shell: a folder, an environment and an input of their own for each.

    NAME=value @sub/folder rg -n foo < input

A line may begin with variables and ``@folder`` (below the tree), and may end with ``< file``; ``$T`` is the tree's own
folder and ``$N`` a line break. Ours are run by one
process that forks for each, so that hundreds of them take seconds.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from typing import Final, NamedTuple

Full = tuple[int, bytes, bytes]
#: What the machine's own settings must not change.
_LEFT_OUT: Final = (
    "RIPGREP_CONFIG_PATH",
    "STREAMTOOLS_CONFIG_PATH",
    "SGREP_AS_RG",
    "GIT_CONFIG_GLOBAL",
    "NO_COLOR",
    "TERM",
    "XDG_CONFIG_HOME",
)


class Command(NamedTuple):
    """One command line, understood."""

    words: tuple[str, ...]
    folder: str
    variables: tuple[tuple[str, str], ...]
    input: str


def command(line: str, tree: str) -> Command:
    """Read a line of the form above."""
    words = [word.replace("$T", tree).replace("$N", "\n") for word in shlex.split(line)]
    folder, variables, source = tree, [("HOME", os.path.join(tree, ".home"))], os.devnull
    if "<" in words:
        at = words.index("<")
        source = os.path.join(tree, words[at + 1])
        del words[at:]
    while words[0] != "rg":
        word = words.pop(0)
        if word.startswith("@"):
            folder = os.path.join(tree, word[1:])
        else:
            name, _, value = word.partition("=")
            variables.append((name, value))
    return Command(tuple(words[1:]), folder, tuple(variables), source)


def environment(one: Command) -> dict[str, str]:
    """Return the variables that it runs with."""
    kept = {name: value for name, value in os.environ.items() if name not in _LEFT_OUT}
    return {**kept, "PWD": one.folder, **dict(one.variables)}


def theirs(program: str, one: Command, before: Sequence[str] = ()) -> Full:
    """Run another program."""
    with open(one.input, "rb") as source:
        child = subprocess.run(
            [program, *before, *one.words],
            stdin=source,
            capture_output=True,
            cwd=one.folder,
            env=environment(one),
            timeout=60,
            check=False,
        )
    return child.returncode, child.stdout, child.stderr


def ours(commands: Sequence[Command], before: Sequence[Sequence[str]]) -> list[Full]:
    """Run them in ripgrep's face; ``before`` are further words for each."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    work = [[[*first, *one.words], one.folder, environment(one), one.input] for one, first in zip(commands, before, strict=True)]
    child = subprocess.run(
        [sys.executable, "-m", "tests.differential.forked"],
        input=json.dumps(work).encode(),
        capture_output=True,
        cwd=root,
        timeout=300,
        check=False,
    )
    assert child.returncode == 0, child.stderr.decode()
    return [(code, out.encode("latin-1"), err.encode("latin-1")) for code, out, err in json.loads(child.stdout)]


def _serve() -> None:
    """Answer the commands on standard input."""
    import streamtools.adapters.grepping  # noqa: F401 - every fork has it then

    answers = []
    for words, folder, variables, source in json.loads(sys.stdin.buffer.read()):
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, open(source, "rb") as given:
            child = os.fork()
            if not child:
                _become(words, folder, variables, (given.fileno(), out.fileno(), err.fileno()))
            _, status = os.waitpid(child, 0)
            texts = []
            for file in (out, err):
                file.seek(0)
                texts.append(file.read().decode("latin-1"))
        answers.append((os.waitstatus_to_exitcode(status), *texts))
    sys.stdout.write(json.dumps(answers))


def _become(words: list[str], folder: str, variables: dict[str, str], descriptors: tuple[int, int, int]) -> None:
    """Run one command in this process, which ends."""
    code = 70
    try:
        from streamtools.adapters.sgrep import main

        for number, descriptor in enumerate(descriptors):
            os.dup2(descriptor, number)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(variables)
        sys.argv = ["rg", *words]
        sys.stdout = open(1, "w", encoding="utf-8", errors="surrogateescape", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", encoding="utf-8", errors="surrogateescape", closefd=False)  # noqa: SIM115
        code = main()
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:  # noqa: BLE001 - told, whatever it is
        import traceback

        traceback.print_exc()
    finally:
        os._exit(code)


if __name__ == "__main__":
    _serve()
