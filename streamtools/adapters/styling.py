"""The flags of ``sgrep`` to how lines look."""

from __future__ import annotations

import os

from streamtools.adapters.rows import Rows
from streamtools.adapters.style import Style
from streamtools.limits import DEFAULT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from streamtools.adapters.asking import Asked


def style(asked: Asked) -> Style:
    """Return how the lines of a command line look; ripgrep's defaults for a terminal and for a pipe hold."""
    flags, request, terminal = asked.flags, asked.request, asked.terminal
    vimgrep = bool(flags.get("vimgrep"))
    single = len(asked.paths) == 1 and (asked.paths[0] in asked.streams or not os.path.isdir(asked.paths[0]))
    column = bool(flags.get("column", vimgrep))
    content = asked.mode in {"content", "json"}
    group = flags.get("context_separator", "--")
    most = flags.get("max_columns")
    assert most is None or isinstance(most, int)
    return Style(
        filename=bool(flags.get("with_filename", vimgrep or not single)),
        heading=content and not vimgrep and bool(flags.get("heading", terminal)),
        numbers=bool(flags.get("line_number", terminal or column or vimgrep)),
        column=column,
        byte_offset=bool(flags.get("byte_offset")),
        only_matching=content and bool(flags.get("only_matching")),
        each=vimgrep,
        null=bool(flags.get("null")),
        raw=not asked.capped and not (terminal and asked.face.name != "rg"),
        context=bool(request.before or request.after),
        passthru=request.passthru,
        trim=bool(flags.get("trim")),
        multiline=request.joined,
        inverted=request.invert_match,
        replaced="replace" in flags,
        counted=asked.stats or asked.counts_matches,
        zero=bool(flags.get("include_zero")),
        named=None if flags.get("binary") else frozenset(asked.paths),
        max_columns=most,
        preview=bool(flags.get("max_columns_preview")),
        longest=DEFAULT.line_bytes if asked.capped else None,
        terminator=b"\0" if flags.get("null_data") else b"\r\n" if flags.get("crlf") else b"\n",
        group=None if group is None else os.fsencode(str(group)),
        match_sign=os.fsencode(str(flags.get("field_match_separator", ":"))),
        context_sign=os.fsencode(str(flags.get("field_context_separator", "-"))),
        path_separator=os.fsencode(str(flags.get("path_separator", ""))),
        **_looks(asked),  # type: ignore[arg-type]
    )


def rows(asked: Asked, look: Style) -> Rows:
    """Return what lays out the lines, with what finds and replaces matches where that is wanted."""
    request = asked.request
    replacement = again = None
    if look.replaced and not asked.quiet and asked.mode in {"content", "json"}:
        from streamtools.match.replacing import Replacement

        replacement = Replacement(request.query, os.fsencode(str(asked.flags["replace"])), request.limits.match_seconds)
    if look.inverted and look.spans:
        from streamtools.match.exact import compile

        again = compile(request.query, seconds=request.limits.match_seconds, engine=request.engine).spans
    return Rows(look, replacement, again)


def _looks(asked: Asked) -> dict[str, object]:
    """Return the colours and links, if there are any."""
    flags = asked.flags
    color = flags.get("color", "auto")
    dumb = "NO_COLOR" in os.environ or os.environ.get("TERM", "dumb" if asked.face.name == "rg" else "") == "dumb"
    if not (color in {"always", "ansi"} or (color == "auto" and asked.terminal and not dumb)):
        return {}
    from streamtools.adapters.colors import palette
    from streamtools.adapters.links import Links

    form, host = flags.get("hyperlink_format", ""), flags.get("hostname_bin")
    links = Links(str(form), None if host is None else str(host)) if form else None
    return {"palette": palette(map(str, flags.get("colors", ()))), "links": links}  # type: ignore[call-overload]
