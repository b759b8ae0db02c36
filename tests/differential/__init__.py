"""Answers against those of GNU grep and ripgrep."""
