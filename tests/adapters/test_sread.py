"""`sread`: pages, spans, several files, streams, caps and the way on; P1, T1, T3, T5."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.adapters import Done, command, shown, sread


def way_on(done: Done, where: str = "") -> list[str]:
    """Return the words of the command that the notices name to go on, behind the page or ``"inside line 1 "``; none at the end."""
    found = (re.search(rf"go on {where}with sread (.+?)(?:, or .*)?$", told) for told in done.told)
    return next((shlex.split(match[1]) for match in found if match), [])


@pytest.mark.parametrize(
    ("flags", "first", "last"),
    [
        ([], 1, 2000),
        (["--limit", "3"], 1, 3),
        (["-n3", "-o", "7"], 7, 9),
        (["--offset", "4999"], 4999, 5000),
        (["--offset", "-3"], 4998, 5000),
        (["--offset", "-3", "--limit", "2"], 4998, 4999),
        (["--tail", "4"], 4997, 5000),
        (["--tail", "99999"], 1, 2000),
        (["--around", "100"], 80, 120),
        (["--around", "100", "--limit", "3"], 99, 101),
        (["--around", "2"], 1, 22),
        (["--limit", "99999999999999999999"], 1, 2000),
    ],
    ids=str,
)
def test_which_lines(flags: list[str], first: int, last: int, numbers: str) -> None:
    """T1: every way to name a page gives exactly its lines, each with its own number."""
    assert shown(sread(*flags, numbers)) == list(range(first, last + 1))


def test_tail_of_none_shows_none(numbers: str) -> None:
    """P1: `--tail 0` is `tail -n 0`."""
    assert sread("--tail", "0", numbers).out == b""


@pytest.mark.parametrize(("span", "first", "last"), [("120", 120, 2119), ("120-180", 120, 180), ("4999-6000", 4999, 5000), ("7-7", 7, 7)])
def test_a_span_behind_the_name(span: str, first: int, last: int, numbers: str) -> None:
    """P1: `FILE:120` and `FILE:120-180`, as editors and greps print places."""
    assert shown(sread(f"{numbers}:{span}")) == list(range(first, last + 1))


def test_a_file_of_that_literal_name_wins(tmp_path: Path) -> None:
    """P1: a name with a colon is a name first; with ./ or without."""
    (tmp_path / "b").write_text("base\n" * 9)
    (tmp_path / "b:5").write_text("literal\n")
    (tmp_path / "b:5-6").write_text("span\n")
    assert sread("b:5", cwd=tmp_path).out == b"1\tliteral\n"
    assert sread("./b:5-6", cwd=tmp_path).out == b"1\tspan\n"
    assert sread("b:6-7", cwd=tmp_path).out == b"6\tbase\n7\tbase\n"


def test_the_limit_holds_for_spans_too(numbers: str) -> None:
    """T5: what is given explicitly is obeyed whatever the span says."""
    assert shown(sread(f"{numbers}:7", "--limit", "2")) == [7, 8]
    done = sread(f"{numbers}:7-9", "--limit", "2")
    assert done.code == 2 or shown(done) == [7, 8]


@pytest.mark.parametrize(
    "start", [[":120"], [":3-900"], [], ["--around", "100"], ["--offset", "7", "--limit", "999"], ["--limit", "999"]], ids=str
)
def test_the_command_of_the_notice_goes_on(start: list[str], numbers: str) -> None:
    """T5: the command as the notice has it shows the next lines, whatever was typed."""
    words = [numbers + start[0]] if start and start[0][0] == ":" else [*start, numbers]
    first = sread(*words)
    assert shown(sread(*way_on(first)))[0] == shown(first)[-1] + 1


@pytest.mark.parametrize("flags", [["--tail", "3"], ["--around", "7"], ["--tail", "3", "--around", "7"]], ids=str)
def test_contradictions_are_refused_or_the_offset_wins(flags: list[str], numbers: str) -> None:
    """T5: arrow-up and --offset added: never silently the same page again."""
    done = sread(*flags, "--offset", "100", numbers)
    assert done.code == 2 or shown(done)[0] == 100


@pytest.mark.parametrize("name", ["two words", "-dash", "quo'te", "$HOME", "new\nline", "\udcff\u00e9", "a;b", "*", "--plain", "x:7"])
def test_the_command_of_the_notice_survives_any_name(name: str, tmp_path: Path) -> None:
    """T5: the notice is one printable line, and in a shell it opens the same file."""
    (tmp_path / name).write_text("".join(f"{number}\n" for number in range(1, 10)))
    done = sread("--limit", "2", "--", name, cwd=tmp_path)
    assert len(done.told) == 1
    assert done.told[0].isprintable()
    found = re.search(r"go on with (sread .*)", done.told[0])
    assert found
    script = 'sread() { "$@"; }; tool() { shift; "$0" -c "$code" "$@"; }; ' + found[1].replace("sread ", "tool x ", 1)
    python, _, code = command("sread")
    following = subprocess.run(
        ["bash", "-c", script, python], capture_output=True, check=False, timeout=60, cwd=tmp_path, env={**os.environ, "code": str(code)}
    )
    assert following.stdout == b"3\t3\n4\t4\n", (found[1], following.stderr)


@pytest.mark.parametrize("flags", [["--plain"], []], ids=str)
def test_page_after_page_is_the_file(flags: list[str], numbers: str) -> None:
    """T5, T10: following the notices prints the file, once."""
    done = sread(*flags, numbers)
    pages = [done.out]
    while way := way_on(done):
        done = sread(*flags, *way)
        pages.append(done.out)
        assert len(pages) < 10
    assert len(pages) == 3
    assert re.sub(rb"(?m)^\d+\t", b"", b"".join(pages)) == Path(numbers).read_bytes()


def test_what_is_typed_stays_in_the_command(tmp_path: Path) -> None:
    """T5: encoding, -z and --plain belong to the way on as much as the place."""
    (tmp_path / "f").write_bytes("\u00e9\n".encode("latin-1") * 9)
    done = sread("--plain", "-E", "latin-1", "--limit", "2", "f", cwd=tmp_path)
    following = sread(*way_on(done), cwd=tmp_path)
    assert following.out == "\u00e9\n\u00e9\n".encode()


def test_bytes_are_capped_and_the_rest_follows(tmp_path: Path) -> None:
    """T3, T5: at most 51,200 bytes with the numbers; joined by the notices' flags they are the file."""
    data = "".join(f"{number:04} {'x' * (number % 97)} \u00e9\U0001f600\n" for number in range(3000)).encode()
    (tmp_path / "f").write_bytes(data)
    done = sread("f", cwd=tmp_path)
    got = b""
    for _ in range(20):
        assert len(done.out) <= 51200
        done.out.decode()
        got += re.sub(rb"(?m)^\d+\t", b"", done.out)
        way = way_on(done)
        if not way:
            break
        done = sread(*way, cwd=tmp_path)
    assert got == data


def test_a_long_line_is_read_on_by_column(tmp_path: Path) -> None:
    """T3, T5: 2000 bytes of a line are shown, and the notice's column goes on inside it, to its end."""
    line = b"".join(b"%09d " % number for number in range(600)) + "\u00e9\u6f22\U0001f600".encode() * 300
    (tmp_path / "f").write_bytes(line + b"\nnext\n")
    got, done = b"", sread("--limit", "1", "f", cwd=tmp_path)
    for _ in range(20):
        assert done.code == 0
        assert len(done.out) <= 2000 + len(b"1\t\n")
        if not done.out.startswith(b"1\t"):
            break
        got += done.out.removeprefix(b"1\t").removesuffix(b"\n")
        done = sread(*(way_on(done, "inside line 1 ") or way_on(done)), "--limit", "1", cwd=tmp_path)
    assert got == line
    assert done.out == b"2\tnext\n"


def test_notices_of_several_files_say_which(tmp_path: Path) -> None:
    """T5: with several files each has its head, and each notice its name."""
    (tmp_path / "a").write_text("1\n2\n3\n")
    (tmp_path / "empty").write_text("")
    (tmp_path / "b").write_text("1\n2\n3\n")
    done = sread("--limit", "1", "a", "empty", "b", cwd=tmp_path)
    assert done.out == b"==> a <==\n1\t1\n\n==> empty <==\n\n==> b <==\n1\t1\n"
    assert len(done.told) == 3
    assert all(re.search(rf"\b{name}\b", told) for name, told in zip(["a", "empty", "b"], done.told, strict=True))


def test_one_bad_file_does_not_hide_the_others(tmp_path: Path) -> None:
    """T15: the others are shown, the failure is one line and exit 2."""
    (tmp_path / "a").write_text("text\n")
    done = sread("a", "missing", ".", "a", cwd=tmp_path)
    assert done.code == 2
    assert done.out.count(b"1\ttext\n") == 2
    assert [line.split(" ")[1].rstrip(":") for line in done.told] == ["missing", "."]


def test_all_files_share_one_budget(numbers: str) -> None:
    """T3: three pages of 2000 lines are one page of 2000 lines, and the cut says how to go on."""
    done = sread("--plain", numbers, numbers, numbers)
    assert len(done.lines) <= 2000
    assert len(done.out) <= 51200
    assert done.code == 0
    last = done.lines[-1]
    ways = {int(word) for told in done.told for word in re.findall(r"--offset (\d+)", told)}
    assert ways <= {int(last) + 1, 1}, "no notice skips a line that was not shown"
    assert any("--no-cap" in told for told in done.told)


# -- without caps -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"a", b"a\n", b"a\r\nb\r\n\r\nc", b"\rx\ry\n", b"\x0c\xe2\x80\xa8\n\x1b[0m\xff\n", b"\n\n\nz"]
)
def test_without_caps_it_is_cat(data: bytes, tmp_path: Path) -> None:
    """P1: `--no-cap --plain` into a pipe gives the bytes of the file, numbered it is `cat -n` with a bare number."""
    (tmp_path / "f").write_bytes(data)
    assert sread("--no-cap", "--plain", "f", cwd=tmp_path).out == data
    numbered = b"".join(b"%d\t%s" % (number, line) for number, line in enumerate(re.findall(rb"[^\n]*\n|[^\n]+", data), 1))
    assert sread("--no-cap", "f", cwd=tmp_path).out == numbered
    assert sread("--no-cap", stdin=data).out == numbered


def test_one_line_of_three_megabytes_without_caps(tmp_path: Path) -> None:
    """T6: a line far over the window goes through unchanged, with one number."""
    data = b"before\n" + b"".join(b"%09d " % number for number in range(300_000)) + b"\nafter"
    (tmp_path / "f").write_bytes(data)
    assert sread("--no-cap", "--plain", "f", cwd=tmp_path).out == data
    assert sread("--no-cap", "f", cwd=tmp_path).out == b"1\t" + data.replace(b"\n0", b"\n2\t0").replace(b"\nafter", b"\n3\tafter")
    assert sread("--no-cap", "--offset", "2", "--limit", "1", "--plain", "f", cwd=tmp_path).out == data.split(b"\n")[1] + b"\n"


@pytest.mark.parametrize(
    "flags", [["--offset", "4000"], ["--offset", "-7"], ["--tail", "3"], ["--offset", "9", "--limit", "3000"], ["--offset", "6000"]]
)
def test_pages_without_caps(flags: list[str], numbers: str) -> None:
    """P1: offset, limit and tail mean the same without caps, only more of it."""
    want = sread(*flags, "--limit", "3000", numbers) if "--limit" not in flags else None
    done = sread("--no-cap", *flags, numbers)
    assert done.code == 0
    if want is None:
        assert shown(done) == list(range(9, 3009))
    else:
        assert done.out == want.out


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help(flag: str) -> None:
    """P1: help is on stdout and exits 0; every flag stands in it."""
    done = sread(flag)
    assert done.code == 0
    assert done.told == []
    for name in (
        "--offset",
        "--limit",
        "--column",
        "--tail",
        "--around",
        "--encoding",
        "--json",
        "--plain",
        "--follow",
        "--no-cap",
        "FILE:120-180",
    ):
        assert name in done.out.decode()
