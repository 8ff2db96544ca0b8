"""The chargeback page: every rule gives bills that are the ledger, and each line says by which key it came."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from planner.report.money.sources import SHARE
from tests.app.conftest import healthy

Visit = Callable[..., AppTest]


def table(visitor: AppTest, *headings: str) -> pd.DataFrame:
    """The first table on the page with columns of these headings."""
    return next(d.value for d in visitor.dataframe if set(headings) <= set(d.value))


def test_every_view_opens_and_the_bills_are_the_ledger(visit: Visit):
    visitor = healthy(visit("chargeback"))
    totals = set()
    for rule in ("users", "platform", "even"):
        visitor.selectbox(key="policy-idle").set_value(rule).run()
        healthy(visitor)
        assert any("the ledger's cash, to the cent" in s.value.replace("\\", "") for s in visitor.success)
        totals.add(round(float(table(visitor, "Whole plan")["Whole plan"].iloc[-1]), 2))
    assert len(totals) == 1
    for view in ("Keys", "Bills", "Unit costs", "One more unit"):
        healthy(visitor.segmented_control(key="chargeback-view").set_value(view).run())


def test_a_share_leads_to_its_rows_and_their_keys(visit: Visit):
    visitor = visit("chargeback")
    shown = next(d for d in visitor.dataframe if str(d.key).startswith("statement-showback-"))
    visitor.session_state[str(shown.key)] = {"selection": {"rows": [], "columns": [], "cells": [(0, "2027")]}}
    healthy(visitor.run())
    rows = table(visitor, SHARE)
    assert rows[SHARE].sum() == pytest.approx(float(shown.value["2027"].iloc[0]), abs=0.01)
    assert len(set(rows["Key"])) > 1


def test_bills_are_narrowed_down(visit: Visit):
    visitor = visit("chargeback")
    visitor.segmented_control(key="chargeback-view").set_value("Bills").run()
    before = len(table(visitor, "Category", "Key"))
    team = table(visitor, "Category", "Key")["Team"].iloc[0]
    visitor.multiselect(key="bills-Team").set_value([team]).run()
    rows = table(visitor, "Category", "Key")
    assert 0 < len(rows) < before
    assert set(rows["Team"]) == {team}
    assert (rows["Key"] != "").all()


def test_idle_capacity_goes_where_the_rule_says(visit: Visit):
    visitor = visit("chargeback")
    visitor.text_input(key="policy-platform").set_value("Shared services").run()
    visitor.selectbox(key="policy-idle").set_value("platform").run()
    visitor.segmented_control(key="chargeback-view").set_value("Bills").run()
    healthy(visitor)
    rows = table(visitor, "Category", "Key")
    idle = rows[rows["Key"] == "idle, platform"]
    assert len(idle)
    assert set(idle["Team"]) == {"Shared services"}
