"""Tests of streamtools.match."""
