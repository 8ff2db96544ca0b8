"""How large what is read may be, declared once."""

MOST_BYTES = 20_000_000
"""Bytes of a file as it is uploaded or lies on disk."""
MOST_UNPACKED = 200_000_000
"""Bytes of everything inside a workbook or zip, unpacked."""
MOST_RATIO = 200
"""Unpacked bytes for one packed byte: above this an archive is a bomb."""
MOST_MEMBERS = 1_000
MOST_ROWS = 200_000
"""Rows of a table."""
MOST_COLUMNS = 200
MOST_CELLS = 10_000_000
"""Cells of a sheet that are looked at, blank ones included."""
MOST_TEXT = 32_767
"""Characters of a cell: what a spreadsheet holds."""
LAST_ROW = 1_048_576
"""The last row of a sheet."""
