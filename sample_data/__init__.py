"""The sample plans and the script that builds them from curated figures."""
