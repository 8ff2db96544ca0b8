"""Importers of price catalogues: upstream files in, rows of sites, hardware and offers out."""
