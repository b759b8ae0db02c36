"""Any number of roots: walked in order, each file scanned, what was skipped told."""

from __future__ import annotations

from streamtools.errors import BadCursor, FileError, InvalidArgument
from streamtools.events import End, Ledger, Next, Summary, Total
from streamtools.files.named import check
from streamtools.files.tally import Tally
from streamtools.match.exact import compile
from streamtools.searching.context import Place
from streamtools.searching.cursor import Cursor
from streamtools.searching.glance import glance
from streamtools.searching.opening import as_text, open_input
from streamtools.searching.parallel import Passed, Together
from streamtools.searching.scan import Scanner
from streamtools.text.source import Identity, from_fd

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Final

    from streamtools.events import Event, Failure, Line
    from streamtools.files.listings import Listings
    from streamtools.files.walk import Walk
    from streamtools.searching.parallel import Replay
    from streamtools.searching.parts import InParts
    from streamtools.searching.request import Request
    from streamtools.searching.units import Step
    from streamtools.text.source import Source
    from streamtools.words import Skip, Stopped

#: Files that are looked at together at first, since the first may be enough.
_FEW: Final = 2
_NOWHERE: Identity = (0, 0, 0, 0)
#: The last file passed or begun; whether one is being searched, the place in it (None at its end), its hits and identity;
#: hits and files before it.
_State = tuple[Cursor, bool, Place | None, int, Identity, int, int]


class Search:
    """A search over all roots of a request, as a stream of events that may be left at any point.

    `events` yields them in the order of the walk; `mark` says that everything up to now was taken,
    and `going_on` gives the call behind the last mark. ``moved`` is a file that changed since the cursor was
    made, ``changed`` one that did while it was searched. ``streams`` maps names that stand for
    open descriptors, such as ``"-"``. With ``request.jobs`` over 1 other processes help; ``fork`` says
    that the program has no threads, so that they may be forks. ``tell`` is called with every failure when it is met; with it, that of the
    only root is one of them, and not raised. Folders that are ``known`` are not listed again: for programs that stay.

    Memory: one `Scanner`, one `Glance` and one `Walk`; with helpers, see `Crew` as well.
    """

    def __init__(
        self,
        request: Request,
        *,
        capped: bool,
        runs: bool = False,
        streams: Mapping[str, int] | None = None,
        fork: bool = False,
        tell: Callable[[Failure], object] | None = None,
        known: Listings | None = None,
    ) -> None:
        self.request = request
        self.tally = Tally(tell=tell)
        self._raises = len(request.paths) == 1 and tell is None
        self.stopped: Stopped = "end"
        self.tired: tuple[str, int] | None = None
        self.moved: str | None = None
        self.changed: str | None = None
        self._streams = streams or {}
        self.known = known
        request.check_selection()
        matcher = compile(request.query, seconds=request.limits.match_seconds, engine=request.engine, fork=fork and request.jobs > 1)
        begin = self._begin = self._here = _begin(request)
        self._scanner = Scanner(request, matcher, self.tally, capped=capped, runs=runs)
        self._glance = glance(request, matcher)
        #: The next file to be searched, if a look has read it.
        self._seen: Source | None = None
        self._at_once = _FEW
        self._together = Together(request, matcher, capped=capped, runs=runs, fork=fork) if request.jobs > 1 else None
        self._current: Scanner | Replay | InParts = self._scanner
        self._scanning = self._ended = False
        self._identity = _NOWHERE
        self._matches = begin.matches
        self._files = begin.files
        self._spans = 0
        self._told = (0, 0, 0, 0)
        self._ledger = Ledger()
        self._marked = self._state()

    @property
    def due(self) -> int:
        """How many context lines behind the last match are still to come, if the file has them."""
        return self._current.place.after if self._scanning else 0

    def events(self) -> Iterator[Event]:
        """Yield the events, without a summary. Raises `FileError` if the only root can't be searched."""
        try:
            for index in range(self._begin.root, len(self.request.paths)):
                if index > self._here.root:
                    self._here = Cursor(index)
                for found in self._files_of(index) if self.request.walked else self._ordered():
                    if isinstance(found, Passed):
                        self._pass(found.path)
                    else:
                        yield from self._file(found) if isinstance(found, str) else self._replay(found)
                    if self.stopped != "end":
                        return
                if not self.request.walked:
                    return
        finally:
            self.close()

    def close(self) -> None:
        """Give back the window and the helpers; does nothing the second time."""
        self._scanner.close()
        if self._glance is not None:
            self._glance.close()
        if self._together is not None:
            self._together.close()

    @property
    def marked(self) -> tuple[int, int]:
        """How many matches and files with matches were taken up to the last mark, earlier calls included."""
        marked = self._cursor(self._marked)
        return marked.matches + marked.taken, marked.files + (marked.taken > 0)

    def mark(self, last: Line | None = None, left: int = 0) -> None:
        """Say that every event up to now was taken; of the last, a `Bundle`, all but the ``left`` lines behind ``last``."""
        state = self._state()
        if left and last is not None and (place := state[2]) is not None:
            offset = last.offset + len(last.data) + len(last.ending)
            state = (*state[:2], place._replace(offset=offset, line=last.number + 1, taken=place.taken - left), state[3] - left, *state[4:])
        self._marked = state
        tally = self.tally
        if tally.noted != self._told[0]:
            self._ledger = tally.ledger()
        self._told = tally.noted, tally.files, tally.bytes, tally.undecodable

    @property
    def passed(self) -> Ledger:
        """What the ledger said at the last mark: nothing of what lies behind the cursor, which the next call tells."""
        _, files, size, undecodable = self._told
        return self._ledger._replace(files=files, bytes=size, undecodable=undecodable)

    def going_on(self) -> Next:
        """Return the call that goes on behind the last mark, or where the search itself stopped."""
        state = self._marked if self.stopped == "end" else self._state()
        from streamtools.searching.identity import digest, encode

        cursor = encode(self._cursor(state), digest(self.request))
        return Next("grep", self.request.arguments() | {"cursor": cursor})

    def summary(self) -> Summary:
        """Return the totals of everything up to now; exact only if the search came to its end."""
        kind = "exact" if self.stopped == "end" else "at_least"
        now = self._cursor(self._state())
        return Summary(
            Total(now.matches + now.taken, kind),  # type: ignore[arg-type]
            Total(now.files + (now.taken > 0), kind),  # type: ignore[arg-type]
            self.tally.ledger(),
            self.stopped,
            None if self.stopped == "end" else self.going_on(),
            self._spans + (self._current.spans if self._scanning else 0),
        )

    # -- inside --------------------------------------------------------------------------

    def _state(self) -> _State:
        """Return what a cursor is made of; it is taken at every hit, and made into one at most once."""
        current = self._current if self._scanning else None
        found = 0 if current is None else current.matches
        place = None if current is None or self._ended else current.place
        return self._here, current is not None, place, found, self._identity, self._matches, self._files

    def _cursor(self, state: _State) -> Cursor:
        here, scanning, place, found, identity, matches, files = state
        if not scanning:
            return here._replace(matches=matches, files=files)
        if place is None:
            return Cursor(here.root, here.path, matches=matches + found, files=files + (found > 0))
        return Cursor(
            *(here.root, here.done, here.path, identity[2], identity[3]),
            *(place.offset, place.line, place.after, place.shown, place.inside, place.taken, place.gap),  # type: ignore[arg-type]
            matches=matches,
            files=files,
            nul=place.nul,
        )

    def _files_of(self, index: int) -> Iterator[str | Replay | InParts | Passed]:
        """Yield what is still to be searched below a root: paths, or what helpers found in them."""
        root, done, together = self.request.paths[index], self._here.done, self._together
        found = self._root(root, done)
        if found is None:
            return
        if isinstance(found, str):
            if done is None:
                alone = together is None or root in self._streams or self._begin.path == root
                yield from [root] if alone or together is None else together.file(root, self.tally)
            return
        yield from self._quietly(found) if together is None else together.tree(found, self.tally, self._quietly)

    def _quietly(self, walk: Iterator[Step]) -> Iterator[str | Passed]:
        """Yield the files that must be searched, and which ones are passed meanwhile."""
        look = self._glance
        if look is None:
            for shown, names in walk:
                for name in names:
                    yield shown + name
            return
        most, tally = self._at_once, self.tally
        for shown, names in walk:
            at = 0
            while at < len(names):
                some = names[at : at + most]
                at, most = at + most, min(2 * most, look.most)
                self._at_once = most
                if self._begin.path == shown + some[0]:
                    # it is gone on with within that file, whatever is in it now
                    yield shown + some[0]
                    some = some[1:]
                last = None
                for number, size in enumerate(look.sizes(shown, some)):
                    name = some[number]
                    if size is not None:
                        tally.files += 1
                        tally.bytes += size
                        last = name
                        continue
                    if last is not None:
                        yield Passed(shown + last)
                        last = None
                    self._seen = look.source(number, shown + name)
                    yield shown + name
                if last is not None:
                    yield Passed(shown + last)

    def _root(self, root: str, done: str | None) -> str | Iterator[Step] | None:
        """Return what a root stands for: itself, the files below it behind ``done``, or None if it can't be searched."""
        if root in self._streams:
            return root
        try:
            if check(root, self.request.within) == "file":
                return root
        except FileError as error:
            if self._raises:
                raise
            self.tally.skip("unreadable" if self.request.within is None else self.request.within.skip(error), root)
            self.tally.fail(error, walked=True)
            return None
        from streamtools.files.walk import Walk

        begun, here = self._begin.path, self._here
        inside = self.request.walked and (self._begin.root, self._begin.done) == (here.root, here.done) and begun not in {None, root}
        tally = self.tally if self._together is None else self._together.ahead
        tally.reading = self.tally.reading
        try:
            after, within = begun if inside else done, self.request.within
            walk = Walk(root, self.request.selection, tally, after, inclusive=inside, within=within, known=self.known)
            return self._below(root, walk, tally)
        except InvalidArgument as error:
            if done is None and not inside:
                raise
            raise BadCursor("the cursor points to another folder; give the one it was returned with, or search without it") from error

    def _below(self, root: str, walk: Walk, tally: Tally) -> Iterator[Step]:
        try:
            yield from walk.steps()
        except FileError as error:
            if self._raises:
                raise
            tally.skip("unreadable" if self.request.within is None else self.request.within.skip(error), root)
            tally.fail(error, walked=True)

    def _ordered(self) -> Iterator[str | Replay | InParts | Passed]:
        """Yield what is still to be searched of all roots, in the order that was asked for."""
        from itertools import dropwhile

        from streamtools.files.order import ordered

        request, done = self.request, self._here.done
        paths = ordered(self._everything(), request.sort, reverse=request.reverse)
        if done is not None:
            paths = dropwhile(lambda path: path != done, paths)
            if next(paths, None) is None:
                raise BadCursor("the file that the cursor points behind is gone; search without it")
        steps = (("", (path,)) for path in paths)
        yield from self._quietly(steps) if self._together is None else self._together.tree(steps, self.tally, self._quietly)

    def _everything(self) -> Iterator[str]:
        for root in self.request.paths:
            found = self._root(root, None)
            if isinstance(found, str):
                yield found
            elif found is not None:
                for shown, names in found:
                    for name in names:
                        yield shown + name

    def _pass(self, path: str) -> None:
        """All files up to ``path`` are done with: go on behind it, unless it is time to stop."""
        self._here = Cursor(self._here.root, path)
        self.stopped = self.request.deadline.passed() or self.stopped

    def _file(self, path: str) -> Iterator[Event]:
        """Search one file; a failure is told to the tally and the search goes on."""
        begin, index, scanner = self._begin, self._here.root, self._scanner
        place = None
        if begin.path == path and index == begin.root:
            place = Place(begin.offset, begin.line, begin.after, begin.shown, begin.inside, begin.taken, begin.gap, begin.nul)
        elif (size := None if self._glance or path in self._streams else scanner.nothing_in(path)) is not None:
            self.tally.files += 1
            self.tally.bytes += size
            self._pass(path)
            return
        try:
            name = "<stdin>" if path == "-" else path
            source = as_text(self.request, from_fd(self._streams[path], path=name)) if path in self._streams else self._open(path)
        except FileError as error:
            self._failed(error, path)
            return
        if self.request.avoids(source.identity):
            source.close()
            self.tally.skip("special", path)
            return
        self._identity = source.identity or _NOWHERE
        if place is not None and source.identity is not None and source.identity[2:] != (begin.size, begin.mtime):
            self.moved = path
        with source:
            try:
                yield from self._watched(scanner.scan(source, path, place), path, scanner)
            except FileError as error:
                self._failed(error, path)
        self._finish(path)

    def _open(self, path: str) -> Source:
        seen, self._seen = self._seen, None
        return open_input(self.request, path) if seen is None or seen.path != path else seen

    def _replay(self, found: Replay | InParts) -> Iterator[Event]:
        """Yield what a helper found in a file as if it were found here."""
        if found.before is not None:
            self._here = Cursor(self._here.root, found.before)
        self._identity = found.identity or _NOWHERE
        try:
            yield from self._watched(found.events(), found.path, found)
        except FileError as error:
            self._failed(error, found.path)
        self._finish(found.path)

    def _watched(self, events: Iterator[Event], path: str, current: Scanner | Replay | InParts) -> Iterator[Event]:
        self._current, self._scanning, self._ended = current, True, False
        self._here = Cursor(self._here.root, self._here.done, path)
        for event in events:
            if isinstance(event, End):
                self._ended = current.stopped in {"end", "changed"}
                self.changed = path if event.changed else self.changed
            yield event

    def _finish(self, path: str) -> None:
        current = self._current
        self.stopped = "end" if current.stopped == "changed" else current.stopped
        if current.tired is not None:
            self.tired = (path, current.tired)
        if self.stopped != "end":
            return
        self._matches += current.matches
        self._spans += current.spans
        self._files += current.matches > 0
        self._scanning = False
        self._here = Cursor(self._here.root, path)

    def _failed(self, error: FileError, path: str) -> None:
        if self._raises and path == self.request.paths[0]:
            raise error
        reason: Skip | None = "unreadable"
        if path not in self._streams:
            reason = self.request.reason(error, path)
        if reason is None:
            return
        self.tally.skip(reason, path)
        self.tally.fail(error)


def _begin(request: Request) -> Cursor:
    """Return where a search begins. Raises `BadCursor`."""
    if request.cursor is None:
        return Cursor()
    from streamtools.searching.identity import decode, digest

    return decode(request.cursor, digest(request), len(request.paths))
