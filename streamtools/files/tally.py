"""The mutable side of the ledger: what is counted while files are walked and searched."""

from __future__ import annotations

from streamtools.events import Failure, Ledger

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from streamtools.errors import FileError
    from streamtools.words import Skip


class Tally:
    """Collects what a `Ledger` tells.

    ``files``, ``bytes`` and ``undecodable`` are added to by whoever searches; ``errors``
    counts all messages that were given, also those that were not kept, ``noted`` whatever was told but those three.
    ``tell`` is called with every failure as it comes, ``reading``, if it is set, with the ignore files that a walk reads.

    Memory: at most 12 reasons x ``examples`` names and ``messages`` messages and failures, so about 80 names
    of up to 4 KiB, whatever is counted.
    """

    __slots__ = (
        *("_examples", "_failures", "_messages", "_most_examples", "_most_messages", "_skipped", "_tell"),
        *("bytes", "errors", "files", "noted", "reading", "undecodable"),
    )

    def __init__(self, examples: int = 3, messages: int = 20, tell: Callable[[Failure], object] | None = None) -> None:
        self.files = 0
        self.bytes = 0
        self.undecodable = 0
        self.errors = self.noted = 0
        self._most_examples = examples
        self._most_messages = messages
        self._skipped: dict[str, int] = {}
        self._examples: dict[str, list[str]] = {}
        self._messages: list[str] = []
        self._failures: list[Failure] = []
        self._tell = tell
        self.reading: Callable[[Sequence[str], bool], object] | None = None

    def skip(self, reason: Skip, name: str) -> None:
        """Count a file or folder that was left out, and keep its name as an example if few are kept."""
        self.noted += 1
        self._skipped[reason] = self._skipped.get(reason, 0) + 1
        self._example(reason, name)

    def _example(self, reason: str, name: str) -> None:
        names = self._examples.setdefault(reason, [])
        if len(names) < self._most_examples and name not in names:
            names.append(name)

    def error(self, message: str) -> None:
        """Count a message, and keep it if few are kept."""
        self.noted += 1
        self.errors += 1
        if len(self._messages) < self._most_messages:
            self._messages.append(message)

    def fail(self, error: FileError, *, walked: bool = False) -> None:
        """Count what can't be read; ``walked`` says that the walk met it."""
        self.error(str(error))
        text = "" if error.errno or error.rg else str(error)
        self.failure(Failure(error.path, error.errno or 0, error.rg, walked, text=text))

    def failure(self, failure: Failure) -> None:
        """Tell of a failure, which counts as no error by itself."""
        self.noted += 1
        if self._tell is not None:
            self._tell(failure)
        if len(self._failures) < self._most_messages:
            self._failures.append(failure)

    def merge(self, ledger: Ledger) -> None:
        """Add what another ledger counted, for example that of another process."""
        self.files += ledger.files
        self.bytes += ledger.bytes
        self.undecodable += ledger.undecodable
        self.noted += bool(ledger.skipped)
        for reason, count in ledger.skipped.items():
            self._skipped[reason] = self._skipped.get(reason, 0) + count
        for reason, names in ledger.examples.items():
            for name in names:
                self._example(reason, name)
        for message in ledger.errors:
            self.error(message)
        for failure in ledger.failures:
            self.failure(failure)

    def absorb(self, other: Tally) -> None:
        """Add what another one counted, which then begins anew."""
        if other.noted or other.files:
            self.merge(other.taken())

    def taken(self) -> Ledger:
        """Return the counts, and begin anew."""
        found = self.ledger()
        self.files = self.bytes = self.undecodable = self.errors = self.noted = 0
        self._skipped, self._examples, self._messages, self._failures = {}, {}, [], []
        return found

    def only(self, reasons: Collection[str]) -> bool:
        """Whether nothing was told but names left out for these reasons."""
        return not (self._messages or self._failures) and all(reason in reasons for reason in self._skipped)

    def ledger(self) -> Ledger:
        """Return a copy of the counts that later counting does not change."""
        return Ledger(
            files=self.files,
            bytes=self.bytes,
            skipped=dict(self._skipped),
            examples={reason: tuple(names) for reason, names in self._examples.items()},
            undecodable=self.undecodable,
            errors=tuple(self._messages),
            failures=tuple(self._failures),
        )
