"""What is kept: plans, versions and results."""
