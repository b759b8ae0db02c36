"""The proofs of the promises in requirements.md: each test names the ids that it proves."""
