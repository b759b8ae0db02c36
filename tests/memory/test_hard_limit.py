"""The commands under a hard limit of address space, which catches mappings too."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from corpora.generate import ensure

pytest.importorskip("memray", reason="needs 1 GiB corpora: run by nox -s memory")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems do not enforce RLIMIT_AS")

#: Twice what the commands need, a sixteenth of the file.
LIMIT = 64 * 1024 * 1024


def _limited(code: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT))

    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, check=False, preexec_fn=limit)


def _command(name: str, *arguments: str) -> bytes:
    done = _limited(f"import sys; from streamtools.adapters.{name} import main; sys.exit(main())", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_limit_holds() -> None:
    """G1: reading the file whole, or mapping it, dies under the same limit."""
    path = ensure("log", 1024)
    for code in ("open(sys.argv[1], 'rb').read()", "mmap.mmap(os.open(sys.argv[1], 0), 0, prot=mmap.PROT_READ)"):
        done = _limited(f"import sys, os, mmap; {code}", path)
        assert done.returncode == 1
        assert b"MemoryError" in done.stderr or b"Cannot allocate memory" in done.stderr


def test_sread_deep_page() -> None:
    """T6: a page 1 GB into a file."""
    lines = _command("sread", "--offset", "10000000", "--limit", "5", ensure("log", 1024)).splitlines()
    assert [int(line.partition(b"id=")[2][:9]) for line in lines] == [*range(10_000_000, 10_000_005)]


def test_sgrep_whole_file() -> None:
    """T6: a search to the end of 1 GiB, rare hits and one in every line."""
    assert _command("sgrep", "-c", "quartz-7731", ensure("log", 1024)) == b"6\n"
    assert _command("sgrep", "-c", "needle", ensure("every-line-hits", 1024)) == b"9971932\n"


def test_sgrep_one_line() -> None:
    """T6: the needle at the end of one line of 256 MiB."""
    assert b"needle" in _command("sgrep", "needle", ensure("single-line", 256))
