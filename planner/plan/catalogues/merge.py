"""Imported rows into a plan: what it has is kept, known offers get new prices, the rest is added."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from planner.plan.catalogues.common import CatalogueError, Imported
from planner.plan.geography import missing_links
from planner.plan.parse import parse_tables
from planner.plan.plan import Plan, canonical
from planner.plan.tables import TABLES

PRICES = ("price_per_hour", "upfront_price", "purchase_price", "price_per_unit")
"""Columns of an offer that an import overwrites, where it has a figure; `source` and `as_of` go with them."""
SAME = ("site", "pricing", "hardware", "workload", "term_months")
"""Columns in which a known offer must agree with the imported one to take its price."""
ORDER = ("sites", "hardware", "offers")


@dataclass(frozen=True)
class Merged:
    """The plan with the imported rows, and what was done to it, as sentences."""

    plan: Plan
    changes: tuple[str, ...]


def merge(plan: Plan, imported: Imported, estimate_latency: bool = False) -> Merged:
    """The plan with the imported rows.

    Rows of sites and hardware that it has are kept as they are. An offer that it has takes the
    imported price, source and date, unless it is another thing by the same name: then it is kept and
    told. `estimate_latency`: adds network rows for pairs of the imported sites and the plan's
    locations that have none, where both have coordinates.
    Raises CatalogueError when what comes out is no valid plan.
    """
    tables = dict(plan.tables)
    changes: list[str] = []
    for name in ORDER:
        new = imported.tables.get(name)
        if new is None or new.empty:
            continue
        key = TABLES[name].key[0]
        old = tables[name]
        known = new[key].isin(old[key])
        if name == "offers":
            old, said = _repriced(old, new[known])
            changes += said
        elif known.any():
            changes.append(f"{name}: {known.sum()} kept as they are")
        tables[name] = canonical(TABLES[name], pd.concat([old, new[~known]], ignore_index=True))
        if (~known).any():
            changes.append(f"{name}: {(~known).sum()} added")
    sites = set(imported.tables["offers"]["site"])
    if estimate_latency:
        estimate = missing_links(Plan.of(tables))
        rows = estimate.rows[estimate.rows["site"].isin(sites)]
        tables["network"] = canonical(TABLES["network"], pd.concat([tables["network"], rows], ignore_index=True))
        changes.append(f"network: {len(rows)} rows estimated from coordinates; their traffic has no price yet")
        without = [w for w in estimate.without_coordinates if w.split()[0] == "location" or w.split(" ", 1)[1] in sites]
        if without:
            changes.append(f"network: no coordinates for {', '.join(without)}")
    reading = parse_tables(tables)
    if reading.plan is None:
        raise CatalogueError(*reading.faults)
    return Merged(reading.plan, (*changes, *_lacking(reading.plan, imported)))


def _repriced(old: pd.DataFrame, new: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The known offers with the new prices, and what was done."""
    old = old.copy()
    at = pd.Series(old.index, index=old["offer"])
    given = TABLES["offers"]
    updated, other = 0, []
    for row in new.to_dict("records"):
        i = at[row["offer"]]
        has = old.loc[i].to_dict()
        same = all(_or_default(given[c].default, has[c]) == _or_default(given[c].default, row[c]) for c in SAME)
        if not same:
            other.append(row["offer"])
            continue
        for column in (*PRICES, "source", "as_of"):
            if not pd.isna(row[column]):
                old.loc[i, column] = row[column]
        if pd.isna(has["note"]):
            old.loc[i, "note"] = row["note"]
        updated += 1
    said = []
    if updated:
        said.append(f"offers: {updated} with new prices")
    if other:
        said.append(
            f"offers: {len(other)} kept, because the plan has another offer of that name: {', '.join(other[:5])}"
        )
    return old, said


def _or_default(default: object, value: object) -> object:
    return default if pd.isna(value) else value


def _lacking(plan: Plan, imported: Imported) -> list[str]:
    """What the imported rows still need before a solve can use them."""
    offers = imported.tables["offers"]
    said = []
    hardware = sorted(set(offers["hardware"].dropna()) - set(plan.tables["throughput"]["hardware"]))
    if hardware:
        said.append(f"no throughput yet for {', '.join(hardware)}: no workload can run there")
    sites = sorted(set(offers["site"]) - set(plan.tables["network"]["site"]))
    if sites:
        said.append(f"no network row yet for {', '.join(sites)}: no location can reach them")
    return said
