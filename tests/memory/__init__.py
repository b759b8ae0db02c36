"""The memory gate's own tests; they need memray, so they run in ``nox -s memory``."""
