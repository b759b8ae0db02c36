"""Bad input, one sentence each, through the library and both command lines; T11, T14, T15."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from streamtools.errors import AccessDenied, FileError, InvalidArgument, NotFound, NotRegular, UnknownEncoding
from streamtools.limits import Limits
from streamtools.reading import iter_lines, read
from tests.adapters import ROOT, refused, sgrep, sread

SMALL = Limits(window=4096, segment=2048, overlap=64)


@pytest.fixture(scope="module")
def place() -> Iterator[str]:
    """A folder of odd things, with a short name (a socket's is limited), readable by everybody."""
    with tempfile.TemporaryDirectory(prefix="st") as top:
        os.chmod(top, 0o755)
        Path(top, "notes.txt").write_text("one\ntwo\n")
        Path(top, "settings.toml").write_text("a = 1\n")
        os.mkfifo(f"{top}/fifo")
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(f"{top}/socket")
        os.symlink("loop-b", f"{top}/loop-a")
        os.symlink("loop-a", f"{top}/loop-b")
        os.symlink("nowhere", f"{top}/dangling")
        os.symlink("fifo", f"{top}/to-fifo")
        os.mkdir(f"{top}/folder")
        Path(top, "secret").write_text("secret\n")
        os.chmod(f"{top}/secret", 0)
        yield top


BAD: list[tuple[str, type[FileError], str]] = [
    ("note.txt", NotFound, "did you mean notes.txt?"),
    ("Notes.TXT", NotFound, "did you mean notes.txt?"),
    ("settings.tml", NotFound, "did you mean settings.toml?"),
    ("folder/notes.txt", NotFound, "no such file"),
    ("nothing/like/it", NotFound, "no such file"),
    ("dangling", NotFound, ""),
    ("notes.txt/x", NotFound, ""),
    ("x" * 300, NotFound, "too long"),
    ("y/" * 3000, NotFound, "too long"),
    ("new\nline", NotFound, "new\\nline"),
    ("bad\udcff", NotFound, "bad\\xff"),
    ("loop-a", FileError, "symbolic links"),
    ("fifo", NotRegular, "FIFO"),
    ("to-fifo", NotRegular, "FIFO"),
    ("socket", NotRegular, "socket"),
    ("/dev/zero", NotRegular, "device"),
    ("/dev/tty", FileError, ""),
    ("/proc/self/mem", FileError, ""),
    ("/proc/kmsg", FileError, ""),
]


@pytest.mark.parametrize(("name", "kind", "said"), BAD, ids=[name[:20].encode("unicode_escape").decode() for name, _, _ in BAD])
def test_what_can_not_be_read(name: str, kind: type[FileError], said: str, place: str) -> None:
    """T11, T15: never a hang, one printable sentence that names the thing, nothing on stdout, exit 2; the library raises it."""
    if name.startswith(("/proc", "/dev")) and not os.path.exists(name):
        pytest.skip(f"no {name} here")
    if name == "/proc/kmsg":
        # What the kernel said and nobody has read yet, as of the workers that other tests let crash, would be read like a file.
        drained = os.open(name, os.O_RDONLY | os.O_NONBLOCK)
        with contextlib.suppress(BlockingIOError):
            while os.read(drained, 8192):
                pass
        os.close(drained)
    for done in (sread(name, cwd=place, seconds=20), sgrep("x", name, cwd=place, seconds=20)):
        sentence = refused(done)
        assert said in sentence
        assert sentence.isprintable()
        assert len(sentence) < 400
        assert "  " not in sentence
    with pytest.raises(kind) as caught:
        read(os.path.join(place, name))
    assert "\n" not in str(caught.value)


def test_a_folder_is_refused_by_read_with_what_to_do(place: str) -> None:
    """T15: the sentence names the tools for folders."""
    sentence = refused(sread("folder", cwd=place))
    assert "folder" in sentence
    assert "grep" in sentence
    with pytest.raises(NotRegular):
        read(f"{place}/folder")


def test_the_empty_name_is_named(place: str) -> None:
    """T15: not ": no such file or folder"."""
    for done in (sread("", cwd=place), sgrep("x", "", cwd=place)):
        sentence = refused(done)
        assert not sentence.split(": ", 1)[1].startswith(":")
        assert "empty" in sentence or "''" in sentence


def test_a_nul_in_a_path_is_an_error_of_the_caller() -> None:
    """T15: a shell can't give one, a model can."""
    for call in (lambda: read("a\0b"), lambda: list(iter_lines("a\0b"))):
        with pytest.raises((InvalidArgument, NotFound)) as caught:
            call()
        assert "NUL" in str(caught.value)


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="needs root to become another user")
def test_no_permission_as_another_user(place: str) -> None:
    """T15: as root nothing is denied, so a child becomes nobody; the others of several files are still searched."""
    python = "import os, sys\nos.setgroups([]); os.setgid(65534); os.setuid(65534)\n"

    def nobody(tool: str, *words: str) -> subprocess.CompletedProcess[bytes]:
        # Imported before the change of user: nobody may not read this checkout.
        code = f"import sys; sys.path.insert(0, {ROOT!r})\nimport streamtools.adapters.grepping, streamtools.adapters.paging, streamtools.searching.tree\n"
        code += "from streamtools.match import exact, slower\nfrom streamtools.adapters import telling\nimport regex, difflib\n"
        code += f"from streamtools.adapters.{tool} import main\n{python}sys.exit(main())"
        return subprocess.run([sys.executable, "-c", code, *words], capture_output=True, check=False, cwd=place, timeout=60)

    for tool, words in (("sread", ("secret",)), ("sgrep", ("x", "secret"))):
        done = nobody(tool, *words)
        assert (done.returncode, done.stdout) == (2, b""), done.stderr
        assert done.stderr == f"{tool}: secret: permission denied\n".encode()
    beside = nobody("sgrep", "-l", "one|secret", "secret", "notes.txt")
    assert (beside.returncode, beside.stdout) == (2, b"notes.txt\n")
    assert beside.stderr == b"sgrep: secret: permission denied\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission(place: str) -> None:
    """T15: the same without another user."""
    assert "permission denied" in refused(sread("secret", cwd=place))
    with pytest.raises(AccessDenied):
        read(f"{place}/secret")


# -- arguments --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--limit", "-1"], "limit must be at least 1"),
        (["--limit", "0"], "limit must be at least 1"),
        (["--offset", "0"], "offset counts lines from 1"),
        (["--column", "0"], "column counts bytes from 1"),
        (["--column", "-5"], "column counts bytes from 1"),
        (["--encoding", "utf-99"], "unknown encoding 'utf-99'; did you mean"),
        (["--encoding", "latin1x"], "did you mean latin1"),
        (["--encoding", "rot13"], "no encoding of text"),
        (["--encoding", "hex"], "no encoding of text"),
        (["--encoding", ""], "unknown encoding"),
        (["--encoding", "\udcff"], "unknown encoding"),
        (["--encoding", "x" * 5000], "unknown encoding"),
        (["--limit", "ten"], "'ten' is not a whole number"),
        (["--offset", "1e3"], "'1e3' is not a whole number"),
        (["--offset", "\u0661"], "is not a whole number"),
        (["--limti", "3"], "did you mean --limit?"),
        (["--limit"], "needs a value"),
    ],
    ids=lambda value: value[-1][:20].encode("unicode_escape").decode() if isinstance(value, list) else "",
)
def test_bad_arguments_of_read(words: list[str], said: str, place: str) -> None:
    """T15: refused before anything is read, with what to try."""
    words = [*words, "notes.txt"] if words != ["--limit"] else ["notes.txt", *words]
    sentence = refused(sread(*words, cwd=place))
    assert said in sentence
    assert sentence.isprintable()
    assert len(sentence) < 500


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["("], "character 0"),
        (["a(b"], "character 1"),
        (["["], "the set has no ]"),
        (["*a"], "nothing to repeat"),
        (["a{3,1}"], "a{3,1}"),
        (["\\"], "escape"),
        (["(?<n>a)(?P=m)"], ""),
        (["(?P<n"], ""),
        ([r"\p{Nonsense}"], ""),
        (["a{99999999999}"], "100,000"),
        ([r"a\nb"], "-U"),
        (["a\nb"], "-U"),
        (["-E", "utf-99", "a"], "did you mean"),
        (["-t", "pyhton", "a"], "pyhton"),
        (["-g", "[", "a"], "glob '['"),
        (["--color", "sometimes", "a"], "auto, always, ansi, never"),
        (["-A", "x", "a"], "whole number"),
        (["--max-filesize", "10X", "a"], "whole number"),
        (["--cursor", "nonsense", "a"], "the cursor is damaged"),
        (["-f", "missing", "a"], "missing"),
        (["-f", "folder", "a"], "folder"),
        (["-f", "fifo", "a"], "FIFO"),
    ],
    ids=lambda value: value[-1 if value[0][0] != "-" else 1][:20].encode("unicode_escape").decode() if isinstance(value, list) else "",
)
def test_bad_arguments_of_grep(words: list[str], said: str, place: str) -> None:
    """T15: where and why, in the words of the command line: flags, not the library's arguments."""
    sentence = refused(sgrep(*words, "notes.txt", cwd=place))
    assert said in sentence
    assert sentence.isprintable()
    assert "=True" not in sentence
    assert "=False" not in sentence


def test_a_bad_regex_names_the_way_to_search_for_it(place: str) -> None:
    """T15: `sgrep 'foo('` is mostly meant literally: -F."""
    assert "-F" in refused(sgrep("foo(", "notes.txt", cwd=place))


def test_library_arguments_are_checked() -> None:
    """T15: types too: what a model sends is not always a number."""
    path = f"{ROOT}/LICENSE"
    for given in ({"offset": "3"}, {"limit": True}, {"limit": 2.5}, {"offset": None}, {"column": "x"}):
        with pytest.raises(InvalidArgument) as caught:
            read(path, **given)
        assert next(iter(given)) in str(caught.value)
    with pytest.raises(UnknownEncoding):
        read(path, encoding="utf-99")


# -- past the end, empty ----------------------------------------------------------------


@pytest.mark.parametrize(("data", "last"), [("a\nb\nc\n", 3), ("a\nb\nc", 3), ("\n", 1)])
def test_an_offset_past_the_end_names_the_last_line(data: str, last: int, tmp_path: Path) -> None:
    """T15: an empty page, exit 0, and the number of the last line: for files and for streams."""
    (tmp_path / "f").write_text(data)
    for done in (sread("--offset", "99", "f", cwd=tmp_path), sread("--offset", "99", stdin=data.encode()), sread("f:99", cwd=tmp_path)):
        assert (done.code, done.out) == (0, b"")
        assert done.told == [f"sread: line 99 is past the end: the last line is {last}"]
    assert sread("--offset", str(10**30), "f", cwd=tmp_path).told[-1].endswith(f"the last line is {last}")


def test_empty_files_and_streams(tmp_path: Path) -> None:
    """T15: empty is told, and is no error."""
    (tmp_path / "f").write_text("")
    for words in (["f"], ["--tail", "3", "f"], ["--offset", "5", "f"], ["f:5", "--limit", "2"]):
        done = sread(*words, cwd=tmp_path)
        assert (done.code, done.out, len(done.told)) == (0, b"", 1)
        assert done.told[0].endswith("the file is empty")
    assert sread("--no-cap", "f", cwd=tmp_path).out == b""
    assert sgrep("x", "f", cwd=tmp_path).code == 1
    assert sgrep("-c", "", "f", cwd=tmp_path).out == b""


# -- files that change ------------------------------------------------------------------


def test_a_file_truncated_while_it_is_read_ends(tmp_path: Path) -> None:
    """T14: the window may still hold lines of before; nothing is invented, nothing crashes."""
    path = tmp_path / "f"
    want = [f"line {number:06}" for number in range(20_000)]
    path.write_text("\n".join(want) + "\n")
    got = []
    for line in iter_lines(str(path), limits=SMALL):
        got.append(line.text)
        if len(got) == 100:
            os.truncate(path, 0)
    assert 100 <= len(got) < 20_000
    assert got[:-1] == want[: len(got) - 1]
    assert want[len(got) - 1].startswith(got[-1])


def test_a_file_that_grows_while_it_is_read_is_read_on(tmp_path: Path) -> None:
    """T14: lines that are appended before the end is reached are lines; none is read twice."""
    path = tmp_path / "f"
    path.write_text("".join(f"{number}\n" for number in range(50_000)))
    got = []
    with open(path, "a", encoding="utf-8") as file:
        for line in iter_lines(str(path), limits=SMALL):
            got.append(line.text)
            if len(got) <= 50:
                file.write(f"{50_000 - 1 + len(got)}\n")
                file.flush()
    assert got == [str(number) for number in range(50_050)]


def test_a_file_replaced_while_it_is_read_stays_the_old_one(tmp_path: Path) -> None:
    """T14: a rename over the name does not mix two files."""
    path = tmp_path / "f"
    path.write_text("old\n" * 20_000)
    (tmp_path / "new").write_text("new\n" * 20_000)
    got = set()
    for number, line in enumerate(iter_lines(str(path), limits=SMALL)):
        if number == 10:
            os.rename(tmp_path / "new", path)
        got.add(line.text)
    assert got == {"old"}


def test_iter_lines_closes_its_file(tmp_path: Path) -> None:
    """T1: also when the iterator is left."""
    path = tmp_path / "f"
    path.write_text("line\n" * 10_000)
    before = sorted(os.listdir("/dev/fd"))
    lines = iter_lines(str(path), limits=SMALL)
    next(lines)
    lines.close()  # type: ignore[attr-defined]
    with pytest.raises(InvalidArgument):
        next(iter(iter_lines(str(path), 0)))
    assert sorted(os.listdir("/dev/fd")) == before
