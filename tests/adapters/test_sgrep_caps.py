"""`sgrep` at its limits: caps, notices, cursors, long lines, time; P1, T2, T3, T5, T10, T13."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.adapters import Done, refused, sgrep


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """61 files with the numbers from 1 to 100 ... 160, and a longer one."""
    top = tmp_path_factory.mktemp("many")
    for last in range(100, 161):
        (top / f"f{last}").write_text("".join(f"{number}\n" for number in range(1, last + 1)))
    (top / "long").write_text("".join(f"{number}\n" for number in range(5, 9000)))
    return top


def cursor_of(done: Done) -> list[str]:
    """Return the flag that the notice names to go on, nothing at the end."""
    found = re.search(r"--cursor (c1\.[\w-]+)", " ".join(done.told))
    return ["--cursor", found[1]] if found else []


def pages(words: list[str], cwd: Path, stdin: bytes | int = -3) -> list[Done]:
    """Run a search and go on as the notices say, to the end."""
    found = [sgrep(*words, cwd=cwd, stdin=stdin)]
    while cursor := cursor_of(found[-1]):
        found.append(sgrep(*cursor, *words, cwd=cwd, stdin=stdin))
        assert len(found) < 60, "it does not end"
    return found


@pytest.mark.parametrize(
    "words",
    [
        ["-n", "1"],
        ["-nv", "1"],
        ["-on", "1"],
        ["-n", "-C2", "7"],
        ["-A3", "^[19]"],
        ["-n", "--column", "9"],
        ["-U", r"1\n.*2"],
        ["-m", "40", "-n", "1"],
        ["-nH", "1", "f160", "long", "f160"],
    ],
    ids=" ".join,
)
def test_cursor_after_cursor_is_the_whole_search(words: list[str], many: Path) -> None:
    """T5, T10: each page is within the caps, exits 0, and joined they are what --no-cap prints: nothing lost, nothing twice."""
    found = pages(words, many)
    assert len(found) > 1
    for page in found:
        assert page.code == 0
        assert len(page.out) <= 51200
        assert page.out.count(b"\n") <= 2000
    assert b"".join(page.out for page in found) == sgrep("--no-cap", *words, cwd=many, stdin=-3).out


@pytest.mark.parametrize("last", [2020, 2028, 2040])
def test_the_cap_may_fall_anywhere(last: int, tmp_path: Path) -> None:
    """T10: the 2000th line is the last of a file, the first of the next, before, at or behind a gap of context."""
    for name in "abcd":
        (tmp_path / name).write_text("".join(f"{'x' if number % 7 == 0 else '-'}{number}\n" for number in range(last // 4)))
    for words in (["-n", ""], ["-n", "-C3", "x"]):
        found = pages(words, tmp_path)
        assert b"".join(page.out for page in found) == sgrep("--no-cap", *words, cwd=tmp_path, stdin=-3).out


def test_max_total_goes_on_and_does_not_promise_no_cap(many: Path) -> None:
    """T5: --max-total is over all files, its cursor goes on, and the notice names only what lifts it."""
    words = ["-n", "--max-total", "30", "1$", "f100", "f101", "f102", "f103", "f104"]
    found = pages(words, many)
    assert [page.out.count(b"\n") for page in found] == [30, 24]
    assert "--no-cap" not in found[0].told[-1]
    assert b"".join(page.out for page in found) == sgrep("-n", "1$", *words[4:], cwd=many).out


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("flags", [[], ["-n"], ["-o"], ["-N", "-C1"]])
def test_max_total_counts_hits_with_and_without_numbers(flags: list[str], jobs: str, tmp_path: Path) -> None:
    """T5: of files with three hits each the fifth hit is the second one's second, however lines are printed."""
    for name in "abc":
        (tmp_path / name).write_text("x1\nno\nno\nno\nx2\nno\nno\nno\nx3\n")
    done = sgrep(*flags, "-j", jobs, "--no-cap", "--max-total", "5", "x[0-9]", ".", cwd=tmp_path)
    assert sum("x" in line for line in done.lines) == 5, done.lines
    assert [line[2] for line in done.lines if "x" in line] == list("aaabb")
    assert "stopped at 5 matching lines" in done.told[-1]


def test_a_page_that_just_fits_has_no_notice(tmp_path: Path) -> None:
    """T5: 2000 lines are whole; 2001 are cut."""
    (tmp_path / "f").write_text("x\n" * 2000)
    assert sgrep("x", "f", cwd=tmp_path).told == []
    (tmp_path / "f").write_text("x\n" * 2001)
    assert cursor_of(sgrep("x", "f", cwd=tmp_path))


def test_a_pipe_goes_on_too(many: Path) -> None:
    """T5: a search of stdin is gone on with by piping the same text in again; or no cursor is offered."""
    data = (many / "long").read_bytes()
    found = pages(["-n", "1"], many, data)
    assert len(found) == 1 or b"".join(page.out for page in found) == sgrep("--no-cap", "-n", "1", stdin=data).out


@pytest.mark.parametrize("cursor", ["", "c1.", "c1.W10", "c2.WyJk", "c1.\u00e9", "c1." + "W" * 100_000])
def test_damaged_cursors_are_refused(cursor: str, many: Path) -> None:
    """T15: one sentence."""
    assert "cursor" in refused(sgrep("--cursor", cursor, "1", cwd=many, stdin=-3))


def test_a_cursor_belongs_to_its_search(many: Path) -> None:
    """T15: another pattern, path or option refuses it instead of answering something else."""
    cursor = cursor_of(sgrep("-n", "1", cwd=many, stdin=-3))
    for words in (["-n", "2"], ["-n", "1", "long"], ["-nv", "1"], ["-n", "-i", "1"]):
        assert "another search" in refused(sgrep(*cursor, *words, cwd=many, stdin=-3))


def test_counts_and_names_are_capped_too(tmp_path: Path) -> None:
    """T3, T5: 3000 files: 2000 names a page, with a way on."""
    for number in range(2300):
        (tmp_path / f"{number:04}").write_bytes(b"x\n")
    for flag in ("-l", "-c"):
        found = pages([flag, "x"], tmp_path)
        assert [page.out.count(b"\n") for page in found] == [2000, 300]
        assert b"".join(page.out for page in found) == sgrep("--no-cap", flag, "x", cwd=tmp_path, stdin=-3).out
    done = sgrep("--files", cwd=tmp_path, stdin=-3)
    assert done.out.count(b"\n") == 2000
    assert "--no-cap" in done.told[-1]
    assert sgrep("--files", "--no-cap", cwd=tmp_path, stdin=-3).out.count(b"\n") == 2300
    assert sgrep("-l0", "x", cwd=tmp_path, stdin=-3).out.count(b"\0") == 2300, "-0 lifts the caps: P1"


# -- long lines -------------------------------------------------------------------------


def test_a_hit_in_a_long_line_is_shown_with_its_surroundings_and_said_to_be_cut(tmp_path: Path) -> None:
    """T3, T5: 2000 bytes around the match, its true column, and a notice how to read on there."""
    line = b"".join(b"%09d " % number for number in range(300_000))
    (tmp_path / "f").write_bytes(b"before\n" + line + b"\nafter\n")
    for word, at in ((b"000000003", 30), (b"000150000", 1_500_000), (b"000299999", 2_999_990)):
        done = sgrep("-n", "--column", word, "f", cwd=tmp_path)
        head, text = done.out[:-1].split(b":", 2)[:2], done.out[:-1].split(b":", 2)[2]
        assert [int(number) for number in head] == [2, at + 1]
        assert word in text
        assert len(text) <= 2000
        assert text.strip() in line
        assert b"\\x0a" not in text, "the line's ending is no text"
        assert any("cut" in told for told in done.told), done.told
    assert sgrep("-on", b"00029999\\d ", "f", cwd=tmp_path).out == b"".join(b"2:%09d \n" % number for number in range(299_990, 300_000))


def test_only_matching_shows_every_match_of_a_long_line(tmp_path: Path) -> None:
    """T2: -o prints all matches wherever they are in the line."""
    (tmp_path / "f").write_bytes(b"a" * 100 + b"needle" + b"b" * 3000 + b"needle" + b"c" * 70_000 + b"needle\n")
    done = sgrep("-o", "needle", "f", cwd=tmp_path)
    assert done.out == b"needle\n" * 3 or any("cut" in told for told in done.told), done
    assert sgrep("--no-cap", "-o", "needle", "f", cwd=tmp_path).out == b"needle\n" * 3
    assert sgrep("--no-cap", "needle", "f", cwd=tmp_path).out == (tmp_path / "f").read_bytes()


def test_lines_within_the_caps_say_nothing(tmp_path: Path) -> None:
    """T5: no notice where nothing was cut."""
    (tmp_path / "f").write_bytes(b"needle" + b"x" * 1990 + b"\n")
    assert sgrep("needle", "f", cwd=tmp_path).told == []


# -- without caps -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "data", [b"a", b"a\r\nb\r\n", b"\x1b[31ma\xff\n\na\x00\n", b"a" * 300_000, b"a" * 300_000 + b"\r\na\n", "\u2028a\x0c\n".encode() * 3]
)
def test_no_cap_writes_the_bytes_of_the_file(data: bytes, tmp_path: Path) -> None:
    """P1: into a pipe, --no-cap gives every matching line byte for byte (a missing last line end is added)."""
    (tmp_path / "f").write_bytes(data)
    want = data if data.endswith(b"\n") else data + b"\n"
    assert sgrep("--no-cap", "-a", "", "f", cwd=tmp_path).out == want
    done = sgrep("--no-cap", "-a", "a", "f", cwd=tmp_path).out
    assert done == b"".join(line + b"\n" for line in want.split(b"\n")[:-1] if b"a" in line)


def test_column_without_caps_has_line_numbers(many: Path) -> None:
    """P1: --column shows line numbers in every mode."""
    assert sgrep("--no-cap", "--column", "^99$", "f100", cwd=many).out == b"99:1:99\n"


# -- time -------------------------------------------------------------------------------


@pytest.mark.parametrize("pattern", ["(a|a)*$", "^(a|a)*$", "(a+)+$", "(.*a){20}b"])
def test_a_catastrophic_pattern_stops_with_what_was_found(pattern: str, tmp_path: Path) -> None:
    """T13, T15: a second on that line, then the hits before it, where it was, and a cursor behind it; exit 0 or 1, no hang."""
    (tmp_path / "f").write_text("aaa\nno\n" + "a" * 5000 + "b!\n" + "aaa\n")
    done = sgrep("-n", pattern, "f", cwd=tmp_path, seconds=20)
    assert done.code in {0, 1}
    found = [line.split(":")[0] for line in done.lines]
    cursor = cursor_of(done)
    if cursor:
        assert "line 3 of f" in done.told[-1]
        following = sgrep(*cursor, "-n", pattern, "f", cwd=tmp_path, seconds=20)
        assert cursor_of(following) == []
        found += [line.split(":")[0] for line in following.lines]
        found += ["3"] if "3" not in found else []
    if pattern != "(.*a){20}b":
        assert found[0] == "1"
        assert "4" in found


def test_a_catastrophic_count_keeps_what_was_counted(tmp_path: Path) -> None:
    """T13: -c prints the part that was counted, and the notice has a line number."""
    (tmp_path / "f").write_text("aaa\n" * 5 + "a" * 5000 + "b\n" + "aaa\n")
    done = sgrep("-c", "^(a|a)*$", "f", cwd=tmp_path, seconds=20)
    assert "line 6 of f" in done.told[-1]
    following = sgrep(*cursor_of(done), "-c", "^(a|a)*$", "f", cwd=tmp_path, seconds=20)
    assert (done.out, following.out) in {(b"5\n", b"1\n"), (b"5\n", b"6\n"), (b"", b"6\n")}
