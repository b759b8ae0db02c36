"""What the project measures of itself; nothing here is installed."""
