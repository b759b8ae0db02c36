"""The speed benchmark: our commands and warm calls beside ripgrep, grep, ugrep and sed, in one run."""
