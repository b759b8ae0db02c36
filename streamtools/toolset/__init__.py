"""The tool provider: Read, Grep and Glob as typed functions with schemas, for any agent framework.

    tools = Toolset(["project"])
    tools.call("grep", {"pattern": "TODO", "glob": "*.py"}).text

See `Toolset`; the modules here are its parts.
"""

from __future__ import annotations

from streamtools.files.confine import DEFAULT_DENY
from streamtools.toolset.session import Runner, Toolset

__all__ = ["DEFAULT_DENY", "Runner", "Toolset"]
