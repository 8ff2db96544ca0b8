"""What is decided: index sets, constraints, costs and the solver driver."""
