"""Real processes of `sread` and `sgrep` for the tests of the command lines."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import IO, Any, Final, NamedTuple

ROOT: Final = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SMALL: Final = os.path.join(ROOT, "corpora", "small")
Word = str | bytes
#: The little tree that most tests of `sgrep` search; see conftest.py.
FILES: Final = {
    "a.txt": "foo bar\nbaz Foo\nqux\n",
    "crlf.txt": "one foo\r\ntwo\r\n",
    "sub/b.py": "x\nfoo\ny\nz\nw\nfoo foo",
    "sub/empty": "",
    "sub/c.rs": "// (foo) x.y\nfood\n",
    ".hidden": "hidden foo\n",
    "ignored.log": "ignored foo\n",
    ".gitignore": "*.log\n",
    "patterns": "qux\ntwo\n",
}


class Done(NamedTuple):
    """How a process ended: exit code, standard output and the lines of standard error."""

    code: int
    out: bytes
    told: list[str]

    @property
    def lines(self) -> list[str]:
        """The lines of standard output as text."""
        return self.out.decode("utf-8", "surrogateescape").splitlines()


def command(tool: str, *words: Word) -> list[Word]:
    """Return the command that runs ``sread`` or ``sgrep`` of this checkout in this Python."""
    code = f"import sys; sys.path.insert(0, {ROOT!r}); from streamtools.adapters.{tool} import main; sys.exit(main())"
    return [sys.executable, "-c", code, *words]


def run(
    tool: str,
    *words: Word,
    stdin: bytes | int | IO[bytes] = b"",
    cwd: str | os.PathLike[str] | None = None,
    seconds: float = 60,
) -> Done:
    """Run a command to its end: ``stdin`` is bytes for a pipe, or a file; no command may take longer than ``seconds``."""
    given: dict[str, Any] = {"input": stdin} if isinstance(stdin, bytes) else {"stdin": stdin}
    done: subprocess.CompletedProcess[bytes] = subprocess.run(
        command(tool, *words), check=False, capture_output=True, cwd=cwd, timeout=seconds, **given
    )
    return Done(done.returncode, done.stdout, done.stderr.decode("utf-8", "backslashreplace").splitlines())


def sread(*words: Word, **given: object) -> Done:
    """Run ``sread``."""
    return run("sread", *words, **given)  # type: ignore[arg-type]


def sgrep(*words: Word, **given: object) -> Done:
    """Run ``sgrep``."""
    return run("sgrep", *words, **given)  # type: ignore[arg-type]


def refused(done: Done) -> str:
    """Return the only line on stderr of a command that failed: exit 2, nothing printed, no traceback (T15)."""
    assert done.code == 2, done
    assert done.out == b"", done
    assert len(done.told) == 1, done
    assert "Traceback" not in done.told[0], done
    return done.told[0]


def shown(done: Done) -> list[int]:
    """Return the numbers before the tabs, having checked that each stands before its own line."""
    assert done.code == 0, done
    found = [line.split("\t") for line in done.lines]
    assert all(number == text for number, text in found)
    return [int(number) for number, _ in found]
