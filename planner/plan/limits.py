"""How large what is read may be, declared once."""

MOST_BYTES = 20_000_000
"""Bytes of a file as it is uploaded or lies on disk."""
MOST_UNPACKED = 200_000_000
"""Bytes of everything inside a workbook or zip, unpacked."""
MOST_RATIO = 200
"""Unpacked bytes for one packed byte: above this an archive is a bomb."""
MOST_MEMBERS = 1_000
MOST_ROWS = 200_000
MOST_COLUMNS = 200
