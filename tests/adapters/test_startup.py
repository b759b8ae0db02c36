"""What a start imports: start-up time is a promise, and imports are what it is made of."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.adapters import ROOT, sgrep

HEAVY = {
    "asyncio",
    "sqlite3",
    "chardet",
    "hyperscan",
    "regex",
    "ahocorasick",
    "aiofiles",
    "dataclasses",
    "inspect",
    "argparse",
    "json",
    "concurrent.futures",
}


#: What `dataclasses` brings along, and other libraries that a command line does without.
BULKY = {"dataclasses", "inspect", "ast", "tokenize", "threading", "subprocess", "shlex", "json", "hashlib", "random", "tempfile"}


def command(tool: str, *arguments: str, code: int = 0) -> set[str]:
    """Return the names of all modules that a command line loads."""
    argv = [tool, *arguments]
    return imported(f"import sys\nsys.argv = {argv!r}\nfrom streamtools.adapters.{tool} import main\nassert main() == {code}")


def imported(code: str) -> set[str]:
    """Return the names of all modules that are loaded after ``code``."""
    script = f"import sys; sys.path.insert(0, {ROOT!r})\n{code}\nprint(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True, timeout=60)
    return set(done.stderr.split())


@pytest.mark.parametrize("tool", ["sgrep", "sread"])
def test_the_version_imports_next_to_nothing(tool: str) -> None:
    """The issue: `--version` is at most three bare Pythons: no dataclasses, no engine, nothing but the version."""
    code = f"sys.argv = [{tool!r}, '--version']\nfrom streamtools.adapters.{tool} import main\nassert main() == 0"
    loaded = imported(code)
    assert loaded & HEAVY == set()
    ours = {name for name in loaded if name.startswith("streamtools.") and name.split(".")[1] != "adapters"}
    assert ours <= {"streamtools.errors"}
    assert loaded & {"typing", "re", "enum", "functools", "collections"} == set()


def test_the_library_loads_no_heavy_module() -> None:
    """design.md: `import streamtools` loads no asyncio, sqlite3 or chardet; nor any engine."""
    assert imported("import streamtools") & (HEAVY - {"dataclasses", "inspect", "json"}) == set()


def test_a_read_loads_no_search_and_no_engine() -> None:
    """An ASCII file is read without chardet, regex, hyperscan or asyncio."""
    code = f"sys.argv = ['sread', '--limit', '1', {ROOT + '/LICENSE'!r}]\nfrom streamtools.adapters.sread import main\nassert main() == 0"
    loaded = imported(code)
    assert loaded & {"asyncio", "chardet", "regex", "hyperscan", "ahocorasick", "sqlite3", "aiofiles"} == set()
    assert not any(name.startswith(("streamtools.searching", "streamtools.match")) for name in loaded)


def test_a_search_loads_no_chardet_and_no_asyncio() -> None:
    """A search of an ASCII file needs an engine, and neither chardet nor asyncio."""
    code = f"sys.argv = ['sgrep', 'MIT', {ROOT + '/LICENSE'!r}]\nfrom streamtools.adapters.sgrep import main\nassert main() == 0"
    assert imported(code) & {"asyncio", "chardet", "sqlite3", "aiofiles", "difflib", "argparse"} == set()


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("sgrep", ("MIT", "LICENSE")),
        ("sgrep", ("-c", "L.cense", "LICENSE")),
        ("sgrep", ("--files", "docs")),
        ("sgrep", ("MIT", "docs")),
        ("sread", ("LICENSE",)),
    ],
)
def test_no_command_loads_dataclasses_or_what_is_as_large(tool: str, arguments: tuple[str, ...]) -> None:
    """The issue: `dataclasses` takes 5 ms with `inspect`, `ast` and `tokenize`, and every start pays it."""
    code = int("docs" in arguments and "MIT" in arguments)
    names = tuple(f"{ROOT}/{word}" if word in {"LICENSE", "docs"} else word for word in arguments)
    assert command(tool, *names, code=code) & BULKY == set()


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="named tuples come from typing there")
@pytest.mark.parametrize("arguments", [("text", "{}/file"), ("-c", "zzz", "{}/file"), ("--files", "{}"), ("zzz", "{}")])
def test_no_plain_search_loads_typing_or_re(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """The issue: `typing`, `re`, `enum` and `contextlib` take 9 of 32 ms, and who lists or looks for a literal needs none of them."""
    (tmp_path / "file").write_text("a text\n")
    (tmp_path / ".ignore").write_text("*.o\n/build/\n!keep.o\n")
    loaded = command("sgrep", *(word.format(tmp_path) for word in arguments), code=int("zzz" in arguments))
    assert loaded & {"typing", "re", "enum", "contextlib"} == set()


def test_a_listing_loads_no_library_of_the_engines() -> None:
    """The issue, `--files`: `stringzilla` takes 0.6 ms, and names of files need no engine."""
    assert command("sgrep", "--files", ROOT) & {"stringzilla", "hyperscan", "regex", "ahocorasick"} == set()


def test_a_page_loads_no_typing() -> None:
    """The issue: `typing` takes 4 ms, and only type checkers need it."""
    assert ("typing" in command("sread", ROOT + "/LICENSE")) == (sys.version_info >= (3, 14))


@pytest.mark.parametrize("flags", [("-c", "zzz"), ("-n", "zzz"), ("-q", "zzz")])
def test_a_literal_in_little_text_loads_no_engine(flags: tuple[str, ...]) -> None:
    """The issue: a small file is searched for a literal before `hyperscan` would be loaded; nor is loaded what others need."""
    loaded = command("sgrep", *flags, ROOT + "/LICENSE", code=1)
    assert loaded & {"hyperscan", "regex", "ahocorasick"} == set()
    late = (
        "searching.multiline",
        "searching.nuls",
        "searching.diagnose",
        "text.transcode",
        "match.literals",
        "match.dialect",
        "match.hyper",
    )
    assert not {f"streamtools.{name}" for name in (*late, "adapters.jsonlines", "adapters.colors")} & loaded


@pytest.mark.parametrize(
    "pattern",
    [r"worker-6[0-3]\].*id=0070000\d\d", "connection reset|broken pipe|no route", "[a-z]+ing id=", r"[\w.-]+@\w+\.zzz", "z.z", "(a|b)q{3}"],
)
@pytest.mark.parametrize("flags", [(), ("-c",), ("-i",), ("-w",)])
def test_a_pattern_without_a_hit_loads_no_regex(pattern: str, flags: tuple[str, ...]) -> None:
    """The issue: `regex` takes 13 ms, and is needed only where a line has to be looked at again."""
    assert "regex" not in command("sgrep", *flags, "-e", pattern, ROOT + "/LICENSE", code=1)


def test_a_pattern_that_is_counted_for_sure_loads_no_regex() -> None:
    """The issue: lines of ASCII that the finder is sure of are counted without a second look."""
    assert "regex" not in command("sgrep", "-c", "-i", "[l]icense|m.t", ROOT + "/LICENSE")


def test_the_forms_of_a_pattern_are_compiled_when_they_are_met() -> None:
    """The issue: regexes that read regexes took 4 ms at every start of a regex search."""
    code = "import re\nimport streamtools.match.regexes, streamtools.match.approximate, streamtools.match.hyper\nassert not re._cache, re._cache"
    imported(code)


def test_no_collection_of_garbage_before_the_first_byte() -> None:
    """The issue: what is imported is no garbage, and looking for some takes 2 ms; nothing large is imported before `begin`."""
    code = (
        "import sys, gc\nsys.argv = ['sgrep']\nimport streamtools.adapters.sgrep\n"
        "assert not {'typing', 're', 'collections'} & sys.modules.keys()\n"
    )
    imported(code)


def test_listing_files_loads_nothing_that_searches() -> None:
    """The issue: names are listed without the 25 modules that look into files."""
    loaded = command("sgrep", "--files", ROOT + "/docs")
    searching = {f"streamtools.searching.{name}" for name in ("tree", "scan", "run", "units", "hits", "parallel", "lines")}
    assert loaded & (searching | {"streamtools.text.windows", "streamtools.match.candidates", "hyperscan", "regex"}) == set()


def test_only_large_trees_are_listed_with_helpers(tmp_path: Path) -> None:
    """The issue: a start of helpers costs more than a thousand names do; of more, several processes give the same as one."""
    for folder in range(30):
        (tmp_path / f"{folder}").mkdir()
        for number in range(50):
            (tmp_path / f"{folder}" / f"{number}").touch()
    crew = "streamtools.children.crew"
    listing = ("--files", "--no-cap")
    loaded = command("sgrep", *listing, "-j2", str(tmp_path))
    assert crew in loaded
    assert loaded & {"_pickle", "pickle", "functools"} == set(), "names come in plain tuples"
    assert crew not in command("sgrep", *listing, "-j1", str(tmp_path))
    assert crew not in command("sgrep", *listing, "-j2", str(tmp_path / "7"))
    several, one = (sgrep(*listing, jobs, cwd=tmp_path).out for jobs in ("-j3", "-j1"))
    assert several == one
    assert len(one.splitlines()) == 1500
