"""The FOCUS file: adds up, keeps the specification, and our check of it finds what breaks it."""

from __future__ import annotations

import io
import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from planner.finance import Books, books
from planner.finance.categories import is_cash
from planner.model.options import Options
from planner.report.focus import focus, read_back, unit_name, write_focus
from planner.report.focus_columns import COLUMNS, LEFT_OUT, SERVICES, WRITTEN
from planner.report.focus_rules import check
from planner.result.run import solve_plan
from tests.builders import tiny
from tests.finance.company import company


@pytest.fixture(scope="module")
def made() -> Books:
    plan = company()
    return books(plan, solve_plan(plan, Options(gap=0.001, time_limit=60)))


@pytest.fixture(scope="module")
def rows(made: Books) -> pd.DataFrame:
    return focus(made)


def test_specification_has_its_57_columns() -> None:
    """FOCUS 1.2 has 57 columns, of which ours leave out those whose condition a plan does not meet."""
    assert len(COLUMNS) == 57
    assert [c.name for c in COLUMNS] == sorted(c.name for c in COLUMNS)
    assert set(LEFT_OUT) <= {c.name for c in COLUMNS if c.level != "mandatory"}
    subcategories = [s for names in SERVICES.values() for s in names]
    assert len(set(subcategories)) == len(subcategories)


def test_rows_keep_the_specification(rows: pd.DataFrame) -> None:
    assert list(rows.columns) == [c.name for c in WRITTEN]
    assert check(rows) == []


def test_billed_cost_is_the_ledgers_cash_in_every_period(made: Books, rows: pd.DataFrame) -> None:
    cash = made.ledger[is_cash(made.ledger)]
    billed = rows.groupby("x_PlanPeriod")["BilledCost"].sum()
    assert billed.tolist() == pytest.approx(cash.groupby("period")["amount"].sum().tolist())
    by_kind = rows.groupby("x_CashKind")["BilledCost"].sum()
    assert by_kind.to_dict() == pytest.approx(cash.groupby("cash")["amount"].sum().to_dict())


def test_effective_cost_is_amortised(made: Books, rows: pd.DataFrame) -> None:
    """Operating cost + what contracts consume + depreciation + book value of what leaves - what its sale brings."""
    ledger, c, r = made.ledger, made.contracts, made.register
    under = set(c.contracts.frame["offer"])
    plain = ledger[(ledger["cash"] == "opex") & ~(ledger["offer"].isin(under) & (ledger["category"] == "compute"))]
    want = (
        plain["amount"].sum() + c.tax_cost.sum() + r.depreciation.sum() + (r.disposals + r.horizon - r.proceeds).sum()
    )
    assert rows["EffectiveCost"].sum() == pytest.approx(want)


def test_commitment_in_full(made: Books, rows: pd.DataFrame) -> None:
    """Each month of `commit`: the hours bought are the hours used and the hours not used, at what they cost."""
    mine = rows[rows["x_Offer"] == "commit"]
    mine = mine[mine["x_CostCategory"] == "compute"]
    month = mine[mine["BillingPeriodStart"] == "2027-05-01T00:00:00Z"]
    bought = month[(month["ChargeCategory"] == "Purchase") & (month["ChargeFrequency"] == "Recurring")]
    used = month[month["ChargeCategory"] == "Usage"]
    assert bought["CommitmentDiscountQuantity"].sum() == pytest.approx(2 * 730)
    assert used["CommitmentDiscountQuantity"].sum() == pytest.approx(2 * 730)
    assert bought["EffectiveCost"].sum() == 0
    assert bought["BilledCost"].sum() == pytest.approx(2 * 730 * 2.0)
    upfront = 6000 / 12 / 3 + 2000 / 6 / 3
    assert used["EffectiveCost"].sum() == pytest.approx(2 * 730 * 2.0 + upfront)
    rent = 5.0 * 0.9**0.25
    assert used["ContractedUnitPrice"].unique() == pytest.approx([rent])


def test_leased_servers_are_hardware(made: Books, rows: pd.DataFrame) -> None:
    leased = rows[rows["x_CostCategory"] == "leased_servers"]
    assert set(leased["x_Offer"]) == {"lease", "short"}
    assert set(leased["x_CostPool"]) == {"Hardware"}
    assert set(leased["ServiceName"]) == {"Leased hardware"}
    ledger = made.ledger[made.ledger["offer"].isin(["lease", "short"]) & (made.ledger["category"] == "compute")]
    assert leased["BilledCost"].sum() == pytest.approx(ledger["amount"].sum())


def test_rows_can_be_joined_to_bills(made: Books, rows: pd.DataFrame) -> None:
    assert set(rows["x_IsForecast"]) == {"true"}
    assert set(rows["x_ScenarioId"]) == {made.plan.content_hash}
    assert rows["BillingPeriodStart"].min() == "2027-01-01T00:00:00Z"
    assert rows["BillingPeriodEnd"].max() == "2029-01-01T00:00:00Z"
    tagged = rows[rows["x_Workload"] == "chat"]
    assert {json.dumps(json.loads(t)) for t in tagged["Tags"]} == {json.dumps({"workload": "chat", "team": "Sales"})}


def is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def test_csv_and_parquet_hold_the_same(made: Books, rows: pd.DataFrame, tmp_path) -> None:
    for name in ("cost.csv", "cost.parquet"):
        write_focus(made, tmp_path / name)
    table = pd.read_parquet(tmp_path / "cost.parquet")
    text = read_back((tmp_path / "cost.csv").read_bytes())
    assert check(text) == []
    assert list(text.columns) == list(table.columns) == list(rows.columns)
    assert text["BilledCost"].astype(float).to_numpy() == pytest.approx(table["BilledCost"].to_numpy(), rel=1e-15)
    for column in WRITTEN:
        kind = pq.read_schema(tmp_path / "cost.parquet").field(column.name).type
        found = {"decimal": pa.types.is_floating, "time": pa.types.is_timestamp}.get(column.type, is_text)(kind)
        assert found, (column.name, kind)
    buffer = io.BytesIO()
    write_focus(made, buffer, "csv")
    assert buffer.getvalue() == (tmp_path / "cost.csv").read_bytes()
    with pytest.raises(ValueError, match="csv or parquet"):
        write_focus(made, tmp_path / "cost.xlsx")


def test_hostile_names_are_defused_in_csv(tmp_path) -> None:
    plan = tiny([{"offer": "=1+1", "price_per_hour": 1.0}], 10.0, settings={"name": "@plan"})
    b = books(plan, solve_plan(plan))
    assert check(focus(b)) == []
    write_focus(b, tmp_path / "cost.csv")
    text = read_back((tmp_path / "cost.csv").read_bytes())
    assert set(text["ResourceId"]) == {"'=1+1"}
    assert set(text["x_ScenarioName"]) == {"'@plan"}


@pytest.mark.parametrize(
    ("unit", "name"),
    [("M output tokens", "1000000 Tokens"), ("k tokens", "1000 Tokens"), ("device-hours", "Device-Hours"),
     ("M frames", "M-Frames"), ("GB egress", "GB"), ("GPU hours", "GPU-Hours"), ("calls", "Calls")],
)  # fmt: skip
def test_units(unit: str, name: str) -> None:
    assert unit_name(unit) == name


BROKEN = {
    "column missing": (lambda f: f.drop(columns="BilledCost"), "BilledCost: the column is missing"),
    "unknown column": (lambda f: f.assign(Colour="red"), "Colour: a column"),
    "null": (lambda f: f.assign(ProviderName=None), "ProviderName: must not be null"),
    "not allowed": (lambda f: f.assign(ChargeCategory="Rent"), "ChargeCategory: must be one of"),
    "no number": (lambda f: f.assign(ListCost="many"), "ListCost: must be a decimal"),
    "negative price": (lambda f: f.assign(ListUnitPrice=-1.0), "ListUnitPrice: must not be negative"),
    "no product": (lambda f: f.assign(ContractedUnitPrice=1e6), "ContractedCost: must be ContractedUnitPrice"),
    "time": (lambda f: f.assign(ChargePeriodEnd="2027-01"), "ChargePeriodEnd: must be a time"),
    "backwards": (lambda f: f.assign(ChargePeriodEnd="2020-01-01T00:00:00Z"), "ChargePeriodEnd: must be after"),
    "currency": (lambda f: f.assign(BillingCurrency="dollar"), "BillingCurrency: must be an ISO"),
    "parent": (lambda f: f.assign(ServiceCategory="Storage"), "ServiceSubcategory: does not belong"),
    "tags": (lambda f: f.assign(Tags="[1]"), "Tags: must be a JSON object"),
    "no commitment": (lambda f: f.assign(CommitmentDiscountId=None), "CommitmentDiscountType: must be null without"),
    "purchase is effective": (lambda f: f.assign(EffectiveCost=f["BilledCost"]), "EffectiveCost: must be 0"),
    "status": (lambda f: f.assign(CommitmentDiscountStatus=None), "CommitmentDiscountStatus: must not be null"),
    "consumed": (lambda f: f.assign(ConsumedQuantity=np.nan), "ConsumedQuantity: must not be null"),
    "tax": (lambda f: f.assign(ChargeCategory="Tax"), "PricingQuantity: must be null for taxes"),
    "blank": (lambda f: f.assign(ServiceName=" "), "ServiceName: must be null or text"),
    "region": (lambda f: f.assign(RegionId=None), "RegionName: must be null when RegionId is"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_check_finds_what_is_broken(rows: pd.DataFrame, name: str) -> None:
    """Every rule can fail, and says where."""
    breaks, sentence = BROKEN[name]
    found = check(breaks(rows))
    assert any(f.startswith(sentence) for f in found), found
