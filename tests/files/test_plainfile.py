"""Small files are read whole, and nothing that is not one."""

from __future__ import annotations

import os
import sys

import pytest

from streamtools.files.plainfile import contents


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_a_file_without_a_size_is_read_to_its_end() -> None:
    """T9: those of /proc say that they are empty."""
    with open("/proc/self/mounts", "rb") as file:
        assert contents("/proc/self/mounts", 1 << 20) == file.read()
    assert contents("/proc/self/mounts", 10) is None


@pytest.mark.skipif(not os.path.exists("/proc/sys/kernel/pid_max"), reason="there are no numbers below /proc/sys")
def test_a_number_of_the_kernel_is_read_in_one_piece() -> None:
    """T9: those files end at the second read, however little the first one took."""
    with open("/proc/sys/kernel/pid_max", "rb") as file:
        assert contents("/proc/sys/kernel/pid_max", 1 << 20) == file.read()
