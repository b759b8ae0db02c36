"""ripgrep's own face: its defaults and every word it says, as ripgrep 15.2 has them."""
