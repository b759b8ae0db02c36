"""The processes that a test run has started."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


def children() -> set[int]:
    """The processes that this one started and that are there, dead ones that nobody waited for too; other tests may have left warm helpers."""
    tasks = list(Path("/proc/self/task").glob("*/children"))
    if tasks:
        return {int(pid) for task in tasks for pid in task.read_text().split()}
    with subprocess.Popen(["ps", "-A", "-o", "pid=,ppid="], stdout=subprocess.PIPE, text=True) as ps:
        told = [line.split() for line in ps.communicate()[0].splitlines()]
    assert any(int(pid) == os.getpid() for pid, _ in told), "ps tells nothing"
    return {int(pid) for pid, parent in told if int(parent) == os.getpid()} - {ps.pid}
