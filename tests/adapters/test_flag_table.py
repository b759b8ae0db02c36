"""The table of flags against ripgrep 15.2 itself, and against its documentation; P1."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamtools.adapters.argv import Flag, UsageError
from streamtools.adapters.describing import describe
from streamtools.adapters.flags import FLAGS, LIMITS, RG_FLAGS, command_line
from streamtools.adapters.longhelp import TEXTS
from streamtools.adapters.manpage import man_page
from tests.adapters import ROOT, run
from tests.differential.running import ripgrep

KINDS = ["man", "complete-bash", "complete-zsh", "complete-fish", "complete-powershell"]
BY_NAME = {flag.long: flag for flag in FLAGS}


class Row(NamedTuple):
    """What ripgrep's help says of a flag."""

    long: str
    short: str
    value: bool
    undo: str


def rows() -> list[Row]:
    """Return the flags of ``rg --help``, in its order."""
    text = subprocess.run([ripgrep(), "--help"], capture_output=True, check=True, text=True).stdout
    head = re.compile(r"^    (?:-(\S)(?: \S+)?, )?--([a-z0-9-]+)(=\S+)?$", re.MULTILINE)
    found = list(head.finditer(text))
    ends = [match.start() for match in found[1:]] + [len(text)]
    made = []
    for match, end in zip(found, ends, strict=True):
        undo = re.search(r"(?:disabled with|mode via the)\s+--([a-z0-9-]+)", text[match.end() : end])
        made.append(Row(match[2], match[1] or "", bool(match[3]), undo[1] if undo else ""))
    return made


def rg(*words: str) -> str:
    """Return what ripgrep writes to standard error, without its name."""
    done = subprocess.run([ripgrep(), *words], capture_output=True, check=False, stdin=subprocess.DEVNULL, timeout=30)
    return done.stderr.decode("utf-8", "replace").removeprefix("rg: ").rstrip("\n")


# -- the table ------------------------------------------------------------------------------


def test_the_table_is_sound() -> None:
    """P1: no name twice, every value of several is written out, and each text belongs to a flag."""
    names = [name for flag in FLAGS for name in flag.names()]
    shorts = [flag.short for flag in FLAGS if flag.short]
    assert len(set(names)) == len(names)
    assert len(set(shorts)) == len(shorts)
    assert TEXTS.keys() <= BY_NAME.keys()
    assert all(flag.help.endswith(".") and len(flag.help) < 70 for flag in FLAGS)


def test_every_flag_of_ripgrep_is_there() -> None:
    """P1: the same names, letters and opposites, and the same flags take a value; beyond them only flags of ours."""
    theirs = {row.long: row for row in rows()}
    assert len(theirs) > 100
    # Both are rows of their own here, and undoing "-n" is "-N" there; --no-pre is told without the usual words.
    told = {"pre": "no-pre", "context-separator": "no-context-separator", "ignore-case": "", "line-number": ""}
    made = {flag.long: Row(flag.long, flag.short, bool(flag.value), flag.undo) for flag in RG_FLAGS}
    assert sorted(made) == sorted(theirs)
    for name, row in theirs.items():
        assert made[name] == row._replace(undo=told.get(name, row.undo)), name
    assert {flag.long for flag in FLAGS if flag.group == LIMITS} == {"max-total", "cursor", "no-cap", "match-engine"}


def test_ripgrep_takes_every_name_of_ours() -> None:
    """P1: undoing names and aliases are ripgrep's, hidden ones too; nothing is invented."""
    said = [rg(f"--{name}", "--version") for flag in RG_FLAGS for name in flag.names() if not flag.value or name == flag.undo]
    assert [text for text in said if text] == []


def test_the_documentation_names_every_flag() -> None:
    """P1: docs/ripgrep.md has one row for each flag of ripgrep, which says the same, or why not."""
    told: dict[str, tuple[str, str, str, set[str]]] = {}
    for line in Path(ROOT, "docs", "ripgrep.md").read_text().splitlines():
        if line.startswith("| `--"):
            name, ours, theirs, why = (cell.strip() for cell in line.strip("| ").split(" | "))
            spellings = re.findall(r"`--?([a-z0-9-]+|\.)`", name, re.IGNORECASE)
            told[spellings[0]] = (ours, theirs, why, set(spellings))
    assert list(told) == [row.long for row in rows()]
    for name, (ours, theirs, why, names) in told.items():
        flag = BY_NAME[name]
        assert names == {*flag.names(), *({flag.short} - {""})}, name
        assert {ours, theirs} <= {"same", "different", "no effect", "not taken"}, name
        assert bool(why.strip("-")) == ({ours, theirs} != {"same"}), f"{name}: what is not the same says why"


# -- what goes wrong ------------------------------------------------------------------------

WRONG = """
--nubmer|--hiden|--color-x|--type-lst|--=|--=x|--files=|--files=x|--count=3|-c3|-c=3|-Y|-cY|-Fq=|--files="\\|--no-heading=1|--no-pre=3
-A|--context|--regexp|-nA|-hA|-A x|--context=|-C=|-Cx|-C-1|-A99999999999999999999|-m18446744073709551616|-m ++1|-m 1_0|-m 0x1|-m -|-d|-j x
--color=foo|--color Always|--sort=foo|--sortr=x|--sort=|--engine=x|--engine=|--generate=foo|-Efoo|--encoding=utf-7|-EAuto|-E
--max-filesize=1X|--max-filesize=|--max-filesize=K|--max-filesize=1KB|--max-filesize=1k|--max-filesize=+1|--max-filesize 18446744073709551615K
--max-filesize=99999999999999999999|--dfa-size-limit=x|--regex-size-limit=1g|-uuuu|-uuu --unrestricted|--path-separator=ab
--path-separator=\\x4|--colors=foo|--colors=path:fg:blurple|--colors=path:fg:1,2|--colors=path:style:x|--colors=x:fg:red|--colors=path:x:red
--colors=path:fg:256|--colors=path:fg:0xFG|--colors=path:fg|--colors=|--colors=path:fg:|--colors=path::red|--colors=path:fg:red:x
--colors=path:fg:1,2,3,4|--colors=path:fg:0x1,2,0Xf|--colors=path:fg:-1|--colors=path:fg:0x|--colors=x:none|--colors=path:fg:,,
--hyperlink-format=foo|--hyperlink-format={foo}|--hyperlink-format={path|--hyperlink-format=x:{line}|--hyperlink-format=x:{path}:{column}
--hyperlink-format=a{path}|--hyperlink-format=x:{path}}|--hyperlink-format=x:{{path}}|--hyperlink-format=}|--hyperlink-format=x:{path}{
--ignore-cas|--no-ignore-x|--passthroug|--maxdept|--context-sep|--files-with|--no-pcre2-unicod|--exclude|--HIDDEN|--ab|--max-tota|--A=x|--A|--c=3|--e|--u --u --u --u
""".strip()
BYTES = ["-e\udcff", "-A\udcff", "--color=\udcff", "--\udcff", "--col\udcff=x", "-\udcff", "-g\udcff", "-t\udcff", "\udcff"]
FURTHER = ["--context-separator=\udcff", "--path-separator=\udcff", "-é", "--é", "--color=é", "--files=\udcff"]


def refused(*words: str, variable: str = "NO_SUCH_VARIABLE") -> UsageError:
    """Return the error of a command line that must not be taken."""
    with pytest.raises(UsageError) as caught:
        command_line(words, variable, RG_FLAGS)
    return caught.value


@pytest.mark.parametrize("line", [*re.split(r"[|\n]", WRONG), *BYTES, *FURTHER])
def test_a_wrong_command_line_is_told_in_ripgreps_words(line: str) -> None:
    """P1, T15: unknown flags, missing and bad values: ripgrep's text for its face, one sentence for ours."""
    words = line.split(" ")
    error = refused(*words)
    assert error.rg == rg(*words)
    assert "\n" not in str(error)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(st.data())
def test_similar_flags_are_those_of_ripgrep(data: st.DataObject) -> None:
    """P1: names with letters lost, doubled or changed get ripgrep's suggestions, in its order."""
    known = [name for flag in RG_FLAGS for name in flag.names()]
    name = data.draw(st.sampled_from(known))
    at = data.draw(st.integers(0, len(name)))
    name = name[:at] + data.draw(st.sampled_from(["", "x", "-", "s", "er", "no-"])) + name[at + data.draw(st.integers(0, 3)) :]
    if len(name) > 1 and name not in known:
        assert refused(f"--{name}").rg == rg(f"--{name}")


# -- what is understood ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("-A2 --passthru -B1", {"before": 1}),
        ("-A2 -C1 --passthru", {"passthru": True}),
        ("-A+1 -m 00", {"after": 1, "max_count": 0}),
        ("--files -c", {"mode": "count"}),
        ("-c --files", {"mode": "files"}),
        ("--json -l --no-json", {"mode": "files_with_matches"}),
        ("-c --json --no-json", {}),
        ("-c -o", {"mode": "count_matches", "only_matching": True}),
        ("--count-matches -v", {"mode": "count", "invert_match": True}),
        ("--files --generate=man", {"mode": "generate", "generate": "man"}),
        ("-h -V", {"special": "version_short"}),
        ("--version --help", {"special": "help_long"}),
        ("-V --pcre2-version", {"special": "pcre2_version"}),
        ("--no-ignore --ignore-vcs", dict.fromkeys(("ignore_dot", "ignore_exclude", "ignore_global", "ignore_parent"), False) | {"ignore": True, "ignore_vcs": True}),
        ("-a --binary --no-text", {"binary": False, "text": False}),
        ("--null-data --crlf", {"null_data": False, "crlf": True}),
        ("--crlf --null-data --no-text", {"null_data": True, "crlf": False, "text": True}),
        ("-U --stop-on-nonmatch", {"multiline": False, "stop_on_nonmatch": True}),
        ("-z --pre=x", {"search_zip": False, "pre": "x"}),
        ("--pre=x -z", {"search_zip": True}),
        ("--pre=x --pre=", {"search_zip": False}),
        ("-p --color=never -N", {"pretty": True, "color": "never", "heading": True, "line_number": False}),
        ("--engine=auto --no-pcre2", {"engine_name": "default"}),
        ("-P --no-auto-hybrid-regex", {"engine_name": "default"}),
        ("--no-pcre2-unicode --unicode", {"unicode": True}),
        ("--sort=path --sortr=modified", {"sort": ("modified", True)}),
        ("--sort-files --no-sort-files", {}),
        ("-M3 -M0", {}),
        ("-E latin1 -E auto", {}),
        ("-E none", {"encoding": "none"}),
        ("-tpy --type-clear=py -Trust --type-add=py:*.x", {"type": ["py"], "type_not": ["rust"], "type_changes": [("select", "py"), ("clear", "py"), ("negate", "rust"), ("add", "py:*.x")]}),
        ("--line-buffered --no-block-buffered", {}),
        (r"--context-separator=\t\x41\xff\q\\n\0é", {"context_separator": "\tA\udcff\\q\\n\0é"}),
        ("--context-separator=x --no-context-separator", {"context_separator": None}),
        ("--path-separator=/ --path-separator=", {}),
        ("--hyperlink-format=grep+", {"hyperlink_format": "grep+://{path}:{line}"}),
        ("--hyperlink-format=none", {"hyperlink_format": ""}),
        ("-d3 --maxdepth=2 --passthrough", {"max_depth": 2, "passthru": True}),
        ("--max-filesize=2M", {"max_filesize": 2 << 20}),
        ("--trace", {"trace": True, "debug": True}),
    ],
)  # fmt: skip
def test_flags_act_on_each_other(line: str, expected: dict[str, object]) -> None:
    """P1: the last flag wins, modes go by ripgrep's precedence, and what a flag implies or overrides is done."""
    assert command_line(line.split(), "NO_SUCH_VARIABLE") == expected


def test_levels_of_unrestricted_can_be_undone() -> None:
    """P1: -u, -uu, -uuu stand for other flags, which a later flag undoes."""
    assert command_line(["-uuu"], "-").items() >= {"ignore": False, "hidden": True, "binary": True}.items()
    assert command_line(["-uu", "--no-hidden", "--ignore"], "-").items() >= {"ignore": True, "ignore_vcs": True, "hidden": False}.items()


@pytest.mark.parametrize("name", ["dot", "exclude", "global", "parent", "vcs"])
def test_one_kind_of_rules_comes_back(name: str) -> None:
    """P1: --ignore-x behind --no-ignore lets that kind hold again, and no other; --ignore-file is another matter."""
    parsed = command_line(["--no-ignore", f"--ignore-{name}"], "-")
    assert {dest for dest, value in parsed.items() if value} == {"ignore", f"ignore_{name}"}
    assert command_line(["--no-ignore-files", "--ignore", "--ignore-file=x"], "-")["ignore_files"] is False


def test_any_bytes_can_name_a_file() -> None:
    """P1: what is not UTF-8 is taken for files and commands, and as a word behind the pattern."""
    parsed = command_line(["-f\udcff", "--ignore-file=\udcfe", "--pre=\udcfd", "\udcfc"], "-")
    assert (parsed["pattern_files"], parsed["ignore_file"], parsed["pre"], parsed.words) == (["\udcff"], ["\udcfe"], "\udcfd", ["\udcfc"])


# -- the configuration file -----------------------------------------------------------------


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that the environment names; not written yet."""
    monkeypatch.setenv("RIPGREP_CONFIG_PATH", str(tmp_path / "config"))
    return tmp_path / "config"


def test_the_configuration_stands_before_the_command_line(config: Path) -> None:
    """P1: one argument a line, blanks around it dropped; comments and blank lines are none; the command line wins."""
    config.write_bytes(b"-A3\r\n\n  # no flag\n  --trim\t\n-e\nx y\n-g\xff\n"[:-4])
    parsed = command_line(["-A1", "file"], "RIPGREP_CONFIG_PATH")
    assert dict(parsed) == {"after": 1, "trim": True, "patterns": ["x y"]}
    assert parsed.words == ["file"]


def test_words_of_the_configuration_come_first(config: Path) -> None:
    """P1: as in ripgrep, a word in the file is the pattern."""
    config.write_text("foo\n")
    assert command_line(["bar"], "RIPGREP_CONFIG_PATH").words == ["foo", "bar"]


@pytest.mark.parametrize("words", [["--no-config"], ["-V"], ["-h"], ["--help"]])
def test_the_configuration_can_be_left_unread(config: Path, words: list[str]) -> None:
    """P1: --no-config, and what only prints; a bad file does not matter then. In the file --no-config is too late."""
    config.write_text("--no-such-flag\n")
    assert command_line(words, "RIPGREP_CONFIG_PATH").warnings == []
    config.write_text("--no-config\n-n\n")
    assert command_line([], "RIPGREP_CONFIG_PATH") == {"no_config": True, "line_number": True}


@pytest.mark.parametrize("content", [None, "folder", b"--bad\n", b"-A\xff\n", b"-A\n"])
def test_a_bad_configuration_is_told_in_ripgreps_words(config: Path, content: bytes | str | None) -> None:
    """P1: a missing file and a folder are warnings, which --no-messages silences; bad flags are errors."""
    if content == "folder":
        config.mkdir()
    elif isinstance(content, bytes):
        config.write_bytes(content)
    told = rg("x", "/dev/null")
    if isinstance(content, bytes):
        assert refused("x", variable="RIPGREP_CONFIG_PATH").rg == told
        assert refused("--worse", variable="RIPGREP_CONFIG_PATH").rg == rg("--worse"), "the command line's mistakes come first"
    else:
        assert command_line(["x"], "RIPGREP_CONFIG_PATH", RG_FLAGS).warnings == [told]
        assert command_line(["--no-messages"], "RIPGREP_CONFIG_PATH").warnings == []


# -- what is printed ------------------------------------------------------------------------


@pytest.mark.parametrize("program", ["sgrep", "rg"])
def test_help_tells_of_every_flag(program: str) -> None:
    """P1: -h in a line or two a flag, --help with more; ripgrep's face has no flags of ours."""
    short, long = describe("help_short", program), describe("help_long", program)
    assert max(map(len, (short + long).splitlines())) <= 110
    assert "match-engine" not in short + long
    assert ("--cursor" in short, "--no-cap" in long) == (program == "sgrep",) * 2
    for flag in (flag for flag in (FLAGS if program == "sgrep" else RG_FLAGS) if not flag.hidden):
        assert re.search(rf"^ +(-. ?, )?--{flag.long}( |$)", short, re.MULTILINE), flag.long
        assert all(f"--{name}" in long for name in flag.names())


def spelled(flag: Flag) -> set[str]:
    """Return all that can be written for a flag."""
    return {f"--{name}" for name in flag.names()} | ({f"-{flag.short}"} if flag.short else set())


@pytest.mark.parametrize("kind", KINDS)
def test_every_flag_is_in_what_is_generated(kind: str) -> None:
    """P1: the man page and every completion hold every spelling of every flag."""
    text = describe(kind, "sgrep").replace("\\-", "-")
    if kind == "complete-fish":
        text = re.sub(r"-s '(\S)'", r"-\1", text.replace(" -l ", " --"))
    written = set(re.findall(r"(?<![a-z0-9-])--?[a-zA-Z0-9.][a-z0-9-]*", text))
    missing = {name for flag in FLAGS if not flag.hidden for name in spelled(flag)} - written
    assert missing == set()
    assert "match-engine" not in text


@pytest.mark.parametrize(
    ("kind", "command"),
    [
        ("complete-bash", ["bash", "-n"]),
        ("complete-zsh", ["zsh", "-n"]),
        ("complete-fish", ["fish", "-n"]),
        ("man", ["groff", "-man", "-ww", "-Tutf8", "-z"]),
    ],
)
def test_what_is_generated_is_well_formed(kind: str, command: list[str], tmp_path: Path) -> None:
    """P1: each is taken by the program that it is for, without a word."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"NOT CHECKED: {command[0]} is missing")
    (tmp_path / kind).write_text(describe(kind, "sgrep"))
    done = subprocess.run([*command, tmp_path / kind], capture_output=True, check=False, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_no_text_of_the_man_page_is_a_request() -> None:
    """P1: a line of text that begins with a dot or a quote is shown, not obeyed."""
    page = man_page("sgrep", [Flag("dot", "", "dot", ".gitignore obeyed.", "G")], {"dot": "'quoted' and \\n"})
    assert "\n\\&.gitignore obeyed.\n.IP\n\\&'quoted' and \\en\n" in page


@pytest.mark.skipif(shutil.which("bash") is None, reason="NOT CHECKED: bash is missing")
@pytest.mark.parametrize(
    ("words", "expected"),
    [("--sor", "--sort --sortr --sort-files"), ("--sort mod", "modified"), ("--generate complete-b", "complete-bash"), ("-E lat", "")],
)
def test_bash_completes(words: str, expected: str, tmp_path: Path) -> None:
    """P1: names of flags, and values where they are known."""
    script = f'COMP_WORDS=(sgrep {words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _sgrep; echo "${{COMPREPLY[@]}}"'
    (tmp_path / "script").write_text(describe("complete-bash", "sgrep") + script)
    assert subprocess.run(["bash", tmp_path / "script"], capture_output=True, check=True, text=True).stdout.strip() == expected


def test_the_command_prints_them() -> None:
    """P1: --generate writes to standard output, and a flag with a bad value is one line."""
    assert run("sgrep", "--generate", "complete-bash").out.decode() == describe("complete-bash", "sgrep")
    assert run("sgrep", "--generate=x").told == [
        "sgrep: --generate: 'x' is none of man, complete-bash, complete-zsh, complete-fish, complete-powershell"
    ]
