"""Tests of the files that the other tests stand on."""
