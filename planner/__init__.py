"""Planning of generative-AI capacity: demand, options and rules in, a proven cost-minimal mix out."""
