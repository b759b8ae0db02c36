"""What holds for all tests: hypothesis profiles, and an environment without the caller's settings."""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import HealthCheck, settings

# Two noisy cores: how long one example takes says nothing, so there is no deadline. In CI the examples are
# the same at every run: new ones are for the developer who can look into what they find.
settings.register_profile("full", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize="CI" in os.environ)
settings.register_profile("smoke", settings.get_profile("full"), max_examples=10)
settings.load_profile("full")

#: Settings of a user's shell that change what grep, ripgrep, git or streamtools answer.
_FOREIGN = ("GREP_COLOR", "GREP_COLORS", "GREP_OPTIONS", "NO_COLOR", "RIPGREP_CONFIG_PATH", "XDG_CONFIG_HOME", "GIT_DIR", "GIT_WORK_TREE")


def pytest_configure(config: pytest.Config) -> None:
    """Run before anything is collected, in each xdist worker too."""
    for name in _FOREIGN:
        os.environ.pop(name, None)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A shell starts its background jobs deaf to Ctrl-C, and children inherit it: those of the tests must hear it.
        signal.signal(signal.SIGINT, signal.default_int_handler)
