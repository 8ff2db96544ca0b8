"""What things are called: names for identifiers, wherever a sentence is made."""

from __future__ import annotations

import pandas as pd

from planner.plan.plan import Plan
from planner.plan.tables import API, COMMITTED, LEASED, TABLES

TOKEN_API = "Token API"


def names(plan: Plan, table: str) -> pd.Series:
    """Name by identifier; the identifier where the name is blank. A name held twice gets its identifier."""
    frame, (key,) = plan.tables[table], TABLES[table].key
    name = frame["name"].where(frame["name"].fillna("").str.strip() != "", frame[key]).astype(object)
    twice = name.duplicated(keep=False) & (name != frame[key])
    name = name.where(~twice, name.astype(str) + " (" + frame[key].astype(str) + ")")
    return pd.Series(name.to_numpy(), index=frame[key].to_numpy(object), dtype=object)


def offer_names(plan: Plan) -> pd.Series:
    """What every offer is called, by offer: device, site and how it is paid; each name once."""
    table = plan.table("offers").set_index("offer", drop=False)
    pricing = table["pricing"].astype(object)
    device = names(plan, "hardware").reindex(table["hardware"]).fillna("").to_numpy(object)
    site = names(plan, "sites").reindex(table["site"]).to_numpy(object)
    where = pd.Series(device, index=table.index, dtype=object).where(pricing != API, TOKEN_API) + " at " + site
    how = pricing.str.replace("_", " ")
    terms = table["term_months"].astype(int).astype(str) + " months"
    how = how.where(~pricing.isin([COMMITTED, LEASED]), how + " " + terms)
    out = where.where(pricing == API, where + ", " + how)
    twice = out.duplicated(keep=False)
    return out.where(~twice, out + " (" + table["offer"].astype(object) + ")")


def as_subject(name: str) -> str:
    """A name before its verb: one with an apposition has a comma behind it too."""
    return name + "," if ", " in name else name
