"""Two people's changes of one table: nothing that somebody typed is dropped."""

from planner.store import Draft, RawTable, changed_cells, merge_cells, merge_table

COLUMNS = ("asset", "offer", "devices")
BASE = RawTable(COLUMNS, (("a", "x", 1.0), ("b", "y", 2.0), ("c", "z", 3.0)))


def rows(*cells: tuple[str | None, str, float]) -> RawTable:
    return RawTable(COLUMNS, cells)


def test_cells_of_both_meet():
    mine, theirs = rows(("a", "x", 9.0), BASE.rows[1], BASE.rows[2]), rows(BASE.rows[0], ("b", "q", 2.0), BASE.rows[2])
    assert merge_table("assets", BASE, mine, theirs) == rows(("a", "x", 9.0), ("b", "q", 2.0), ("c", "z", 3.0))


def test_the_same_cell_is_mine_and_the_row_keeps_their_other_cell():
    mine, theirs = rows(("a", "x", 9.0), *BASE.rows[1:]), rows(("a", "q", 5.0), *BASE.rows[1:])
    assert merge_table("assets", BASE, mine, theirs).rows[0] == ("a", "q", 9.0)


def test_rows_that_came_and_went():
    mine, theirs = rows(*BASE.rows[1:], ("m", "x", 4.0)), rows(BASE.rows[0], BASE.rows[2], ("t", "x", 5.0))
    assert merge_table("assets", BASE, mine, theirs) == rows(("c", "z", 3.0), ("t", "x", 5.0), ("m", "x", 4.0))


def test_what_i_changed_and_they_removed_stays():
    mine, theirs = rows(("a", "x", 9.0), *BASE.rows[1:]), rows(*BASE.rows[1:])
    assert ("a", "x", 9.0) in merge_table("assets", BASE, mine, theirs).rows


def test_rows_that_cannot_be_told_apart_are_mine():
    mine = rows((None, "x", 9.0), (None, "y", 1.0))
    assert merge_table("assets", BASE, mine, rows(("a", "x", 5.0))) == mine


def test_tables_that_one_side_changed_are_that_sides():
    other = RawTable(("slice", "share_of_hours"), (("day", 1.0),))
    base = Draft({"assets": BASE, "slices": other})
    mine = Draft({"assets": rows(("a", "x", 9.0), *BASE.rows[1:]), "slices": other})
    theirs = Draft({"assets": BASE, "slices": RawTable(other.columns, (("all", 1.0),))})
    both = merge_cells(base, mine, theirs)
    assert both.tables == {"assets": mine.tables["assets"], "slices": theirs.tables["slices"]}


def test_changed_cells_are_counted():
    assert changed_cells(BASE, BASE) == 0
    assert changed_cells(BASE, rows(("a", "x", 9.0), ("b", "q", 2.0), BASE.rows[2])) == 2
    assert changed_cells(BASE, rows(BASE.rows[0])) is None
