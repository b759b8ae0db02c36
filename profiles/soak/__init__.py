"""Long runs: too long for every change, run before a release (one module each, ``python -m profiles.soak.NAME``)."""
