"""Tests of streamtools.render."""
