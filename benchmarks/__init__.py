"""What is measured, and how. Ratios within one run; machines are noisy."""
