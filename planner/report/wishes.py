"""Wishes as people read them: the offers that can be wished for, and what each wish costs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from planner.explore.question import Answer
from planner.explore.wishes import ALL
from planner.plan.plan import Plan
from planner.plan.schema import split_list
from planner.plan.tables import API
from planner.plan.wishes import wish_of
from planner.report import format as fmt
from planner.report.insight import Insight
from planner.report.labels import names, offers

SAME = "no difference that could be told"
UNKNOWN = "not known yet"


def offer_table(insight: Insight) -> pd.DataFrame:
    """Every offer, those first that the plan pays most for, indexed by offer.

    Columns under headings that people read: Offer, Vendor, Paid, Devices at most, and the cash over the plan.
    """
    known = insight.offers
    capacity = insight.by_offer.groupby("offer")["devices_in_service"].max()
    ledger = insight.result.ledger
    cash = ledger[ledger["cash"] != "non_cash"].groupby("offer")["amount"].sum()
    money = f"Cash over the plan ({insight.currency})"
    out = pd.DataFrame(
        {
            "Offer": known["label"],
            "Vendor": known["provider"],
            "Devices at most": capacity.reindex(known.index).fillna(0.0).round(1).where(known["pricing"] != API),
            money: cash.reindex(known.index).fillna(0.0),
        },
        index=known.index,
    )
    return out.sort_values([money, "Offer"], ascending=[False, True], kind="stable")


def offer_names(plan: Plan) -> dict[str, str]:
    """The name of each offer by its identifier."""
    return {str(k): str(v) for k, v in offers(plan)["label"].items()}


def cost_text(row: Mapping[str, Any], currency: str) -> str:
    """What a wish costs in words: $1.24 M in present value, $310 k a year; or that it could not be told."""
    if not pd.notna(row.get("cost")):
        return UNKNOWN
    if row["certain"]:
        return f"{fmt.money(row['cost'], currency)} in present value, {fmt.money(row['a_year'], currency)} a year"
    divisible = row["divisible"]
    if pd.notna(divisible):
        return f"{SAME}; {fmt.money(max(divisible, 0.0), currency)} with divisible devices"
    if pd.notna(row["high"]) and row["high"] < float("inf"):
        return f"{SAME}; at most {fmt.money(row['high'], currency)}"
    return SAME


def state_text(row: Mapping[str, Any], currency: str, live: bool) -> str:
    """What a wish cost when it came, or why that is not known."""
    if row["impossible"]:
        return "no plan meets it, with the wishes before it and the policies"
    if not row["known"]:
        return "being solved …" if live else UNKNOWN
    return cost_text(row, currency)


def dropped_table(answer: Answer) -> pd.DataFrame:
    """What dropping each wish would save while the others stay: the answer to the question `wishes`."""
    frame, currency = answer.frames["wishes"], answer.facts["currency"]
    rows = frame.to_dict("records")
    return pd.DataFrame(
        {
            "Wish": [fmt.sentence(r["wish"]) if r["wish"] == ALL else short(r["wish"]) for r in rows],
            "Owner": [r["owner"] for r in rows],
            "Dropping it saves": [cost_text(r, currency) for r in rows],
        }
    )


def named(plan: Plan, wish: str) -> str:
    """A wish in a list, with the names of offers and sites instead of their identifiers."""
    text = short(wish)
    rows = plan.tables["policies"]
    mine = rows[rows["policy"].map(wish_of) == wish]
    called = {"offer": offer_names(plan), "site": {str(k): str(v) for k, v in names(plan, "sites").items()}}
    for key, known in called.items():
        for item in sorted({i for cell in mine[key] for i in split_list(cell)}, key=len, reverse=True):
            name = known.get(item, item)
            if text.startswith("At least"):
                name = f"devices at {name}" if key == "site" else f"{'units of' if name[:1].isdigit() else '×'} {name}"
            text = re.sub(rf"(?<!\S){re.escape(item)}(?!\S)", name.replace("\\", r"\\"), text, count=1)
    return text


def short(wish: str) -> str:
    """A wish as it is read in a list of wishes: without the word."""
    return fmt.sentence(wish.removeprefix("wish: "))
