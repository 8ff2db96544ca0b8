"""What a figure points to, as tables that people read: rows of the ledger, lots, contracts, what is due."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.finance import Books
from planner.finance.lots import EQUIPMENT
from planner.report import format as fmt
from planner.report.insight_cost import ledger_table
from planner.report.labels import Calendar, names, offers
from planner.report.money.accounts import category_label
from planner.report.money.statement import CONTRACT, DUE, LEDGER, LOT, Statement, same
from planner.report.money.trace import under_contract
from planner.result.frames import CAPEX

SHARE = "In this figure"
"""The column with what each row adds to the figure, in the figure's sign."""

WORDS = {
    LEDGER: ("row of the ledger", "rows of the ledger"),
    LOT: ("lot of the asset register", "lots of the asset register"),
    CONTRACT: ("contract", "contracts"),
    DUE: ("payment under contract", "payments under contract"),
}


@dataclass(frozen=True)
class Part:
    """Rows of one source behind a figure, with `SHARE` first, and what they add up to."""

    source: str
    rows: pd.DataFrame
    total: float

    @property
    def words(self) -> str:
        """How many rows of what: 14 rows of the ledger."""
        return fmt.plural(len(self.rows), *WORDS[self.source])


@dataclass(frozen=True)
class Evidence:
    """What stands behind a figure: its rows by source, their sum, and the ledger's rows that paid for it.

    `paid` are the rows of the ledger by which the lots and contracts behind the figure were paid for; they are
    no part of the sum, because what is paid is not what is consumed.
    """

    label: str
    figure: float
    total: float
    parts: tuple[Part, ...]
    paid: pd.DataFrame
    currency: str

    @property
    def equal(self) -> bool:
        """True when the rows add up to the figure, to the cent."""
        return same(self.figure, self.total)

    @property
    def sentence(self) -> str:
        """What the rows add up to, against the figure."""
        if not self.parts and self.equal:
            return "Nothing stands behind it."
        rows = fmt.listing([p.words for p in self.parts]) or "No row"
        verb = "add up to" if sum(len(p.rows) for p in self.parts) != 1 else "gives"
        found = fmt.money_exact(self.total, self.currency, 2)
        if self.equal:
            return f"{fmt.sentence(rows)} {verb} {found}: the figure."
        return (
            f"{fmt.sentence(rows)} {verb} {found}, but the figure is {fmt.money_exact(self.figure, self.currency, 2)}."
        )


def _named(texts: pd.Series, known: pd.Series) -> pd.Series:
    found = texts.astype(object).map(known.to_dict())
    return found.where(found.notna(), texts).astype("str")


class Sources:
    """The tables that figures of a plan's books point to; each is made when first asked for."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.plan = books.plan
        self._kept: dict[str, pd.DataFrame] = {}

    def table(self, source: str) -> pd.DataFrame:
        """All rows of a source, at the place that traces call `ref`."""
        if source not in self._kept:
            self._kept[source] = {
                LEDGER: self._ledger,
                LOT: self._lots,
                CONTRACT: self._contracts,
                DUE: self._due,
            }[source]()
        return self._kept[source]

    def _period(self, numbers: pd.Series, before: str = "before the plan", after: str = "after the plan") -> pd.Series:
        """Periods by name; 0 and what lies beyond the horizon in words."""
        labels = [before, *Calendar(self.plan.settings).period_labels, after]
        return pd.Series(np.array(labels, dtype=object)[numbers.clip(0, len(labels) - 1).to_numpy(int)], numbers.index)

    def _ledger(self) -> pd.DataFrame:
        rows = ledger_table(self.plan, self.books.ledger)
        return rows.assign(Category=rows["Category"].map(category_label).astype("str"))

    def _lots(self) -> pd.DataFrame:
        lots = self.books.register.lots
        return pd.DataFrame(
            {
                "Asset": lots["asset_class"].astype(object),
                "Site": _named(lots["site"], names(self.plan, "sites")),
                "Devices": lots["devices"].where(lots["kind"] == EQUIPMENT),
                "Ordered": self._period(lots["ordered_period"]),
                "In service from": self._period(lots["first_period"]),
                "To": self._period(lots["last_period"]),
                "Cost": lots["cost"],
                "Opening book value": lots["opening_book"],
                "Proceeds": lots["proceeds"],
                "Life (months)": lots["life_months"],
                "Offer": _named(lots["offer"], offers(self.plan)["label"]),
            }
        )

    def _contracts(self) -> pd.DataFrame:
        c = self.books.contracts
        f = c.contracts.frame
        return pd.DataFrame(
            {
                "Offer": _named(f["offer"], offers(self.plan)["label"]),
                "Site": _named(f["site"], names(self.plan, "sites")),
                "Accounted for as": c.kind,
                "Devices": f["devices"],
                "Ordered": self._period(f["ordered_period"]),
                "From": self._period(f["first_period"]),
                "To": self._period(f["last_period"]),
                "Paid at the start": f["upfront"],
                "Paid by the hour": c.contracts.payments.sum(axis=1),
            }
        )

    def _due(self) -> pd.DataFrame:
        d = self.books.commitments
        month = Calendar(self.plan.settings).month
        return pd.DataFrame(
            {
                "Due from": [month(t) for t in d["due_period"]],
                "Offer": _named(d["offer"], offers(self.plan)["label"]),
                "Site": _named(d["site"], names(self.plan, "sites")),
                "Contracted": self._period(d["contracted_period"]),
                "Paid by the hour": d["hourly"],
                "Paid at the start": d["upfront"],
                "Way to get it": d["pricing"].astype(object),
            }
        )

    def evidence(self, statement: Statement, row: int, column: int) -> Evidence:
        """What stands behind a figure of a statement of these books."""
        behind = statement.behind(row, column)
        parts = []
        for source, found in behind.groupby("source", sort=False):
            found = found.sort_values("ref", kind="stable")
            rows = self.table(str(source)).iloc[found["ref"].to_numpy(int)].reset_index(drop=True)
            rows.insert(0, SHARE, found["amount"].to_numpy(float))
            if (found["key"] != "").any():
                rows.insert(1, "Key", found["key"].to_numpy(object))
            parts.append(Part(str(source), rows, float(found["amount"].sum())))
        at, where = statement.rows[row], statement.columns[column]
        label = ", ".join(x for x in dict.fromkeys((at.section, at.label, where.label)) if x)
        return Evidence(
            label,
            float(statement.figures[row, column]),
            float(behind["amount"].sum()),
            tuple(parts),
            self._paid(behind),
            self.plan.settings.currency,
        )

    def _paid(self, behind: pd.DataFrame) -> pd.DataFrame:
        """The ledger's rows by which the lots and contracts behind a figure were paid for."""
        if set(behind["source"]) <= {LEDGER}:
            return self.table(LEDGER).iloc[:0]
        ledger, c = self.books.ledger, self.books.contracts.contracts.frame
        lots = self.books.register.lots.iloc[behind.loc[behind["source"] == LOT, "ref"].to_numpy(int)]
        bought = pd.MultiIndex.from_frame(lots[["offer", "ordered_period"]])
        opened = pd.MultiIndex.from_frame(lots.loc[lots["kind"] != EQUIPMENT, ["site", "ordered_period"]])
        held = c.iloc[behind.loc[behind["source"] == CONTRACT, "ref"].to_numpy(int)]["offer"]
        held = pd.concat([held, self.books.commitments.iloc[behind.loc[behind["source"] == DUE, "ref"]]["offer"]])
        category = ledger["category"]
        at = (
            (category.eq("hardware") & pd.MultiIndex.from_frame(ledger[["offer", "period"]]).isin(bought))
            | (
                category.eq("site")
                & ledger["cash"].eq(CAPEX)
                & pd.MultiIndex.from_frame(ledger[["site", "period"]]).isin(opened)
            )
            | (under_contract(self.books) & ledger["offer"].isin(set(held)))
        )
        return self.table(LEDGER)[at.to_numpy(bool)].reset_index(drop=True)
