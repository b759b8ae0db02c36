"""One table of flags feeds the parser, the help, the man page and the completions; ripgrep's rules hold.

The last flag wins, ``--no-x`` undoes ``--x``, values come as ``-A3``, ``-A 3``, ``--after-context=3`` or
``--after-context 3``, short switches can be joined (``-in``), and ``--`` ends the flags. A table and
its own parser instead of argparse: argparse costs 6 ms to import, takes abbreviations that
ripgrep refuses, and knows no undoing.
"""

from __future__ import annotations

from streamtools.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Final


#: As the value of a dest: it is as if no flag had set it.
FORGET: Final = object()


class Flag(NamedTuple):
    """One row of the table.

    ``dest`` is the key of the parsed value. A switch (``value`` is ``""``) sets ``const``, or counts where
    ``many``; a flag with a value sets what ``convert`` makes of it, appended to a list where ``many``.
    ``long`` may be ``""``. ``also`` are further dests that it sets, `FORGET` drops one. ``undo`` names the
    opposite, which sets ``dest`` to ``undone`` and ``undo_also``. ``act`` is called last, with the parsed
    values and the value just set (``const`` or ``undone`` of a switch). ``letter_const`` replaces
    ``const`` when the flag was given by its letter. ``hidden`` rows stand in no help.
    """

    long: str
    short: str
    dest: str
    help: str
    group: str
    value: str = ""
    const: object = True
    convert: Callable[[str], object] = str
    many: bool = False
    hidden: bool = False
    also: tuple[tuple[str, object], ...] = ()
    undo: str = ""
    undone: object = False
    undo_also: tuple[tuple[str, object], ...] = ()
    act: Callable[[Parsed, object], None] | None = None
    letter_const: object = None
    aliases: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()

    def names(self) -> tuple[str, ...]:
        """Return every long name it answers to: its own, its aliases and the undoing one."""
        return tuple(name for name in (self.long, *self.aliases, self.undo) if name)


class UsageError(Exception):
    """The command line is wrong; the message is one sentence, ``rg`` is the text that ripgrep would print."""

    def __init__(self, message: str, rg: str = "") -> None:
        super().__init__(message)
        self.rg = rg or message


class BadValue(ValueError):
    """A flag's value is wrong; ``rg`` is ripgrep's text for it."""

    def __init__(self, message: str, rg: str = "") -> None:
        super().__init__(message)
        self.rg = rg or message


class Parsed(dict[str, object]):
    """The values of flags by ``dest``, the words that are no flags, and warnings to print (`streamtools.adapters.config`)."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.warnings: list[str] = []

    def put(self, dest: str, value: object) -> None:
        """Set a value, or drop it for `FORGET`."""
        if value is FORGET:
            self.pop(dest, None)
        else:
            self[dest] = value

    def append(self, dest: str, value: object) -> None:
        """Add to the list under ``dest``."""
        kept = self.setdefault(dest, [])
        assert isinstance(kept, list)
        kept.append(value)

    def count(self, dest: str) -> int:
        """Count up the number under ``dest`` and return it."""
        before = self.get(dest, 0)
        assert isinstance(before, int)
        self[dest] = before + 1
        return before + 1


def whole(text: str) -> int:
    """Convert a number of lines or hits, 0 or more."""
    if not text.isascii() or not text.isdigit():
        raise ValueError(f"{text!r} is not a whole number")
    return int(text)


def lossy(text: str) -> str:
    """Return a word of the command line with U+FFFD for what is not UTF-8."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def parse(arguments: Sequence[str], flags: Sequence[Flag]) -> Parsed:
    """Sort a command line into flags and words. Raises `UsageError` for what the table does not hold."""
    return _Parser(flags, arguments).run()


class _Parser:
    def __init__(self, flags: Sequence[Flag], arguments: Sequence[str]) -> None:
        self._flags = flags
        self._longs = {name: flag for flag in flags for name in (flag.long, flag.undo, *flag.aliases)}
        self._longs.pop("", None)
        self._shorts = {flag.short: flag for flag in flags if flag.short}
        self._waiting = list(reversed(arguments))
        self._parsed = Parsed()

    def run(self) -> Parsed:
        parsed, waiting = self._parsed, self._waiting
        while waiting:
            word = waiting.pop()
            if word == "--":
                parsed.words += reversed(waiting)
                break
            if word.startswith("--"):
                self._long(word)
            elif word.startswith("-") and word != "-":
                self._cluster(word[1:])
            else:
                parsed.words.append(word)
        return parsed

    def _long(self, word: str) -> None:
        written, equals, value = word.partition("=")
        name, given = written[2:], value if equals else None
        if name in self._shorts:
            # ripgrep takes a letter behind two dashes for the letter, and leaves out -h and -V in that form.
            if self._shorts[name].dest != "special":
                self._take(self._shorts[name], written[1:], given, undoing=False, written=written)
        elif name in self._longs:
            flag = self._longs[name]
            self._take(flag, written, given, undoing=name == flag.undo)
        else:
            raise _unknown(name, self._flags)

    def _cluster(self, letters: str) -> None:
        while letters:
            letter, letters = letters[0], letters[1:]
            flag = self._shorts.get(letter)
            if flag is None:
                raise _unknown_letter(letter, letters)
            if flag.value or letters.startswith("="):
                self._take(flag, f"-{letter}", letters.removeprefix("=") if letters else None, undoing=False)
                return
            self._take(flag, f"-{letter}", None, undoing=False)

    def _take(self, flag: Flag, shown: str, text: str | None, *, undoing: bool, written: str = "") -> None:
        parsed, written = self._parsed, written or shown
        if flag.value and not undoing:
            value = _converted(flag, shown, self._value(flag, shown, text, written))
            if flag.many:
                parsed.append(flag.dest, value)
            else:
                parsed.put(flag.dest, value)
        else:
            if text is not None:
                raise UsageError(
                    f"{shown} takes no value", f"invalid CLI arguments: unexpected argument for option '{written}': {_debug(text)}"
                )
            value = flag.undone if undoing else flag.const if shown[1] == "-" or flag.letter_const is None else flag.letter_const
            if flag.many:
                value = parsed.count(flag.dest)
            elif flag.dest:
                parsed.put(flag.dest, value)
        for dest, further in flag.undo_also if undoing else flag.also:
            parsed.put(dest, further)
        if flag.act is not None:
            _acted(flag.act, shown, parsed, value)

    def _value(self, flag: Flag, shown: str, text: str | None, written: str) -> str:
        if text is not None:
            return text
        if not self._waiting:
            raise UsageError(
                f"{shown} needs a value: {flag.value}", f"missing value for flag {shown}: missing argument for option '{written}'"
            )
        return self._waiting.pop()


def _converted(flag: Flag, shown: str, text: str) -> object:
    try:
        return flag.convert(text)
    except ValueError as error:
        raise _refused(shown, error) from error


def _acted(act: Callable[[Parsed, object], None], shown: str, parsed: Parsed, value: object) -> None:
    try:
        act(parsed, value)
    except ValueError as error:
        raise _refused(shown, error) from error


def _refused(shown: str, error: ValueError) -> UsageError:
    rg = error.rg if isinstance(error, BadValue) else str(error)
    return UsageError(f"{shown}: {error}", f"error parsing flag {shown}: {rg}")


def _debug(text: str) -> str:
    r"""Return a word as Rust shows it: in quotes, escaped, and bytes that are not UTF-8 as ``\xHH``."""
    escapes = {"\\": r"\\", '"': r"\"", "\n": r"\n", "\r": r"\r", "\t": r"\t", "\0": r"\0"}
    shown = (f"\\x{ord(letter) & 0xFF:02X}" if "\udc80" <= letter <= "\udcff" else escapes.get(letter, letter) for letter in text)
    return f'"{"".join(shown)}"'


def _unknown_letter(letter: str, rest: str) -> UsageError:
    import os

    whole_word = f"-{letter}{rest}"
    hint = f"for the file of that name write ./{lossy(whole_word)}" if os.path.lexists(whole_word) else "see --help"
    return UsageError(f"unknown flag -{lossy(letter)}; {hint}", f"unrecognized flag -{lossy(letter)}")


def _unknown(name: str, flags: Sequence[Flag]) -> UsageError:
    import difflib

    names = [known for flag in flags if not flag.hidden for known in flag.names()]
    near = difflib.get_close_matches(name, names, 1, 0.75)
    ours = f"unknown flag --{lossy(name)}" + (f"; did you mean --{near[0]}?" if near else "; see --help")
    similar = ", ".join(f"--{known}" for known in names if _likeness(name, known) >= 0.4)
    rg = f"unrecognized flag --{lossy(name)}" + (f"\n\nsimilar flags that are available: {similar}" if similar else "")
    return UsageError(ours, rg)


def _likeness(one: str, other: str) -> float:
    """Return the share of three-letter runs that two names have in common; ripgrep 15.2 suggests from 0.4 on (measured)."""
    ones, others = ({name[at : at + 3] for at in range(len(name) - 2)} for name in (one, other))
    together = len(ones | others)
    return len(ones & others) / together if together else 0.0
