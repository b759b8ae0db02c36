"""The words that facts are told with, and what else annotations of public classes name; a command line loads none of it.

`typing.get_type_hints` looks for such names in the module of a class, where only type checkers see them: `tell` puts them there.
"""

from __future__ import annotations

from typing import Any, Literal, Self

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

Stopped = Literal["end", "lines", "bytes", "deadline", "cancelled", "changed"]
TotalKind = Literal["exact", "at_least", "about"]
Skip = Literal[
    "ignored",
    "hidden",
    "binary",
    "too_large",
    "unreadable",
    "special",
    "link",
    "link_loop",
    "undecodable",
    "other_filesystem",
    "denied",
    "not_reached",
]


def tell(*modules: ModuleType) -> None:
    """Put the names into modules, where they have no other meaning yet."""
    names = {"Any": Any, "Literal": Literal, "Self": Self, "Skip": Skip, "Stopped": Stopped, "TotalKind": TotalKind}
    for module in modules:
        for name, value in names.items():
            vars(module).setdefault(name, value)
