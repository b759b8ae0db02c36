"""Bytes to whole lines: sources, encodings, windows."""
