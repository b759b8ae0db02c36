"""Files to test and measure with: little tricky ones (committed) and big ones (generated from a seed)."""
