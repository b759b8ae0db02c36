"""Compressed files as sources: decompressed as they are read, never whole."""

from __future__ import annotations

import io
import os
from typing import cast

from streamtools.errors import FileError, printable
from streamtools.text.drive import exactly
from streamtools.text.piped import complaint
from streamtools.text.source import derived

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

    from streamtools.text.source import Source


_LONGEST: Final = 6
#: What the programs say of a file that is cut, and of one that is none of theirs, as ripgrep passes it on; by the endings of names.
_WORDS: Final = {
    ".gz": ("gzip", ": unexpected end of file", ": not in gzip format"),
    ".bz2.tbz2": ("bzip2", ": Compressed file ends unexpectedly", " is not a bzip2 file."),
    ".xz.txz.lzma": ("xz", ": Unexpected end of input", ": File format not recognized"),
}


class _Raw(io.RawIOBase):
    """A source as the raw file that the standard library's decompressors read; ``head`` was read already."""

    def __init__(self, source: Source, head: bytes) -> None:
        super().__init__()
        self._source = source
        self._head = head

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        if self._head:
            count = min(len(view), len(self._head))
            view[:count], self._head = self._head[:count], self._head[count:]
            return count
        return self._source.readinto(view)


def decompressed(source: Source, *, must: bool = False) -> Source:
    """Return what a gzip, bzip2, xz or zstd (Python 3.14) source holds; any other source as it is.

    The format is told by its first bytes; with ``must`` a source without one is what its name says. Damaged data
    raises `FileError` while reading.

    Memory: the decompressor's own, for xz and zstd up to the dictionary that the file asks for.
    """
    head = exactly(source, _LONGEST)
    opener = _opener(head) or (_named(source.path) if must else None)
    if opener is None and source.seekable:
        source.seek(0)
        return source
    file = io.BufferedReader(_Raw(source, head)) if opener is None else opener(io.BufferedReader(_Raw(source, head)))

    def readinto(view: memoryview) -> int:
        try:
            return file.readinto1(view)
        except (EOFError, OSError, ValueError) as error:
            raise _damaged(source, "damaged or cut", error) from error
        except Exception as error:
            if type(error).__module__ in {"zlib", "_lzma", "lzma", "compression.zstd", "_zstd"}:
                raise _damaged(source, "damaged", error) from error
            raise

    return derived(source, readinto)


def _damaged(source: Source, how: str, error: Exception) -> FileError:
    if isinstance(error, FileError):
        return error
    ending = os.path.splitext(source.path)[1]
    program, cut, other = next((words for endings, words in _WORDS.items() if ending in endings), _WORDS[".gz"])
    words = cut if isinstance(error, EOFError) else other
    rg = complaint(f"{program}: {source.path}{words}")
    return FileError(f"{printable(source.path)}: the compressed data is {how} ({error})", source.path, rg=rg)


def _named(path: str) -> Callable[[io.BufferedReader], io.BufferedIOBase]:
    """Return what reads a file that has the name of a compressed one, whatever it is."""
    if path.endswith(".lzma"):
        import lzma

        return lzma.LZMAFile
    if path.endswith(("bz2",)):
        import bz2

        return bz2.BZ2File
    if path.endswith(("xz",)):
        import lzma

        return lzma.LZMAFile
    import gzip

    return lambda file: gzip.GzipFile(fileobj=file)


def _opener(head: bytes) -> Callable[[io.BufferedReader], io.BufferedIOBase] | None:
    if head.startswith(b"\x1f\x8b"):
        import gzip

        return lambda file: gzip.GzipFile(fileobj=file)
    if head.startswith(b"BZh"):
        import bz2

        return bz2.BZ2File
    if head.startswith(b"\xfd7zXZ\x00"):
        import lzma

        return lzma.LZMAFile
    if head.startswith(b"\x28\xb5\x2f\xfd"):
        return _zstd()
    return None


def _zstd() -> Callable[[io.BufferedReader], io.BufferedIOBase] | None:
    try:
        from compression import zstd  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        return None
    return lambda file: cast("io.BufferedIOBase", zstd.ZstdFile(file))
