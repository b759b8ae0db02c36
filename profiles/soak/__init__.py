"""Long runs: too long for every change, run before a release: ``nox -s soak``, or one of them with ``python -m profiles.soak.NAME``."""
