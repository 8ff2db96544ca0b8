"""The finance workbook: live formulas from the plan's inputs and the solved decisions."""

from planner.report.workbook.export import export_books, export_workbook
from planner.report.workbook.extra import Extra

__all__ = ["Extra", "export_books", "export_workbook"]
