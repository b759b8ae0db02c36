"""Results and events to capped text and JSON; pure functions of frozen data."""
