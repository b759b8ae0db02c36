"""The settings of the environment: M4."""

from __future__ import annotations

import pytest

from streamtools.errors import InvalidArgument
from streamtools.sessions import Settings

NAMES = {
    "STREAMTOOLS_MAX_MEMORY_MB": "max_memory_mb",
    "STREAMTOOLS_MAX_ACTIVE_MESSAGES": "max_active_messages",
    "STREAMTOOLS_MAX_CONVERSATION_HISTORY": "max_conversation_history",
    "STREAMTOOLS_SESSION_TTL_MINUTES": "session_ttl_minutes",
    "STREAMTOOLS_MAX_ACTIVE_SESSIONS": "max_active_sessions",
}


def test_defaults_are_those_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    """M4: nothing set, or set to nothing, is 200, 50, 60, 100 and a budget by the machine."""
    for environment in ({}, dict.fromkeys(NAMES, " ")):
        found = Settings.from_environment(environment)
        assert found == Settings(None, 200, 50, 60, 100)
        assert (found.history().messages, found.history(observer=True).messages) == (200, 50)
    monkeypatch.setenv("STREAMTOOLS_MAX_ACTIVE_SESSIONS", "7")
    assert Settings.from_environment().max_active_sessions == 7


@pytest.mark.parametrize("name", NAMES)
def test_each_variable_sets_its_field_alone(name: str) -> None:
    """M4: a number goes where it belongs."""
    assert Settings.from_environment({name: " 42 "}) == Settings(**{NAMES[name]: 42})


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("text", ["many", "-1", "1.5", "0", "1e3", "٤", "9" * 30, "12\x1b[0m"])
def test_what_is_no_number_is_one_sentence_with_the_name(name: str, text: str) -> None:
    """M4, T15: the error names the variable, what it must be, and what it was, without control characters."""
    with pytest.raises(InvalidArgument, match=f"^{name} must be a whole number of [a-z]+ from 1 on, not ") as raised:
        Settings.from_environment({name: text})
    assert str(raised.value).isprintable()
