"""The finance workbook: live formulas from the plan's inputs and the solved decisions."""

from planner.report.workbook.export import export_books, export_workbook

__all__ = ["export_books", "export_workbook"]
