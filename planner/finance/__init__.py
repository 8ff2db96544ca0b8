"""What it means: statements, depreciation, allocation and unit economics."""
