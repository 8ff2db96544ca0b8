"""Charts: pure functions from derived frames to Altair charts, each with its finding, alt text and table."""
