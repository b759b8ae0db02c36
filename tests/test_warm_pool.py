"""The helpers of a host: from a script, a thread, an event loop; killed, bounded, and gone with it; T6, T10, T13."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parents[1]
#: A host without a guard; what its helpers import again would print its name once more.
HEAD = """
import asyncio, os, signal, sys, threading
from streamtools import agrep, grep
from streamtools.searching import parallel
print("host", flush=True)
parallel.FILES = parallel.ALONE = 4
def pids():
    return [child.pid for crew in parallel._seat if crew is not None for child in crew._children]
def warm():
    # helpers are never waited for by a search, so one takes part only when it is ready
    for _ in range(500):
        grep("needle", sys.argv[1], jobs=2)
        if pids() and all(child.ready for crew in parallel._seat for child in crew._children):
            return
def found(page):
    return [(hit.path, [line.number for line in hit.lines]) for hit in page.files], page.ledger, page.total
warm()
alone = found(grep("needle", sys.argv[1], head_limit=1000))
"""
WAYS = {
    "script": "same = found(grep('needle', sys.argv[1], head_limit=1000, jobs=2)) == alone",
    "thread": """
got = []
threads = [threading.Thread(target=lambda: got.append(found(grep('needle', sys.argv[1], head_limit=1000, jobs=2)))) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
same = got == [alone] * 4
""",
    "loop": """
async def main():
    return await asyncio.gather(*(agrep('needle', sys.argv[1], head_limit=1000, jobs=2) for _ in range(4)))
same = [found(page) for page in asyncio.run(main())] == [alone] * 4
""",
    "killed": """
before = pids()
for pid in before: os.kill(pid, signal.SIGKILL)
same = found(grep('needle', sys.argv[1], head_limit=1000, jobs=2)) == alone
warm()
same = same and pids() and not set(pids()) & set(before)
""",
    "one crew": """
before = pids()
for _ in range(20): grep('needle', sys.argv[1], jobs=2)
same = pids() == before and len(before) == 1
""",
    "small": """
def peak(pid):
    with open(f'/proc/{pid}/status') as lines: return next(int(line.split()[1]) for line in lines if line.startswith('VmHWM'))
for _ in range(20): grep('needle', sys.argv[1], jobs=2)
same = os.path.isdir('/proc/self') is False or all(peak(pid) < 40 * 1024 for pid in pids())
""",
}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Enough files for some batches."""
    top = tmp_path_factory.mktemp("tree")
    for number in range(60):
        (top / f"f{number}").write_text("hay\n" * (number % 7) + "needle\n" * (number % 3))
    return top


@pytest.mark.parametrize("way", WAYS)
def test_a_host(way: str, tree: Path, tmp_path: Path) -> None:
    """T6, T10, T13: the answers are those of one process, the host's script runs once, and no child is left when it ends."""
    script = tmp_path / "host.py"
    script.write_text(HEAD + WAYS[way] + "\nprint(bool(same), *pids())\n")
    done = subprocess.run([sys.executable, "-W", "error", str(script), str(tree)], cwd=HERE, capture_output=True, text=True, check=False)
    assert not done.stderr
    first, last = done.stdout.splitlines()
    same, *pids = last.split()
    assert (first, same) == ("host", "True")
    assert pids
    for pid in pids:
        assert not Path("/proc", pid).exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at /proc")
def test_nothing_is_left_of_a_killed_host(tree: Path, tmp_path: Path) -> None:
    """T6: a host that is killed with its helpers idle, as the kernel tells by their pipes."""
    script = tmp_path / "host.py"
    script.write_text(HEAD + "print(*pids(), flush=True)\nsys.stdin.read()\n")
    host = subprocess.Popen([sys.executable, str(script), str(tree)], cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with host:
        assert host.stdout is not None
        host.stdout.readline()
        pids = host.stdout.readline().split()
        host.kill()
        host.wait()
    assert pids
    for pid in pids:
        gone = subprocess.run(["tail", f"--pid={pid}", "-f", "/dev/null"], timeout=20, check=False)
        assert gone.returncode == 0
