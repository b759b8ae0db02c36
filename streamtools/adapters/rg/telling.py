"""What ripgrep says about what it could not read."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from streamtools.adapters.terminal import cores, tell
from streamtools.events import Failure

#: Bytes of an ignore file, as the walk has it.
_MOST: Final = 16 * 1024 * 1024
#: Without one of these no line is malformed.
_SIGNS: Final = frozenset(b"[{}\\")

if TYPE_CHECKING:
    from streamtools.adapters.asking import Asked


class Teller:
    """Says what went wrong as it happens; ``errors`` counts all of it, ``unread`` the files that could not be opened."""

    def __init__(self, asked: Asked) -> None:
        self.errors = self.unread = 0
        self._asked = asked
        self._messages = bool(asked.flags.get("messages", True))
        self._alone = _alone(asked)
        self._minds_rules = self._messages and bool(asked.flags.get("ignore_messages", True))
        self._read: set[str] = set()
        if asked.request.ignore_files and self._minds_rules:
            for path in asked.request.ignore_file:
                _tell_ignore_file(path)

    def __call__(self, failure: Failure) -> None:
        """Say it."""
        self.errors += 1
        self.unread += not failure.walked
        if self._messages:
            tell("rg", self._sentence(failure))

    def rules(self, paths: Sequence[str], above: bool) -> None:
        """Say what is wrong with the lines of ignore files that belong together, once; in folders ``above`` that is an error."""
        if not (above or self._minds_rules):
            return
        new = [path for path in paths if path not in self._read]
        self._read.update(new)
        wrong = [sentence for path in new for sentence in _faults(path, self._shown(path))]
        self.errors += bool(wrong and above)
        if wrong and self._messages:
            tell("rg", "\n".join(wrong))

    def nothing_searched(self) -> None:
        """Say that no file was searched, which is an error."""
        self.errors += 1
        if self._messages:
            tell(
                "rg",
                "No files were searched, which means ripgrep probably applied a filter you didn't expect.\n"
                "Running with --debug will show why files are being skipped.",
            )

    def _sentence(self, failure: Failure) -> str:
        """Return ripgrep's sentence; it differs in what its walk meets on one thread or on several."""
        if failure.rg or failure.text:
            return f"{failure.path}: {failure.rg}" if failure.rg else failure.text
        reason = f"{os.strerror(failure.errno)} (os error {failure.errno})"
        if not failure.walked:
            return f"{failure.path}: {reason}"
        path = self._shown(failure.path)
        if failure.ancestor:
            return f"File system loop found: {path} points to an ancestor {self._ancestor(failure.ancestor)}"
        return f"{path}: IO error for operation on {path}: {reason}" if self._alone else f"{path}: {reason}"

    def _ancestor(self, path: str) -> str:
        """Return a folder's name; one that was named is called as it was."""
        if self._asked.implicit:
            return "./" if path == "." else self._shown(path)
        return next((word for word in self._asked.flags.words if word.rstrip("/") == path), path)

    def _shown(self, path: str) -> str:
        return f"./{path}" if self._asked.implicit and path != "." and not path.startswith(("./", "/")) else path


def _tell_ignore_file(path: str) -> None:
    """Say what is wrong with an ignore file of the command line, which is no error."""
    try:
        os.stat(path)
    except OSError as error:
        tell("rg", f"{path}: {error.strerror} (os error {error.errno})")
        return
    wrong = _faults(path, path)
    if wrong:
        tell("rg", "\n".join(wrong))


def _faults(path: str, shown: str) -> list[str]:
    """Return what is wrong with the lines of an ignore file, a sentence for each."""
    from streamtools.adapters.rg.selecting import complaint
    from streamtools.files.patterns import lines
    from streamtools.files.plainfile import contents

    data = contents(path, _MOST) or b""
    if _SIGNS.isdisjoint(data):
        return []
    wrong = []
    for number, line in enumerate(data.split(b"\n"), 1):
        for glob in lines(line):
            text = complaint(os.fsdecode(glob), lenient=True)
            if text is not None:
                wrong.append(f"{shown}: line {number}: error parsing glob '{os.fsdecode(glob)}': {text}")
    return wrong


def _alone(asked: Asked) -> bool:
    """Whether ripgrep would use one thread."""
    single = len(asked.paths) == 1 and not os.path.isdir(asked.paths[0])
    jobs = asked.flags.get("jobs") or cores()
    return single or jobs == 1 or ("sort" in asked.flags and asked.request.sort != "none")
