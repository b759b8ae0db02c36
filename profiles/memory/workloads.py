"""All workloads of the gate. To add one, add a row; its answers come from another program than ours (rg, wc, the corpus' docstring).

Only the public interface is used.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator, Sequence
from typing import Final, Unpack

from profiles.memory.history_workloads import HISTORY
from profiles.memory.session_workloads import SESSIONS
from profiles.memory.worker_workloads import WORKERS
from profiles.memory.workload import Answer, Job, Workload, file_of, folder_of
from streamtools import Limits, Line, ReadResult, agrep, aread, glob, grep, iter_lines, read, search
from streamtools.limits import KIB, MIB
from streamtools.searching.options import Options
from streamtools.text.lineindex import INDEXES
from streamtools.toolset import Toolset

_L: Final = Limits()
#: What the docstring of `Limits` promises for a Read or a Grep.
_HELD: Final = 2 * _L.window + 4 * _L.segment + 3 * _L.bytes
#: Behind the first window: the same without the window, as the meter started later.
_FLOW: Final = _HELD - 2 * _L.window
#: What compiling one expression takes in hyperscan (1.6 MB for any, freed at once), and 1000 literals (12.5 MB).
_COMPILE: Final = 2 * MIB
_COMPILE_MANY: Final = 16 * MIB
#: hyperscan 0.9 loses 40 bytes for every database that it compiles; a search without a hit compiles two.
_LEAK: Final = 40
#: Encodings other than UTF-8: two windows more (`streamtools.text.windows.Windows`).
_DECODED: Final = 2 * _L.window
#: Windows so narrow that small files have a line index, and what all indexes may hold there.
_NARROW: Final = Limits(window=256, segment=256, overlap=16, detect_bytes=64)
_INDEXES: Final = 128 * KIB
#: The line index of one file: an entry of 24 bytes (arrays are up to an eighth larger) every 256 KiB, at most 4096 of them.
_ENTRIES: Final = 4 * 27
#: A folder of more names than one run: `streamtools.files.walk.Walk`.
_RUN: Final = 50_000 * 3 * 200
#: What a session remembers of the files it was shown: `streamtools.toolset.seen.Seen`.
_SEEN: Final = 5 * MIB // 2

_SIZES: Final = (1, 32, 1024)
_SMALLER: Final = (1, 8, 32)
_LONG: Final = (1, 32, 256)
_LOG: Final = file_of("log")
_HITS: Final = file_of("every-line-hits")
_LINE: Final = file_of("single-line")
_FILES: Final = folder_of("many-files")
#: Files that are not ignored.
_TREE: Final = folder_of("tree", {6_474: "mm"})
_TINY: Final = folder_of("many-files", dict.fromkeys((50, 200, 600, 1_000, 1_800), "dir-00/file-00000.txt"))


# -- what is called --------------------------------------------------------------------------


def _page(result: ReadResult) -> Answer:
    """First and last number of a page of the log, and the number that the last line itself holds."""
    return [result.lines[0].number, result.lines[-1].number, int(result.lines[-1].text.partition("id=")[2][:9])]


def _count(job: Job, pattern: str | Sequence[str], **options: Unpack[Options]) -> Answer:
    options |= {"output_mode": "count", "deadline": job.deadline}
    return grep(pattern, job.path, **options).total.value


def _shown(job: Job, pattern: str, **options: Unpack[Options]) -> Answer:
    """How many lines are on the page."""
    options["deadline"] = job.deadline
    return len(grep(pattern, job.path, **options).lines)


def _inside(job: Job) -> Answer:
    """Go on near the end of one line; its pieces of 2000 bytes."""
    line = read(job.path, column=job.size * MIB - 5000).lines[0]
    return [line.number, line.column, len(line.data)]


def _line_end(job: Job) -> Answer:
    line = grep("needle", job.path).lines[0]
    return line.column + line.matches[0][0]


def _hits_in_line(job: Job) -> Answer:
    """A pattern with a hit in every 100 bytes of one line; the shown part holds at most so many."""
    line = grep("id=", job.path).lines[0]
    return [line.number, int(len(line.matches) <= _L.line_bytes // len("id="))]


def _many_lines(job: Job) -> Answer:
    return sum(1 for _ in iter_lines(job.path))


def _pieces(job: Job) -> Answer:
    return sum(len(line.data) for line in iter_lines(job.path))


def _events(job: Job) -> Answer:
    """Every hit, line by line, as a renderer without caps takes them."""
    wanted = "id=" + "0" * {99: 7, 9_999: 5, 83_323: 4}[job.size]
    return sum(isinstance(event, Line) for event in search(wanted, job.path, deadline=job.deadline))


def _literals() -> list[str]:
    return [f"id={number:09d}" for number in range(5_000, 10_005_000, 10_000)]


def _read_calls(job: Job) -> Answer:
    """So many pages, each of another file."""
    names = (f"{job.path}/dir-{number * 7 % 100:02d}/file-{number:05d}.txt" for number in _calls(job.size))
    return sum(bool(read(name, limit=50).lines) for name in names)


def _deep_calls(job: Job) -> Answer:
    """So many pages behind the first window, each of another file, with room for the line indexes of some hundred."""
    INDEXES.bound = _INDEXES
    names = (f"{job.path}/dir-{number * 7 % 100:02d}/file-{number:05d}.txt" for number in _calls(job.size))
    found = sum(read(name, 15, 1, limits=_NARROW).first == 15 for name in names)
    return [found, int(_INDEXES // 2 < INDEXES.held() <= _INDEXES)]


def _grep_calls(job: Job) -> Answer:
    """So many searches without a hit, diagnosis included."""
    return sum(not grep("needles", job.path).files for _ in _calls(job.size))


def _grep_patterns(job: Job) -> Answer:
    """So many searches, each for other patterns: no cache may keep them all.

    Literals, as `regex` has a cache of its own (500 patterns) that is trimmed in another order at every run.
    """
    found = (grep(["of", f"nr{1000 + number}"], job.path, engine="literals", head_limit=1).files for number in _calls(job.size))
    return sum(map(len, found))


def _toolset_calls(job: Job) -> Answer:
    """So many rounds of read, grep and glob through one session, each round at another file; all of them find something."""
    found = 0
    with Toolset([job.path]) as tools:
        for number in _calls(job.size):
            name = f"dir-{number * 7 % 100:02d}/file-{number:05d}.txt"
            found += tools.call("read", {"path": name, "limit": 50}).data["stopped"] in {"end", "lines"}
            found += tools.call("grep", {"pattern": "[a-z]", "path": name, "head_limit": 1}).data["paths"] == [name]
            found += tools.call("glob", {"pattern": name[7:], "path": name[:6]}).data["paths"] == [name]
    return found


def _calls(number: int) -> Iterator[int]:
    """Count, and collect garbage on the way: what counts is what stays for good, not what waits for the collector."""
    for call in range(number):
        if call % 50 == 0:
            gc.collect()
        yield call


# -- the rows --------------------------------------------------------------------------------

_FILE_SIZE: Final = (
    Workload("read-first", "file size", _SIZES, _LOG, lambda job: _page(read(job.path)), ([1, 479, 479],) * 3, _HELD),
    Workload(
        "read-deep",
        "file size",
        _SIZES,
        _LOG,
        lambda job: _page(read(job.path, 9_000 * job.size, 200)),
        tuple([9_000 * size, 9_000 * size + 199, 9_000 * size + 199] for size in _SIZES),
        _HELD,
        grows=_ENTRIES,
    ),
    Workload(
        "read-tail",
        "file size",
        _SIZES,
        _LOG,
        lambda job: _page(read(job.path, -200)),
        ([10_215, 10_414, 10_414], [-200, -1, 333_290], [-200, -1, 10_665_279]),
        _HELD,
    ),
    Workload(
        "read-utf16-deep",
        "file size",
        _SMALLER,
        file_of("utf16"),
        lambda job: _page(read(job.path, 5_000 * job.size, 100)),
        tuple([5_000 * size, 5_000 * size + 99, 5_000 * size + 99] for size in _SMALLER),
        _HELD + _DECODED,
    ),
    Workload("iter-lines-invalid-utf8", "file size", (1, 4, 8), file_of("invalid-utf8"), _many_lines, (10_235, 40_942, 81_886), _HELD),
    Workload(
        "aread-deep",
        "file size",
        _SIZES,
        _LOG,
        lambda job: _page(asyncio.run(aread(job.path, 9_000 * job.size, 200))),
        tuple([9_000 * size, 9_000 * size + 199, 9_000 * size + 199] for size in _SIZES),
        _HELD,
        grows=_ENTRIES,
        threads=True,
    ),
    Workload("grep-rare", "file size", _SIZES, _LOG, lambda job: _shown(job, "quartz-7731"), (1, 1, 6), _HELD + _COMPILE),
    Workload("grep-no-hit", "file size", _SIZES, _LOG, lambda job: _count(job, "Granite-0001"), (0, 0, 0), _HELD + _COMPILE),
    Workload(
        "grep-files",
        "file size",
        _SIZES,
        _HITS,
        lambda job: grep("needle", job.path, output_mode="files_with_matches").total.value,
        (1, 1, 1),
        _HELD + _COMPILE,
    ),
    Workload(
        "grep-context", "file size", _SIZES, _LOG, lambda job: _shown(job, r"id=0000050\d\d", context=5), (110,) * 3, _FLOW, streaming=True
    ),
    Workload(
        "grep-count-every-line",
        "file size",
        _SIZES,
        _HITS,
        lambda job: _count(job, "needle"),
        (9_737, 311_622, 9_971_932),
        _FLOW,
        streaming=True,
    ),
    Workload(
        "grep-count-regex",
        "file size",
        _SIZES,
        _LOG,
        lambda job: _count(job, r"worker-6[0-3]\].*id=\d*7 "),
        (59, 1_963, 62_929),
        _FLOW,
        streaming=True,
    ),
    Workload(
        "grep-count-ignore-case",
        "file size",
        _SIZES,
        _LOG,
        lambda job: _count(job, "error", ignore_case=True),
        (105, 3_334, 106_653),
        _FLOW,
        streaming=True,
    ),
    Workload("grep-count-literals", "file size", _SIZES, _LOG, lambda job: _count(job, _literals()), (1, 33, 1_000), _FLOW, streaming=True),
    Workload("grep-literals-compile", "file size", (1,), _LOG, lambda job: _count(job, _literals()), (1,), _HELD + _COMPILE_MANY),
    Workload(
        "grep-invert", "file size", _SMALLER, _HITS, lambda job: _count(job, "needle", invert_match=True), (0, 0, 0), _FLOW, streaming=True
    ),
    Workload(
        "grep-multiline",
        "file size",
        _SMALLER,
        _LOG,
        lambda job: _count(job, r"client retrying.*\n.*id=", multiline=True),
        (2, 16, 66),
        _FLOW + 4 * _L.window,
        streaming=True,
    ),
    Workload(
        "grep-utf16",
        "file size",
        _SMALLER,
        file_of("utf16"),
        lambda job: _count(job, "error", ignore_case=True),
        (52, 421, 1_675),
        _FLOW + _DECODED,
        streaming=True,
    ),
    Workload(
        "agrep-count",
        "file size",
        _SIZES,
        _LOG,
        lambda job: asyncio.run(agrep("quartz-7731", job.path, output_mode="count", deadline=job.deadline)).total.value,
        (1, 1, 6),
        _FLOW,
        streaming=True,
        threads=True,
    ),
)

_LINE_LENGTH: Final = (
    Workload("read-long-line", "line length", _LONG, _LINE, lambda job: len(read(job.path).lines[0].data), (2000,) * 3, _HELD),
    Workload("read-inside-line", "line length", _LONG, _LINE, _inside, tuple([1, size * MIB - 5000, 2000] for size in _LONG), _HELD),
    Workload("iter-lines-pieces", "line length", _LONG, _LINE, _pieces, tuple(size * MIB for size in _LONG), _HELD + _L.window),
    Workload("grep-line-end", "line length", _LONG, _LINE, _line_end, tuple(size * MIB - 999 for size in _LONG), _HELD + _COMPILE),
    Workload("grep-many-hits-in-line", "line length", _LONG, _LINE, _hits_in_line, ([1, 1],) * 3, _HELD + _COMPILE),
    Workload(
        "grep-count-long-line", "line length", _LONG, _LINE, lambda job: _count(job, r"needl[d-f]\.+$"), (1,) * 3, _FLOW, streaming=True
    ),
)

_OF_HITS: Final = (
    Workload(
        "grep-hits",
        "hits",
        (99, 9_999, 99_999),
        file_of("log", 32),
        lambda job: _shown(job, "id=" + "0" * (9 - len(str(job.size)))),
        (99, 250, 250),
        _HELD + _COMPILE,
    ),
    Workload("search-events", "hits", (99, 9_999, 83_323), file_of("log", 8), _events, (99, 9_999, 83_323), _FLOW, streaming=True),
)

_OF_FILES: Final = (
    # Nothing is found: what is found is part of the result, and there is more of it in the larger tree.
    Workload("grep-tree", "files", (6_474, 77_961), _TREE, lambda job: _count(job, "no such words"), (0, 0), _HELD + _COMPILE),
    Workload(
        "glob-tree",
        "files",
        (6_474, 77_961),
        _TREE,
        lambda job: glob("*.c", job.path).total.value,
        (100, 100),
        MIB,
    ),
    Workload(
        "glob-tree-newest",
        "files",
        (6_474, 77_961),
        _TREE,
        lambda job: glob("*.c", job.path, sort="modified").total.value,
        (3_444, 41_730),
        MIB,
    ),
    Workload(
        "glob-100000-names", "files", (100_000,), folder_of("many-names"), lambda job: glob("name-09*", job.path).total.value, (100,), _RUN
    ),
)

_OF_CALLS: Final = (
    Workload("read-calls", "calls", (100, 1_000, 5_000), folder_of("many-files"), _read_calls, (100, 1_000, 5_000), _HELD),
    Workload(
        "read-deep-calls",
        "calls",
        (500, 5_000, 10_000),
        folder_of("many-files"),
        _deep_calls,
        ([500, 1], [5_000, 1], [10_000, 1]),
        _HELD + _INDEXES,
    ),
    Workload("grep-calls", "calls", (50, 200, 1_000), _TINY, _grep_calls, (50, 200, 1_000), _HELD + _COMPILE, grows=2 * _LEAK),
    Workload(
        "toolset-calls",
        "calls",
        (200, 400, 1_000),
        folder_of("many-files"),
        _toolset_calls,
        (600, 1_200, 3_000),
        _HELD + _COMPILE + _SEEN,
        grows=_LEAK,
    ),
    Workload("grep-patterns", "calls", (200, 600, 1_800), _TINY, _grep_patterns, (200, 600, 1_800), _HELD + _COMPILE),
)

WORKLOADS: Final = (*_FILE_SIZE, *_LINE_LENGTH, *_OF_HITS, *_OF_FILES, *_OF_CALLS, *HISTORY, *SESSIONS, *WORKERS)
