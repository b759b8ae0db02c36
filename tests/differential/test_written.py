"""ripgrep's face against ripgrep 15.2 over written command lines that go through every flag; P1, T2, T10."""

from __future__ import annotations

import importlib
import os
from pathlib import Path

import pytest

from tests.differential.forked import Command, Full, command, ours, theirs
from tests.differential.running import ripgrep
from tests.differential.test_faces import timeless

AREAS = ("ignoring", "walking", "refusing", "printing", "modes", "bytes", "multiline", "rest")


def planted(tree: dict[str, str | bytes], root: str) -> str:
    """Write a tree; a text that begins with ``-> `` is a link, and ``$T`` in a file is the tree's folder."""
    for name, data in tree.items():
        path = os.path.join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if isinstance(data, str) and data.startswith("-> "):
            os.symlink(data[3:], path)
            continue
        raw = data.encode() if isinstance(data, str) else data
        with open(path, "wb") as file:
            file.write(raw.replace(b"$T", root.encode()))
    return root


def alike(answer: Full) -> Full:
    """An answer without times, in glibc's words (ripgrep's wheel has musl's), its complaints in no order where each is one line."""
    code, out, err = answer
    rows = err.replace(b"Symbolic link loop", b"Too many levels of symbolic links").splitlines()
    rows = sorted(rows) if all(row.startswith(b"rg: ") for row in rows) else rows
    return code, timeless(out), b"\n".join(rows)


def in_order(one: Command) -> list[str]:
    """Flags for an order that can be compared."""
    return [] if any(word.startswith("--sort") for word in one.words) else ["--sort", "path"]


@pytest.mark.parametrize("area", AREAS)
def test_written(area: str, tmp_path: Path) -> None:
    """P1: output, error output and exit code are ripgrep's; a line that differs stands in `KNOWN` of its area, and only such a line."""
    module = importlib.import_module(f"tests.differential.areas.{area}")
    program, root = ripgrep(), planted(module.TREE, os.path.realpath(tmp_path))
    lines = [line for line in module.COMMANDS.splitlines() if line]
    commands = [command(line, root) for line in lines]
    answers = ours(commands, list(map(in_order, commands)))
    told, differ = [], set()
    for line, one, answer in zip(lines, commands, answers, strict=True):
        ours_, theirs_ = alike(answer), alike(theirs(program, one, in_order(one)))
        if ours_ != theirs_:
            differ.add(line)
            told.append(f"{line}\n  ours   {str(ours_)[:400]}\n  theirs {str(theirs_)[:400]}")
    unexpected = [text for text in told if text.partition("\n")[0] not in module.KNOWN]
    assert not unexpected, f"{len(unexpected)} of {len(lines)} differ:\n" + "\n".join(unexpected[:20])
    assert differ == set(module.KNOWN)
