"""What was searched and what was not, and why nothing was found; T9, T11, T15, T17."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from streamtools.errors import BadPattern, FileError, InvalidArgument, NotFound, NotRegular
from streamtools.render.text import text_of
from streamtools.results import REMEDY
from streamtools.searching import grep


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree with one of everything that is left out."""
    (tmp_path / "found.txt").write_text("needle\n")
    (tmp_path / "plain.txt").write_text("nothing here\n")
    (tmp_path / ".ignore").write_text("ignored.txt\nignored-folder\n")
    (tmp_path / "ignored.txt").write_text("needle\n")
    (tmp_path / "ignored-folder").mkdir()
    (tmp_path / "ignored-folder/a").write_text("needle\n")
    (tmp_path / ".hidden").write_text("needle\n")
    (tmp_path / "binary").write_bytes(b"\x7fELF\x02\x01\0\0\0needle\n")
    (tmp_path / "large.txt").write_text("needle\n" * 1000)
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to("found.txt")
    (tmp_path / "dangling").symlink_to("nowhere")
    return tmp_path


def test_the_ledger_counts_by_reason(tree: Path) -> None:
    """T9: each reason is counted, with names, and text says the option that would include it."""
    result = grep("needle", tree, max_filesize=5000)
    skipped = dict(result.ledger.skipped)
    assert [Path(path).name for path in result.paths] == ["found.txt"]
    assert skipped["ignored"] == 2
    assert skipped["hidden"] >= 1
    assert skipped["binary"] == 1
    assert skipped["too_large"] == 1
    assert skipped["special"] == 1
    assert skipped["link"] == 2
    assert result.ledger.files == 2
    assert result.ledger.bytes == len("needle\n") + len("nothing here\n")
    text = text_of(result)
    for reason, count in skipped.items():
        assert f"{count} {reason.replace('_', ' ')} ({REMEDY[reason]})" in text
    assert [Path(name).name for name in result.ledger.examples["binary"]] == ["binary"]


@pytest.mark.parametrize(
    ("option", "found"),
    [
        ({"ignore": False}, "ignored.txt"),
        ({"hidden": True}, ".hidden"),
        ({"text": True}, "binary"),
        ({"max_filesize": 100_000}, "large.txt"),
        ({"follow": True}, "link"),
    ],
)
def test_the_remedy_includes_it(tree: Path, option: dict[str, int], found: str) -> None:
    """T9: the named option does include what was left out."""
    names = {Path(path).name for path in grep("needle", tree, **{"max_filesize": 5000, **option}, output_mode="files_with_matches").paths}  # type: ignore[arg-type]
    assert found in names


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_files_are_told_and_the_rest_goes_on(tree: Path) -> None:
    """T9: no permission is an entry of the ledger and a sentence, not an error."""
    (tree / "secret").write_text("needle\n")
    (tree / "secret").chmod(0)
    result = grep("needle", tree)
    assert result.ledger.skipped["unreadable"] == 1
    assert any("secret" in sentence and "permission denied" in sentence for sentence in result.ledger.errors)
    assert [Path(path).name for path in result.paths] == ["found.txt", "large.txt"]


def test_what_can_not_be_opened_is_told(tmp_path: Path) -> None:
    """T9: of several roots a missing one is told and the rest is searched; a missing only root is an error."""
    (tmp_path / "a").write_text("needle\n")
    result = grep("needle", [tmp_path / "nothing", tmp_path / "a"])
    assert [Path(path).name for path in result.paths] == ["a"]
    assert result.ledger.skipped == {"unreadable": 1}
    assert any("no such file" in sentence for sentence in result.ledger.errors)
    with pytest.raises(NotFound, match="no such file"):
        grep("needle", tmp_path / "nothing")


def test_near_miss_names(tmp_path: Path) -> None:
    """T15: a misspelt name is answered with what is there."""
    (tmp_path / "settings.py").write_text("x")
    with pytest.raises(NotFound, match=r"settings\.py"):
        grep("needle", tmp_path / "setings.py")


def test_special_files_never_hang(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """T11: a FIFO, a device and a socket by name are refused with what they are."""
    monkeypatch.chdir(tree)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        for name, words in (("fifo", "FIFO"), ("/dev/zero", "device"), ("socket", "socket")):
            with pytest.raises((NotRegular, FileError), match=words):
                grep("needle", name)


def test_proc_is_searched_or_refused_in_a_sentence() -> None:
    """T11: files of /proc have size 0 and content; what can't be read is told."""
    if not os.path.exists("/proc/self/status"):
        pytest.skip("no /proc here")
    assert grep("^Name:", "/proc/self/status").total.value == 1
    with pytest.raises(FileError, match="/proc/self/mem"):
        grep("needle", "/proc/self/mem")


@pytest.mark.parametrize(
    ("text", "pattern", "options", "words"),
    [
        ("Needle\nneedle\n", "NEEDLE", {}, "ignoring case: 2 matching lines (ignore_case=True)"),
        ("call(x)\n", "call(x)", {}, "taking the pattern literally: 1 matching lines (fixed_strings=True)"),
        ("x\n", "needle", {}, "no hits in 1 files (2 bytes)"),
        ("x\n", "needle", {"glob": "*.py"}, "no hits in 0 files"),
    ],
)
def test_zero_hits_are_diagnosed(tmp_path: Path, text: str, pattern: str, options: dict[str, str], words: str) -> None:
    """T17: the notices say what another option would have found."""
    (tmp_path / "a.txt").write_text(text)
    result = grep(pattern, tmp_path, **options)  # type: ignore[arg-type]
    assert result.total.value == 0
    assert any(words in notice for notice in result.notices), result.notices
    assert f"[{'no hits' if 'no hits' in words else 'no hits, but'}" in text_of(result)


def test_zero_hits_but_in_ignored_files(tree: Path) -> None:
    """T17: hits in ignored and hidden files are counted."""
    (tree / "found.txt").unlink()
    (tree / "large.txt").unlink()
    result = grep("needle", tree)
    assert any("in ignored and hidden files: 3 matching lines" in notice for notice in result.notices), result.notices


def test_the_second_look_is_bounded(tmp_path: Path) -> None:
    """T17: at most 2000 files are looked at again; what is cut is told as "at least"."""
    for number in range(2100):
        (tmp_path / f"{number}").write_text("NEEDLE\n")
    result = grep("needle", tmp_path)
    (notice,) = [notice for notice in result.notices if "ignoring case" in notice]
    count = int(notice.split("at least ")[1].split()[0].replace(",", ""))
    assert 1900 <= count <= 2000


def test_hits_and_later_pages_are_not_diagnosed(tmp_path: Path) -> None:
    """T17: only a search that found nothing at all gets a second look."""
    (tmp_path / "a").write_text("needle\nNEEDLE\n")
    assert not any("no hits" in notice for notice in grep("needle", tmp_path).notices)
    page = grep("needle", tmp_path, head_limit=1)
    if page.next is not None:
        rest = grep("needle", tmp_path, cursor=str(page.next.arguments["cursor"]))
        assert not any("no hits" in notice for notice in rest.notices)


@pytest.mark.parametrize("pattern", ["(", "a{2,1}", "[z", "(?P<x>a)(?P<x", "*", r"\p{Nope}", "(?<=a*b", "a\nb"])
def test_bad_patterns_say_where_and_why(tmp_path: Path, pattern: str) -> None:
    """T15: one sentence with the pattern and the place; never a traceback of the engine."""
    with pytest.raises(BadPattern) as caught:
        grep(pattern, tmp_path)
    words = str(caught.value)
    assert words.isprintable()
    assert "\n" not in words


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"head_limit": 0}, "head_limit must be a whole number of at least 1"),
        ({"head_limit": -3}, "head_limit"),
        ({"before": -1}, "before must be"),
        ({"context": "3"}, "must be a whole number"),
        ({"max_count": -1}, "max_count"),
        ({"output_mode": "lines"}, "output_mode is one of"),
        ({"ignorecase": True}, "did you mean ignore_case"),
        ({"glob": 3}, "glob must be a string"),
        ({"type": "nope"}, "nope"),
        ({"glob": "["}, "glob"),
        ({"max_depth": True}, "max_depth"),
    ],
)
def test_bad_options_are_one_sentence(tmp_path: Path, options: dict[str, object], words: str) -> None:
    """T15: what can't be meant is refused with what to give instead."""
    (tmp_path / "a").write_text("x")
    with pytest.raises(InvalidArgument, match=words.replace("(", r"\(")):
        grep("x", tmp_path, **options)  # type: ignore[arg-type]


def test_an_empty_list_of_patterns_matches_nothing(tmp_path: Path) -> None:
    """T15: no pattern is no match; an empty one matches every line."""
    (tmp_path / "a").write_text("x\ny\n")
    assert grep([], tmp_path).total.value == 0
    assert grep("", tmp_path).total.value == 2
