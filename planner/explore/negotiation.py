"""What to know before talking to a vendor: what it wins at which price, where to walk away, what terms are worth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from planner.explore.case import SWEEP, Case
from planner.explore.difference import Difference
from planner.explore.gone import gone_facts
from planner.explore.price_curve import on_money, target, walk_away
from planner.explore.price_search import Search
from planner.explore.question import Answer, Param, QuestionError, question
from planner.explore.runner import Runner
from planner.explore.vendor import PAID, PER, PRICES, Vendor, providers, terms, vendor_of
from planner.model.options import Options
from planner.plan.plan import Plan
from planner.plan.tables import API
from planner.result.frames import NON_CASH
from planner.result.result import Result
from planner.text.numbers import money, one, percent

FACTORS = (0.5, 0.625, 0.75, 0.875, 1.0, 1.125, 1.25, 1.375, 1.5)
"""Price factors that are always solved."""


@question(
    "negotiation",
    title="Negotiation brief",
    help="For a vendor: what it wins at each price, walk-away and target price, what each term is worth, alternatives",
    params=(
        Param("provider", "The vendor: a provider of sites with offers"),
        Param("exit_months", "Months after which an exit is valued", 12, int),
        Param("delay_months", "Months by which a later start is valued", 6, int),
        Param("refine", "Solves at most around the steps of the curve", 8, int),
        Param("gap", "How far from the optimum each solve may stop, as a share", SWEEP.gap, float),
        Param("seconds", "How long each solve may take", float(SWEEP.time_limit or 60.0), float),
    ),
)
def negotiation(
    plan: Plan,
    result: Result,
    runner: Runner,
    provider: str,
    exit_months: int,
    delay_months: int,
    refine: int,
    gap: float,
    seconds: float,
) -> Answer:
    """Frames `curve`, `points`, `terms`, `alternatives` and `offers`; facts and sentences.

    curve: a row for each range of price factors in which the same plan is best. points: every solve.
    terms: what each is worth to us, at today's prices. alternatives: who is used instead when the
    vendor is gone. offers: his prices today, to walk away from, and to aim at. Money is in present value
    where it says so (`pv`), else nominal a year.
    """
    try:
        vendor = vendor_of(plan, provider)
    except KeyError:
        raise QuestionError(f"found the vendor {provider!r}; there are {', '.join(providers(plan))}") from None
    options = Options(gap, seconds)
    talk = Search(vendor, runner, options, result)
    talk.solve(FACTORS)
    if runner.cancelled:
        return Answer()
    if 1.0 not in talk.results:
        raise QuestionError(
            "no plan was found at today's prices in the time allowed: let each solve try longer (on the page under Terms)"
        )
    talk.look_closer(refine)
    now = talk.now
    devices = _devices(vendor, now)
    asked = terms(vendor, devices, exit_months, delay_months)
    found = runner.solve([Case(f"term: {t.label.lower()}", t.plan, options) for t in asked])
    frames = {
        "curve": talk.curve(),
        "points": talk.points(),
        "terms": pd.DataFrame(
            [_term(talk, now, found.get(f"term: {t.label.lower()}"), t.name, t.label, t.change) for t in asked],
            columns=TERMS,
        ),
        "alternatives": _alternatives(plan, vendor, now, talk.gone),
    }
    gone = gone_facts(plan, vendor, now, talk.gone, runner, options)
    facts = _facts(plan, talk, gone)
    frames["offers"] = _prices(vendor, now, facts["walk_away"], facts["target"])
    return Answer(frames, facts, tuple(_sentences(facts, frames)))


TERMS = ["term", "label", "change", "status", "value_pv", "low_pv", "high_pv", "certain", "divisible_pv", "share"]
"""Columns of the frame `terms`: worth to us (below 0: costs us), its proven interval, whether it is more than the
gaps, the same with divisible devices (no gap), and as a share of what the vendor is paid today."""


def _term(talk: Search, now: Result, result: Result | None, name: str, label: str, change: str) -> dict[str, Any]:
    row: dict[str, Any] = {"term": name, "label": label, "change": change}
    row["status"] = result.status if result is not None else "unsolved"
    numbers = dict.fromkeys(("value_pv", "low_pv", "high_pv", "divisible_pv", "share"), np.nan)
    certain = False
    if result is not None and result.has_plan:
        d = Difference.between(now, result)
        numbers |= {"value_pv": -d.estimate, "low_pv": -d.high, "high_pv": -d.low}
        certain = d.certain
        paid = float(now.ledger.loc[talk.vendor.prices(now.ledger, PAID), "present_value"].sum())
        if result.relaxed is not None and now.relaxed is not None:
            numbers["divisible_pv"] = rounded(now.relaxed - result.relaxed, now.relaxed)
        if paid > 0:
            numbers["share"] = -d.estimate / paid
    return {**row, **numbers, "certain": certain}


def rounded(difference: float, size: float) -> float:
    """A difference of two amounts, 0 where it is the rounding of a solver at their size."""
    return 0.0 if abs(difference) <= 1e-7 * max(1.0, abs(size)) else difference


def _devices(vendor: Vendor, result: Result) -> np.ndarray:
    """The vendor's devices in service by period, what is signed left out, shape (periods,)."""
    capacity = result.frames["capacity"]
    mine = capacity[capacity["offer"].isin(vendor.offers)].groupby("period")["devices_in_service"].sum()
    return mine.reindex(np.arange(1, vendor.plan.settings.periods + 1), fill_value=0.0).to_numpy(float)


def _alternatives(plan: Plan, vendor: Vendor, now: Result, gone: Result | None) -> pd.DataFrame:
    """Every provider and offer whose use changes when the vendor is gone, the greatest change first.

    Columns: provider, offer, hours_before, hours_after (device-hours used a year), spend_before,
    spend_after (all cash on its ledger rows, a year), change.
    """
    columns = ["provider", "offer", "hours_before", "hours_after", "spend_before", "spend_after", "change"]
    if gone is None or not gone.has_plan:
        return pd.DataFrame({c: pd.Series(dtype=float if c not in columns[:2] else object) for c in columns})
    x = plan.settings
    years = x.periods * x.months_per_period / 12
    parts = {}
    # What is signed is in both: it stands with the offer that it was signed under.
    signed = {name: offer for offer, name in vendor.signed.items()}
    for side, result in (("before", now), ("after", gone)):
        ledger = result.ledger[(result.ledger["cash"] != NON_CASH) & (result.ledger["offer"] != "")]
        used = result.frames["capacity"]
        parts[f"spend_{side}"] = ledger.groupby(ledger["offer"].replace(signed))["amount"].sum() / years
        parts[f"hours_{side}"] = used.groupby(used["offer"].replace(signed))["hours_used"].sum() / years
    out = pd.DataFrame(parts).fillna(0.0).rename_axis("offer").reset_index()
    offers = plan.tables["offers"].set_index("offer")["site"]
    site = plan.tables["sites"].set_index("site")["provider"].fillna("")
    out["provider"] = out["offer"].map(offers).map(site)
    out["change"] = out["spend_after"] - out["spend_before"]
    moved = out["change"].abs() > NOTHING_MOVES * max(1.0, out[["spend_before", "spend_after"]].to_numpy().max())
    out = out[moved].sort_values("change", key=lambda c: -c.abs(), kind="stable")
    return out[columns].reset_index(drop=True)


NOTHING_MOVES = 1e-4
"""Share of the greatest spend below which a change of an offer's is left out."""


def _token_units(vendor: Vendor) -> pd.Series:
    """The unit of the workload of each of the vendor's token APIs, by offer."""
    units = vendor.plan.table("workloads").set_index("workload")["unit"]
    offers = vendor.plan.table("offers")[vendor.rows].set_index("offer")
    return offers.loc[offers["pricing"] == API, "workload"].map(units)


def _prices(vendor: Vendor, now: Result, away: float | None, aim: float | None) -> pd.DataFrame:
    """The vendor's prices: offer, price (which), today, per (what), walk_away, target, and spend (a year, today); NaN: none."""
    x = vendor.plan.settings
    years = x.periods * x.months_per_period / 12
    rows = vendor.plan.table("offers")[vendor.rows]
    ledger = now.ledger[vendor.prices(now.ledger, PAID)]
    spend = ledger.groupby("offer")["amount"].sum() / years
    out = rows.melt(["offer", "pricing"], list(PRICES), "price", "today")
    out = out[out["today"] > 0]
    unit = out["offer"].map(_token_units(vendor)).map(one, na_action="ignore")
    out["per"] = out["price"].map(PER).where(out["price"] != "price_per_unit", unit)
    out["walk_away"] = out["today"] * (np.nan if away is None else away)
    out["target"] = out["today"] * (np.nan if aim is None else aim)
    out["spend"] = spend.reindex(out["offer"]).fillna(0.0).to_numpy(float)
    return out.sort_values(["spend", "offer", "price"], ascending=[False, True, True]).reset_index(drop=True)


def _facts(plan: Plan, talk: Search, gone: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers of the brief: see docs/explore/negotiation.md."""
    pieces = talk.pieces()
    away, aim = walk_away(pieces), target(pieces)
    low, high = talk.walk_away_interval()
    line = next((p.line for p in pieces if p.low <= 1.0 <= p.high), talk.lines[1.0])
    half = next((p.low for p in pieces if p.low >= 1.0 and p.line.spend < line.spend / 2), None)
    years = plan.settings.periods * plan.settings.months_per_period / 12
    return {
        "provider": talk.vendor.name,
        "currency": plan.settings.currency,
        "years": years,
        "solves": len(talk.results),
        "gap": max((r.gap for r in talk.results.values() if r.gap is not None), default=None),
        "proven": not on_money(talk.vendor),
        "lowest": min(talk.lines),
        "highest": max(talk.lines),
        "walk_away": away if away is not None and away > min(talk.lines) else None,
        "walk_away_low": low,
        "walk_away_high": high,
        "half_lost": half if line.slope > 0 else None,
        "unpaid": talk.unpaid is not None,
        "target": aim,
        "wins_now": line.slope > 0,
        "spend_now": line.spend,
        "paid_pv": line.paid,
        "per_percent_pv": line.slope / 100,
        "devices_now": line.devices,
        "hours_now": line.hours,
        "units_now": line.units,
        "token_unit": units[0] if len(units := _token_units(talk.vendor).unique()) == 1 else "units",
        **gone,
    }


def _sentences(facts: Mapping[str, Any], frames: Mapping[str, pd.DataFrame]) -> list[str]:
    currency, name = facts["currency"], facts["provider"]
    out = []
    if facts["wins_now"]:
        out.append(f"At today's prices {name} wins {money(facts['spend_now'], currency)} a year.")
    else:
        out.append(f"At today's prices {name} wins nothing.")
    if facts["walk_away"] is not None:
        out.append(f"Walk-away price: {percent(facts['walk_away'], 3)} of today's; above it nothing is bought.")
    elif facts["unpaid"]:
        most = percent(facts["highest"], 3)
        out.append(
            f"Walk-away price: above {most} of today's, the highest that was tried; {name} is needed as a reserve."
        )
    elif facts["gone"] == "infeasible":
        out.append(f"There is no walk-away price: no plan does without {name}.")
    if facts["target"] is not None:
        why = "it is paid as much as today, for more" if facts["wins_now"] else "it is paid most"
        out.append(f"Target price: {percent(facts['target'], 3)} of today's, where {why}.")
    out += _without(facts, name, currency)
    for row in frames["terms"].itertuples(index=False):
        if row.certain:
            kind = "worth" if row.value_pv > 0 else "costs us"
            out.append(f"{row.label}: {kind} {money(abs(row.value_pv), currency)} in cost, present value.")
    return out


def _without(facts: Mapping[str, Any], name: str, currency: str) -> list[str]:
    """What doing without the vendor costs, or what stands in the way."""
    out = []
    eased = facts["eased"]
    if facts.get("gone_pv") is not None:
        if facts["gone_certain"]:
            more = f"{money(facts['gone_pv'], currency)} more, present value"
            out.append(f"With nothing new from {name} the plan costs {more}.")
        else:
            out.append(f"With nothing new from {name} the plan costs no more than the gaps could tell.")
    out += facts["conflicts"]
    if eased is not None and eased["certain"]:
        side = "more" if eased["pv"] > 0 else "less"
        out.append(
            f"With that changed, the plan without {name} costs {money(abs(eased['pv']), currency)} {side}, present value."
        )
    return out
