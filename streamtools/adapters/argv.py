"""One table of flags feeds the parser and the help; ripgrep's rules hold.

The last flag wins, ``--no-x`` undoes ``--x``, values come as ``-A3``, ``-A 3``, ``--after-context=3`` or
``--after-context 3``, short switches can be joined (``-in``), and ``--`` ends the flags. A table and
its own parser instead of argparse: argparse costs 6 ms to import, takes abbreviations that
ripgrep refuses, and knows no undoing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple


class Flag(NamedTuple):
    """One row of the table.

    ``dest`` is the key of the parsed value. A switch (``value`` is ``""``) sets ``const``; a flag with a
    value sets what ``convert`` makes of it, appended to a list where ``many``. ``long`` may be ``""``.
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


class UsageError(Exception):
    """The command line is wrong; the message is one sentence."""


class Parsed(dict[str, object]):
    """The values of flags by ``dest``, and the words that are no flags."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []


def whole(text: str) -> int:
    """Convert a number of lines or hits, 0 or more."""
    if not text.isascii() or not text.isdigit():
        raise ValueError(f"{text!r} is not a whole number")
    return int(text)


def size(text: str) -> int:
    """Convert a size in bytes with an optional suffix K, M or G (1024-based)."""
    factor = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}.get(text[-1:].upper(), 1)
    return whole(text[:-1] if factor > 1 else text) * factor


def parse(arguments: Sequence[str], flags: Sequence[Flag]) -> Parsed:
    """Sort a command line into flags and words. Raises `UsageError` for what the table does not hold."""
    longs = {flag.long: flag for flag in flags if flag.long}
    shorts = {flag.short: flag for flag in flags if flag.short}
    parsed = Parsed()
    waiting = list(reversed(arguments))
    while waiting:
        word = waiting.pop()
        if word == "--":
            parsed.words += reversed(waiting)
            break
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            _take(parsed, _known(longs, name), f"--{name}", value if equals else None, waiting)
        elif word.startswith("-") and word != "-":
            _cluster(parsed, shorts, word[1:], waiting)
        else:
            parsed.words.append(word)
    return parsed


def _cluster(parsed: Parsed, shorts: dict[str, Flag], letters: str, waiting: list[str]) -> None:
    while letters:
        letter, letters = letters[0], letters[1:]
        if letter not in shorts:
            import os

            whole_word = f"-{letter}{letters}"
            hint = f"for the file of that name write ./{whole_word}" if os.path.lexists(whole_word) else "see --help"
            raise UsageError(f"unknown flag -{letter}; {hint}")
        flag = shorts[letter]
        if flag.value:
            _take(parsed, flag, f"-{letter}", letters.removeprefix("=") if letters else None, waiting)
            return
        _take(parsed, flag, f"-{letter}", None, waiting)


def _known(longs: dict[str, Flag], name: str) -> Flag:
    if name in longs:
        return longs[name]
    import difflib

    near = difflib.get_close_matches(name, longs, 1, 0.75)
    raise UsageError(f"unknown flag --{name}" + (f"; did you mean --{near[0]}?" if near else "; see --help"))


def _take(parsed: Parsed, flag: Flag, shown: str, value: str | None, waiting: list[str]) -> None:
    if not flag.value:
        if value is not None:
            raise UsageError(f"{shown} takes no value")
        parsed[flag.dest] = _counted(parsed, flag) if flag.many else flag.const
        return
    if value is None:
        if not waiting:
            raise UsageError(f"{shown} needs a value: {flag.value}")
        value = waiting.pop()
    try:
        converted = flag.convert(value)
    except ValueError as error:
        raise UsageError(f"{shown}: {error}") from error
    if flag.many:
        kept = parsed.setdefault(flag.dest, [])
        assert isinstance(kept, list)
        kept.append(converted)
    else:
        parsed[flag.dest] = converted


def _counted(parsed: Parsed, flag: Flag) -> int:
    before = parsed.get(flag.dest, 0)
    assert isinstance(before, int)
    return before + 1


def help_text(usage: str, flags: Sequence[Flag]) -> str:
    """Return the help: the usage, then the flags by group."""
    import textwrap

    rows = [usage.rstrip()]
    for group in dict.fromkeys(flag.group for flag in flags if not flag.hidden):
        rows.append(f"\n{group}:")
        for flag in flags:
            if flag.group != group or flag.hidden:
                continue
            names = ", ".join(name for name in (flag.short and f"-{flag.short}", flag.long and f"--{flag.long}") if name)
            left = f"  {names} {flag.value}".rstrip()
            text = textwrap.wrap(flag.help, 70)
            if len(left) > 28:
                rows.append(left)
                left = ""
            rows.append(f"{left:<30}{text[0]}")
            rows += [" " * 30 + more for more in text[1:]]
    return "\n".join(rows)
