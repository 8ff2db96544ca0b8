"""What has to be done, by whom it is done and until when: the plan as a list of dated decisions."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.plan.plan import Plan
from planner.plan.tables import API, COMMITTED, LEASED, OWNED
from planner.report import format as fmt
from planner.report.labels import Calendar, names
from planner.result.frames import CAPEX, NON_CASH

Frames = dict[str, pd.DataFrame]

COLUMNS = [
    "by",
    "kind",
    "kind_label",
    "what",
    "short",
    "devices",
    "amount",
    "amount_note",
    "offer",
    "site",
    "period",
    "source",
]
"""Columns of a decisions frame: by (YYYY-MM, the month in which it must be done at the latest), what (a full
sentence part with its dates), short (the same without)."""

KINDS = {
    "open": "Open",
    "order": "Order",
    "commit": "Commit",
    "lease": "Lease",
    "retire": "Retire",
    "lapse": "Let lapse",
    "close": "Close",
}
"""Kinds of decision in the order in which people take them."""

_BUYS = {OWNED: ("order", "Order"), COMMITTED: ("commit", "Commit to"), LEASED: ("lease", "Lease")}


def decisions(plan: Plan, frames: Frames, offers: pd.DataFrame) -> pd.DataFrame:
    """Every order, commitment, lease, opening, closing, retirement and lapse, by date.

    `amount` is what the ledger says it costs (below 0: brings in), NaN where the ledger does not
    tell it apart; `amount_note` says what the amount is.
    """
    parts = [
        _orders(plan, frames, offers),
        _ends(plan, frames, offers),
        _site_changes(plan, frames),
    ]
    out = pd.concat([p for p in parts if len(p)], ignore_index=True) if any(len(p) for p in parts) else pd.DataFrame()
    out = out.reindex(columns=COLUMNS)
    out["kind_label"] = out["kind"].map(KINDS)
    rank = {k: i for i, k in enumerate(KINDS)}
    out["rank"] = out["kind"].map(rank)
    out = out.sort_values(["by", "rank", "amount", "what"], ascending=[True, True, False, True])
    return out.drop(columns="rank").reset_index(drop=True)


def _orders(plan: Plan, frames: Frames, offers: pd.DataFrame) -> pd.DataFrame:
    """Devices to order, commit to or lease: one row for each offer and month of service."""
    calendar = Calendar(plan.settings)
    vintages = frames["vintages"]
    new = vintages[vintages["asset"] == ""]
    new = new.groupby(["offer", "ordered_period", "first_period"], as_index=False)["devices"].sum()
    new = new.merge(offers.reset_index(drop=True), on="offer")
    if new.empty:
        return pd.DataFrame()
    paid = _ledger_sum(frames, ["hardware"], ["offer", "period"])
    whole = _ledger_sum(frames, ["compute"], ["offer"])
    part = _shares(plan, vintages)
    rows = []
    for row in new.itertuples(index=False):
        kind, verb = _BUYS[row.pricing]
        by = calendar.month(row.first_period, row.lead_time_months)
        service = calendar.month(row.first_period)
        term = f" for {row.term_months} months" if row.pricing in (COMMITTED, LEASED) else ""
        short = f"{verb} {_devices(row.devices, row.device)} at {row.site_name}{term}"
        when = f"by {fmt.month(by, long=True)}"
        if service != by:
            when += f" (in service {fmt.month(service, long=True)})"
        amount = paid.get((row.offer, row.ordered_period), np.nan) if row.pricing == OWNED else np.nan
        note = "purchase price" if row.pricing == OWNED else ""
        if row.pricing != OWNED:
            amount = whole.get(row.offer, np.nan) * part.get((row.offer, row.ordered_period, row.first_period), np.nan)
            note = "its part, by devices and time, of what the offer costs over the plan"
        rows.append(
            {
                "by": by,
                "kind": kind,
                "what": f"{short} {when}",
                "short": short,
                "devices": row.devices,
                "amount": amount,
                "amount_note": note,
                "offer": row.offer,
                "site": row.site,
                "period": row.ordered_period,
                "source": row.source,
            }
        )
    return pd.DataFrame(rows)


def _shares(plan: Plan, vintages: pd.DataFrame) -> pd.Series:
    """Part of each offer's device-periods that an order holds, by offer, ordered and first period."""
    held = vintages.assign(time=vintages["devices"] * (vintages["last_period"] - vintages["first_period"] + 1))
    whole = held.groupby("offer")["time"].transform("sum")
    held["part"] = held["time"] / whole
    return held.groupby(["offer", "ordered_period", "first_period"])["part"].sum()


def _ends(plan: Plan, frames: Frames, offers: pd.DataFrame) -> pd.DataFrame:
    """Devices to retire early, and assets whose term or life ends within the horizon."""
    calendar = Calendar(plan.settings)
    vintages = frames["vintages"]
    asset = vintages["asset"] != ""
    going = vintages[(vintages["ends"] == "retired") | (asset & (vintages["ends"] == "expired"))]
    keys = ["offer", "last_period", "ends"]
    going = going.groupby(keys, as_index=False)["devices"].sum().merge(offers.reset_index(drop=True), on="offer")
    if going.empty:
        return pd.DataFrame()
    sold = _ledger_sum(frames, ["resale"], ["offer", "period"])
    # The ledger tells what one sale brought only where nothing else of the offer is sold in that period.
    when = (vintages["last_period"] + 1).clip(upper=plan.settings.periods)
    causes = vintages.groupby(["offer", when, "ends"]).ngroup().groupby([vintages["offer"], when]).nunique()
    alone = set(causes[causes == 1].index)
    rows = []
    for row in going.itertuples(index=False):
        leaves = row.last_period + 1
        by = calendar.month(leaves)
        early = row.ends == "retired"
        verb = "Retire" if early else "Let lapse"
        amount = sold.get((row.offer, leaves), np.nan) if (row.offer, leaves) in alone else np.nan
        short = f"{verb} {_devices(row.devices, row.device)} at {row.site_name}"
        why = "" if early else ": its term ends" if row.pricing != OWNED else ": its useful life ends"
        rows.append(
            {
                "by": by,
                "kind": "retire" if early else "lapse",
                "what": f"{short} in {fmt.month(by, long=True)}{why}",
                "short": short + why,
                "devices": row.devices,
                "amount": amount,
                "amount_note": "resale" if np.isfinite(amount) else "",
                "offer": row.offer,
                "site": row.site,
                "period": leaves,
                "source": row.source,
            }
        )
    return pd.DataFrame(rows)


def _site_changes(plan: Plan, frames: Frames) -> pd.DataFrame:
    """Sites to open and to close, of those that cost something to open or to keep."""
    calendar = Calendar(plan.settings)
    table = plan.table("sites")
    costs = table[["opening_cost", "fixed_cost_per_month", "security_cost_per_month"]].sum(axis=1) > 0
    choice = set(table.loc[costs, "site"])
    name = names(plan, "sites")
    is_open = frames["sites"][frames["sites"]["site"].isin(choice)]
    paid = _ledger_sum(frames, ["site"], ["site", "period"], cash=CAPEX)
    rows = []
    for row in is_open[is_open["opened"] == 1].itertuples(index=False):
        by = calendar.month(row.period)
        amount = paid.get((row.site, row.period), np.nan)
        rows.append(
            {
                "by": by,
                "kind": "open",
                "what": f"Open {name[row.site]} by {fmt.month(by, long=True)}",
                "short": f"Open {name[row.site]}",
                "amount": amount,
                "amount_note": "opening cost" if np.isfinite(amount) else "",
                "site": row.site,
                "period": row.period,
            }
        )
    spans = is_open.assign(key=list(zip(is_open["site"], is_open["period"] + 1, strict=True)))
    still = set(zip(is_open["site"], is_open["period"], strict=True))
    last = spans[~spans["key"].isin(still) & (spans["period"] < plan.settings.periods)]
    for row in last.itertuples(index=False):
        by = calendar.month(row.period + 1)
        rows.append(
            {
                "by": by,
                "kind": "close",
                "what": f"Close {name[row.site]} in {fmt.month(by, long=True)}",
                "short": f"Close {name[row.site]}",
                "amount": np.nan,
                "amount_note": "",
                "site": row.site,
                "period": row.period + 1,
            }
        )
    return pd.DataFrame(rows)


def paid_by_use(plan: Plan, frames: Frames, offers: pd.DataFrame) -> pd.DataFrame:
    """What to budget for capacity without commitment: year, source, source_label, amount (nominal)."""
    used = offers[~offers["pricing"].isin([COMMITTED, LEASED, OWNED])][["offer", "source", "source_label"]]
    ledger = frames["ledger"]
    ledger = ledger[ledger["category"].isin(["compute", API])].merge(used.reset_index(drop=True), on="offer")
    ledger = ledger.assign(year=Calendar(plan.settings).year_of(ledger["period"]))
    return ledger.groupby(["year", "source", "source_label"], as_index=False, sort=False)["amount"].sum()


def _ledger_sum(frames: Frames, categories: list[str], keys: list[str], cash: str | None = None) -> pd.Series:
    ledger = frames["ledger"]
    rows = ledger["category"].isin(categories) & (
        ledger["cash"] != NON_CASH if cash is None else ledger["cash"] == cash
    )
    return ledger[rows].groupby(keys[0] if len(keys) == 1 else keys)["amount"].sum()


def _devices(count: float, device: str) -> str:
    """6 × H100 server; 6 units of 8 × H100 server."""
    between = "×" if not device[:1].isdigit() else "unit of" if count == 1 else "units of"
    return f"{_count(count)} {between} {device}"


def agenda(decisions: pd.DataFrame) -> pd.DataFrame:
    """The decisions in short: one row for each kind and offer (or site), by the first date.

    Columns: by, kind, kind_label, what, devices, steps, amount (NaN when any step's is not known),
    source. Steps that retire less than one device are left out.
    """
    small = (decisions["kind"] == "retire") & (decisions["devices"] < 1)
    table = decisions[~small]
    table = table.assign(thing=table["offer"].where(table["offer"].notna(), table["site"]))
    rows = []
    for (kind, _thing), group in table.groupby(["kind", "thing"], sort=False):
        first, steps = group.iloc[0], len(group)
        what = str(first["short"])
        if steps > 1 and kind not in ("open", "close"):
            last = fmt.month(group["by"].iloc[-1], long=True)
            rest = float(group["devices"].sum() - first["devices"])
            what += f", then {_count(rest)} more"
            what += f" in {last}" if steps == 2 else f" in {steps - 1} steps until {last}"
        rows.append(
            {
                "by": first["by"],
                "kind": kind,
                "kind_label": first["kind_label"],
                "what": what,
                "devices": float(group["devices"].sum()),
                "steps": steps,
                "amount": group["amount"].sum(skipna=False),
                "source": first["source"],
            }
        )
    columns = ["by", "kind", "kind_label", "what", "devices", "steps", "amount", "source"]
    return pd.DataFrame(rows, columns=columns)


def _count(count: float) -> str:
    return f"{count:,.0f}" if abs(count - round(count)) < 1e-6 else fmt.figures(count)
