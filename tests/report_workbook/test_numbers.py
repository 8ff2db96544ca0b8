"""Every number of the workbook: as cached, as recalculated by LibreOffice, as the app has it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from openpyxl.workbook import Workbook

from planner.finance.categories import booked, category_table, default_accounts, is_cash
from planner.finance.statements import TAXES
from planner.finance.units import unit_costs
from planner.plan.plan import Plan
from planner.plan.tables import MEASURES
from planner.report.money.accounts import category_label, label_of
from planner.report.workbook.book import TOTAL
from planner.result.frames import CASH_KINDS, CATEGORIES
from planner.result.verify.case import Case, names_of
from planner.result.verify.findings import Findings
from planner.result.verify.form import coded
from planner.result.verify.money import _shape, expected
from tests.report_workbook.made import POLICIES, Changed, Made
from tests.report_workbook.sheets import constants, line, master, rows

NAMES = [*POLICIES, "hostile", "bare", "stretched"]
CENT = 0.005


def made(all_made: dict[str, Made | Changed], name: str) -> Made:
    out = all_made[name]
    assert isinstance(out, Made)
    return out


@pytest.mark.parametrize("name", NAMES)
def test_recalculation_changes_nothing(all_made, name: str) -> None:
    """Each formula gives the value that was cached with it, and none gives an error."""
    one = made(all_made, name)
    count = 0
    for ws in one.formulas:
        old, new = one.written[ws.title], one.recalculated[ws.title]
        for row in ws.iter_rows():
            for cell in row:
                if cell.data_type != "f":
                    continue
                count += 1
                a, b = old[cell.coordinate].value, new[cell.coordinate].value
                where = (ws.title, cell.coordinate, cell.value, a, b)
                if isinstance(a, str) or a is None:
                    assert (a or "") == (b or ""), where
                else:
                    assert isinstance(b, int | float), where
                    assert b == pytest.approx(a, rel=1e-9, abs=1e-6), where
    assert count > 500


@pytest.mark.parametrize("name", NAMES)
def test_master_check_holds(all_made, name: str) -> None:
    assert master(made(all_made, name).recalculated) == "All checks hold"


@pytest.mark.parametrize("name", NAMES)
def test_cash_flow_and_result_are_the_apps(all_made, name: str) -> None:
    one = made(all_made, name)
    b, book, n = one.books, one.recalculated, one.plan.settings.periods

    def by_line(statement: pd.DataFrame) -> dict[str, list[float]]:
        wide = statement.pivot_table(index="line", columns="period", values="amount", aggfunc="sum")
        return {label_of(str(k)): v.tolist() for k, v in wide.iterrows()}

    cash = by_line(b.cash_flow)
    found = rows(book, "Cash flow", "Operating") | {
        k: line(book, "Cash flow", k)
        for k in ("Compute commitments", "Purchase of equipment", "Sale of equipment", "Site fit-out",
                  "Upfront payments of leases")
    }  # fmt: skip
    found["Lease principal"] = line(book, "Cash flow", "of which principal")
    found["Lease interest"] = line(book, "Cash flow", "of which interest")
    found["Tax saved (paid)"] = line(book, "Cash flow", "Tax saved (paid)")
    found.pop("Total")
    for name_of, amounts in found.items():
        assert amounts == pytest.approx(cash.get(name_of, [0.0] * n), abs=CENT), name_of
    assert set(cash) <= set(found)
    whole = b.cash_flow[b.cash_flow["section"] != TAXES].groupby("period")["amount"].sum()
    assert line(book, "Cash flow", "Cash flow before tax") == pytest.approx(whole.tolist(), abs=CENT)

    profit = by_line(b.profit_and_loss)
    names = {
        "Compute commitments": "Compute commitments",
        "Operating and short-term leases": "Operating and short-term leases",
        "Amortization: right of use": "Right of use",
        "Interest: lease liability": "Lease liability",
        "Current tax": "Current tax",
        "Deferred tax": "Deferred tax",
    }
    for label, ours in names.items():
        assert line(book, "P&L", label) == pytest.approx(profit.get(ours, [0.0] * n), abs=CENT), label
    sections = b.profit_and_loss[b.profit_and_loss["section"].isin(["Depreciation", "Loss (gain) on disposal"])]
    for section, rest in (("Depreciation", "Depreciation: "), ("Loss (gain) on disposal", "")):
        of = by_line(sections[sections["section"] == section])
        labels = ("IT equipment", "site fit-out") if rest else ("Gain (loss) on disposal: IT equipment", "Loss on disposal: site fit-out")  # fmt: skip
        for label, ours in zip(labels, ("IT equipment", "Site fit-out"), strict=True):
            assert line(book, "P&L", rest + label) == pytest.approx(of.get(ours, [0.0] * n), abs=CENT), label
    result = b.profit_and_loss.groupby("period")["amount"].sum()
    assert line(book, "P&L", "Result") == pytest.approx(result.tolist(), abs=CENT)


@pytest.mark.parametrize("name", [*POLICIES, "hostile"])
def test_book_values_liabilities_and_allocation_are_the_apps(all_made, name: str) -> None:
    one = made(all_made, name)
    b, book = one.books, one.recalculated
    balance = b.balance.query("period > 0").pivot_table(index="line", columns="period", values="amount")

    def total(sheet: str, block: str) -> np.ndarray:
        got = rows(book, sheet, block)
        got.pop("Total", None)
        return np.sum(list(got.values()), axis=0) if got else np.zeros(one.plan.settings.periods)

    def ours(*lines: str) -> np.ndarray:
        return balance.reindex(list(lines)).fillna(0.0).sum().to_numpy(float)

    equipment = ours("Equipment", "Equipment not in service yet")
    assert total("NBV", "Net book value at the end of the period") == pytest.approx(equipment, abs=CENT)
    fit_out = ours("Site fit-out")
    assert total("NBV", "Site fit-out: net book value at the end of the period") == pytest.approx(fit_out, abs=CENT)
    debt = -ours("Lease liability")
    assert total("Leases", "Lease liability at the end of the period") == pytest.approx(debt, abs=CENT)

    shown = rows(book, "Allocation", "Allocated to the workload")
    shown.pop("Total", None)
    by = b.allocated[is_cash(b.allocated)].groupby(["to_workload", "period"])["amount"].sum()
    for workload in one.plan.tables["workloads"]["workload"]:
        mine = by.loc[workload].reindex(range(1, one.plan.settings.periods + 1)).fillna(0.0)
        assert shown[workload] == pytest.approx(mine.tolist(), abs=CENT), workload


@pytest.mark.parametrize("name", NAMES)
def test_balance_is_the_apps(all_made, name: str) -> None:
    """Every line of the balance view, before the plan and at the end of each period."""
    one = made(all_made, name)
    book, wide = one.recalculated, one.books.balance.pivot_table(index="line", columns="period", values="amount")
    lines = ("Equipment", "Equipment not in service yet", "Site fit-out", "Right of use", "Prepaid commitments",
             "Lease liability", "Deferred tax", "Equity at the start", "Cash put in", "Result so far")  # fmt: skip
    assert set(wide.index) <= set(lines)
    n = one.plan.settings.periods
    for label in lines:
        want = wide.loc[label].tolist() if label in wide.index else [0.0] * (n + 1)
        assert line(book, "Balance", label) == pytest.approx(want[1:], abs=CENT), label
    ws = book["Balance"]
    before = {ws.cell(r, 1).value: ws.cell(r, 13).value for r in range(1, ws.max_row + 1)}
    for label in (
        "Equipment",
        "Equipment not in service yet",
        "Right of use",
        "Prepaid commitments",
        "Lease liability",
    ):
        want = wide.loc[label, 0] if label in wide.index else 0.0
        assert before[label] == pytest.approx(want, abs=CENT), label


@pytest.mark.parametrize("name", ["base", "us"])
def test_register_rolls_forward_by_class(all_made, name: str) -> None:
    one = made(all_made, name)
    classes = (
        one.books.register.frame()
        .query("kind == 'equipment'")
        .groupby(["asset_class", "period"])
        .sum(numeric_only=True)
    )
    names = {"Opening book value": "opening", "Additions": "additions", "Closing book value": "closing"}
    for kind in classes.index.get_level_values(0).unique():
        found = rows(one.recalculated, "NBV", f"Roll-forward: {kind}")
        want = classes.loc[kind].reindex(range(1, one.plan.settings.periods + 1)).fillna(0.0)
        for label, column in names.items():
            assert found[label] == pytest.approx(want[column].tolist(), abs=CENT), (kind, label)
        assert found["Depreciation"] == pytest.approx((-want["depreciation"]).tolist(), abs=CENT)


def totals(book: Workbook, sheet: str, block: str) -> dict[str, float]:
    """What stands under Total in the rows of a block with headings, by label."""
    ws, out = book[sheet], dict[str, float]()
    r = 2 + next(r for r in range(1, ws.max_row + 1) if str(ws.cell(r, 1).value or "").partition(".")[0] == block)
    while ws.cell(r, 1).value is not None:
        out[str(ws.cell(r, 1).value)] = float(str(ws.cell(r, TOTAL + 1).value))
        r += 1
    return out


@pytest.mark.parametrize("name", ["base", "us", "hostile"])
def test_budget_is_the_apps(all_made, name: str) -> None:
    """Monthly cash by account and by cost centre, live; every line as a value."""
    one = made(all_made, name)
    budget, book = one.books.budget, one.recalculated
    per = one.plan.settings.months_per_period
    months = sorted(budget["month"].unique())
    by = budget.pivot_table(index="account_name", columns="month", values="amount", aggfunc="sum").fillna(0.0)
    shown = rows(book, "Budget", "By account")
    assert set(by.index) <= set(shown)
    for account, amounts in by.iterrows():
        assert shown[str(account)] == pytest.approx(amounts[months[::per]].tolist(), abs=CENT), account
    centres = budget.pivot_table(index="cost_centre", columns="month", values="amount", aggfunc="sum").fillna(0.0)
    found = rows(book, "Budget", "By cost centre") | rows(book, "Budget", "What no workload bears")
    for centre, amounts in centres.iterrows():
        assert found[str(centre)] == pytest.approx(amounts[months[::per]].tolist(), abs=CENT), centre
    for block, column in (("By account", "account_name"), ("By cost centre", "cost_centre")):
        whole, total = budget.groupby(column)["amount"].sum(), totals(book, "Budget", block)
        both = set(whole.index) & set(total)
        assert both, block
        for label in both:
            assert total[label] == pytest.approx(whole[label], abs=CENT), label
    ws = book["Budget lines"]
    lines = [[c.value for c in row] for row in ws.iter_rows(min_row=5)]
    assert sum(sum(row[5:]) for row in lines) == pytest.approx(budget["amount"].sum(), abs=CENT)
    assert len(lines) == len(budget.groupby(["cost_centre", "account", "category", "cash"]))


def test_unit_costs_and_carbon_are_the_apps(all_made) -> None:
    one = made(all_made, "base")
    b, book = one.books, one.recalculated
    cash = b.allocated[is_cash(b.allocated)]
    units = unit_costs(one.plan, b.frames, cash).query("period > 0").set_index(["workload", "period"])
    for workload, found in rows(book, "TCO", "Cash cost per unit served").items():
        assert found == pytest.approx(units.loc[workload]["cost_per_unit"].tolist(), abs=1e-6)
    million = rows(book, "TCO", "Cash cost per million tokens")
    assert set(million) == {"chat", "code"}
    for workload, found in million.items():
        assert found == pytest.approx(units.loc[workload]["cost_per_million_tokens"].tolist(), rel=1e-9)
    e = b.frames["emissions"].groupby("period").sum(numeric_only=True)
    columns = {
        "Energy at the meter": "energy_kwh",
        "Operational carbon": "operational_carbon_t",
        "Embodied carbon": "embodied_carbon_t",
        "Carbon": "carbon_t",
        "Water": "water_m3",
    }
    for block, column in columns.items():
        assert rows(book, "Carbon", block)["Total"] == pytest.approx(e[column].tolist(), rel=1e-6, abs=1e-6), block


@pytest.mark.parametrize("name", ["base", "hostile"])
def test_limits_are_the_results(all_made, name: str) -> None:
    """Every policy and window is live and gives what the planner gave, in the policy's own terms."""
    one = made(all_made, name)
    ws = one.recalculated["Limits"]
    found = [[c.value for c in row] for row in ws.iter_rows(min_row=5) if row[0].value]
    given = one.result.frames["policies"].reset_index(drop=True)
    assert [r[0] for r in found] == given["policy"].tolist()
    value = [r[8] if r[8] is not None else r[6] for r in found]
    assert value == pytest.approx(given["value"].tolist(), rel=1e-6, abs=1e-6)
    assert [r[12] == "yes" for r in found] == (given["violation"] < 0.01).tolist()
    if name == "base":
        assert set(given["measure"]) == set(MEASURES)


def recomputed(plan: Plan, frames) -> dict[str, list[float]]:
    """The ledger by category, as finance books it, and period, from the plan and the decisions alone, by the
    planner's own second sum."""
    names = names_of(plan)
    case = Case(plan, coded(frames, names, Findings(1e-5)), names)
    pricing = pd.Series(["", *plan.tables["offers"].set_index("offer")["pricing"].reindex(names["offer"])])
    out = pd.DataFrame(0.0, category_table().index, range(plan.settings.periods))
    for keys, amounts in expected(case).parts:
        kind, period, _, offer, _ = np.unravel_index(keys, _shape(case))
        ledger = pd.Series(np.array(CATEGORIES, object)[kind // len(CASH_KINDS)])
        lines = pd.DataFrame({"category": booked(ledger, pricing.iloc[offer]), "period": period, "amount": amounts})
        out = out.add(
            lines.pivot_table(index="category", columns="period", values="amount", aggfunc="sum"), fill_value=0
        )
    return {category_label(str(c)): v.tolist() for c, v in out.iterrows()}


def changed_plan(one: Changed) -> tuple[Plan, dict[str, pd.DataFrame]]:
    """The plan and the frames that the typed cells mean."""
    plan, frames = one.base.plan, dict(one.base.result.frames)
    tables = {k: v.copy() for k, v in plan.tables.items()}
    for sheet, cell, value in one.cells:
        ws = one.base.formulas[sheet]
        r = ws[cell].row
        if sheet == "Decisions":
            offer, ordered = ws.cell(r, 1).value, ws.cell(r, 7).value
            v = frames["vintages"].copy()
            at = (v["offer"] == offer) & (v["ordered_period"] == ordered)
            assert at.sum() == 1
            assert isinstance(value, float)
            more = value - v.loc[at, "devices"].item()
            c = frames["capacity"].copy()
            mine = c["offer"] == offer
            inside = mine & c["period"].between(v.loc[at, "first_period"].item(), v.loc[at, "last_period"].item())
            c.loc[inside, "devices_in_service"] += more
            c.loc[mine & (c["period"] == ordered), "ordered"] += more
            v.loc[at, "devices"] = value
            frames |= {"vintages": v, "capacity": c}
        elif sheet == "settings":
            key = ws.cell(r, 1).value
            t = tables["settings"]
            if (t["key"] == key).any():
                t.loc[t["key"] == key, "value"] = str(value)
            else:
                tables["settings"] = pd.concat([t, pd.DataFrame({"key": [key], "value": [str(value)]})])
        else:
            tables[sheet].loc[r - 2, ws.cell(1, ws[cell].column).value] = value
    return Plan.of(tables), frames


@pytest.mark.parametrize("name", ["price", "rate", "devices", "electricity"])
def test_what_is_typed_over_is_followed_everywhere(all_made, name: str) -> None:
    """Costs equal the ledger recomputed with the same decisions; statements and present value follow; the master
    check says that the workbook is sound but no longer what was solved."""
    one = all_made[name]
    assert isinstance(one, Changed)
    book = one.recalculated
    plan, frames = changed_plan(one)
    want = recomputed(plan, frames)
    got = rows(book, "TCO", "By category") | rows(book, "TCO", "Counted in the objective, not cash")
    for category, amounts in want.items():
        assert got[category] == pytest.approx(amounts, rel=1e-6, abs=CENT), category
    cash = np.sum([want[category_label(c)] for c in set(default_accounts()["category"])], axis=0)
    present = float((cash * plan.settings.discount_factors()).sum())
    assert sum(line(book, "Cash flow", "Present value before tax")) == pytest.approx(-present, abs=0.02)
    base = one.base.recalculated
    before = sum(line(base, "Cash flow", "Present value after tax"))
    assert sum(line(book, "Cash flow", "Present value after tax")) != pytest.approx(before, abs=1.0)
    assert master(book).startswith("Sound, but differs")
    ws = book["Summary"]
    assert ws["B5"].value == pytest.approx(present, abs=0.02)
    for sheet in book:
        errors = [c.coordinate for row in sheet.iter_rows() for c in row if isinstance(c.value, str) and c.value.startswith(("#", "Err:"))]  # fmt: skip
        assert errors == [], sheet.title


def test_too_few_devices_are_noticed(all_made) -> None:
    """The check that device-hours fit what is held can fail."""
    one = all_made["short"]
    assert isinstance(one, Changed)
    assert master(one.recalculated) == "A check fails"


@pytest.mark.parametrize("name", ["base", "us", "hostile"])
def test_no_constant_no_volatile_function_no_whole_column(all_made, name: str) -> None:
    one = made(all_made, name)
    for ws in one.formulas:
        for row in ws.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    text = str(cell.value)
                    assert constants(text) == [], (ws.title, cell.coordinate, text)
                    for word in ("NOW(", "TODAY(", "RAND", "OFFSET(", "INDIRECT(", "CELL(", "INFO("):
                        assert word not in text.upper()
                    assert "$A:$" not in text


def test_constants_are_found() -> None:
    """The search for constants is no check that cannot fail."""
    assert constants("=A1*1.5+Whole") == ["1.5"]
    assert constants("='Cash flow'!$N$3/12") == ["12"]
    assert constants('=IF(A1="x",B2,C3)') == ['"x"']
    assert constants("=SUM(Costs!$N$5:$Y$9)*Months_per_year") == []


def test_row_formulas_are_one_formula(all_made) -> None:
    """Along a row every formula is the first one moved to the right."""
    from openpyxl.formula.translate import Translator

    one = made(all_made, "base")
    for title in ("Costs", "NBV", "Leases", "Contracts", "Owned", "Energy", "Allocation", "Cash flow", "P&L", "TCO"):
        ws = one.formulas[title]
        for r in range(6, ws.max_row + 1):
            first, last = ws.cell(r, 14), ws.cell(r, 13 + one.plan.settings.periods)
            if first.data_type == "f":
                moved = Translator(first.value, origin=first.coordinate).translate_formula(last.coordinate)
                assert moved == last.value, (title, r)
