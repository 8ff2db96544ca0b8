"""What is kept: plans with their history, and results with their inputs, in any SQLAlchemy database."""

from planner.store.board import Board, Entry
from planner.store.cache import ResultCache, options_key
from planner.store.database import StoreUnavailable
from planner.store.draft import Draft, RawTable, draft_from_plan, draft_tables, merge
from planner.store.merging import changed_cells, merge_cells, merge_table
from planner.store.records import Access, NothingToUndo, PlanInfo, Snapshot, StaleWrite, UnknownPlan, Version
from planner.store.store import Store

__all__ = [
    "Access",
    "Board",
    "Draft",
    "Entry",
    "NothingToUndo",
    "PlanInfo",
    "RawTable",
    "ResultCache",
    "Snapshot",
    "StaleWrite",
    "Store",
    "StoreUnavailable",
    "UnknownPlan",
    "Version",
    "changed_cells",
    "draft_from_plan",
    "draft_tables",
    "merge",
    "merge_cells",
    "merge_table",
    "options_key",
]
