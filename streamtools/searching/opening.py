"""The file of a walk, or one that was named, as the source that is searched: as it is, unpacked, or what a program makes of it."""

from __future__ import annotations

import os

from streamtools.text.source import from_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from streamtools.searching.request import Request
    from streamtools.text.source import Source


#: Endings of compressed files: what unpacks them, "" for the standard library.
_PACKED: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys((".gz", ".tgz", ".bz2", ".tbz2", ".xz", ".txz", ".lzma"), ()),
    ".lz4": ("lz4", "-d", "-c"),
    ".br": ("brotli", "-d", "-c"),
    ".zst": ("zstd", "-q", "-d", "-c"),
    ".zstd": ("zstd", "-q", "-d", "-c"),
    ".Z": ("uncompress", "-c"),
}


def open_input(request: Request, path: str) -> Source:
    """Open a file as it is to be searched. Raises `FileError`.

    With ``pre`` (for names that match ``pre_glob``, if there are any) a program reads it, with ``search_zip`` a
    file that is named as a compressed one is unpacked if it can be. With ``detect=False`` it is UTF-8 from here on.
    """
    source = from_path(path, regular=True, within=request.within)
    try:
        if not plain(request, path):
            source = _preprocessed(request, source) if _wants_program(request, path) else _unpacked(source)
        return as_text(request, source)
    except BaseException:
        source.close()
        raise


def as_text(request: Request, source: Source) -> Source:
    """Return a source as UTF-8, if that is not left to the windows."""
    if request.detect or request.encoding == "none":
        return source
    from streamtools.text.decoded import decoded

    return decoded(source, request.encoding)


def plain(request: Request, path: str) -> bool:
    """Whether a file is read as it is."""
    if request.pre is None and not request.search_zip:
        return True
    return not _wants_program(request, path) and not (request.search_zip and os.path.splitext(path)[1] in _PACKED)


def _wants_program(request: Request, path: str) -> bool:
    if request.pre is None:
        return False
    if not request.pre_glob:
        return True
    from streamtools.searching.picking import picker

    return picker(request.pre_glob)(path)


def _preprocessed(request: Request, source: Source) -> Source:
    from streamtools.text.piped import piped

    assert request.pre is not None
    return piped(source, (request.pre, _word(source.path)), preprocessor=True)


def _word(path: str) -> str:
    """Return a name that no program takes for an option."""
    return f"./{path}" if path.startswith("-") else path


def _unpacked(source: Source) -> Source:
    program = _PACKED[os.path.splitext(source.path)[1]]
    if not program:
        from streamtools.text.compressed import decompressed

        return decompressed(source, must=True)
    import shutil

    if shutil.which(program[0]) is None:
        return source
    from streamtools.text.piped import piped

    return piped(source, (*program, _word(source.path)))
