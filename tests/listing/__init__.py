"""Tests of streamtools.listing."""
