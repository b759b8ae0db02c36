"""Binary files as ripgrep treats them: where the search ends, what is shown, and what is told; P1, T6."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from streamtools.events import End, Line
from streamtools.limits import Limits
from streamtools.searching import grep, nuls, search
from streamtools.searching.nuls import Nuls
from streamtools.searching.units import FIRST, PART
from streamtools.text.source import from_bytes, from_path
from tests.searching.oracle import GAP, follow, rows, rows_of
from tests.searching.test_stopping import Steps

KIB = 1024
TINY = Limits(window=64, segment=64, overlap=16, detect_bytes=64)
LINES = st.lists(st.sampled_from([b"foo", b"", b"a line without a hit", b"foo foo", b"x" * 90]), min_size=5, max_size=40)
NULS = st.lists(st.integers(0, 700), max_size=2)


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps of 64 bytes, at multiples of 64 from byte 256 on."""
    monkeypatch.setattr(nuls, "_STEP", 64)
    monkeypatch.setattr(nuls, "_FAR", 256)


def found(path: Path, pattern: str = "foo", **options: object) -> tuple[list[int], int, int | None]:
    """The offsets of the lines that are shown, the matches that are told, and the offset of the NUL."""
    lines, matches, at = [], 0, None
    for event in search(pattern, str(path), detect=False, **options):  # type: ignore[arg-type]
        if isinstance(event, Line):
            lines.append(event.offset)
        elif isinstance(event, End):
            matches, at = event.matches.value, event.binary_at
    return lines, matches, at


def tree(folder: Path, data: bytes) -> Path:
    """A file that is walked, not named."""
    (folder / "file").write_bytes(data)
    return folder


def test_a_walked_file_ends_at_its_first_step_with_a_nul(tmp_path: Path) -> None:
    """P1: what stands before that step is shown, what is in it is not, in each step anew."""
    early = b"long\nfoo\n\0\nfoo\n"
    assert found(tree(tmp_path, early), binary="quit") == ([], 0, None)
    late = b"foo\n" + b"abc\n" * (20 * KIB) + b"foo\n\0\nfoo\n"
    assert found(tree(tmp_path, late), binary="quit") == ([0], 1, late.index(0))
    assert found(tree(tmp_path, early), binary="quit", text=True)[:2] == ([5, 11], 2)


def test_a_named_file_is_searched_and_not_shown(tmp_path: Path) -> None:
    """P1: the first hit in the binary part counts and ends it; what was shown before stays."""
    path = tmp_path / "file"
    path.write_bytes(b"x" * 9 + b"\nfoo\n\0\nfoo\n")
    assert found(path, binary="quit") == ([], 1, 14)
    path.write_bytes(b"foo\n" + b"abc\n" * (20 * KIB) + b"\0foo\nfoo\n")
    assert found(path, binary="quit") == ([0], 2, 4 + 80 * KIB)
    assert found(path, "nothing", binary="quit") == ([], 0, None)


def test_a_nul_is_a_line_end_unless_the_file_is_mapped(tmp_path: Path) -> None:
    """P1: as ripgrep has it, for counts as well."""
    path = tmp_path / "file"
    path.write_bytes(b"long line\nb\0r\n")
    counted = {"binary": "suppress", "output_mode": "count"}
    assert found(path, "^r", **counted)[1] == 1
    assert found(path, "^r", mapped=True, **counted)[1] == 0
    assert found(path, "r", binary="suppress", binary_lines=True) == ([12], 1, 11)


def test_a_mapped_file_is_binary_where_a_line_that_is_shown_is(tmp_path: Path) -> None:
    """P1: a NUL far from the beginning, in a line that doesn't match, is not seen."""
    path = tmp_path / "file"
    path.write_bytes(b"foo\n" + b"abc\n" * (20 * KIB) + b"\0\nfoo\nfoo\0\nfoo\n")
    start = path.read_bytes().index(b"\0\nfoo") + 2
    assert found(path, binary="suppress", mapped=True) == ([0, start], 3, start + 7)
    path.write_bytes(b"foo\n\0\n")
    assert found(path, binary="suppress", mapped=True) == ([], 1, 4)


@pytest.mark.parametrize("jobs", [1, 2])
def test_parts_of_a_big_file_agree(tmp_path: Path, jobs: int) -> None:
    """P1, T10: a NUL deep in a big file ends the search at the same line, however many processes share it."""
    row = b"abc foo " + b"x" * 1000 + b"\n"
    data = row * (24 * KIB) + b"\0" + row * 100
    (tmp_path / "file").write_bytes(data)
    _, matches, at = found(tmp_path, binary="quit", jobs=jobs)
    assert at == len(row) * 24 * KIB
    assert matches == (at // (64 * KIB) * (64 * KIB)) // len(row)


@pytest.mark.parametrize("step", [1, 7, 4096, 300_000])
def test_steps_do_not_depend_on_how_much_is_read(step: int) -> None:
    """P1: what is passed on before the binary part is the same, however much is read at once."""
    data = b"".join(b"%d\n" % number for number in range(60_000)) + b"\0" + b"rest\n" * 10
    nuls = Nuls(from_bytes(data), quits=True, held=False, counted=False)
    whole = everything(nuls, step)
    assert nuls.at == data.index(0)
    assert nuls.dark
    assert data.startswith(whole)
    assert len(data) - 64 * KIB - 15 < len(whole) <= nuls.at
    data += b"\0more\0" * 50_000
    assert everything(Nuls(from_bytes(data), quits=False, held=False, counted=False), step) == data.replace(b"\0", b"\n")


@pytest.mark.parametrize("binary", ["quit", "suppress"])
def test_pages_show_what_stands_before_the_step_with_the_nul(tmp_path: Path, binary: str) -> None:
    """T5, T10: a page that begins in the middle of a step has the steps of the whole file, not its own."""
    (tmp_path / "file").write_bytes(b"foo\nfoo\n" + b"x" * (64 * KIB - 8) + b"\0")
    assert found(tmp_path, binary=binary)[0] == [0, 4]
    pages = follow("foo", str(tmp_path), binary=binary, detect=False, head_limit=1)
    assert [row[1] for row in rows_of(pages)] == [1, 2]


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_part_of_a_big_file_ends_within_a_step(tmp_path: Path, jobs: int) -> None:
    """P1, T10: a NUL behind the end of one part hides the lines of its step in that part, too."""
    row = b"bar " + b"x" * 995 + b"\n"
    stop = 0
    for size in (FIRST, PART, PART, PART, PART, PART):
        stop = -(-(stop + size) // len(row)) * len(row)
    step = stop // (64 * KIB) * (64 * KIB)
    assert step < stop - 2 * len(row)
    hits = row.replace(b"bar", b"foo") * 100
    (tmp_path / "file").write_bytes(row * (stop // len(row) - 100) + hits + b"x\0" + hits)
    shown, matches, nul = found(tmp_path / "file", binary="suppress", jobs=jobs)
    assert nul == stop + 1
    assert shown == list(range(stop - len(hits), step - len(row), len(row)))
    assert matches == len(shown) + 1


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_part_with_more_than_a_unit_may_hold(tmp_path: Path, jobs: int) -> None:
    """P1, T10: a NUL far behind the hits that fill a unit hides all that follows, also in the parts behind."""
    start = 18 * KIB * KIB
    hits = b"foo\n" * (25 * KIB)
    (tmp_path / "file").write_bytes((b"bar " + b"x" * 1019 + b"\n") * (start // KIB) + hits + b"x\0" + b"foo\n" * (KIB * KIB))
    shown, matches, nul = found(tmp_path / "file", binary="suppress", jobs=jobs)
    assert nul == start + len(hits) + 1
    assert shown == list(range(start, nul // (64 * KIB) * (64 * KIB), 4))
    assert matches == len(shown) + 1


@pytest.mark.usefixtures("small_steps")
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LINES, NULS, st.booleans(), st.integers(0, 1500), st.sampled_from([1, 2, 50, 64, 4096]))
def test_what_is_left_does_not_depend_on_where_reading_begins(
    lines: list[bytes], places: list[int], quits: bool, offset: int, step: int
) -> None:
    """T5, T10: from any byte of a file on comes what comes there when it is read from its beginning at once."""
    data = with_nuls(lines, places)
    whole, light = (everything(Nuls(from_bytes(data), quits=quit, held=False, counted=False), 4096) for quit in (quits, True))
    offset = min(offset, len(data))
    known = data.index(0) if offset > max(len(light), 255) else None
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        with from_path(file.name) as source:
            watched = Nuls(source, quits=quits, held=False, counted=False, known=known)
            if offset:
                watched.source.seek(offset)
            assert everything(watched, step) == whole[offset:]


@pytest.mark.usefixtures("small_steps")
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example([b"foo", b"foo", b"", b"x" * 90, b"foo"], [64], "suppress", False, 1, 1, False)
@given(LINES, NULS, st.sampled_from(["quit", "suppress"]), st.booleans(), st.integers(1, 4), st.integers(0, 2), st.booleans())
def test_all_pages_of_binary_files_are_everything(
    lines: list[bytes], places: list[int], binary: str, named: bool, most: int, context: int, multiline: bool
) -> None:
    """T5, T10: following the cursor gives each line once, in windows smaller than a step."""
    options = {"binary": binary, "context": context, "multiline": multiline, "limits": TINY, "detect": False}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "file")
        path.write_bytes(with_nuls(lines, places))
        asked = str(path) if named else folder
        pages = follow("foo", asked, head_limit=most, **options)
        whole = rows(list(search("foo", asked, **options)), path=True)  # type: ignore[arg-type]
        # ripgrep, and `search` with it, has a gap before lines that it then does not show; a page has none at its end
        assert rows_of(pages) == (whole[:-1] if whole[-1:] == [GAP] else whole)
        assert pages[-1].total.value == grep("foo", asked, head_limit=1000, **options).total.value  # type: ignore[arg-type]


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize("steps", [3, 4, 7])
def test_a_deadline_in_the_binary_part(tmp_path: Path, steps: int) -> None:
    """T5, T13: a search that stopped far behind the NUL goes on in the binary part."""
    path = tmp_path / "file"
    path.write_bytes(b"foo\n" + b"abc\n" * 100 + b"\0" + b"abc\n" * 1000 + b"foo\nfoo\n")
    options = {"binary": "suppress", "limits": TINY, "detect": False}
    pages = [grep("foo", path, deadline=Steps(steps), **options)]  # type: ignore[arg-type]
    while (going_on := pages[-1].next) is not None:
        cursor = str(going_on.arguments["cursor"])
        pages.append(grep("foo", path, deadline=Steps(steps), cursor=cursor, **options))  # type: ignore[arg-type]
        assert len(pages) < 200
    assert len(pages) > 5
    assert [row[1] for row in rows_of(pages)] == [1]
    assert pages[-1].total.value == 2


def with_nuls(lines: list[bytes], places: list[int]) -> bytes:
    """A text with NULs put in."""
    data = b"\n".join(lines)
    for place in places:
        data = data[:place] + b"\0" + data[place:]
    return data


def everything(nuls: Nuls, step: int) -> bytes:
    """What comes through, read in steps."""
    parts, view = [], memoryview(bytearray(step))
    while count := nuls.source.readinto(view):
        parts.append(bytes(view[:count]))
    return b"".join(parts)
