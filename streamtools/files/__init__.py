"""Folders to files: an ordered walk, ignore rules, file types, and the ledger of what was left out."""
