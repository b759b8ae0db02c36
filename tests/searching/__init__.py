"""Tests of streamtools.searching."""
