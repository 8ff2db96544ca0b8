"""The finance page: statements under the chosen policy, figures that lead to their rows, files by a job."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from typing import Any

import openpyxl
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from pages._shared import exporting, services
from planner.report.money.sources import SHARE
from planner.store import Draft, RawTable
from tests.app.conftest import edit, healthy

Visit = Callable[..., AppTest]
VIEWS = (
    "Cash flow",
    "P&L",
    "Balance",
    "Assets",
    "Commitments",
    "Cost",
    "Budget",
    "Buy or rent",
    "Investment case",
    "Checks",
)


def view(visitor: AppTest, name: str) -> AppTest:
    return healthy(visitor.segmented_control(key="finance-view").set_value(name).run())


def grid(visitor: AppTest, name: str) -> Any:
    return next(d for d in visitor.dataframe if str(d.key).startswith(f"statement-{name}-"))


def table(visitor: AppTest, heading: str) -> pd.DataFrame:
    """The first table on the page with a column of this heading."""
    return next(d.value for d in visitor.dataframe if heading in d.value)


def select(visitor: AppTest, name: str, line: str, column: str) -> AppTest:
    """Select a figure of a statement, as the grid tells it."""
    found = grid(visitor, name)
    row = int(found.value.index[found.value["Line"].str.strip() == line][0])
    visitor.session_state[found.key] = {"selection": {"rows": [], "columns": [], "cells": [(row, column)]}}
    return visitor.run()


def type_account(visitor: AppTest, row: int, **cells: str) -> AppTest:
    """Type over a row of the chart of accounts, as the grid tells it."""
    key = visitor.session_state["accounts-editor"].key
    visitor.session_state[key] = {"edited_rows": {row: cells}, "added_rows": [], "deleted_rows": []}
    return healthy(visitor.run())


def captions(visitor: AppTest) -> str:
    """Everything that stands in small print."""
    return " ".join(c.value for c in visitor.caption).replace("\\", "")


def only_draft(visitor: AppTest) -> Draft:
    """The inputs that a visitor looks at."""
    return services.store().load(visitor.query_params["plan"]).draft


def test_every_view_opens_and_at_once(visit: Visit):
    visitor = visit("finance")
    for name in VIEWS:
        began = time.process_time()
        view(visitor, name)
        assert time.process_time() - began < 2, name
    assert visitor.title[0].value == "Finance"


def test_a_figure_leads_to_the_rows_that_add_up_to_it(visit: Visit):
    visitor = select(visit("finance"), "cash-flow", "Purchase of equipment", "2027")
    healthy(visitor)
    whole = grid(visitor, "cash-flow").value
    figure = float(whole.loc[whole["Line"].str.strip() == "Purchase of equipment", "2027"].iloc[0])
    rows = table(visitor, SHARE)
    assert len(rows) > 1
    assert rows[SHARE].sum() == pytest.approx(figure, abs=0.01)
    assert set(rows["Category"]) == {"Hardware"}
    assert any("the figure" in s.value for s in visitor.success)


def test_depreciation_follows_the_chosen_method_and_leads_to_its_lots(visit: Visit):
    visitor = view(visit("finance"), "P&L")
    line = ("profit-and-loss", "IT equipment", "2027")
    visitor = healthy(select(visitor, *line))
    before = table(visitor, SHARE)[SHARE].sum()
    visitor.selectbox(key="policy-depreciation").set_value("macrs").run()
    healthy(visitor)
    after = table(visitor, SHARE)[SHARE].sum()
    assert before < 0
    assert after != pytest.approx(before, rel=0.01)
    assert any("the figure" in s.value for s in visitor.success)
    assert any("MACRS" in e.label for e in visitor.expander)


def test_accounting_choices_hold_on_every_page(visit: Visit):
    visitor = visit("finance")
    visitor.selectbox(key="policy-lease_standard").set_value("none").run()
    visitor.switch_page("pages/demand.py").run()
    visitor.switch_page("pages/chargeback.py").run()
    visitor.selectbox(key="policy-idle").set_value("platform").run()
    visitor.switch_page("pages/finance.py").run()
    healthy(visitor)
    assert visitor.selectbox(key="policy-lease_standard").value == "none"
    assert visitor.selectbox(key="policy-idle").value == "platform"
    assert any("leases expensed as used" in e.label and "platform" in e.label for e in visitor.expander)
    lines = set(grid(visitor, "cash-flow").value["Line"].str.strip())
    assert "Lease principal" not in lines


def test_accounts_that_are_typed_over_are_those_of_the_budget(visit: Visit):
    visitor = view(visit("finance"), "Budget")
    assert not grid(visitor, "budget").value["Account"].str.contains("7777 Rented").any()
    type_account(visitor, 3, account="7777", account_name="Rented")
    assert grid(visitor, "budget").value["Account"].str.contains("7777 Rented").any()
    visitor.switch_page("pages/chargeback.py").run()
    visitor.switch_page("pages/finance.py").run()
    assert grid(view(visitor, "Budget"), "budget").value["Account"].str.contains("7777 Rented").any()


def test_books_are_kept_the_same_in_every_tab_and_after_a_reload(visit: Visit):
    one, other = visit("finance"), visit("finance")
    one.selectbox(key="policy-depreciation").set_value("macrs").run()
    type_account(one, 3, account="7777", account_name="Rented")
    other.selectbox(key="policy-lease_standard").set_value("none").run()
    type_account(other, 4, account="8888")
    again = visit("finance")
    for visitor in (other, healthy(one.run()), again):
        assert visitor.selectbox(key="policy-depreciation").value == "macrs"
        assert visitor.selectbox(key="policy-lease_standard").value == "none"
        assert any("MACRS" in e.label and "expensed as used" in e.label for e in visitor.expander)
    for visitor in (one, again):
        assert table(visitor, "account")["account"][3:5].tolist() == ["7777", "8888"]
    assert "Depreciation in the books: MACRS" in captions(other)
    assert "the chart of accounts" in captions(one)
    assert "meanwhile" not in captions(again)
    visitor = visit("finance", plan=services.store().create(only_draft(one), "Other", "").plan_id)
    assert visitor.selectbox(key="policy-depreciation").value == "straight_line"


def test_a_copy_of_the_plan_keeps_its_books_alike(visit: Visit):
    mine, theirs = visit("policies"), visit("policies")
    services.store().choices.choose(mine.query_params["plan"], {"depreciation": '"macrs"'})
    edit(theirs, "policies", 1, limit=14e3)
    edit(mine, "policies", 0, limit=15e6)
    next(b for b in mine.button if b.label == "Keep mine as a copy").click().run()
    copy = mine.query_params["plan"]
    assert copy != theirs.query_params["plan"]
    assert services.store().choices.of(copy) == services.store().choices.of(theirs.query_params["plan"])
    assert services.store().choices.of(copy)


def test_who_may_only_look_chooses_for_himself(visit: Visit):
    plan_id = visit("finance").query_params["plan"]
    reader = visit("finance", view=services.store().view_token(plan_id))
    reader.selectbox(key="policy-depreciation").set_value("macrs").run()
    type_account(reader, 3, account="7777")
    reader.switch_page("pages/chargeback.py").run()
    reader.selectbox(key="policy-site_key").set_value("even").run()
    reader.switch_page("pages/finance.py").run()
    assert reader.selectbox(key="policy-site_key").value == "even"
    assert reader.selectbox(key="policy-depreciation").value == "macrs"
    assert table(reader, "account")["account"][3] == "7777"
    assert not services.store().choices.of(plan_id)
    services.store().choices.choose(plan_id, {"depreciation": '"declining_balance"', "lease_standard": '"none"'})
    healthy(reader.run())
    assert reader.selectbox(key="policy-depreciation").value == "macrs"
    assert reader.selectbox(key="policy-lease_standard").value == "none"


def test_every_site_of_a_device_can_be_compared(visit: Visit):
    visitor = view(visit("finance"), "Buy or rent")
    device = visitor.selectbox(key="finance-device").value
    sites = visitor.multiselect(key=f"finance-sites-{device}")
    ways = len(table(visitor, "Way to get it"))
    healthy(sites.set_value(sites.value[:1]).run())
    assert len(table(visitor, "Way to get it")) < ways
    visitor.multiselect(key=f"finance-sites-{device}").set_value([]).run()
    assert not visitor.exception
    assert any("at least one site" in i.value for i in visitor.info)


def test_files_are_made_by_a_job_and_downloaded(visit: Visit):
    visitor = visit("finance")
    visitor.button(key="make-workbook").click().run()
    queue = services.work().queue
    job = next(j for j in queue._jobs.values() if j.spec["kind"] == "export")
    assert job.wait(60)
    assert (job.state, job.error) == ("done", "")
    visitor.run()
    healthy(visitor)
    assert not [b for b in visitor.button if b.key == "make-workbook"]
    path = exporting._exports().get(job.key)
    assert path is not None
    assert "Cash flow" in openpyxl.load_workbook(io.BytesIO(path.read_bytes()), read_only=True).sheetnames


def test_the_making_of_a_file_can_be_stopped(visit: Visit):
    visitor = visit("finance")
    queue = services.work().queue
    busy = [queue.submit({"kind": "tests.jobs.fakes:count", "steps": 100_000}, express=e) for e in (False, True)]
    busy += [queue.submit({"kind": "tests.jobs.fakes:count", "steps": 100_000}) for _ in range(queue.slots)]
    visitor.button(key="make-focus-csv").click().run()
    healthy(visitor)
    visitor.button(key="stop-focus-csv").click().run()
    job = next(j for j in queue._jobs.values() if j.spec["kind"] == "export")
    assert job.wait(60)
    assert job.state == "cancelled"
    for other in busy:
        queue.kill(other)
    healthy(visitor.run())
    assert visitor.button(key="make-focus-csv").label == "Make it anew"


def test_a_plan_without_an_answer_says_so(visit: Visit):
    visitor = visit("plans")
    made = services.store().create(services.store().load(visitor.query_params["plan"]).draft, "Copy", "")
    tables = dict(made.draft.tables)
    frame = tables["demand"].frame()
    frame["volume"] = frame["volume"] * 2
    services.store().save(made.plan_id, made.number, Draft({**tables, "demand": RawTable.of(frame)}), "", "more")
    visitor = healthy(visit("finance", plan=made.plan_id))
    assert any("no answer" in i.value for i in visitor.info)
