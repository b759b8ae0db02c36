"""Make the corpora: `ensure` for programs, ``python corpora/generate.py`` for people.

What is generated lies in ``corpora/generated/`` (or where STREAMTOOLS_CORPORA says), is never
committed, and is the same to the byte wherever it is made: ``manifest.toml`` holds the hashes.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import sys
import tomllib
from collections.abc import Iterator
from typing import Any, Final

HERE: Final = os.path.dirname(os.path.abspath(__file__))
if __package__ in {None, ""}:
    # Run as a script: the package of this file is beside it, not on the path.
    sys.path[0] = os.path.dirname(HERE)

from corpora import folders, little, streams  # noqa: E402  (the line above makes it possible)

SMALL: Final = os.path.join(HERE, "small")
MANIFEST: Final = os.path.join(HERE, "manifest.toml")
SIZES: Final = (1, 32, 1024)
NAMES: Final = (*streams.SHAPES, *folders.FOLDERS)


def ensure(name: str, size_mib: int = 0, folder: str | None = None) -> str:
    """Return the path of a corpus, generating it first where it is missing or not what was generated.

    ``size_mib`` is for single files only (at least 1); corpora that are folders have one size. A stamp
    beside it holds size and modification time, so that checking costs no second reading; who changes
    a file and keeps both deceives it. Processes that ask for the same corpus wait for each other.

    Raises `ValueError` for an unknown name or size, `RuntimeError` where what was generated is not what
    the manifest says.
    """
    _check_name(name, size_mib)
    folder = folder or os.environ.get("STREAMTOOLS_CORPORA") or os.path.join(HERE, "generated")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, name if name in folders.FOLDERS else f"{name}-{size_mib}.txt")
    with open(f"{path}.lock", "wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _is_fresh(path, name, size_mib):
            _generate(path, name, size_mib)
    return path


def _check_name(name: str, size_mib: int) -> None:
    if name not in NAMES:
        raise ValueError(f"no corpus is called {name!r}; there are: {', '.join(NAMES)}")
    if (name in streams.SHAPES) != (size_mib >= 1):
        raise ValueError(f"{name}: give a size of at least 1 MiB" if name in streams.SHAPES else f"{name}: a folder has no size to choose")


def _is_fresh(path: str, name: str, size_mib: int) -> bool:
    try:
        with open(f"{path}.ok", encoding="utf-8") as stamp:
            kept = json.load(stamp)
        return bool(kept == _stamp(path, expected(name, size_mib) or kept["sha256"]))
    except (OSError, ValueError, KeyError):
        return False


def _stamp(path: str, sha256: str) -> dict[str, Any]:
    """What is remembered of a corpus: its hash, what made it, and what shows a change without reading it."""
    return {"sha256": sha256, "made_by": _own_hash(), "seen": _seen(path)}


def _own_hash() -> str:
    digest = hashlib.sha256()
    for module in ("streams.py", "folders.py"):
        with open(os.path.join(HERE, module), "rb") as source:
            digest.update(source.read())
    return digest.hexdigest()


def _seen(path: str) -> list[int]:
    """Number of files, bytes, and the newest modification time in nanoseconds."""
    if not os.path.isdir(path):
        status = os.stat(path)
        return [1, status.st_size, status.st_mtime_ns]
    files = size = newest = 0
    for top, _, names in os.walk(path):
        for name in names:
            status = os.stat(f"{top}/{name}")
            files, size, newest = files + 1, size + status.st_size, max(newest, status.st_mtime_ns)
    return [files, size, newest]


def _generate(path: str, name: str, size_mib: int) -> None:
    """Write beside the place, then move there: what bears the name is always whole."""
    part = f"{path}.part"
    for old in (part, path):
        _remove(old)
    sha256 = _write_folder(part, name) if name in folders.FOLDERS else _write_file(part, name, size_mib)
    known = expected(name, size_mib)
    if known not in {None, sha256}:
        _remove(part)
        raise RuntimeError(f"{path}: the hash is {sha256}, the manifest says {known}; if the generator was changed, run it with --update")
    os.rename(part, path)
    with open(f"{path}.ok", "w", encoding="utf-8") as stamp:
        json.dump(_stamp(path, sha256), stamp)


def _remove(path: str) -> None:
    if os.path.isdir(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)


def _write_file(path: str, name: str, size_mib: int) -> str:
    digest = hashlib.sha256()
    with open(path, "wb", buffering=0) as out:
        for block in streams.blocks(name, size_mib):
            out.write(block)
            digest.update(block)
    return digest.hexdigest()


def _write_folder(path: str, name: str) -> str:
    digest = hashlib.sha256()
    made: set[str] = set()
    for inner, content in folders.entries(name):
        place = f"{path}/{inner}"
        parent = place.rpartition("/")[0]
        if parent not in made:
            os.makedirs(parent, exist_ok=True)
            made.add(parent)
        if content or not inner.endswith("/"):
            with open(place, "wb", buffering=0) as out:
                out.write(content)
        _feed(digest, inner, content)
    return digest.hexdigest()


def _feed(digest: hashlib._Hash, inner: str, content: bytes) -> None:
    digest.update(b"%d %d " % (len(inner), len(content)) + inner.encode() + content)


def compute(name: str, size_mib: int = 0) -> str:
    """The SHA-256 of what the generator makes, without writing it; of a folder: over names, lengths and contents in order."""
    digest = hashlib.sha256()
    if name in folders.FOLDERS:
        for inner, content in folders.entries(name):
            _feed(digest, inner, content)
    else:
        for block in streams.blocks(name, size_mib):
            digest.update(block)
    return digest.hexdigest()


def expected(name: str, size_mib: int = 0) -> str | None:
    """The hash that the manifest has for a corpus; None for a size it does not list."""
    with open(MANIFEST, "rb") as source:
        found = tomllib.load(source).get(name, {}).get(str(size_mib))
    return str(found) if found else None


def _listed() -> Iterator[tuple[str, int]]:
    for name in streams.SHAPES:
        yield from ((name, size) for size in SIZES)
    yield "single-line", 256
    yield from ((name, 0) for name in folders.FOLDERS)


def _update() -> int:
    lines = ["# SHA-256 of every corpus, by size in MiB (0: a folder). Written by `python corpora/generate.py --update`."]
    table = ""
    for name, size in sorted(_listed()):
        if name != table:
            lines += ["", f"[{name}]"]
            table = name
        lines.append(f'{size} = "{compute(name, size)}"')
    with open(MANIFEST, "w", encoding="utf-8") as out:
        out.write("\n".join(lines) + "\n")
    return 0


def _check() -> int:
    """Whether this machine makes what the manifest says; nothing is written."""
    wrong = 0
    for name, size in _listed():
        right = compute(name, size) == expected(name, size)
        wrong += not right
        print(f"{'ok   ' if right else 'WRONG'} {name}{f' {size} MiB' if size else ''}", flush=True)
    return 1 if wrong else 0


def write_small(folder: str = SMALL) -> str:
    """Write the tricky little files; return their folder."""
    os.makedirs(folder, exist_ok=True)
    for name, content in little.FILES.items():
        with open(os.path.join(folder, name), "wb") as out:
            out.write(content)
    return folder


def _list() -> int:
    for name, shape in streams.SHAPES.items():
        print(f"{name:16} {shape.about}")
    for name, (about, _) in folders.FOLDERS.items():
        print(f"{name:16} {about}")
    print(f"{'small':16} {len(little.FILES)} tricky little files (committed)")
    return 0


def main() -> int:
    """The command line; prints the path of what it made."""
    parser = argparse.ArgumentParser(description="Make files and folders to test and measure with.")
    parser.add_argument("name", nargs="?", metavar="NAME", choices=[*NAMES, "small"], help="which corpus; see --list")
    parser.add_argument("--size", type=int, default=32, metavar="MIB", help="size of a single file (default: %(default)s)")
    parser.add_argument("--to", metavar="DIR", help="folder to make it in (default: corpora/generated, or $STREAMTOOLS_CORPORA)")
    parser.add_argument("--list", action="store_true", help="name the corpora")
    parser.add_argument("--check", action="store_true", help="make all of them, without writing, and compare the hashes with the manifest")
    parser.add_argument("--update", action="store_true", help="write the manifest anew")
    given = parser.parse_args()
    if given.list or given.check or given.update:
        return _list() if given.list else _check() if given.check else _update()
    if given.name is None:
        parser.error("which corpus? --list names them")
    if given.name == "small":
        print(write_small(given.to or SMALL))
        return 0
    try:
        print(ensure(given.name, given.size if given.name in streams.SHAPES else 0, given.to))
    except (ValueError, RuntimeError, OSError) as error:
        print(f"generate: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
