r"""Big single files, made block by block from a seed: a log and its variants.

A block is 10,000 lines, built once. The next one is the same with its counter and clock
set on, which `bytes.replace` does at the speed of memory; so no two lines are equal, and 1 GiB
takes seconds.

A line of the log (100 bytes on average; none has the word needle)::

    2026-03-01T00:01:10.123Z INFO  [worker-07] store.index: cache miss id=000070123 user=ruth took=17ms

``id`` is the line's 1-based number in 9 digits. What there is to find in it:

- ``id=0070000\d\d``: the 100 lines from 7,000,000 on (about 700 MB in)
- ``worker-6[0-3]\].*id=0070000\d\d``: 5 of these
- ``[a-z]+ing id=``: 4 lines of each 10,000
- ``(?i)error``: 100 of each 10,000, as ``ERROR`` in 60, ``error`` in 25, ``Error`` in 15
- ``connection reset|broken pipe|no route``: 5 of each of the three, of each 10,000
- ``quartz-7731``: 1 line of every 2,000,000, so 6 in 1 GiB
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

MIB: Final = 1024 * 1024
LINES: Final = 10_000

_CLOCK: Final = b"@@:@@:@"
_BLOCK: Final = b"#####"
_STONE: Final = b"granite-000"
_RARE: Final = b"quartz-7731"
_ASCII_USERS: Final = ("ada", "ruth", "li", "omar", "noor", "ivan", "maria", "tomasz", "kenji", "fatima")
_WORLD_USERS: Final = ("Zoë", "Łukasz", "Борис", "明子", "José", "Ünal", "ada", "ruth", "Μαρία", "이준")
_PLACES: Final = ("store.index", "api.users", "net.pool", "auth.token", "queue.main", "disk.cache")
_EVENTS: Final = ("cache miss", "cache hit", "request done", "query finished", "session opened", "page sent", "lock taken", "row updated")
_DIRT: Final = (b"\xff", b"\x80", b"\xe2\x82", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80")


@dataclass(frozen=True, slots=True)
class Shape:
    """How a variant differs from the log.

    ``extra`` ends every line, ``dirt`` is put into one line of a hundred behind the first
    1000 lines (so the first 64 KiB are clean), ``plain`` leaves out everything that is worth
    a search, ``codec`` is what the text is written in.
    """

    about: str
    users: tuple[str, ...] = _ASCII_USERS
    ending: bytes = b"\n"
    extra: bytes = b""
    dirt: tuple[bytes, ...] = ()
    plain: bool = False
    codec: str = ""
    mark: bytes = b""


SHAPES: Final = {
    "log": Shape("log lines of about 100 bytes, plain ASCII"),
    "crlf": Shape("the log with CR LF", ending=b"\r\n"),
    "every-line-hits": Shape("the word needle in every line", extra=b" needle"),
    "no-hit": Shape("neither needle nor error in any line", plain=True),
    "invalid-utf8": Shape("names in UTF-8, and undecodable bytes in 1 % of the lines behind the first 1000", _WORLD_USERS, dirt=_DIRT),
    "nuls": Shape("NUL bytes in 1 % of the lines behind the first 1000", dirt=(b"\0", b"\0\0")),
    "utf16": Shape("UTF-16 LE with a byte order mark", _WORLD_USERS, codec="utf-16-le", mark=b"\xff\xfe"),
    "utf16-nobom": Shape("UTF-16 LE without a byte order mark", _WORLD_USERS, codec="utf-16-le"),
    "single-line": Shape("one line without an ending; the word needle 1000 bytes before its end", ending=b", "),
}

_NEEDLE: Final = b"needle".ljust(1000, b".")


def blocks(name: str, size_mib: int) -> Iterator[bytes]:
    """Yield the bytes of a corpus: whole lines, as many as fit into ``size_mib`` MiB (``single-line``: exactly that size).

    Memory: three blocks of about 1 MB each (UTF-16: six).
    """
    shape = SHAPES[name]
    left = size_mib * MIB - len(shape.mark)
    if shape.mark:
        yield shape.mark
    if name == "single-line":
        yield from _cut(_endless(shape), left - len(_NEEDLE))
        yield _NEEDLE
        return
    for block in _endless(shape):
        coded = _encode(block, shape.codec)
        if len(coded) > left:
            yield _fitting(block, shape, left)
            return
        left -= len(coded)
        yield coded


def _endless(shape: Shape) -> Iterator[bytes]:
    template = _template(shape)
    number = 0
    while True:
        minute, ten = divmod(number, 6)
        clock = b"%02d:%02d:%d" % (minute // 60 % 24, minute % 60, ten)
        block = template.replace(_CLOCK, clock).replace(_BLOCK, b"%05d" % number)
        if number % 200 == 0:
            block = block.replace(_STONE, _RARE)
        # Line 0 does not exist: lines count from 1.
        yield block if number else block[block.index(shape.ending) + len(shape.ending) :]
        number += 1


def _template(shape: Shape) -> bytes:
    """Ten thousand lines with placeholders for what changes from block to block."""
    dice = random.Random(20260301)  # only random() is used: its sequence is promised to stay

    def pick(words: tuple[str, ...]) -> str:
        return words[int(dice.random() * len(words))]

    special = {} if shape.plain else _special(dice)
    out = bytearray()
    for i in range(LINES):
        level, event = special.get(i) or (pick(("INFO ", "INFO ", "DEBUG", "WARN ")), pick(_EVENTS))
        worker, took = int(dice.random() * 64), int(dice.random() ** 4 * 3000)
        head = f"2026-03-01T@@:@@:@{i // 1000}.{i % 1000:03d}Z {level} [worker-{worker:02d}] {pick(_PLACES)}: "
        line = f"{head}{event} id=#####{i:04d} user={pick(shape.users)} took={took}ms".encode()
        if shape.dirt and i > 1000 and i % 100 == 7:
            line += b" raw=" + shape.dirt[i // 100 % len(shape.dirt)] + b"."
        out += line + shape.extra + shape.ending
    return bytes(out)


def _special(dice: random.Random) -> dict[int, tuple[str, str]]:
    """The lines of a block that somebody searches for: index -> (level, event)."""
    events = [("ERROR", event) for event in _EVENTS for _ in range(8)][:60]
    events += [("WARN ", "upstream error")] * 25 + [("WARN ", "Error from peer")] * 15
    events += [("WARN ", event) for event in ("connection reset", "broken pipe", "no route") for _ in range(5)]
    events += [("INFO ", event) for event in ("worker starting", "client retrying", "pool closing", "reader waiting")]
    events += [("INFO ", "stone " + _STONE.decode())]
    found: dict[int, tuple[str, str]] = {}
    while events:
        index = int(dice.random() * (LINES - 1)) + 1
        if index not in found:
            found[index] = events.pop()
    return found


def _encode(block: bytes, codec: str) -> bytes:
    return block.decode().encode(codec) if codec else block


def _fitting(block: bytes, shape: Shape, room: int) -> bytes:
    """The whole lines of ``block`` that fit into ``room`` bytes."""
    out = bytearray()
    for line in block.split(shape.ending):
        coded = _encode(line + shape.ending, shape.codec)
        if len(out) + len(coded) > room:
            break
        out += coded
    return bytes(out)


def _cut(parts: Iterator[bytes], size: int) -> Iterator[bytes]:
    for part in parts:
        if len(part) >= size:
            yield part[:size]
            return
        size -= len(part)
        yield part
