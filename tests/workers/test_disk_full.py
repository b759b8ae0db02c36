"""A disk that is full: told, not fatal; W1, H7."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parents[2]
#: A host whose files, and those of its workers, may have so many bytes; Python ignores the signal for it.
SCRIPT = """
import json, resource, sys
from streamtools.errors import StateError
from streamtools.workers.supervisor import Supervisor
T = "tests.workers.tasks:"
with Supervisor(sys.argv[1], max_workers=1) as supervisor:
    before = supervisor.result(supervisor.submit(T + "echo", {"value": 1}))
    for pid in (0, supervisor._dispatcher._nursery.pid):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
    told = []
    for number in range(12):
        try:
            found = supervisor.result(supervisor.submit(T + "lines", {"size": 3_000_000}), timeout=30)
            told.append([found.status, found.text[-300:], found.error])
        except StateError as error:
            told.append(["refused", "", str(error)])
    for pid in (0, supervisor._dispatcher._nursery.pid):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    after = supervisor.result(supervisor.submit(T + "echo", {"value": 2}), timeout=30)
    print(json.dumps([before.text, told, after.text]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits of another process are set by prlimit(2)")
@pytest.mark.parametrize(
    ("size", "says"),
    [(1_000_000, "bytes were saved: "), (120_000, "state file can't be used")],
)
def test_a_full_disk_is_told(tmp_path: Path, size: int, says: str) -> None:
    """W1, H7: a spill that does not fit is told in its result; rows that don't fit are told to who asks; then all goes on."""
    command = [sys.executable, "-c", SCRIPT, str(tmp_path / "state.db"), str(size)]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    before, told, after = json.loads(done.stdout)
    assert (before, after) == ("1", "2")
    assert any(says in text + error for _, text, error in told), told
    assert {status for status, _, _ in told} <= {"done", "error", "refused"}
    assert "Traceback" not in done.stderr
