"""Lines to spans: what matches, and which lines are worth a look."""
