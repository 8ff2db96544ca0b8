"""What came out: a solution as tidy frames, and the ledger."""
