"""What is asked: the declared tables, plans, checks and files."""
