"""Completions for four shells, from the table of flags.

Each function returns a script for a command ``program``. What a flag's value may be is completed where the table knows
it (``choices``), file names where the value is one, and types by asking the command for ``--type-list``.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streamtools.adapters.argv import Flag


_FILES = {"FILE", "PATH", "COMMAND"}


def bash(program: str, flags: Sequence[Flag]) -> str:
    """Return a script for bash 4 and later."""
    words = " ".join(name for flag in _shown(flags) for name in _spellings(flag))
    cases = [
        f"    {'|'.join(_own(flag))})\n      {_bash_values(program, flag)}\n      return\n      ;;\n"
        for flag in _shown(flags)
        if flag.value
    ]
    return (
        f"_{program}() {{\n"
        "  local cur prev\n"
        '  cur="${COMP_WORDS[COMP_CWORD]}"\n'
        '  prev="${COMP_WORDS[COMP_CWORD-1]}"\n'
        "  COMPREPLY=()\n"
        '  case "${prev}" in\n'
        f"{''.join(cases)}"
        "  esac\n"
        '  if [[ "${cur}" == -* ]]; then\n'
        f'    mapfile -t COMPREPLY < <(compgen -W "{words}" -- "${{cur}}")\n'
        "  else\n"
        '    mapfile -t COMPREPLY < <(compgen -f -- "${cur}")\n'
        "  fi\n"
        "}\n"
        f"complete -o bashdefault -o default -o filenames -F _{program} {program}\n"
    )


def _bash_values(program: str, flag: Flag) -> str:
    if flag.choices:
        made = f'compgen -W "{" ".join(flag.choices)}" -- "${{cur}}"'
    elif flag.value == "TYPE":
        made = f'compgen -W "$({_types(program)})" -- "${{cur}}"'
    elif flag.value in _FILES:
        made = 'compgen -f -- "${cur}"'
    else:
        return ":"
    return f"mapfile -t COMPREPLY < <({made})"


def zsh(program: str, flags: Sequence[Flag]) -> str:
    """Return a function for a folder of zsh's ``fpath``."""
    rows = [f"#compdef {program}", "", f"_{program}_types() {{", "  local -a types"]
    rows += [f'  types=(${{(f)"$({_types(program)})"}})', "  _describe 'type' types", "}", "", "_arguments -s -S \\"]
    for flag in _shown(flags):
        star = "*" if flag.many else ""
        about = _zsh_text(flag.help)
        for name in _own(flag):
            equals = "" if not flag.value else "=" if name.startswith("--") else "+"
            rows.append(f"  '{star}{name}{equals}[{about}]{_zsh_values(program, flag)}' \\")
        rows += [f"  '--{name}[Undo --{flag.long}.]' \\" for name in (flag.undo,) if name]
    rows += ["  '1: :_files' \\", "  '*: :_files'", ""]
    return "\n".join(rows)


def _zsh_values(program: str, flag: Flag) -> str:
    if not flag.value:
        return ""
    if flag.choices:
        return f":{flag.value}:({' '.join(flag.choices)})"
    if flag.value == "TYPE":
        return f":{flag.value}:_{program}_types"
    return f":{flag.value}:_files" if flag.value in _FILES else f":{flag.value}: "


def _zsh_text(text: str) -> str:
    for special in "\\[]:":
        text = text.replace(special, "\\" + special)
    return text.replace("'", "'\\''")


def fish(program: str, flags: Sequence[Flag]) -> str:
    """Return a script for fish 3 and later."""
    rows = []
    for flag in _shown(flags):
        short = f" -s {_fish(flag.short)}" if flag.short else ""
        about = f" -d {_fish(flag.help)}"
        for name in (flag.long, *flag.aliases):
            rows.append(f"complete -c {program}{short} -l {name}{about}{_fish_values(program, flag)}")
            short = ""
        if flag.undo:
            rows.append(f"complete -c {program} -l {flag.undo} -d {_fish(f'Undo --{flag.long}.')}")
    return "\n".join(rows) + "\n"


def _fish_values(program: str, flag: Flag) -> str:
    if not flag.value:
        return ""
    if flag.choices:
        return f" -r -f -a {_fish(' '.join(flag.choices))}"
    if flag.value == "TYPE":
        return f" -r -f -a {_fish(f'({_types(program)})')}"
    return " -r -F" if flag.value in _FILES else " -r -f"


def _fish(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def powershell(program: str, flags: Sequence[Flag]) -> str:
    """Return a script for PowerShell 5 and later."""
    rows = ["using namespace System.Management.Automation", "using namespace System.Management.Automation.Language", ""]
    rows += [f"Register-ArgumentCompleter -Native -CommandName '{program}' -ScriptBlock {{"]
    rows += ["  param($wordToComplete, $commandAst, $cursorPosition)", "  $completions = @("]
    for flag in _shown(flags):
        pairs = [*((name, flag.help) for name in _own(flag)), *((f"--{name}", f"Undo --{flag.long}.") for name in (flag.undo,) if name)]
        for name, about in pairs:
            text = about.replace("'", "''")
            rows.append(f"    [CompletionResult]::new('{name}', '{name}', [CompletionResultType]::ParameterName, '{text}')")
    rows += ["  )", '  $completions.Where{ $_.CompletionText -like "$wordToComplete*" } | Sort-Object -Property ListItemText', "}", ""]
    return "\n".join(rows)


def _shown(flags: Sequence[Flag]) -> Iterator[Flag]:
    return (flag for flag in flags if not flag.hidden)


def _own(flag: Flag) -> list[str]:
    return [f"--{name}" for name in (flag.long, *flag.aliases) if name] + ([f"-{flag.short}"] if flag.short else [])


def _spellings(flag: Flag) -> list[str]:
    return _own(flag) + ([f"--{flag.undo}"] if flag.undo else [])


def _types(program: str) -> str:
    return f"{program} --type-list 2>/dev/null | cut -d: -f1"
