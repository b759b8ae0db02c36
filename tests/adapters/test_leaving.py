"""How a command line ends: quickly, and with all that ends a Python process."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.adapters import ROOT


def ended(code: str, *flags: str) -> subprocess.CompletedProcess[str]:
    """Run code that leaves with 3, in a process of its own."""
    script = f"import sys; sys.path.insert(0, {ROOT!r})\nfrom streamtools.adapters.terminal import leave\n{code}\nleave(3)"
    return subprocess.run([sys.executable, *flags, "-c", script], capture_output=True, check=False, text=True, timeout=60)


def test_what_is_registered_for_the_end_is_done_and_all_is_written() -> None:
    """P1: text in Python's buffers and functions of `atexit` are not lost."""
    done = ended("import atexit; atexit.register(print, 'end'); print('text'); print('told', file=sys.stderr)")
    assert (done.returncode, done.stdout, done.stderr) == (3, "text\nend\n", "told\n")


def test_nothing_is_taken_apart() -> None:
    """The issue: Python's own end is skipped, so no object is told of it."""
    code = "class Last:\n    def __del__(self): sys.stderr.write('gone')\nlast = Last()"
    assert ended(code).stderr == ""
    assert ended(code, "-X", "dev").stderr == "gone", "who looks for leaks sees them"


def test_another_thread_is_waited_for() -> None:
    """P1: a thread that still works ends its work first."""
    code = (
        "import threading\n"
        "def late():\n    threading.main_thread().join()\n    print('late', flush=True)\nthreading.Thread(target=late).start()"
    )
    done = ended(code)
    assert (done.returncode, done.stdout) == (3, "late\n")


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full")
def test_a_stream_that_is_full_is_told_as_python_tells_it() -> None:
    """P1: an error of the last flush is not lost: the exit code is Python's for it."""
    script = f"import sys; sys.path.insert(0, {ROOT!r})\nfrom streamtools.adapters.terminal import leave\nprint('text'); leave(0)"
    with open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run([sys.executable, "-c", script], stdout=full, stderr=subprocess.DEVNULL, env={}, check=False, timeout=60)
    assert done.returncode == 120
