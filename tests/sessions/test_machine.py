"""What the system says: M4. Control groups as the kernel lays them out, in folders of the test's own, and this process's real ones."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from streamtools.limits import MIB
from streamtools.sessions import machine

_UNLIMITED_V1 = 9223372036854771712


class Root:
    """A folder that looks like a system's."""

    def __init__(self, root: Path, *, cgroup: str, mounts: str) -> None:
        self.root = root
        self.put("proc/self/cgroup", cgroup)
        self.put("proc/self/mountinfo", mounts)

    def put(self, name: str, text: object) -> None:
        """Write a file."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n")

    def group(self, folder: str, **files: object) -> None:
        """Write a group's files, dots in their names as two underscores."""
        for name, text in files.items():
            self.put(f"{folder}/{name.replace('__', '.')}", text)


V2 = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw"
V1 = "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n36 31 0:33 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu"


def test_version_2_up_the_hierarchy_without_page_cache(tmp_path: Path) -> None:
    """M4, S4: each group with a limit, from the own one up; file pages that can go at once don't count; memory.high is a limit too."""
    root = Root(tmp_path, cgroup="0::/user.slice/app.scope", mounts=V2)
    top = "sys/fs/cgroup"
    stat = f"anon 1\ninactive_file {60 * MIB}\nactive_file 5"
    root.group(f"{top}/user.slice/app.scope", memory__current=100 * MIB, memory__max="max", memory__high="max", memory__stat=stat)
    root.group(f"{top}/user.slice", memory__current=300 * MIB, memory__max=400 * MIB, memory__high=350 * MIB, memory__stat=stat)
    assert machine.groups(str(tmp_path)) == [machine.Group(240 * MIB, 350 * MIB)]
    assert machine.limit(str(tmp_path)) == 350 * MIB
    root.group(f"{top}/user.slice/app.scope", memory__max=200 * MIB)
    assert machine.groups(str(tmp_path)) == [machine.Group(40 * MIB, 200 * MIB), machine.Group(240 * MIB, 350 * MIB)]
    assert machine.limit(str(tmp_path)) == 200 * MIB


def test_version_1_beside_version_2(tmp_path: Path) -> None:
    """M4, S4: a machine with both has its memory in version 1; "no limit" is a huge number there."""
    root = Root(tmp_path, cgroup="4:memory:/a/b\n1:cpu:/a\n0::/", mounts=f"{V1}\n{V2.replace('/sys/fs/cgroup', '/sys/fs/cgroup/unified')}")
    (tmp_path / "sys/fs/cgroup/unified").mkdir(parents=True)
    stat = f"cache 5\ninactive_file 7\ntotal_inactive_file {30 * MIB}"
    folder = "sys/fs/cgroup/memory"
    root.group(f"{folder}/a/b", memory__usage_in_bytes=80 * MIB, memory__limit_in_bytes=100 * MIB, memory__stat=stat)
    root.group(folder, memory__usage_in_bytes=900 * MIB, memory__limit_in_bytes=_UNLIMITED_V1, memory__stat=stat)
    assert machine.groups(str(tmp_path)) == [machine.Group(50 * MIB, 100 * MIB)]


def test_a_container_that_sees_only_its_own_part(tmp_path: Path) -> None:
    """M4: the path of the process is that of the host, what is mounted is a part of it; or the group is not there at all."""
    mounted = V2.replace("0:26 / ", "0:26 /docker/abc ")
    root = Root(tmp_path, cgroup="0::/docker/abc/worker", mounts=mounted)
    root.group("sys/fs/cgroup/worker", memory__current=10, memory__max=20)
    root.group("sys/fs/cgroup", memory__current=30, memory__max=40)
    assert machine.groups(str(tmp_path)) == [machine.Group(10, 20), machine.Group(30, 40)]
    for path in ("/../../elsewhere", "/docker/other"):
        root.put("proc/self/cgroup", f"0::{path}")
        assert machine.groups(str(tmp_path)) == [machine.Group(30, 40)]


def test_what_is_not_told_is_none(tmp_path: Path) -> None:
    """M4: no proc, no groups, nonsense in the files: no limits and no pressure, and never an error."""
    assert machine.groups(str(tmp_path)) == []
    assert machine.limit(str(tmp_path)) is None
    assert machine.stalls(str(tmp_path)) is None
    root = Root(tmp_path, cgroup="0::/a\nnonsense", mounts=f"nonsense\n{V2}")
    root.group("sys/fs/cgroup/a", memory__current="x", memory__max=20)
    assert machine.groups(str(tmp_path)) == []


def test_pressure_of_the_own_group_before_the_machines(tmp_path: Path) -> None:
    """M4: pressure stall information of version 2's own group, else of the machine."""
    root = Root(tmp_path, cgroup="0::/a", mounts=V2)
    (tmp_path / "sys/fs/cgroup/a").mkdir(parents=True)
    line = "some avg10={} avg60=0.00 avg300=0.00 total=1\nfull avg10={} avg60=0.00 avg300=0.00 total=1"
    root.put("proc/pressure/memory", line.format("1.50", "0.25"))
    assert machine.stalls(str(tmp_path)) == machine.Stalls(1.5, 0.25)
    root.put("sys/fs/cgroup/a/memory.pressure", line.format("12.00", "7.00"))
    assert machine.stalls(str(tmp_path)) == machine.Stalls(12.0, 7.0)


def test_own_memory_is_real_and_follows_forks() -> None:
    """M4: growing by 50 MB shows; a forked child sees its own memory, not its parent's."""
    own = machine.OwnMemory()
    before = own.bytes()
    if before is None:
        assert not own.available
        pytest.skip("the system does not tell and psutil is not installed")
    block = bytearray(os.urandom(1)) * (50 * MIB)
    grown = own.bytes()
    assert grown is not None
    assert grown - before > 40 * MIB
    del block
    own.close()
    code = f"""
import os
from streamtools.sessions.machine import OwnMemory
own = OwnMemory()
before = own.bytes()
if os.fork() == 0:
    block = b"x" * (80 * {MIB})
    os._exit(0 if own.bytes() - before > 60 * {MIB} else 1)
raise SystemExit(os.waitstatus_to_exitcode(os.wait()[1]))
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.skipif(sys.platform != "linux", reason="Linux only")
def test_this_process_on_linux() -> None:
    """M4, M6: the real files of this machine are understood."""
    rollup = machine.rollup()
    own = machine.OwnMemory().bytes()
    assert own is not None
    assert 0.5 < rollup["Rss"] / own < 2
    for group in machine.groups():
        assert group.limit > 0
        assert group.used >= 0
