r"""One gitignore pattern, parsed and translated to what git's wildmatch does with it.

The rules are those of git's ``dir.c`` and ``wildmatch.c`` (read at 2.39), over bytes: ``?``
is one byte, blanks at the end of a line go and tabs stay, a class never matches ``/``, a
class that is not closed or not known makes its line match nothing, and only that line.

    parse(b"!/doc/**/*.txt/") -> Pattern(negated=True, dir_only=True, where=..., name=...)

A pattern is split at its last ``/``: ``where`` says which folders it speaks of, ``name``
which entries of them. A folder is then asked once and not once a name.

The translation needs no exponential backtracking: what follows a star is found leftmost and
kept (an atomic group), which loses nothing because the next star can take up the rest.
"""

from __future__ import annotations

from streamtools.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Sequence
    from typing import Final


#: A literal byte, the regex of one byte, or one of ``/ * ** **/ any`` (``any`` is ``**`` before ``\/``).
Item = int | bytes | str
Items = tuple[Item, ...]

_SPECIAL: Final = frozenset(b"*?[\\")
_PRINT: Final = frozenset(range(0x20, 0x7F))
_UPPER: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_LOWER: Final = frozenset(b"abcdefghijklmnopqrstuvwxyz")
_DIGIT: Final = frozenset(b"0123456789")
_SPACE: Final = frozenset(b" \t\n\r")
_CLASSES: Final = {
    b"alnum": _UPPER | _LOWER | _DIGIT,
    b"alpha": _UPPER | _LOWER,
    b"blank": frozenset(b" \t"),
    b"cntrl": frozenset(range(0x20)) | {0x7F},
    b"digit": _DIGIT,
    b"graph": _PRINT - _SPACE,
    b"lower": _LOWER,
    b"print": _PRINT,
    b"punct": _PRINT - _UPPER - _LOWER - _DIGIT - _SPACE,
    b"space": _SPACE,
    b"upper": _UPPER,
    b"xdigit": _DIGIT | frozenset(b"abcdefABCDEF"),
}


class Pattern(NamedTuple):
    """What one line says.

    ``where`` is None for any folder, a folder's name relative to the file of the rule (``""`` or
    with ``/`` at its end), or a regex for that name without the ``/``. ``name`` are the items an
    entry's name must match. ``whole`` replaces both where the two can't be told apart: a regex
    for the relative path.
    """

    negated: bool
    dir_only: bool
    where: str | re.Pattern[bytes] | None
    name: Items
    whole: re.Pattern[bytes] | None = None


def lines(data: bytes) -> Iterator[bytes]:
    """Yield the pattern lines of an ignore file as git cuts them: no comments, no empty lines, blanks trimmed."""
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    for line in data.split(b"\n"):
        if line and not line.startswith(b"#"):
            bare = _trimmed(line.removesuffix(b"\r").split(b"\0", 1)[0])
            if bare:
                yield bare


def _trimmed(line: bytes) -> bytes:
    """Return the line without the blanks at its end; one behind a backslash stays."""
    bare = line.rstrip(b" ")
    slashes = len(bare) - len(bare.rstrip(b"\\"))
    return line[: len(bare) + 1] if slashes % 2 else bare


def parse(line: bytes, *, fold: bool = False, git: bool = True) -> Pattern | None:
    """Parse one line; None if it can never match (a lone ``!``, an unclosed class).

    ``fold`` is git's ``core.ignorecase``: names to be matched must have been lower-cased (ASCII
    only). ``git=False`` is for globs on a command line: it leaves out that git, up to 2.52, takes
    ``a**/b`` for ``a`` followed by any folders, because it cuts the literal head before it looks.
    """
    negated = line.startswith(b"!")
    body = line[negated:]
    dir_only = body.endswith(b"/")
    body = body[: len(body) - dir_only]
    anchored = b"/" in body
    body = body[body.startswith(b"/") :]
    head = _literal_length(body) if git else 0
    items = _items(body, anchored, fold, head)
    if not items or any(item == "/" and (at == 0 or items[at - 1] in ("/", "**/")) for at, item in enumerate(items)):
        return None  # no path has an empty part
    if not anchored:
        return Pattern(negated, dir_only, None, items)
    return _placed(negated, dir_only, items)


def _literal_length(glob: bytes) -> int:
    return next((at for at, byte in enumerate(glob) if byte in _SPECIAL), len(glob))


def _items(glob: bytes, pathname: bool, fold: bool, head: int) -> Items | None:
    """Cut a glob into its items; None if it can match nothing."""
    items: list[Item] = []
    item: Item
    at = 0
    while at < len(glob):
        byte = glob[at : at + 1]
        if byte == b"*":
            item, at = _star(glob, at, head) if pathname else ("*", _behind_stars(glob, at))
        elif byte == b"?":
            item, at = rb"[^/\0]", at + 1
        elif byte == b"[":
            found = _bracket(glob, at + 1, fold)
            if found is None:
                return None
            item, at = found
        else:
            if byte == b"\\":
                at += 1
            elif fold:
                byte = byte.lower()
            if at == len(glob):
                return None
            value = glob[at] if byte == b"\\" else byte[0]
            item, at = "/" if value == 0x2F else value, at + 1
        items.append(item)
    return tuple(items)


def _behind_stars(glob: bytes, at: int) -> int:
    while glob[at : at + 1] == b"*":
        at += 1
    return at


def _star(glob: bytes, at: int, head: int) -> tuple[str, int]:
    """Return the item of the stars at ``at``, and the position behind it."""
    end = _behind_stars(glob, at)
    if end - at == 1 or not (at in (0, head) or glob[at - 1 : at] == b"/"):
        return "*", end
    if end == len(glob):
        return "**", end
    if glob[end : end + 1] == b"/":
        return "**/", end + 1
    return ("any" if glob[end : end + 2] == b"\\/" else "*"), end


def _bracket(glob: bytes, at: int, fold: bool) -> tuple[bytes, int] | None:
    """Return the regex of the class that begins behind the ``[``, and the position behind it; None if it is malformed."""
    negated = glob[at : at + 1] in (b"!", b"^")
    start = at = at + negated
    members: set[int] = set()
    previous = 0
    while at == start or glob[at : at + 1] != b"]":
        byte = glob[at : at + 1]
        value = -1
        if byte == b"\\":
            at += 1
        elif byte == b"-" and previous and glob[at + 1 : at + 2] not in (b"", b"]"):
            at += 2 if glob[at + 1 : at + 2] == b"\\" else 1
            if at < len(glob):
                members |= _range(previous, glob[at], fold)
            value = 0
        elif byte == b"[" and glob[at + 1 : at + 2] == b":":
            close = glob.find(b"]", at + 2)
            if close > at + 2 and glob[close - 1 : close] == b":":
                named = _CLASSES.get(glob[at + 2 : close - 1])
                if named is None:
                    return None
                members |= named | _LOWER if fold and named == _UPPER else named
                value, at = 0, close
            elif close < 0:
                return None
        if at >= len(glob):
            return None
        if value < 0:
            value = glob[at]
            members.add(value)
        previous = value
        at += 1
    chosen = frozenset(range(256)) - members if negated else members
    return _one_of(chosen - {0, 0x2F}), at + 1


def _range(first: int, last: int, fold: bool) -> set[int]:
    members = set(range(first, last + 1))
    return members | {byte + 32 for byte in members & _UPPER} if fold else members


def _one_of(members: frozenset[int] | set[int]) -> bytes:
    if not members:
        return b"(?!)"
    return b"[" + b"".join(b"\\x%02x" % byte for byte in sorted(members)) + b"]"


def _placed(negated: bool, dir_only: bool, items: Items) -> Pattern | None:
    """Split the items of a pattern with ``/`` into folder and name, where that can be done."""
    if any(item == "any" or (item in ("**", "**/") and at and items[at - 1] not in ("/", "**/")) for at, item in enumerate(items)):
        return Pattern(negated, dir_only, None, (), _compiled(items))
    last = max((at for at, item in enumerate(items) if item in ("/", "**/")), default=-1)
    name = items[last + 1 :]
    if not name:
        return None
    if last < 0 and name != ("**",):
        return Pattern(negated, dir_only, "", name)
    deep = name == ("**",) or items[last] == "**/"
    folder = _folder(items[:last] if last >= 0 and items[last] == "/" else items[: last + 1], deep)
    return Pattern(negated, dir_only, folder, ("*",) if name == ("**",) else name)


def _folder(items: Items, deep: bool) -> str | re.Pattern[bytes] | None:
    """Return the ``where`` of these items; ``deep`` includes all folders below."""
    while deep and items and items[-1] == "**/":
        items = items[:-1]
        if items and items[-1] == "/":
            items = items[:-1]
    if deep:
        return _compiled(items, rb"(?:/[^\0]*)?") if items else None
    plain = literal(tuple(0x2F if item == "/" else item for item in items))
    return plain + "/" if plain is not None else _compiled(items)


def literal(items: Sequence[Item]) -> str | None:
    """Return the name that these items spell, if they are plain ASCII."""
    raw = bytes(item for item in items if isinstance(item, int))
    return raw.decode("ascii") if len(raw) == len(items) and raw.isascii() else None


def _compiled(items: Items, tail: bytes = b"") -> re.Pattern[bytes]:
    import re

    return re.compile(b"(?s:" + regex(items) + tail + rb")\Z")


def regex(items: Sequence[Item]) -> bytes:
    r"""Return the regex (without groups that capture) that matches these items; it never matches a ``\0``."""
    cuts = [at for at, item in enumerate(items) if item in ("**/", "any")]
    out = _starred(items[: cuts[0] if cuts else len(items)], not cuts)
    for number, at in enumerate(cuts):
        last = number == len(cuts) - 1
        skipped = rb"(?:[^\0]*?/)??" if items[at] == "**/" else rb"[^\0]*?"
        body = skipped + _starred(items[at + 1 : len(items) if last else cuts[number + 1]], last)
        out += body if last else b"(?>" + body + b")"
    return out


def _starred(items: Sequence[Item], last: bool) -> bytes:
    """Translate items that hold single stars only; ``last`` if the text must end behind them."""
    cuts = [at for at, item in enumerate(items) if item == "*"]
    out = b"".join(map(_fragment, items[: cuts[0] if cuts else len(items)]))
    for number, at in enumerate(cuts):
        final = number == len(cuts) - 1
        rest = b"".join(map(_fragment, items[at + 1 : len(items) if final else cuts[number + 1]]))
        out += rb"[^/\0]*" + rest if final and last else rb"(?>[^/\0]*?" + rest + b")"
    return out


def _fragment(item: Item) -> bytes:
    if isinstance(item, int):
        return b"\\x%02x" % item
    if isinstance(item, bytes):
        return item
    return rb"[^\0]*" if item == "**" else b"/"
