"""`typing.NamedTuple` for those who start often: it makes the same classes in a third of the time.

A command line makes 35 of them before it reads a byte, and most of their 100 us each goes into the check that every annotation is
a type, which mypy has done. The annotations stay as they were written.
"""

from __future__ import annotations

import sys

__all__ = ["NamedTuple"]

TYPE_CHECKING = False
if TYPE_CHECKING or sys.version_info >= (3, 14):
    # From 3.14 on annotations are evaluated when somebody asks for them.
    from typing import NamedTuple
else:
    from collections import namedtuple

    class _Maker(type):
        """What a class statement becomes whose base is `NamedTuple`: a class of `collections.namedtuple`, with its methods."""

        def __new__(cls, name, bases, space):  # noqa: ANN001, ANN204, ARG004 - mypy sees the other branch
            types = space["__annotations__"]
            defaults = [space[field] for field in types if field in space]
            made = namedtuple(name, types, defaults=defaults, module=space["__module__"])  # noqa: PYI024
            made.__annotations__ = types
            for key, value in space.items():
                if key not in types and key not in {"__annotations__", "__module__", "__qualname__"}:
                    setattr(made, key, value)
            return made

    NamedTuple = type.__new__(_Maker, "NamedTuple", (), {"__module__": __name__})
