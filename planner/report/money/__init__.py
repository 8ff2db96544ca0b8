"""The books as people read them: statements laid out, each figure with the rows of the ledger behind it."""
