"""What git's configuration says about ignoring: ``core.excludesFile`` and ``core.ignoreCase``.

Read are, later ones winning as in git-config(1): the system's file, ``$XDG_CONFIG_HOME/git/config``,
``~/.gitconfig`` (both replaced by ``$GIT_CONFIG_GLOBAL``), the repository's ``config`` and, if it
says so, ``config.worktree``; with ``include.path`` and ``includeIf "gitdir:..."``. A file that is
missing, not readable or larger than 1 MiB counts as empty.
"""

from __future__ import annotations

import os
import stat

from streamtools.files.patterns import parse
from streamtools.files.plainfile import contents
from streamtools.files.rules import Batch, Rules
from streamtools.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtools.files.evidence import Evidence


_MOST = 1024 * 1024
_DEPTH = 10
#: A file without any of these says nothing about ignoring, whatever else it says.
_ASKED_FOR = (b"include", b"excludesfile", b"ignorecase", b"worktreeconfig")
#: Compiled when a file is there to be read.
_TOKEN = (
    rb'(?s)\[\s*(?P<section>[-.\w]+)(?:\s+"(?P<sub>(?:[^"\\\n]|\\.)*)")?\s*\]'
    rb"|[#;][^\n]*"
    rb'|(?P<key>[A-Za-z][-\w]*)[ \t]*(?:=[ \t]*(?P<value>(?:"(?:[^"\\]|\\.)*"|\\.|[^"\\\n#;])*))?'
)
_PIECE = rb'(?s)"|\\\r?\n|\\(.)|([^"\\]+)'
_ESCAPES = {b"n": b"\n", b"t": b"\t", b"b": b"\b"}


class GitSettings(NamedTuple):
    """``excludes`` is the path of the user's ignore file (it need not exist), ``fold`` git's ``core.ignoreCase``."""

    excludes: str
    fold: bool = False


def git_folders(top: str, seen: Evidence | None = None) -> tuple[str, str]:
    """Return the git folder of the work tree ``top`` and the one it shares with other work trees; for ``seen`` see `contents`."""
    git = f"{top.rstrip('/')}/.git"
    pointer = None if _is_folder(git, seen) else contents(git, 64 * 1024, seen=seen)
    if pointer is not None and pointer.startswith(b"gitdir:"):
        git = os.path.join(top, os.fsdecode(pointer[7:].strip()))
    common = contents(f"{git}/commondir", 64 * 1024, seen=seen)
    return git, os.path.join(git, os.fsdecode(common.strip())) if common else git


def _is_folder(path: str, seen: Evidence | None) -> bool:
    if seen is None:
        return os.path.isdir(path)
    try:
        status = os.lstat(path)
    except OSError:
        return False
    if stat.S_ISDIR(status.st_mode):
        seen.place(path, status)
        return True
    # a link may be made to lead elsewhere
    seen.sure = seen.sure and not stat.S_ISLNK(status.st_mode)
    return os.path.isdir(path)


def git_settings(top: str | None, folders: tuple[str, str] | None = None, seen: Evidence | None = None) -> GitSettings:
    """Return the settings for the work tree ``top``, or those outside of any; ``folders`` are its `git_folders`, if the caller has them.

    For ``seen`` see `contents`.
    """
    git, common = folders or (git_folders(top, seen) if top is not None else ("", ""))
    home = os.environ.get("HOME") or os.path.expanduser("~")
    users = f"{os.environ.get('XDG_CONFIG_HOME') or f'{home}/.config'}/git"
    paths = _user_files(home, users)
    if top is not None:
        paths.append(f"{common}/config")
    found: dict[str, bytes] = {}
    for path in paths:
        found.update(_settings(path, git, seen))
    if top is not None and _true(found.get("extensions.worktreeconfig")):
        found.update(_settings(f"{git}/config.worktree", git, seen))
    fold = top is not None and _true(found.get("core.ignorecase"))
    given = found.get("core.excludesfile")
    if given is None:
        return GitSettings(f"{users}/ignore", fold)
    return GitSettings(os.path.join(top or "", os.path.expanduser(os.fsdecode(given))) if given else "", fold)


def _user_files(home: str, users: str) -> list[str]:
    system = [] if _true(os.environb.get(b"GIT_CONFIG_NOSYSTEM")) else [os.environ.get("GIT_CONFIG_SYSTEM", "/etc/gitconfig")]
    chosen = os.environ.get("GIT_CONFIG_GLOBAL")
    return system + ([chosen] if chosen is not None else [f"{users}/config", f"{home}/.gitconfig"])


def _true(value: bytes | None) -> bool:
    return value is not None and value.lower() in {b"true", b"yes", b"on", b"1"}


def _settings(path: str, git: str, seen: Evidence | None, depth: int = 0) -> Iterator[tuple[str, bytes]]:
    """Yield ``section.key`` in lower case and the value, in the order of the file and of those it includes."""
    for section, sub, key, value in _entries(contents(path, _MOST, seen=seen) or b""):
        if key == "path" and depth < _DEPTH and _included(section, sub, path, git, seen):
            inner = os.path.join(os.path.dirname(path), os.path.expanduser(os.fsdecode(value)))
            yield from _settings(inner, git, seen, depth + 1)
        elif not sub:
            yield f"{section}.{key}", value


def _entries(data: bytes) -> Iterator[tuple[str, bytes, str, bytes]]:
    """Yield the section, subsection, key and value of each line of a file; none where it says nothing about ignoring."""
    lower = data.lower()
    if not any(word in lower for word in _ASKED_FOR):
        return
    import re

    section, sub = "", b""
    for token in re.finditer(_TOKEN, data):
        if token["section"] is not None:
            section, sub = token["section"].decode("latin-1").lower(), token["sub"] or b""
        elif token["key"] is not None:
            key = token["key"].decode("latin-1").lower()
            yield section, sub, key, b"true" if token["value"] is None else _value(token["value"])


def _value(raw: bytes) -> bytes:
    """Return a value without its quotes and escapes; blanks at the end count inside quotes only."""
    import re

    out, keep, quoted = b"", 0, False
    for piece in re.finditer(_PIECE, raw.rstrip(b"\r")):
        if piece[0] == b'"':
            quoted = not quoted
            keep = len(out)
        elif piece[1] is not None:
            out += _ESCAPES.get(piece[1], piece[1])
            keep = len(out)
        elif piece[2] is not None:
            out += piece[2]
            keep = len(out) if quoted else max(keep, len(out.rstrip(b" \t\r\n")))
    return out[:keep]


def _included(section: str, sub: bytes, path: str, git: str, seen: Evidence | None) -> bool:
    """Whether a ``path`` key of that section of the file ``path`` includes another file."""
    if section == "include":
        return not sub
    kind, _, glob = sub.partition(b":")
    if section != "includeif" or not kind.startswith(b"gitdir") or not git:
        return False
    if glob.startswith(b"~/"):
        glob = os.fsencode(os.path.expanduser("~")) + glob[1:]
    elif glob.startswith(b"./"):
        glob = os.fsencode(_real(os.path.dirname(path), seen)) + glob[1:]
    glob = (glob if glob.startswith(b"/") else b"**/" + glob) + (b"**" if glob.endswith(b"/") else b"")
    fold = kind == b"gitdir/i"
    rules = Rules([parse(b"/" + glob.lstrip(b"/"), fold=fold, git=False)], fold=fold)
    folder, _, name = _real(git, seen)[1:].rpartition("/")
    return bool(rules.match(folder + "/" if folder else "", Batch([name]), Batch([])))


def _real(path: str, seen: Evidence | None) -> str:
    found = os.path.realpath(path)
    if seen is not None:
        seen.leads(path, found)
    return found
