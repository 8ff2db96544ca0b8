"""Tables of what people try with a plan: scenarios, their changes, and levers. They change no answer by themselves."""

from __future__ import annotations

from planner.plan.schema import Column, Table

SET, MULTIPLY, ADD, INSERT, REMOVE = "set", "multiply", "add", "insert", "remove"
CHANGES_OF = (SET, MULTIPLY, ADD, INSERT, REMOVE)
OPEN, AGREED, DROPPED = "open", "agreed", "dropped"
STATUSES = (OPEN, AGREED, DROPPED)
YES, NO = "yes", "no"


def what_if_tables(tables: tuple[str, ...]) -> tuple[Table, ...]:
    """Their declarations; `tables` are the names of those that a change may touch."""

    def target(change: bool) -> tuple[Column, ...]:
        how = CHANGES_OF if change else (SET, MULTIPLY, ADD)
        return (
            Column("table", "choice", "Table that is changed", required=True, choices=tables),
            Column("where", "text", "Rows that are changed, as column=value; column=value; blank: all of them"),
            Column("column", "list", "Columns that are changed"),
            Column("change", "choice", "What is done with the cells", default=SET, choices=how),
        )

    return (
        Table(
            "scenarios",
            "Scenarios",
            "Named sets of changes to this plan",
            (
                Column("scenario", "id", "Identifier", required=True),
                Column("owner", "text", "Who brought it in"),
                Column("status", "choice", "Where the talk about it stands", default=OPEN, choices=STATUSES),
            ),
            ("scenario",),
            aside=True,
        ),
        Table(
            "changes",
            "Changes",
            "What each scenario changes, step by step",
            (
                Column("scenario", "id", "Scenario", required=True, ref="scenarios.scenario"),
                Column("step", "integer", "Order in which the changes are made", required=True, low=1),
                Column("cause", "text", "What the change is called in a bridge of costs; blank: its own words"),
                *target(True),
                Column("value", "text", "What is set, the factor, or what is added"),
            ),
            ("scenario", "step"),
            aside=True,
        ),
        Table(
            "levers",
            "Levers",
            "Inputs and limits with the range in which they may move",
            (
                Column("lever", "id", "What people call it", required=True),
                *target(False),
                Column("low", "number", "Least value, factor or addition", required=True),
                Column("high", "number", "Largest value, factor or addition", required=True),
                Column("slider", "choice", "Whether executives may move it", default=NO, choices=(YES, NO)),
            ),
            ("lever",),
            aside=True,
        ),
    )
