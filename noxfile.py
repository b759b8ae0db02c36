"""The project's checks: ``nox`` runs all of these sessions, ``nox -s NAME`` one.

What is tested with is in pyproject.toml (``dependency-groups``), so are the Python versions (classifiers).
"""

from __future__ import annotations

import functools
import glob
import os
import shutil
import subprocess
import sys
import tempfile

import nox

nox.needs_version = ">=2025.5.1"
nox.options.default_venv_backend = "virtualenv"
nox.options.error_on_external_run = True
nox.options.sessions = ["lint", "types", "tests", "frameworks", "memory", "smoke"]

PROJECT = nox.project.load_toml("pyproject.toml")
#: Frameworks that take the tools, by the names of their dependency groups; those with an adapter of ours first.
ADAPTED = ("langchain", "pydantic-ai")
FRAMEWORKS = (*ADAPTED, "anthropic", "openai-agents", "google-adk")
CHECKED = [name for name in ("streamtools", "tests", "corpora", "profiles", "noxfile.py") if os.path.exists(name)]


def _group(name: str) -> tuple[str, ...]:
    return nox.project.dependency_groups(PROJECT, name)


def _candidates(version: str) -> list[str]:
    """Where an interpreter of a version may be: pyenv's and uv's own folders, newest first, then the PATH."""
    homes = (f"~/.pyenv/versions/{version}.*", f"~/.local/share/uv/python/cpython-{version}.*")
    found = [path for home in homes for path in sorted(glob.glob(os.path.expanduser(f"{home}/bin/python{version}")), reverse=True)]
    on_path = shutil.which(f"python{version}")
    return [*found, on_path] if on_path else found


def _runs(python: str, version: str) -> bool:
    """Whether it starts and is that version: pyenv leaves shims on the PATH for versions that are not chosen."""
    code = "import sys, ssl, sqlite3, zlib; print('%d.%d' % sys.version_info[:2])"
    try:
        return subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=True, timeout=60).stdout.strip() == version
    except (OSError, subprocess.SubprocessError):
        return False


@functools.cache
def others() -> dict[str, str]:
    """The supported versions beside the running one -> an interpreter, or ``""`` where none is found."""
    running = f"{sys.version_info[0]}.{sys.version_info[1]}"
    versions = [version for version in nox.project.python_versions(PROJECT) if version != running]
    return {version: next((path for path in _candidates(version) if _runs(path, version)), "") for version in versions}


@nox.session
def lint(session: nox.Session) -> None:
    """Ruff's rules and format, and that imports point down only."""
    session.install(*_group("lint"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("lint-imports")


@nox.session
def types(session: nox.Session) -> None:
    """Strict mypy over all code, and over the package as macOS sees it."""
    session.install(*_group("types"), "-e", ".")
    session.run("mypy", *CHECKED)
    session.run("mypy", "--platform", "darwin", "streamtools")


@nox.session
def tests(session: nox.Session) -> None:
    """All tests, on the running Python; arguments behind ``--`` go to pytest."""
    session.install(*_group("test"), "-e", ".")
    session.run("pytest", "-n", "2", *session.posargs)


@nox.session
def memory(session: nox.Session) -> None:
    """The memory gate and its tests, on the running Python; ``-- --update`` rewrites the baseline, ``-- NAME`` runs some workloads."""
    if (
        sys.implementation.name != "cpython"
        or sys.platform not in {"linux", "darwin"}
        or not getattr(sys, "_is_gil_enabled", lambda: True)()
    ):
        session.skip("memray measures CPython with its lock, on Linux and macOS")
    session.install(*_group("memory"), "-e", ".")
    session.run("python", "-m", "profiles.memory.gate", *session.posargs)
    if not session.posargs:
        session.run("pytest", "tests/memory")


@nox.session
@nox.parametrize("framework", [nox.param(name, id=name) for name in FRAMEWORKS])
def frameworks(session: nox.Session, framework: str) -> None:
    """The tools in a real framework with a model that is none: those with an adapter; ``-- --all`` for the others too."""
    if framework not in ADAPTED and "--all" not in session.posargs:
        session.skip("it takes the plain functions; -- --all tests it")
    session.install(*_group("test"), *_group(framework), "-e", ".")
    session.run("pytest", "-W", "default", f"tests/frameworks/test_{framework.replace('-', '_')}.py")


@nox.session
def bench(session: nox.Session) -> None:
    """Speed beside ripgrep, grep, ugrep and sed, from the built wheel; ``-- --rows literal,tree --runs 7`` runs some."""
    session.install(*_group("bench"), ".")
    session.run("python", "-m", "profiles.speed.bench", *session.posargs)
    if not session.posargs:
        session.run("python", "-m", "profiles.speed.recall")
        session.run("python", "-m", "profiles.speed.dispatch")


@nox.session
def soak(session: nox.Session) -> None:
    """Histories, sessions and workers for five minutes, under random kills and full disks; ``-- --hours 24`` is the stress test."""
    session.install("-e", ".")
    session.run("python", "-m", "profiles.soak", *session.posargs)


@nox.session(python=[python for python in others().values() if python] or False)
def smoke(session: nox.Session) -> None:
    """The built wheel, and the tests that are not slow with few examples, on every other Python found."""
    if not any(others().values()):
        session.skip("no other supported Python was found")
    session.install(*_group("test"), ".")
    with tempfile.TemporaryDirectory() as elsewhere, session.chdir(elsewhere):
        session.run("sgrep", "--version")
        session.run("sread", "--version")
    session.run("pytest", "-n", "2", "-m", "not slow", "--hypothesis-profile=smoke", *session.posargs)
